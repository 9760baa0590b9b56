"""The class: the slice, the views of it, a student's phone, the restart with paths, the wall."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import let_page_draw, middle_of, until, wait_drawn
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

PATHS = 40
STEP = 700
SEAT = 1  # of mia, the first member

ENSEMBLE = """() => {
  const { ensemble } = document.getElementById("chart").picture ?? {};
  return JSON.stringify(ensemble ?? null);
}"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Motions of ada's: "still" and "growing" with a class, "coming" with one after a restart."""
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    shell(
        site,
        "ada, mia, jun = [make_user(name) for name in ('ada', 'mia', 'jun')]",
        "for slug, values in {",
        f"    'still': {{'step': {STEP}, 'paused': True}},",
        f"    'growing': {{'step': {STEP}, 'interval': 0.1}},",
        "    'coming': {'step': 40, 'interval': 0.1},",
        "}.items():",
        "    motion = make_own_motion(ada, slug=slug, seed=5, variance=4, control='controllers',",
        "        title='Lesson ' + slug, **values)",
        "    for user in (mia, jun): members.set_role(motion.pk, user, 'viewer')",
        f"    if slug != 'coming': give_ensemble(motion, {PATHS})",
        "    Motion.objects.filter(pk=motion.pk).update(ensemble=12 if slug == 'coming' else 40)",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def sessions(daphne: Daphne) -> dict[str, str]:
    return {name: sign_in(daphne, name).split("=", 1)[1] for name in ("ada", "mia")}


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne, sessions: dict[str, str]) -> Open:
    """Somebody new at an address of the site, signed in as `name` where one is given."""

    def enter(path: str, name: str = "", **options: Any) -> Page:
        page = visitors.arrive(**{"chart": False} | options)  # the canvas draws the class
        if name:
            session = {"name": "sessionid", "value": sessions[name], "url": daphne.url}
            page.context.add_cookies([session])
        visitors.visit(page, f"{daphne.url}/motions/{path}")
        return page

    return enter


def read_ensemble(page: Page) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(page.evaluate(ENSEMBLE))
    return found


def wait_ensemble(page: Page, last: int, thin: int = PATHS) -> dict[str, Any]:
    """The class in the picture, once it is drawn up to a step from loaded points."""

    def find() -> dict[str, Any] | None:
        found = read_ensemble(page)
        is_whole = found and len(found["thin"]) == thin and len(found["x"]) > 2
        return found if found and is_whole and found["x"][-1] >= last else None

    found: dict[str, Any] = until(page, find, f"a class up to step {last}")
    return found


def assert_true_class(site: Site, slug: str, ensemble: dict[str, Any]) -> None:
    """Every point of every path is the server's, but for the float32 of the frames."""
    lines = [*ensemble["thin"], *([ensemble["mine"]] if ensemble["mine"] else [])]
    shared = ensemble["x"]
    steps = sorted({int(step) for line in lines for step in line.get("x", shared)})
    answer = shell(
        site,
        "import json",
        "from motion.queries.ensembles import NEWEST, load_ensemble",
        "from motion.queries.timelines import StepRange",
        f"motion = Motion.objects.get(slug={slug!r})",
        "epoch = Epoch.objects.get(motion=motion, number=motion.epoch)",
        "ensemble = load_ensemble(epoch, StepRange(epoch.pk, 0, motion.step, 1, NEWEST))",
        f"print(json.dumps([ensemble.positions_at(step).tolist() for step in {steps!r}]))",
    )
    positions = dict(zip(steps, json.loads(answer), strict=True))
    for line in lines:
        expected = [positions[int(step)][line["seat"] - 1] for step in line.get("x", shared)]
        assert np.allclose(line["y"], expected, rtol=1e-6, atol=1e-4)


# --- the view ------------------------------------------------------------------------------


