"""overview.js: the strip on a page, with real pointers and keys."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import CDPSession, Page

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

HTML = render_to_string("motion/overview.html")

CSS = "".join(
    (ROOT / "static" / "motion" / "css" / f"{name}.css").read_text()
    for name in ("base", "motion", "chart")
)

BEFORE, AFTER = 14, 46  # pixels beside the line
WIDTH = 1_000
MIDDLE = 28  # of its height

SHOW = """async ({ html, css, width }) => {
  const { Overview } = await import("/widgets/overview.js");
  document.body.innerHTML = `<style>${css} main.test { display: block; max-width: none;
    margin: 0; padding: 0; width: ${width}px; min-height: 3000px }</style>
    <main class="test">${html}</main>`;
  const shown = { last: 10_000, range: [2_000, 4_000], marks: [] };
  shown.steps = Array.from({ length: 1_001 }, (_, index) => index * 10);
  shown.positions = shown.steps.map((step) => Math.sin(step / 500));
  const moves = [];
  let lives = 0;
  const run = (command, range) => {
    if (command === "follow") {
      lives += 1;
      return;
    }
    moves.push(range);
    shown.range = range;
    overview.show({ ...shown });
  };
  const overview = new Overview(document.querySelector("#overview"), run, () => true);
  const show = (other) => overview.show({ ...Object.assign(shown, other) });
  window.test = { overview, show, shown, moves, lives: () => lives };
  show();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    width = WIDTH + BEFORE + AFTER
    modules.evaluate(SHOW, {"html": HTML, "css": CSS, "width": width})
    modules.evaluate("scrollTo(0, 0)")
    modules.mouse.move(BEFORE, 500)
    return modules


@pytest.fixture
def touch(page: Page) -> CDPSession:
    return page.context.new_cdp_session(page)


def find_x(step: float, last: float = 10_000) -> float:
    return BEFORE + WIDTH * step / last


def drag(page: Page, start: float, *stops: float) -> None:
    page.mouse.move(start, MIDDLE)
    page.mouse.down()
    for stop in stops:
        page.mouse.move(stop, MIDDLE)
    page.mouse.up()


def read_window(page: Page) -> list[float]:
    return page.evaluate("test.shown.range")


def send_touch(touch: CDPSession, kind: str, x: float = 0, y: float = MIDDLE) -> None:
    points = [{"x": x, "y": y}] if kind in ("touchStart", "touchMove") else []
    touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_drag_moves_the_window(page: Page) -> None:
    drag(page, find_x(3_000), find_x(4_000), find_x(5_000))

    assert read_window(page) == pytest.approx([4_000, 6_000])
    drag(page, find_x(8_000), find_x(8_500))  # the window comes to the hand and goes with it
    assert page.evaluate("test.moves.slice(-2).flat()") == pytest.approx(
        [7_000, 9_000, 7_500, 9_500]
    )
    drag(page, find_x(7_500) + 3, find_x(5_000) + 3)
    assert read_window(page) == pytest.approx([5_000, 9_500])
    drag(page, find_x(9_500) - 3, find_x(6_000) - 3)
    assert read_window(page) == pytest.approx([5_000, 6_000])


def test_window_below_a_pixel_can_be_moved_and_widened(page: Page) -> None:
    page.evaluate(
        "test.show({ last: 1e9, steps: [0, 1e9], positions: [0, 1], range: [5e8, 5e8 + 600] })"
    )

    drag(page, find_x(0.5, 1), find_x(0.5, 1) + 1)
    assert read_window(page) == pytest.approx([5e8 + 1e6, 5e8 + 1e6 + 600])
    drag(page, find_x(0.5, 1) + 1 - 12, find_x(0.5, 1) + 1 - 112)
    assert read_window(page) == pytest.approx([4.01e8, 5.01e8 + 600], rel=1e-6)


def test_press_without_a_move_changes_nothing(page: Page) -> None:
    drag(page, find_x(3_000))

    assert page.evaluate("[test.moves, test.overview.isHeld]") == [[], False]


def test_strip_stands_still_during_a_drag(page: Page) -> None:
    line = "document.querySelector('.life polyline').getAttribute('points')"
    before = page.evaluate(line)
    page.mouse.move(find_x(3_000), MIDDLE)
    page.mouse.down()

    page.evaluate("test.show({ last: 20_000, range: [19_000, 20_600] })")

    pane = page.locator(".pane")
    assert page.evaluate("test.overview.isHeld")
    assert page.evaluate(line) == before
    assert pane.get_attribute("x") == "200.0"
    page.mouse.move(find_x(3_500), MIDDLE)
    assert pane.get_attribute("x") == "250.0"
    page.mouse.up()
    assert not page.evaluate("test.overview.isHeld")
    assert page.evaluate(line) != before
    assert pane.get_attribute("x") == "125.0"


@pytest.mark.parametrize("name", ["contextmenu", "blur"])
def test_drag_ends_when_the_release_is_lost(page: Page, name: str) -> None:
    page.mouse.move(find_x(3_000), MIDDLE)
    page.mouse.down()
    assert page.evaluate("test.overview.isHeld")

    page.evaluate("name => dispatchEvent(new Event(name))", name)

    held = page.evaluate("test.overview.isHeld")
    page.mouse.move(find_x(3_500), MIDDLE)
    page.mouse.up()
    assert (held, page.evaluate("test.moves")) == (False, [])


def test_button_and_double_click_follow_the_newest_steps(page: Page) -> None:
    live = page.get_by_role("button", name="Go live")

    live.click()
    page.mouse.dblclick(find_x(8_000), MIDDLE)
    page.locator(".strip").press("End")

    assert page.evaluate("test.lives()") == 3
    page.evaluate("test.show({ range: [9_400, 10_018] })")
    assert live.is_hidden()


def test_wheel_zooms_about_the_pointer(page: Page) -> None:
    page.mouse.move(find_x(2_500), MIDDLE)

    page.mouse.wheel(0, -100)
    page.wait_for_function("test.moves.length")

    start, end = read_window(page)
    assert end - start < 1_900
    assert (2_500 - start) / (end - start) == pytest.approx(0.25, abs=1e-3)
    assert page.evaluate("scrollY") == 0


def test_keys_move_and_zoom(page: Page) -> None:
    strip = page.get_by_role("slider", name="The part of the path in view")
    strip.focus()
    expected = {
        "ArrowRight": [2_200, 4_200],
        "Shift+ArrowRight": [4_200, 6_200],
        "ArrowLeft": [4_000, 6_000],
        "-": [3_500, 6_500],
        "+": [4_000, 6_000],
        "Home": [0, 2_000],
        "Shift+ArrowLeft": [0, 2_000],
    }

    for key, steps in expected.items():
        page.keyboard.press(key)
        assert read_window(page) == pytest.approx(steps), key

    assert strip.get_attribute("aria-valuetext") == "steps 0 to 2,000 of 10,000"
    assert strip.get_attribute("aria-valuenow") == "0"


def test_new_steps_are_not_announced_during_focus(page: Page) -> None:
    text = page.locator(".strip")
    page.evaluate("test.show({ range: [9_400, 10_018] })")
    text.focus()

    page.evaluate("test.show({ last: 10_010, range: [9_410, 10_028] })")

    assert text.get_attribute("aria-valuetext") == "steps 9,400 to 10,000 of 10,000"
    text.blur()
    page.evaluate("test.show({ last: 10_020, range: [9_420, 10_038] })")
    assert text.get_attribute("aria-valuetext") == "steps 9,420 to 10,020 of 10,020"


def test_finger_drags_and_taps(page: Page, touch: CDPSession) -> None:
    send_touch(touch, "touchStart", find_x(3_000))
    for step in range(3_000, 5_001, 250):
        send_touch(touch, "touchMove", find_x(step))
    send_touch(touch, "touchEnd")
    start, end = read_window(page)
    assert end - start == pytest.approx(2_000)
    assert start == pytest.approx(4_000, abs=300)  # browsers keep the first pixels to themselves

    send_touch(touch, "touchStart", find_x(8_000))
    assert read_window(page) == [start, end]
    send_touch(touch, "touchEnd")
    assert read_window(page) == pytest.approx([7_000, 9_000])


def test_view_stays_when_a_finger_scrolls_the_page(page: Page, touch: CDPSession) -> None:
    send_touch(touch, "touchStart", find_x(8_000), 50)
    for y in range(45, 0, -5):
        send_touch(touch, "touchMove", find_x(8_000), y)
    send_touch(touch, "touchEnd")

    page.wait_for_function("scrollY > 0")
    assert read_window(page) == [2_000, 4_000]
    assert not page.evaluate("test.overview.isHeld")


@pytest.mark.parametrize("last", [0, 1])
def test_strip_works_with_very_few_steps(page: Page, last: int) -> None:
    steps = list(range(last + 1))
    page.evaluate(
        "(a) => test.show({ last: a.at(-1), steps: a, positions: a, range: [0, 20.6] })", steps
    )

    drag(page, find_x(0.5, 1), find_x(0.7, 1))
    page.mouse.wheel(0, -100)

    strip = page.locator(".strip")
    text = "no steps yet" if last == 0 else "steps 0 to 1 of 1"
    assert strip.get_attribute("aria-valuetext") == text
    assert page.locator(".pane").is_visible() == (last == 1)
    assert page.locator("polyline").get_attribute("points") == (
        "" if last == 0 else "0.0,378.6 1000.0,21.4"
    )
    if last == 0:
        assert page.evaluate("test.moves") == []


def test_line_is_drawn_again_once_it_looks_different(page: Page) -> None:
    drawn = page.evaluate(
        """() => {
          const watched = new MutationObserver(() => {});
          watched.observe(document.querySelector(".life"), { attributes: true, subtree: true });
          const drawn = (other) => {
            test.show(other);
            return watched.takeRecords().some(({ attributeName }) => attributeName === "points");
          };
          const grown = (last) => ({
            last, range: [last - 600, last + 18],
            steps: [...test.shown.steps, last], positions: [...test.shown.positions, 0.9],
          });
          return [
            drawn(grown(10_001)),
            drawn({ last: 10_002 }),
            drawn({ range: [0, 10] }),
            drawn(grown(10_020)),
            drawn(grown(10_040)),
            drawn({ positions: test.shown.positions.with(400, 2) }),
            drawn({ marks: [4_000] }),
            drawn({ marks: [4_000] }),
          ];
        }"""
    )

    assert drawn == [False, False, False, False, True, True, True, False]
    assert page.locator(".life path").get_attribute("d").startswith("M399")
