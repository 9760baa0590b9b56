"""My view, which nobody else sees: follow, show all, zoom, pan, and "reset my view"."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import (
    COUNT_DRAWINGS,
    assert_true_points,
    assert_true_view,
    expect_live,
    let_page_draw,
    let_steps_pass,
    middle_of,
    ranges,
    read_view,
    status,
    step_shown,
    titles,
    trace,
    until,
    wait_drawn,
)
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visitors: Visitors, daphne: Daphne) -> Page:
    """A running motion with its chart drawn."""
    page = visitors.open(f"{daphne.url}/motions/running/")
    wait_drawn(page, 30)
    return page


def settled_range(page: Page, before: list[float]) -> list[float]:
    """The range of steps once it differs from `before`, and moves with the newest step no more."""
    until(page, lambda: not is_pressed(page, "follow"), "a fixed view")
    until(page, lambda: ranges(page)[0] != before, "another range")
    let_steps_pass(page)
    return ranges(page)[0]


def is_pressed(page: Page, button: str) -> bool:
    return page.locator(f"#{button}").get_attribute("aria-pressed") == "true"


def test_follow_keeps_the_newest_step_in_sight(page: Page) -> None:
    for _ in range(3):
        let_steps_pass(page)

        newest, left, right = page.evaluate("[chart.picture.x.at(-1), ...chart.picture.range]")
        assert left <= newest <= right
        assert right - newest < 0.1 * (right - left)


def turn_wheel(page: Page, pixels: int, key: str = "") -> None:
    if key:
        page.keyboard.down(key)
    page.mouse.wheel(0, pixels)
    if key:
        page.keyboard.up(key)


# The texts of an element whenever it was shown: a busy machine may look too late.
NOTE_SHOWN = """(element) => {
  window.hints = [];
  const note = () => element.dataset.shown === "true" && hints.push(element.textContent);
  new MutationObserver(note).observe(element, { attributeFilter: ["data-shown"] });
}"""


@pytest.mark.parametrize("place", ["#chart", "#overview .strip"])
def test_wheel_scrolls_the_page_until_zoom_is_chosen(page: Page, place: str) -> None:
    def scrolls() -> None:
        page.locator(place).hover()
        turn_wheel(page, 120)
        until(page, lambda: page.evaluate("scrollY") > 0, "the page to scroll")
        let_page_draw(page)
        page.evaluate("scrollTo(0, 0)")
        expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")

    def zooms(key: str = "") -> None:
        turn_wheel(page, -400, key)
        expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
        ended = step_shown(page) + 2  # Plotly says where a wheel ended a little later
        until(page, lambda: step_shown(page) >= ended, "two steps, wherever the line in view ends")
        page.keyboard.press("f")
        expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("[scrollY, devicePixelRatio]") == [0, 1]

    hint = page.locator("#wheel-hint")
    hint.evaluate(NOTE_SHOWN)
    scrolls()
    until(page, lambda: page.evaluate("hints") == ["Ctrl + wheel zooms"], "a hint")
    expect(hint).to_be_hidden()
    for key in ("Control", "Meta"):
        zooms(key)
    page.locator(place).click()
    page.keyboard.press("f")
    zooms()
    zooms()  # as long as the pointer stays there
    page.keyboard.press("Escape")
    scrolls()
    page.locator(place).click()
    page.keyboard.press("f")
    page.mouse.move(5, 5)
    scrolls()


def test_wheel_zoom_survives_updates(page: Page) -> None:
    before = ranges(page)[0]
    page.mouse.move(*middle_of(page))
    turn_wheel(page, -400, "Control")
    zoomed = settled_range(page, before)

    let_steps_pass(page)

    assert zoomed[1] - zoomed[0] < before[1] - before[0]
    assert ranges(page)[0] == zoomed
    assert not is_pressed(page, "follow")


def test_drag_pans_and_survives_updates(page: Page) -> None:
    before = ranges(page)[0]
    x, y = middle_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=5)
    page.mouse.move(x + 120, y, steps=5)
    page.mouse.up()
    panned = settled_range(page, before)

    let_steps_pass(page)

    assert panned[0] < before[0]
    assert ranges(page)[0] == panned


def test_status_says_which_earlier_steps_are_in_view(page: Page) -> None:
    sentence, go_live = page.locator("#status"), page.locator("#follow")
    expect_live(page)

    for _ in range(9):
        page.locator("#chart").press("ArrowLeft")

    expect(sentence).to_have_text(re.compile(r"^Viewing steps [\d,]+ to [\d,]+$"))
    expect(page.locator(".pill")).to_have_attribute("data-tone", "quiet")
    go_live.click()
    expect_live(page)


# A computer whose clock is ten minutes ahead.
AHEAD = """
  const { now } = Date;
  Date.now = () => now() + 600_000;