def test_class_follows_the_view(enter: Open, site: Site) -> None:
    page = enter("growing/")
    live = wait_ensemble(page, STEP + 3)
    assert_true_class(site, "growing", live)

    page.keyboard.press("a")
    until(page, lambda: (found := read_ensemble(page)) and found["x"][0] == 0, "the whole class")
    page.keyboard.press("p")
    expect(page.locator("#status")).to_contain_text("View frozen")
    let_page_draw(page)
    frozen = wait_ensemble(page, STEP)
    expect(page.locator("#status")).to_contain_text(re.compile(r"\d\d steps behind"))
    assert read_ensemble(page)["x"][-1] == frozen["x"][-1]  # type: ignore[index]
    page.keyboard.press("f")
    wait_ensemble(page, frozen["x"][-1] + 3)

    page.locator("#up").select_option("increments")
    expect(page.locator("#view-note")).to_contain_text("The class is hidden")
    assert read_ensemble(page) is None
    page.locator("#up").select_option("position")
    page.keyboard.press("c")
    until(page, lambda: read_ensemble(page) is None, "no class")
    expect(page.locator("#class")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#class-card")).to_be_hidden()


def test_motion_without_a_class_requests_none(visitors: Visitors, daphne: Daphne) -> None:
    asked: list[str] = []
    page = visitors.arrive(chart=False)
    page.on("request", lambda request: asked.append(request.url))
    visitors.visit(page, f"{daphne.url}/motions/coming/")
    expect(page.locator("#theory-window")).to_contain_text("Computed")

    assert not [url for url in asked if "ensemble.json" in url or "slice.json" in url]
    for part in ("#class", "#slice", "#class-card", "#mine", "#seats"):
        expect(page.locator(part)).to_be_hidden()


def test_own_path_has_a_label_under_the_pointer(enter: Open, site: Site) -> None:
    page = enter("still/", "mia", chart=True)
    wait_drawn(page, STEP)
    until(page, lambda: (read_ensemble(page) or {}).get("mine"), "an own path")
    x, y = middle_of(page)

    page.mouse.move(x, y)

    labels = page.locator("#chart .hoverlayer .hovertext")
    own = labels.filter(has_text="mia")
    expect(own).to_have_count(1)
    expect(labels).to_have_count(2)

    def is_label_true() -> bool:
        """It may be of the points before the whole path had come."""
        match = re.fullmatch(r"mia · step (\d+) · ([−\d.]+)", own.text_content() or "")
        assert match
        mine = read_ensemble(page)["mine"]  # type: ignore[index]
        path = dict(zip(mine["x"], mine["y"], strict=True))
        position = path.get(int(match[1]), np.inf)
        return float(match[2].replace("−", "-")) == pytest.approx(position, abs=5e-4)

    until(page, is_label_true, "a label of the path")


def test_picture_for_a_file_has_the_class_and_its_barrier(enter: Open) -> None:
    page = enter("still/", "mia", chart=True)
    wait_drawn(page, STEP)
    wait_ensemble(page, STEP, thin=PATHS - 1)
    page.keyboard.press("l")
    until(page, lambda: (read_ensemble(page) or {})["barriers"], "a barrier")
    page.locator("#open-export").click()

    with page.expect_download() as download:
        page.locator("#export-svg").click()

    svg = download.value.path().read_text()
    texts = " ".join(re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", svg))
    assert f"Class of {PATHS} paths. Shaded" in texts
    assert f"Right: all positions at step {STEP}, beside the normal density" in texts
    assert "Red: a barrier at" in texts
    assert "mia" in texts
    assert len(re.findall(r'class="trace scatter', svg)) > PATHS
    assert 'class="subplot x2y"' in svg  # of the histogram


# --- the slice -----------------------------------------------------------------------------


def read_slice(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = read_ensemble(page)["slice"]  # type: ignore[index]
    return found


def slice_step(page: Page) -> int:
    return int(read_slice(page)["step"])


def test_slice_moves_by_keys_and_by_mouse(enter: Open) -> None:
    page = enter("still/")
    wait_ensemble(page, STEP)
    slider = page.get_by_role("slider", name="Slice")
    expect(slider).to_have_attribute("aria-valuetext", f"step {STEP}")

    slider.focus()
    page.keyboard.press("ArrowLeft")
    until(page, lambda: slice_step(page) < STEP, "a slice in the past")
    step = slice_step(page)
    expect(slider).to_have_attribute("aria-valuenow", str(step))
    page.locator("#class-card").scroll_into_view_if_needed()
    expect(page.locator("#class-step")).to_have_text(str(step))
    expect(page.locator("#class-fit")).to_contain_text(f"The {PATHS} paths")

    page.locator("#chart").scroll_into_view_if_needed()
    box, area = slider.bounding_box(), page.locator("#chart").bounding_box()
    assert box
    assert area
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    until(page, lambda: 200 < slice_step(page) < 600, "a slice in the middle")
    until(page, lambda: sum(read_slice(page)["counts"]) == PATHS, "the whole class in it")

    slider.focus()
    page.keyboard.press("End")
    until(page, lambda: slice_step(page) == STEP, "the newest slice")


def test_finger_drags_the_slice_and_not_the_chart(enter: Open) -> None:
    page = enter("still/", viewport={"width": 360, "height": 700}, has_touch=True, is_mobile=True)
    page.locator("#more-tools").tap()
    page.locator("#slice").tap()
    until(page, lambda: (found := read_ensemble(page)) and found["slice"], "a slice")
    slider = page.get_by_role("slider", name="Slice")
    expect(slider).to_have_attribute("aria-valuetext", f"step {STEP}")
    slider.scroll_into_view_if_needed()
    before = page.evaluate("[scrollY, document.getElementById('chart').picture.range]")
    box = slider.bounding_box()
    assert box
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    send("touchStart", {"x": x, "y": y})
    for shift in range(10, 101, 10):
        send("touchMove", {"x": x - shift, "y": y})
    send("touchEnd")
    let_page_draw(page)

    until(page, lambda: slice_step(page) < STEP - 100, "a slice in the past")
    expect(slider).to_have_attribute("aria-valuetext", f"step {slice_step(page)}")
    after = page.evaluate("[scrollY, document.getElementById('chart').picture.range]")
    assert after == before


def test_slice_beyond_the_view_is_reached_at_its_edge(enter: Open) -> None:
    page = enter("still/")
    wait_ensemble(page, STEP)
    slider = page.get_by_role("slider", name="Slice")
    slider.focus()
    page.keyboard.press("Home")
    until(page, lambda: slice_step(page) == 0, "the first slice")
    expect(slider).to_have_attribute("data-beyond", "left")
    expect(slider).to_have_attribute("aria-valuetext", "step 0")
    box, area = slider.bounding_box(), page.locator("#chart").bounding_box()
    assert box
    assert area
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*place)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] / 2, place[1], steps=4)
    page.mouse.up()
    until(page, lambda: slice_step(page) > 100, "a slice in the view")
    expect(slider).to_have_attribute("data-beyond", "")


