"""The chart under fingers: sideways it moves, two zoom, up and down the page scrolls."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.motion_page import let_page_draw, ranges, until, wait_drawn
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne

pytestmark = pytest.mark.browser

Points = list[tuple[float, float]]


@pytest.fixture
def page(visitors: Visitors, daphne: Daphne) -> Page:
    phone = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
    page = visitors.open(f"{daphne.url}/motions/still/", **phone)
    wait_drawn(page, 40)
    return page


def swipe(page: Page, start: Points, end: Points) -> None:
    """Put fingers down, move them in ten steps, lift them."""
    session: CDPSession = page.context.new_cdp_session(page)
    box = page.locator("#chart .nsewdrag").bounding_box()
    assert box

    def touch(kind: str, points: Points) -> None:
        places = [
            {"x": box["x"] + x, "y": box["y"] + y, "id": finger}
            for finger, (x, y) in enumerate(points)
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", start)
    for part in range(1, 11):
        between = [
            (a + (c - a) * part / 10, b + (d - b) * part / 10)
            for (a, b), (c, d) in zip(start, end, strict=True)
        ]
        touch("touchMove", between)
    touch("touchEnd", [])
    let_page_draw(page)


def test_one_finger_moves_the_path_sideways(page: Page) -> None:
    before, _ = ranges(page)

    swipe(page, [(100, 60)], [(180, 60)])

    until(page, lambda: ranges(page)[0][0] < before[0] - 5, "the path to move")
    after, _ = ranges(page)
    assert after[1] - after[0] == pytest.approx(before[1] - before[0])
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("scrollY") == 0


def test_pen_moves_the_path_as_a_finger_does(page: Page) -> None:
    before, _ = ranges(page)
    session: CDPSession = page.context.new_cdp_session(page)
    box = page.locator("#chart .nsewdrag").bounding_box()
    assert box

    def point(kind: str, x: float, button: str, buttons: int) -> None:
        place = {"x": box["x"] + x, "y": box["y"] + 60, "button": button, "buttons": buttons}
        pressed = {"type": kind, "pointerType": "pen", "clickCount": 1}
        session.send("Input.dispatchMouseEvent", pressed | place)

    for button, bit in (("right", 2), ("left", 1)):  # with the button on its barrel, it does not
        assert ranges(page)[0] == before
        point("mousePressed", 100, button, bit)
        for x in range(110, 181, 10):
            point("mouseMoved", x, button, bit)
        point("mouseReleased", 180, button, 0)

    let_page_draw(page)
    until(page, lambda: ranges(page)[0][0] < before[0] - 5, "the path to move")
    after, _ = ranges(page)
    moved = (before[0] - after[0]) / (before[1] - before[0]) * box["width"]
    assert moved == pytest.approx(70, abs=3)  # all of the way but the slop, and once


def test_two_fingers_zoom_the_path_and_not_the_page(page: Page) -> None:
    before, _ = ranges(page)

    swipe(page, [(100, 60), (140, 60)], [(60, 60), (200, 60)])

    until(page, lambda: ranges(page)[0][1] - ranges(page)[0][0] < 20, "the path to zoom")
    after, _ = ranges(page)
    assert before[0] < after[0] < after[1] < before[1]
    assert page.evaluate("visualViewport.scale") == 1


def test_up_and_down_scrolls_the_page(page: Page) -> None:
    before, _ = ranges(page)

    swipe(page, [(100, 150)], [(100, 30)])

    until(page, lambda: page.evaluate("scrollY") > 50, "the page to scroll")
    assert ranges(page)[0] == before
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")


# The headless shell has a mouse at 0, 0, too: a label goes as soon as the page hears of it again.
NOTE_LABELS = """() => {
  const chart = document.getElementById("chart");
  const note = () => labels.push(...[...chart.querySelectorAll(".hovertext")].map(textOf));
  const textOf = ({ textContent }) => textContent;
  window.labels = [];
  new MutationObserver(note).observe(chart, { childList: true, subtree: true });
}"""


def test_tap_shows_step_and_position(page: Page) -> None:
    box = page.locator("#chart .nsewdrag").bounding_box()
    assert box
    page.evaluate(NOTE_LABELS)

    page.touchscreen.tap(box["x"] + 100, box["y"] + 60)

    until(page, lambda: any("step " in label for label in page.evaluate("labels")), "a label")
    expect(page.locator("#follow")).to_have_attribute("aria-pressed", "true")