"""


def test_clock_axis_shows_the_time_of_the_server(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.arrive()
    page.add_init_script(AHEAD)
    visitors.visit(page, f"{daphne.url}/motions/running/?x=clock")
    until(page, lambda: "time of day (" in "".join(titles(page)), "the axis")
    expect_live(page)

    # The axis counts in the time of the computer's zone.
    newest = "Date.parse(new Date(chart.picture.newest[0]).toISOString().slice(0, -1))"
    behind = f"Date.now() - 600_000 - {newest}"

    until(page, lambda: abs(page.evaluate(behind)) < 5_000, "a newest step of the present")
    # On a busy machine the worker may have begun a minute late; ten it was not.
    expect(page.locator("#view-note")).not_to_have_text(re.compile(r"stood still for \d\d min"))


def let_numbers_pass(page: Page, count: int) -> None:
    """Wait until the page has got so many more steps, whether its chart shows them or not."""
    first = step_shown(page)
    until(page, lambda: step_shown(page) >= first + count, f"{count} steps")


COUNT_PLOTLY = """() => {
  const { react } = Plotly;
  window.calls = 0;
  Plotly.react = (...given) => { window.calls += 1; return react(...given); };
}"""


def test_plotly_draws_only_while_a_hand_is_on_the_chart(page: Page) -> None:
    chart = page.locator("#chart")
    page.evaluate(COUNT_PLOTLY)

    def count_calls_of_steps() -> int:
        before = page.evaluate("calls")
        let_steps_pass(page)
        return int(page.evaluate("calls") - before)

    assert count_calls_of_steps() == 0
    page.mouse.move(*middle_of(page))
    expect(chart).to_have_attribute("data-in-hand", "")
    expect(page.locator(".hoverlayer .hovertext")).to_have_count(1)
    assert count_calls_of_steps() >= 3
    page.mouse.click(*middle_of(page))
    page.mouse.move(5, 5)
    expect(chart).not_to_have_attribute("data-in-hand", "")
    expect(chart).to_be_focused()
    assert count_calls_of_steps() == 0
    before = page.evaluate("calls")
    page.locator("#theme").click()
    until(page, lambda: page.evaluate("calls") > before, "the new colours")
    let_page_draw(page)
    assert page.evaluate("calls") == before + 1


def test_hand_on_the_chart_is_not_fought(page: Page) -> None:
    x, y = middle_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y, steps=5)
    held = page.evaluate("document.getElementById('chart')._fullLayout.xaxis.range")

    let_numbers_pass(page, 5)

    assert page.evaluate("document.getElementById('chart')._fullLayout.xaxis.range") == held
    page.mouse.up()
    let_steps_pass(page)


def test_other_buttons_do_not_hold_the_chart(page: Page) -> None:
    """Nor does the main one, once a menu or another window keeps its release from the page."""
    x, y = middle_of(page)
    page.mouse.move(x, y)
    for button in ("right", "middle"):
        page.mouse.down(button=button)  # a menu would keep the release from the page
        let_steps_pass(page, 3)
        page.mouse.move(x + 80, y, steps=3)
        let_steps_pass(page, 3)
        page.mouse.up(button=button)
        page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate("dispatchEvent(new Event('blur'))")
    let_steps_pass(page, 3)
    page.mouse.move(x + 80, y, steps=3)
    let_steps_pass(page, 3)
    page.mouse.up()

    assert is_pressed(page, "follow")


def test_follow_returns_to_the_newest_steps(page: Page) -> None:
    ways_back = {
        "the button": lambda: page.locator("#follow").click(),
        "the key": lambda: page.locator("#chart").press("f"),
        "a double click": lambda: page.mouse.dblclick(*middle_of(page)),
    }
    for name, go_back in ways_back.items():
        page.locator("#chart").press("ArrowLeft")
        until(page, lambda: not is_pressed(page, "follow"), "a fixed view")

        go_back()

        until(page, lambda: is_pressed(page, "follow"), f"{name} to follow")
        newest = max(let_steps_pass(page))
        assert ranges(page)[0][0] <= newest <= ranges(page)[0][1]


def test_keys_move_and_zoom(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/long/")  # what it grows meanwhile is nothing
    wait_drawn(page, 1_500_000)
    chart = page.locator("#chart")
    chart.press("a")
    until(page, lambda: ranges(page)[0][0] == 0, "show all")

    found = [ranges(page)[0]]
    for key in ("+", "ArrowRight", "ArrowLeft", "-"):
        chart.press(key)
        expect(page.locator("#all")).to_have_attribute("aria-pressed", "false")
        found.append(settled_range(page, found[-1]))

    widths = [right - left for left, right in found]
    assert widths[1] == pytest.approx(widths[0] / 1.5, rel=0.2)
    assert widths[2] == pytest.approx(widths[1])
    assert found[2][0] == pytest.approx(found[1][0] + 0.2 * widths[1])
    assert found[3][0] == pytest.approx(found[1][0])
    assert widths[4] == pytest.approx(1.5 * widths[3])


def test_keys_work_wherever_nothing_else_uses_them(page: Page) -> None:
    def is_all_after(key: str, focused: str) -> bool:
        page.locator("#chart").press("f")
        until(page, lambda: is_pressed(page, "follow"), "the newest steps")
        page.evaluate("document.activeElement.blur()")
        if focused != "body":
            page.locator(focused).focus()
        page.keyboard.press(key)  # an act is shown at once, within the event
        return is_pressed(page, "all")

    page.mouse.click(*middle_of(page))
    assert page.evaluate("document.activeElement.id") == "chart"
    for focused in ("body", "#theme", "#variance-slider", "#overview .strip"):
        assert is_all_after("a", focused), focused
    for focused in ("#variance", "#across"):
        assert not is_all_after("a", focused), focused
    for key in ("Shift+A", "Control+a", "Alt+a", "Meta+a"):
        assert not is_all_after(key, "body"), key
    page.locator("#variance-slider").dispatch_event("keydown", {"key": "ArrowLeft"})
    page.locator("#theme").dispatch_event("keydown", {"key": "Home"})  # which scrolls the page
    page.locator("#restart").click()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    assert is_pressed(page, "follow")
    page.locator("#keys-everywhere").uncheck()
    assert not is_all_after("a", "body")
    assert is_all_after("a", "#chart")
    page.reload(wait_until="commit")
    wait_drawn(page, 30)
    assert not is_all_after("a", "body")


def test_view_in_which_nothing_moves_is_not_drawn_again(page: Page) -> None:
    page.locator("#freeze").click()
    behind = status(page)

    def count_behind() -> int:
        found = re.search(r"frozen, ([\d,]+) ", behind.inner_text())
        return int(found[1].replace(",", "")) if found else 0

    until(page, lambda: count_behind() >= 30, "the last small move to be drawn, after 1.5 s")
    page.evaluate(COUNT_DRAWINGS)
    before = count_behind()

    until(page, lambda: count_behind() >= before + 10, "ten steps more")

    assert page.evaluate("drawings") == 0
    page.locator("#freeze").click()
    until(page, lambda: page.evaluate("drawings"), "the moving edge")


def test_keys_elsewhere_leave_the_view_alone(page: Page) -> None:
    page.locator("#chart").press("Control+a")
    page.locator("#variance").press("a")

    let_steps_pass(page)

    assert is_pressed(page, "follow")


def test_reset_starts_the_view_at_zero(visitors: Visitors, page: Page, site: Site) -> None:
    other = visitors.open(page.url)
    seen = max(wait_drawn(other))
    wait_drawn(page, seen)

    page.locator("#reset").click()

    until(page, lambda: read_view(page)[0] > 0, "a cleared view")
    let_steps_pass(page)
    origin, path = read_view(page)
    assert origin >= seen
    assert min(path) == 0
    assert path[0] == 0.0
    assert_true_view(site, "running", origin, path)
    expect(page.locator("#my-reset")).to_be_visible()
    expect(other.locator("#my-reset")).to_be_hidden()
    assert max(let_steps_pass(other)) > seen


def test_show_all_undoes_a_reset(page: Page, site: Site) -> None:
    page.locator("#chart").press("r")
    expect(page.locator("#my-reset")).to_be_visible()

    page.locator("#all").click()

    expect(page.locator("#my-reset")).to_be_hidden()
    until(page, lambda: ranges(page)[0][0] == 0 and max(wait_drawn(page)) > 30, "the whole path")
    origin, path = read_view(page)
    assert (origin, min(path)) == (0, 0)
    assert_true_points(site, "running", path)


def test_reset_outlives_zoom_and_follow(page: Page) -> None:
    page.locator("#chart").press("r")
    let_steps_pass(page)
    page.locator("#chart").press("+")
    page.locator("#chart").press("f")

    let_steps_pass(page)

    expect(page.locator("#my-reset")).to_be_visible()
    assert read_view(page)[0] > 0


def test_reset_outlives_a_reload(page: Page, site: Site) -> None:
    page.locator("#band").click()
    page.locator("#reset").click()
    until(page, lambda: "since=" in page.url and "band=view" in page.url, "the address")
    before = int(parse_qs(urlsplit(page.url).query)["since"][0])

    page.reload(wait_until="commit")

    expect_live(page)
    expect(page.locator("#my-reset")).to_be_visible()
    until(page, lambda: min(wait_drawn(page)) == 0 and trace(page, "band")[0], "the view")
    views = []

    def counts_from_the_same_step() -> bool:
        views.append(read_view(page))
        return views[-1][0] == before

    until(page, counts_from_the_same_step, "the step that the view counts from")
    assert_true_view(site, "running", *views[-1])
    assert trace(page, "mean")[0][0] == 0  # the band begins with the view, as it did
    page.locator("#all").click()
    expect(page.locator("#band-from")).to_have_value("0")


def test_chosen_view_outlives_a_link_and_back(page: Page) -> None:
    address = page.url
    let_numbers_pass(page, 6)  # nothing was chosen: the address stays as it is
    assert page.url == address

    page.locator("#all").click()
    page.locator("#up").select_option("increments")
    page.get_by_role("link", name="Motions").click()
    expect(page.locator("h1")).to_have_text("Motions")
    page.go_back(wait_until="commit")
    wait_drawn(page, 30)
    until(page, lambda: is_pressed(page, "all"), "the whole path")
    expect(page.locator("#up")).to_have_value("increments")
    assert page.url == f"{address}?view=all&y=increments"

    page.locator("#chart").press("+")
    until(page, lambda: "from=" in page.url, "the steps in the address")
    wanted = [pytest.approx(end, abs=1) for end in ranges(page)[0]]
    page.reload(wait_until="commit")
    wait_drawn(page, 30)
    until(page, lambda: ranges(page)[0] == wanted, "the same steps")


def test_reset_ends_at_a_restart(visitors: Visitors, daphne: Daphne, site: Site) -> None:
    page = visitors.open(f"{daphne.url}/motions/restarted/")
    wait_drawn(page, 5)
    page.locator("#reset").click()
    expect(page.locator("#my-reset")).to_be_visible()
    epoch, _ = site.frontier("restarted")

    page.locator("#restart").click()
    page.get_by_role("dialog").get_by_role("button", name="Restart").click()

    expect(page.locator("#my-reset")).to_be_hidden()
    until(page, lambda: site.frontier("restarted")[0] > epoch, "another epoch")
    let_steps_pass(page)
    origin, path = read_view(page)
    assert origin == 0
    assert_true_view(site, "restarted", origin, path)