def test_name_lights_its_path(enter: Open) -> None:
    enter("still/", "mia")
    page = enter("still/")
    name = page.locator("#seats-list button", has_text="mia")
    expect(name).to_be_visible()
    wait_ensemble(page, STEP)

    name.click()

    lit = until(page, lambda: read_ensemble(page)["lit"], "a path that is lit")  # type: ignore[index]
    assert (lit["seat"], lit["name"]) == (SEAT, "mia")
    expect(name).to_have_attribute("aria-pressed", "true")


# --- a student's phone -----------------------------------------------------------------------


def test_phone_shows_own_path_and_position_without_scrolling(enter: Open, site: Site) -> None:
    page = enter("growing/", "mia", viewport={"width": 360, "height": 640})
    card = page.locator("#mine")
    expect(card.locator("#mine-rank")).to_contain_text(f"of {PATHS}")
    expect(card.locator("#mine-state")).to_have_text("ada controls")
    found = wait_ensemble(page, STEP, thin=29)  # of 30, without my own

    assert (found["mine"]["seat"], found["mine"]["name"]) == (SEAT, "mia")
    assert_true_class(site, "growing", found)
    assert found["slice"] is None
    for part in (card, page.locator("#chart"), page.locator("#status")):
        box = part.bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 640
        assert box["x"] + box["width"] <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_restart_begins_the_class_for_everyone(enter: Open, site: Site) -> None:
    student = enter("coming/", "mia", viewport={"width": 360, "height": 640})
    expect(student.locator("#mine-wait")).to_contain_text("when the motion restarts")
    owner = enter("coming/", "ada")
    expect(owner.locator("#next-class-text")).to_have_text(
        "The class begins with the next path: 12 paths."
    )

    owner.get_by_role("button", name="Restart with 12 paths…").click()
    expect(owner.locator("#restart-text")).to_contain_text("with 12 paths for the class")
    owner.locator("#restart-dialog button[value=restart]").click()

    expect(owner.locator("#next-class")).to_be_hidden()
    expect(student.locator("#mine-rank")).to_contain_text("of 12")
    expect(student.locator("#mine-wait")).to_be_hidden()
    assert_true_class(site, "coming", wait_ensemble(owner, 5, thin=12))


