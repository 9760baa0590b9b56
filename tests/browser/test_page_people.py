"""Viewers, and changes with their authors, on every page and on the path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.motion_page import drawn, ranges, until, wait_drawn
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions, shell, sign_in

pytestmark = pytest.mark.browser

STILL = {"paused": True, "step": 40}
MOTIONS = (
    *("counted", "tabbed", "named", "marked", "credited", "shifted", "joined"),
    *("missed", "renamed", "ended", "crowded", "dragged", "outlived"),
)
HANDED = ("handed", "kept-back", "unreached", "classroom")
OWNED = ("named", "credited", "hidden", "calm", "waiting", *HANDED)

MARKERS = """() => {
  const { markers } = document.getElementById("chart").picture ?? { markers: [] };
  return [markers.map(({ x }) => x), markers.map(({ y }) => y)];
}"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, **dict.fromkeys(MOTIONS, STILL))
    make_motions(site, **dict.fromkeys(HANDED, STILL | {"control": "controllers"}))
    make_motions(site, calm={"interval": 0.1, "step": 9_940, "control": "controllers"})
    make_motions(site, hidden=STILL | {"visibility": "private"})
    make_motions(site, waiting={"paused": True, "interval": 0.1, "control": "controllers"})
    shell(
        site,
        "ada, ben = make_user('ada'), make_user('ben')",
        f"for slug in {OWNED!r}:",
        "    members.transfer_ownership(Motion.objects.get(slug=slug).pk, ada, is_new=True)",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def sessions(daphne: Daphne) -> dict[str, str]:
    return {name: sign_in(daphne, name).split("=", 1)[1] for name in ("ada", "ben")}


@pytest.fixture
def open_motion(visitors: Visitors, daphne: Daphne, sessions: dict[str, str]) -> Open:
    """Somebody new on a motion's page, signed in as `name` where one is given."""

    def open_motion(slug: str, name: str = "", *, chart: bool = False, last: int = 40) -> Page:
        page = visitors.arrive(chart=chart)
        if name:
            page.context.add_cookies(
                [{"name": "sessionid", "value": sessions[name], "url": daphne.url}]
            )
        visitors.visit(page, f"{daphne.url}/motions/{slug}/")
        if chart:
            wait_drawn(page, last)
        expect(page.locator("#people")).to_be_visible()
        return page

    return open_motion


def set_variance(page: Page, value: str) -> None:
    page.locator("#variance").fill(value)
    page.keyboard.press("Enter")
    expect(page.locator("#variance-label")).to_have_text(f"Variance: {value}")


def set_drift(page: Page, value: str) -> None:
    before = page.locator("#latest").inner_text()
    page.locator("#shared details").evaluate("(details) => { details.open = true; }")
    page.locator("#drift").fill(value)
    page.keyboard.press("Enter")
    expect(page.locator("#latest")).not_to_have_text(before)


def expect_answered(pressed: Locator) -> None:
    """The request of the last press is answered, which others may hear of first: one at a time."""
    expect(pressed).not_to_have_attribute("aria-busy", "true")


def sentences(page: Page) -> Locator:
    return page.locator("#changes-list li")


def wait_for_markers(page: Page, count: int) -> list[list[float]]:
    """x and y of the markers on the path, once there are so many."""
    found: list[list[float]] = until(
        page, lambda: len((now := page.evaluate(MARKERS))[0]) == count and now, f"{count} markers"
    )
    return found


# --- who watches ---------------------------------------------------------------------------


def test_viewer_count_follows_arrivals_and_departures(open_motion: Open) -> None:
    first = open_motion("counted")
    expect(first.locator("#watching")).to_have_text("1 watching")

    second = open_motion("counted")

    for page in (first, second):
        expect(page.locator("#watching")).to_have_text("2 watching")
        expect(page.locator("#people-count")).to_have_text("2 visitors are watching.")
    second.close()
    expect(first.locator("#watching")).to_have_text("1 watching")
    expect(first.locator("#people-count")).to_have_text("1 person is watching (a visitor).")


def test_person_with_three_tabs_is_one(open_motion: Open) -> None:
    first, other = open_motion("tabbed"), open_motion("tabbed")

    for _ in range(2):
        tab = first.context.new_page()
        tab.goto(first.url, wait_until="commit")

    expect(tab.locator("#watching")).to_have_text("2 watching")
    expect(other.locator("#watching")).to_have_text("2 watching")


def test_people_are_shown_by_name(open_motion: Open) -> None:
    ada, nobody, ben = (open_motion("named", name) for name in ("ada", "", "ben"))

    for page, people in (
        (ada, ["adaowneryou", "ben"]),
        (ben, ["adaowner", "benyou"]),
        (nobody, ["adaowner", "ben"]),
    ):
        expect(page.locator("#people-count")).to_have_text("3 watching: 2 with names, 1 visitor.")
        expect(page.locator("#people-list li")).to_have_text(people)
        expect(page.locator(".avatar")).to_have_count(3)
        expect(page.get_by_role("img", name=re.compile("ada.* and one more"))).to_be_visible()
    expect_owner_tools_above_the_chart(ada)
    expect(ben.get_by_role("switch")).to_be_hidden()
    expect(nobody.get_by_role("switch")).to_be_hidden()


def expect_owner_tools_above_the_chart(page: Page) -> None:
    tools = [page.get_by_role("switch", name="Only I control")]
    tools += [page.get_by_role("link", name=name) for name in ("Share", "People", "Settings")]
    for width in (320, 360, 1_280):
        page.set_viewport_size({"width": width, "height": 740})
        chart = page.locator("#plot").bounding_box()
        assert chart
        for tool in tools:
            box = tool.bounding_box()
            assert box
            assert box["y"] + box["height"] <= chart["y"]
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width


# --- handing over --------------------------------------------------------------------------


def test_owner_hands_control_over_and_takes_it_back(open_motion: Open) -> None:
    ada, ben = open_motion("handed", "ada"), open_motion("handed", "ben")
    expect(ben.locator("#pause")).to_be_hidden()
    expect(ben.locator("#terms")).to_have_text("Variance 1 · 2 steps/s · ada controls")
    set_drift(ada, "0.5")
    expect(ben.locator("#terms")).to_have_text("Variance 1 · drift 0.5 · 2 steps/s · ada controls")

    ada.get_by_role("button", name="Let ben control").click()

    expect(ben.locator("#pause")).to_be_enabled()
    notice = ben.locator("#notice")
    expect(notice).to_be_in_viewport()
    text = "ada handed you the controls. You can change the motion for everyone."
    expect(notice.get_by_role("status")).to_have_text(text)
    for page in (ada, ben):
        expect(sentences(page).first).to_contain_text("ada handed the controls to ben at step 40")
    expect(ben.locator("#terms")).to_be_hidden()
    expect(ben.locator("#people-control")).to_have_text("ada (owner) and ben can change it.")
    set_variance(ben, "0.25")
    expect(ada.locator("#latest")).to_have_text("ben changed the variance 1 → 0.25 at step 40")
    expect(notice.get_by_role("status")).to_be_empty()  # the controls were used

    take_back = ada.get_by_role("button", name="Take back control from ben")
    expect_answered(take_back)
    take_back.press("Enter")

    expect(ben.locator("#controls")).to_be_hidden()
    expect(notice).to_contain_text("ada took the controls back. You are watching now.")
    expect(ada.get_by_role("button", name="Let ben control")).to_be_focused()
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_have_css("opacity", "0")


def test_owner_alone_controls_while_the_switch_is_on(open_motion: Open) -> None:
    ada, ben = open_motion("kept-back", "ada"), open_motion("kept-back", "ben")
    ada.get_by_role("button", name="Let ben control").click()
    expect(ben.locator("#pause")).to_be_enabled()
    switch = ada.get_by_role("switch", name="Only I control")

    switch.press("Space")

    expect(ben.locator("#controls")).to_be_hidden()
    expect(ben.locator("#notice")).to_contain_text("ada switched “Only I control” on.")
    expect(sentences(ben).first).to_contain_text("ada switched “Only I control” on at step 40")
    expect(ada.locator("#people-control")).to_have_text("Only ada (owner) can change it.")
    expect(switch).to_be_checked()
    expect_answered(switch)

    switch.press("Space")

    expect(ben.locator("#pause")).to_be_enabled()
    expect(switch).not_to_be_checked()


def test_hand_over_shows_an_error_when_the_request_fails(
    visitors: Visitors, open_motion: Open
) -> None:
    visitors.expect("ERR_FAILED")
    ada = open_motion("unreached", "ada")
    ada.route("**/hand-over/", lambda route: route.abort())
    switch = ada.get_by_role("switch", name="Only I control")

    switch.click()

    expect(ada.get_by_role("alert")).to_have_text("The server cannot be reached. Try again.")
    expect(switch).not_to_be_checked()
    ada.unroute_all()
    switch.click()
    expect(ada.locator("#people-control")).to_have_text("Only ada (owner) can change it.")
    expect(ada.locator("#people-error")).to_be_hidden()


# --- nothing moves that nobody touched -----------------------------------------------------

NOTE_SHIFTS = """() => {
  window.shifts = [];
  const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
  const named = (node) => node?.id || node?.parentElement?.id || node?.className || node?.nodeName;
  const isInPlace = (before, after) =>
    ["left", "right"].some((side) => Math.round(before[side]) === Math.round(after[side])) &&
    Math.round(before.top) === Math.round(after.top);
  new PerformanceObserver((list) => {
    for (const { node, previousRect, currentRect } of list.getEntries().flatMap((e) => e.sources)) {
      // A number with one digit more grows to one side, and the other side stays.
      if (isInPlace(previousRect, currentRect)) continue;
      shifts.push(`${named(node)}: ${place(previousRect)} → ${place(currentRect)}`);
    }
  }).observe({ type: "layout-shift" });
}"""


def test_nothing_moves_while_others_come_go_and_change_things(
    visitors: Visitors, open_motion: Open
) -> None:
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        if sockets:
            socket.close(code=1001)
            return
        socket.connect_to_server()
        sockets.append(socket)

    visitor, phone, owner = (open_motion("calm", name) for name in ("", "", "ada"))
    watching = {"desk": visitor, "phone": phone, "owner": owner}
    for name, page in watching.items():
        size = (
            {"width": 360, "height": 4_000}
            if name == "phone"
            else {"width": 1_440, "height": 2_400}
        )
        page.set_viewport_size(size)  # all of it in sight: nothing else counts as moved
        expect(page.locator("#theory-moments-fit")).not_to_be_empty()
        expect(sentences(page)).to_have_count(1)
    owner.route_web_socket("**/ws/**", connect)
    owner.reload()
    expect(owner.locator("#people-list")).to_contain_text("ada")
    expect(owner.locator("#theory-moments-fit")).not_to_be_empty()
    for page in watching.values():
        page.evaluate(NOTE_SHIFTS)

    teacher, ben = open_motion("calm", "ada"), open_motion("calm", "ben")
    for page in watching.values():
        expect(page.locator("#watching")).to_contain_text("4 watching")
    for value in range(2, 5):
        set_variance(teacher, str(value / 8))
        set_drift(teacher, str(value / 4))
    teacher.get_by_role("button", name="Pause for everyone").click()
    expect(visitor.locator("#status")).to_have_text("Paused by ada, for everyone")
    teacher.get_by_role("button", name="Resume for everyone").click()
    ben.close()
    until(visitor, lambda: len(visitor.locator("#step").inner_text()) > 5, "one digit more")
    expect(visitor.locator("#watching")).to_contain_text("3 watching")
    sockets[0].close(code=1001)
    expect(owner.locator("#note")).not_to_be_empty()

    found = {name: page.evaluate("shifts") for name, page in watching.items()}
    assert [f"{name}: {shift}" for name, shifts in found.items() for shift in shifts] == []


def test_owner_finds_a_person_and_hands_over_in_a_crowd(
    visitors: Visitors, open_motion: Open, site: Site
) -> None:
    shell(
        site,
        "from django.contrib.auth import get_user_model",
        "from motion.live import presence",
        "User = get_user_model()",
        "User.objects.bulk_create(User(username=f'pupil{at:02}') for at in range(40))",
        "pupils = User.objects.filter(username__startswith='pupil')",
        "named = dict(pupils.values_list('pk', 'username'))",
        "motion = Motion.objects.get(slug='classroom')",
        "presence.write_rows('another process', {motion.pk: presence.Viewers(named)})",
    )
    ada = open_motion("classroom", "ada")
    ada.set_viewport_size({"width": 360, "height": 720})
    expect(ada.locator("#people-count")).to_have_text("41 watching: 30 or more with names.")
    expect(ada.locator("#people-list")).not_to_contain_text("pupil39")

    ada.get_by_label("Find a person").fill("L39")
    ada.get_by_role("button", name="Let pupil39 control").press("Enter")

    expect(ada.get_by_role("button", name="Take back control from pupil39")).to_be_visible()
    expect(ada.locator("#people-found")).to_have_text("1 person found.")
    expect(ada.locator("#people-control")).to_have_text("ada (owner) and pupil39 can change it.")
    width = ada.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


# --- what was changed ----------------------------------------------------------------------


def test_change_is_marked_on_every_path(open_motion: Open, site: Site) -> None:
    mine, other = open_motion("marked", chart=True), open_motion("marked", chart=True)
    position = site.timeline("marked").position(40)

    set_variance(mine, "0.25")

    for page in (mine, other):
        steps, positions = wait_for_markers(page, 1)
        assert steps == [40]
        assert positions == pytest.approx([position])


def test_change_is_shown_with_its_author(open_motion: Open) -> None:
    ada, nobody = open_motion("credited", "ada"), open_motion("credited")

    set_variance(ada, "0.25")
    set_variance(nobody, "2")

    for page in (ada, nobody):
        expect(sentences(page)).to_contain_text(
            [
                "Somebody changed the variance 0.25 → 2 at step 40",
                "ada changed the variance 1 → 0.25 at step 40",
                "Started",
            ]
        )
        expect(page.locator("#latest")).to_have_text(
            "Somebody changed the variance 0.25 → 2 at step 40"
        )
    expect(ada.locator("#changes time").first).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))
    late = open_motion("credited")
    expect(sentences(late)).to_have_text(sentences(ada).all_inner_texts())
    link = late.get_by_role("link", name="All changes")
    expect(link).to_have_attribute("href", "/motions/credited/changes/")


