"""answer-handle.js: a point or two ends at a step, by mouse, finger and keys; nothing overlaps."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

CSS = "".join(
    (ROOT / "static" / "motion" / "css" / f"{name}.css").read_text()
    for name in ("base", "chart", "questions")
)

# The range from −100 to 100 is 200 pixels high, so a pixel is 1 high; the line is at 200 pixels.
SHOW = """async ({ css, ends, own, left }) => {
  const { AnswerHandle } = await import("/chart/answer-handle.js");
  document.body.innerHTML = `<style>${css}</style>
    <div class="chart" style="height: 300px; width: 360px">
      <div class="answer-guide" hidden></div>
      <div class="answer-handle low" role="slider" tabindex="0" hidden></div>
      <div class="answer-handle high" role="slider" tabindex="0" hidden></div>
    </div>`;
  const place = { left, top: 20, height: 200, width: 360, yRange: [-100, 100] };
  window.test = { moves: [], held: [], ends };
  const show = () => handle.show({ step: 240, x: 0, isInterval: false, canMove: true, isSet: false,
    state: "open", ...own, ends: test.ends }, place);
  const handle = new AnswerHandle(document.querySelector(".chart"), {
    onMove: (end, value) => {
      test.moves.push([end, value]);
      test.ends = own.isInterval ? { ...test.ends, [end]: value } : { low: value, high: value };
      show();
    },
    onHold: () => test.held.push(handle.isHeld),
    toHeight: (y) => 120 - y,
  });
  test.handle = handle;
  show();
}"""


def show(page: Page, low: float, high: float | None = None, left: int = 200, **own: Any) -> Page:
    ends = {"low": low, "high": low if high is None else high}
    given = {"isInterval": high is not None} | own
    page.evaluate(SHOW, {"css": CSS, "ends": ends, "own": given, "left": left})
    return page


def box(page: Page, end: str) -> dict[str, float]:
    found = page.locator(f".answer-handle.{end}").bounding_box()
    assert found
    return dict(found)


def test_point_is_beside_its_line_and_large_enough_for_a_thumb(modules: Page) -> None:
    page = show(modules, 20)

    place = box(page, "low")
    assert place["width"] >= 44
    assert place["height"] == 44
    assert place["x"] >= 200
    assert place["y"] + 22 == 120 - 20
    assert page.locator(".answer-handle.high").is_hidden()


@pytest.mark.parametrize("value", [1, -20.5, -99.12345])
@pytest.mark.parametrize("left", [290, 340, 359])
def test_point_at_the_edge_stays_in_the_chart(modules: Page, left: int, value: float) -> None:
    place = box(show(modules, value, left=left), "low")

    assert place["x"] + place["width"] <= 360


def test_mouse_drags_the_point(modules: Page) -> None:
    page = show(modules, 20)
    page.mouse.move(230, 103)
    page.mouse.down()
    for y in (93, 53, -50):
        page.mouse.move(230, y)
    page.mouse.up()
    page.mouse.move(230, 150)

    assert page.evaluate("test.moves.map(([, value]) => value)") == [30, 70, 100]
    assert page.evaluate("test.held") == [True, False]


def test_finger_drags_each_end_from_where_it_holds_it(modules: Page) -> None:
    page = show(modules, -2, 2)
    low, high = box(page, "low"), box(page, "high")
    assert high["y"] + high["height"] <= low["y"] + 4.01  # the interval is 4 high
    touch = page.context.new_cdp_session(page)

    def drag(place: dict[str, float], way: int) -> None:
        x, y = place["x"] + 20, place["y"] + 22
        points = [[{"x": x, "y": y + way * part}] for part in (0, 0.5, 1)]
        for kind, at in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    drag(high, -40)
    drag(low, 30)

    assert page.evaluate("test.ends") == {"low": -32, "high": 42}


def test_ends_of_an_interval_do_not_pass_each_other(modules: Page) -> None:
    page = show(modules, 0, 10)

    page.locator(".answer-handle.low").focus()
    page.keyboard.press("End")
    low = page.evaluate("test.ends.low")
    page.locator(".answer-handle.high").focus()
    page.keyboard.press("Home")

    assert low == 9
    assert page.evaluate("test.ends.high") == 10


def test_keys_move_the_point_and_a_screen_reader_hears_it(modules: Page) -> None:
    page = show(modules, 20)
    handle = page.locator(".answer-handle.low")
    handle.focus()
    expected = {"ArrowUp": 21, "Shift+ArrowDown": 11, "PageUp": 21, "End": 100, "Home": -100}

    for key, value in expected.items():
        page.keyboard.press(key)
        text = f"{value} at step 240".replace("-", "−")
        assert handle.get_attribute("aria-valuetext") == text, key
    assert handle.get_attribute("aria-label") == "Your answer"


@pytest.mark.parametrize(("left", "is_at_edge"), [(200, False), (330, True)])
def test_label_of_the_step_stays_on_the_chart(modules: Page, left: int, is_at_edge: bool) -> None:
    page = show(modules, 20, left=left)

    right = page.locator(".answer-guide").evaluate(
        "(guide) => getComputedStyle(guide, '::before').right"
    )
    assert (right == "6px") == is_at_edge


def test_closed_question_has_a_mark_and_no_handles(modules: Page) -> None:
    page = show(modules, 5, 30, canMove=False, isSet=True)

    assert page.locator(".answer-guide[data-answer][data-set]").is_visible()
    assert page.locator(".answer-handle:visible").count() == 0
    page.evaluate("test.handle.hide()")
    assert page.locator(".answer-guide").is_hidden()
