"""barrier-handle.js: mouse, finger and keys move a line; a screen reader hears where it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

CSS = (ROOT / "static" / "motion" / "css" / "chart.css").read_text()

# The range from −100 to 100 is 200 pixels high, so a pixel is 1 high.
SHOW = """async (css) => {
  const { BarrierHandle } = await import("/chart/barrier-handle.js");
  document.body.innerHTML = `<style>${css} body { margin: 0; height: 2000px }</style>
    <div class="chart" style="height: 300px">
      <div class="barrier" role="slider" tabindex="0" hidden></div>
    </div>`;
  window.test = { moves: [], held: [], pressed: [] };
  const show = (height) =>
    handle.show({ height, yRange: [-100, 100] }, { left: 50, width: 400, top: 20 + 100 - height });
  const chart = document.querySelector(".chart");
  for (const name of ["pointerdown", "mousedown", "click"]) {
    chart.addEventListener(name, () => test.pressed.push(name));
  }
  const handle = new BarrierHandle(document.querySelector(".barrier"), {
    onMove: (height) => {
      test.moves.push(height);
      show(height);
    },
    onHold: () => test.held.push(handle.isHeld),
    toHeight: (y) => 120 - y,
  });
  Object.assign(test, { show, handle });
  show(20);
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    modules.evaluate(SHOW, CSS)
    return modules


def read_values(page: Page) -> list[str | None]:
    line = page.locator(".barrier")
    return [line.get_attribute(f"aria-{name}") for name in ("valuenow", "valuetext", "valuemax")]


def test_mouse_drags_the_line_from_where_it_holds_it(page: Page) -> None:
    page.mouse.move(200, 103)
    page.mouse.down()
    for y in (93, 53, 900):
        page.mouse.move(200, y)
    page.mouse.up()
    page.mouse.move(200, 50)

    assert page.evaluate("test.moves") == [30, 70, -100]
    assert page.evaluate("test.held") == [True, False]
    assert page.evaluate("test.pressed") == []


def test_finger_drags_the_line(page: Page) -> None:
    touch = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": 70, "y": 100})
    for y in range(100, 50, -10):
        send("touchMove", {"x": 70, "y": y})
    send("touchEnd")

    assert page.evaluate("test.moves.at(-1)") == 60
    assert page.evaluate("test.held") == [True, False]


def test_keys_move_the_line(page: Page) -> None:
    page.locator(".barrier").focus()
    expected = {
        "ArrowUp": 21,
        "ArrowDown": 20,
        "Shift+ArrowUp": 30,
        "PageDown": 20,
        "End": 100,
        "ArrowUp ": 100,
        "Home": -100,
    }

    for key, height in expected.items():
        page.keyboard.press(key.strip())
        text = f"at {height}".replace("-", "−")
        assert read_values(page) == [str(height), text, "100"], key


def test_hidden_line_has_no_handle(page: Page) -> None:
    assert page.locator(".barrier").is_visible()

    page.evaluate("test.handle.hide()")

    assert page.locator(".barrier").is_hidden()