def test_marks_move_no_axis_and_count_from_my_reset(open_motion: Open) -> None:
    page = open_motion("shifted", chart=True)
    before = ranges(page)
    set_variance(page, "0.5")
    wait_for_markers(page, 1)
    assert ranges(page) == before

    page.locator("#reset").click()

    until(page, lambda: page.evaluate(MARKERS) == [[0], [0]], "a marker at my zero")
    page.locator("#all").click()
    until(page, lambda: page.evaluate(MARKERS)[0] == [40], "the marker at its step")


def test_restart_clears_markers_and_shows_its_author(open_motion: Open) -> None:
    page, other = open_motion("joined", "ben"), open_motion("joined", chart=True)
    set_variance(page, "0.5")
    wait_for_markers(other, 1)

    page.locator("#restart").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()

    wait_for_markers(other, 0)
    expect(sentences(other)).to_contain_text(["ben restarted the motion: the 2nd path begins"])
    expect(sentences(other)).to_have_count(1)


def test_missed_changes_are_shown_after_a_reconnection(
    visitors: Visitors, open_motion: Open, daphne: Daphne
) -> None:
    is_away = False
    sockets: list[WebSocketRoute] = []

    def connect(socket: WebSocketRoute) -> None:
        if is_away:
            socket.close(code=1001)
            return
        socket.connect_to_server()
        sockets.append(socket)

    page, other = visitors.arrive(), open_motion("missed")
    page.route_web_socket("**/ws/**", connect)
    visitors.visit(page, f"{daphne.url}/motions/missed/")
    wait_drawn(page, 40)
    is_away = True
    sockets[0].close(code=1001)
    expect(page.locator("#status")).to_contain_text("Reconnecting")
    set_variance(other, "0.5")
    set_drift(other, "0.75")

    is_away = False

    expect(sentences(page)).to_have_count(3)
    expect(sentences(page)).to_have_text(sentences(other).all_inner_texts())
    wait_for_markers(page, 1)