# --- the wall ------------------------------------------------------------------------------

SMALL = """() => [...document.querySelectorAll("main *")]
  .filter((element) => element.checkVisibility() && element.matches(":not(.hidden, .hidden *)"))
  .filter(({ childNodes }) =>
    [...childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()))
  .filter((element) => parseFloat(getComputedStyle(element).fontSize) < 24)
  .map(({ id, className, textContent }) => `${id} ${className} ${textContent.trim()}`)"""

SHOWN = "document.dispatchEvent(new Event('visibilitychange'))"

CUT = """() => [...document.querySelectorAll(".wall-box, .wall-foot, .wall-ways > *, .headline")]
  .filter((element) => element.checkVisibility())
  .filter((element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
  }).map(({ id, className }) => `${id} ${className}`)"""


def test_wall_is_readable_from_the_last_row(enter: Open, site: Site) -> None:
    page = enter("growing/?wall", "ada", viewport={"width": 1600, "height": 900})
    wait_ensemble(page, STEP)
    expect(page.locator("#wall-expected")).to_contain_text(f"Theory: 36 of {PATHS} paths end")
    expect(page.locator("#wall-found")).to_contain_text(f"of {PATHS}.")
    expect(page.locator("#wall-law")).to_contain_text("theory: normal with variance")
    expect(page.locator("#wall-mean")).to_contain_text("class mean")
    page.get_by_role("button", name="Make a code").click()
    expect(page.locator(".wall-code")).to_be_visible()
    expect(page.get_by_role("img", name="QR code of the invitation")).to_be_visible()

    code = page.locator(".wall-code").inner_text()
    shell(site, "Motion.objects.filter(slug='growing').update(door_closed=True)")
    page.evaluate(SHOWN)  # else it takes some seconds
    expect(page.locator("#wall-join-title")).to_contain_text("nobody can join")
    shell(site, "Motion.objects.filter(slug='growing').update(door_closed=False)")
    page.evaluate(SHOWN)
    expect(page.locator(".wall-code")).to_have_text(code)

    for width, height in ((1280, 720), (1600, 900), (3840, 2160)):
        page.set_viewport_size({"width": width, "height": height})
        let_page_draw(page)
        assert page.evaluate(SMALL) == []
        assert page.evaluate(CUT) == []
        assert page.evaluate("document.documentElement.scrollHeight") <= height
    for part in (".top", ".tools", "#shared", "#overview", "#theory", ".side"):
        expect(page.locator(part)).to_be_hidden()


AWAKE = """() => {
  window.locks = [];
  const request = async () => {
    const lock = { released: false };
    locks.push(lock);
    return lock;
  };
  Object.defineProperty(Navigator.prototype, "wakeLock", { get: () => ({ request }) });
}"""


def test_wall_keeps_the_screen_awake_and_is_left_by_escape(
    enter: Open, visitors: Visitors, daphne: Daphne
) -> None:
    page = visitors.arrive(chart=False)
    page.add_init_script(f"({AWAKE})()")
    visitors.visit(page, f"{daphne.url}/motions/growing/?wall")
    until(page, lambda: page.evaluate("locks.length") == 1, "a wake lock")
    page.evaluate("locks[0].released = true")
    page.evaluate(SHOWN)
    until(page, lambda: page.evaluate("locks.length") == 2, "another wake lock")
    expect(page.locator("#wall-join-title")).to_have_count(0)  # a visitor has no code to show

    wait_ensemble(page, STEP)
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"\?view=all&.*\bwall$"))
    page.keyboard.press("Escape")
    page.wait_for_url("**/motions/growing/")
    expect(page.locator(".tools")).to_be_visible()