def test_paused_new_motion_explains_how_to_start_it(open_motion: Open) -> None:
    owner = open_motion("waiting", "ada", chart=True, last=0)
    visitor = open_motion("waiting")
    assert drawn(owner) == {0: 0.0}
    for page, text in (
        (owner, "Paused at step 0. Press Resume to begin."),
        (visitor, "This path has not begun yet; waiting for ada."),
    ):
        expect(page.locator("#beginning")).to_have_text(text)
        expect(page.locator("#beginning")).to_be_visible()
    expect(owner.locator("#replay")).to_be_disabled()

    owner.locator("#pause").click()

    for page in (owner, visitor):
        expect(page.locator("#beginning")).to_be_hidden()
    expect(owner.locator("#replay")).to_be_enabled()
    owner.get_by_role("button", name="Restart…").click()
    expect(owner.get_by_label("Begin paused")).not_to_be_checked()
    owner.get_by_label("Begin paused").check()
    owner.get_by_role("dialog").get_by_role("button", name="Restart").click()
    expect(visitor.locator("#beginning")).to_be_visible()
    expect(visitor.locator("#step")).to_have_text("0")


def test_newest_eight_changes_are_listed(open_motion: Open) -> None:
    page = open_motion("crowded", chart=True)

    for value in range(2, 7):
        set_variance(page, str(value))
        set_drift(page, str(value))

    expect(sentences(page)).to_have_count(8)
    expect(sentences(page).first).to_contain_text("drift 5 → 6")
    expect(sentences(page).last).to_contain_text("variance 2 → 3")
    wait_for_markers(page, 1)


def test_drag_of_the_slider_is_shown_as_one_change(open_motion: Open) -> None:
    page, other = open_motion("dragged"), open_motion("dragged")
    slider = page.locator("#variance-slider")
    slider.hover()  # its middle, where it stands
    page.mouse.down()  # one drag, until it is released

    for variance in ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6"):
        slider.press("ArrowRight")
        expect(other.locator("#variance-label")).to_have_text(f"Variance: {variance}")
    page.mouse.up()

    expect(sentences(other)).to_contain_text(
        ["Somebody dragged the variance 1 → 1.6 at step 40", "Started"]
    )


def test_links_follow_a_motion_that_is_renamed(
    visitors: Visitors, open_motion: Open, site: Site
) -> None:
    page = open_motion("renamed")
    visitors.expect_late_requests("renamed")

    shell(
        site,
        "motions.update_description(Motion.objects.get(slug='renamed').pk, slug='other-name')",
    )

    link = page.get_by_role("link", name="All changes")
    expect(link).to_have_attribute("href", "/motions/other-name/changes/")
    expect(page).to_have_url(re.compile("/motions/other-name/$"))


# --- the end -------------------------------------------------------------------------------


def test_page_stays_live_for_a_visitor_when_the_session_ends(
    visitors: Visitors, site: Site, daphne: Daphne
) -> None:
    session = sign_in(daphne, "ben").split("=", 1)[1]
    page = visitors.arrive(chart=True)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
    visitors.visit(page, f"{daphne.url}/motions/outlived/")
    expect(page.locator("#people-list")).to_contain_text("ben")

    site.execute(f"DELETE FROM django_session WHERE session_key = '{session}'")

    sign_in_link = page.locator("header a", has_text="Sign in again")
    expect(sign_in_link).to_have_attribute("href", "/accounts/login/?next=/motions/outlived/")
    expect(page.locator("#status")).to_have_text("Paused, for everyone")
    expect(page.locator("#people-count")).to_contain_text("a visitor")
    assert not re.search(r"\bben\b", page.locator("body").inner_text())
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#changes-list")).to_contain_text("Somebody resumed it")


def test_page_renews_the_session_of_a_signed_in_person(
    visitors: Visitors, daphne: Daphne, sessions: dict[str, str]
) -> None:
    page = visitors.arrive(chart=False)
    page.context.add_cookies([{"name": "sessionid", "value": sessions["ben"], "url": daphne.url}])
    page.add_init_script(
        """const every = setInterval;
        window.setInterval = (act, ms, ...more) => {
          if (ms === 12 * 3600 * 1000) window.twiceADay = act;
          return every(act, ms, ...more);
        };"""
    )
    visitors.visit(page, f"{daphne.url}/motions/outlived/")
    expect(page.locator("#people")).to_be_visible()

    with page.expect_request(lambda request: request.method == "HEAD") as asked:
        page.evaluate("twiceADay()")

    assert asked.value.url == f"{daphne.url}/motions/outlived/"


SIGN_IN = "/accounts/login/?next="


@pytest.mark.parametrize(
    ("code", "name", "heading", "links"),
    [
        (4401, "ada", "You are signed out.", {"Sign in again": f"{SIGN_IN}/motions/hidden/"}),
        (
            4403,
            "ada",
            "You can no longer see this motion.",
            {"Show the motions": "/motions/", "Enter a code": "/join/"},
        ),
        (
            4403,
            "",
            "This motion is private now.",
            {"Sign in": f"{SIGN_IN}/motions/ended/", "Show the motions": "/motions/"},
        ),
        (4404, "ada", "This motion was deleted.", {"Show the motions": "/motions/"}),
    ],
)
def test_page_empties_itself_when_its_reader_loses_access(
    visitors: Visitors,
    daphne: Daphne,
    sessions: dict[str, str],
    code: int,
    name: str,
    heading: str,
    links: dict[str, str],
) -> None:
    sockets: list[WebSocketRoute] = []
    page = visitors.arrive(chart=code == 4401)
    visitors.take_clock(page)
    if name:
        page.context.add_cookies(
            [{"name": "sessionid", "value": sessions[name], "url": daphne.url}]
        )
    page.route_web_socket(
        "**/ws/**", lambda socket: (socket.connect_to_server(), sockets.append(socket))
    )
    visitors.visit(page, f"{daphne.url}/motions/{'hidden' if code == 4401 else 'ended'}/")
    expect(page.locator("#people")).to_be_visible()

    sockets[0].close(code=code)

    expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("h1")).to_be_focused()
    found = {link.inner_text(): link.get_attribute("href") for link in page.locator("main a").all()}
    assert found == links
    for address in links.values():
        assert page.request.get(daphne.url + address).status == 200
    assert page.title() == heading
    left = page.content()
    assert not re.search(r"\bada\b", left)
    assert "A motion" not in left
    assert "polyline points" not in left.split("</header>")[1]
    page.clock.run_for(600)  # for timers that must not miss what has gone


def test_page_that_was_not_understood_offers_to_reload(visitors: Visitors, daphne: Daphne) -> None:
    sockets: list[WebSocketRoute] = []
    page = visitors.arrive(chart=False)
    page.route_web_socket(
        "**/ws/**", lambda socket: (socket.connect_to_server(), sockets.append(socket))
    )
    visitors.visit(page, f"{daphne.url}/motions/ended/")
    expect(page.locator("#people")).to_be_visible()

    sockets[0].close(code=4400)

    expect(page.locator("#status")).to_contain_text("Reload it.")
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    expect(page.locator("#pause")).to_be_disabled()
    expect(page.locator("#people")).to_be_hidden()
