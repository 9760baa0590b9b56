"""slice-handle.js: mouse, finger and keys move the slice; a screen reader hears where it is."""

from __future__ import annotations

import pytest
from playwright.sync_api import CDPSession, Page

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

CSS = (ROOT / "static" / "motion" / "css" / "chart.css").read_text()
LEFT, WIDTH, TOP = 50, 500, 20  # of the plot, in which a step is a pixel wide
MIDDLE = 120
END = 400  # the newest step

SHOW = """async ({ css, left, width, top, last }) => {
  const { SliceHandle } = await import("/chart/slice-handle.js");
  document.body.innerHTML = `<style>${css} body { margin: 0; height: 2000px }</style>
    <div class="chart" style="height: 300px">
      <div class="slice-handle" role="slider" tabindex="0" hidden></div>
    </div>`;
  window.test = { moves: [], held: [], pressed: [], slice: { step: last, first: 0, last } };
  const show = (slice) => {
    test.slice = { ...test.slice, ...slice };
    const place = { left: left + test.slice.step, "--inside": test.slice.step, top, height: 200 };
    handle.show(test.slice, { ...place, perView: width });
  };
  const chart = document.querySelector(".chart");
  for (const name of ["pointerdown", "mousedown", "click"]) {
    chart.addEventListener(name, () => test.pressed.push(name));
  }
  const handle = new SliceHandle(document.querySelector(".slice-handle"), {
    onMove: (step) => {
      test.moves.push(step);
      show({ step });
    },
    onHold: () => test.held.push(handle.isHeld),
    toStep: (x) => x - left,
  });
  Object.assign(test, { show, handle });
  show({});
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    given = {"css": CSS, "left": LEFT, "width": WIDTH, "top": TOP, "last": END}
    modules.evaluate(SHOW, given)
    modules.evaluate("scrollTo(0, 0)")
    return modules


def read_text(page: Page) -> str | None:
    return page.locator(".slice-handle").get_attribute("aria-valuetext")


@pytest.mark.parametrize(("inside", "aside"), [(0, 5), (3, 2), (5, 0), (200, 0)])
def test_grip_stays_off_the_labels_left_of_the_plot(page: Page, inside: int, aside: int) -> None:
    page.evaluate("(inside) => test.show({ step: inside })", inside)

    script = "getComputedStyle(document.querySelector('.slice-handle'), '::after').transform"

    assert page.evaluate(script) == f"matrix(1, 0, 0, 1, {aside}, 0)"


def test_mouse_drags_the_slice_from_where_it_holds_it(page: Page) -> None:
    page.mouse.move(LEFT + END + 4, MIDDLE)
    page.mouse.down()
    for x in (300, 304.4, 900, 200):
        page.mouse.move(x, MIDDLE)
    page.mouse.up()
    page.mouse.move(100, MIDDLE)

    assert page.evaluate("test.moves") == [246, 250, END, 146]
    assert page.evaluate("test.held") == [True, False]
    assert page.evaluate("test.pressed") == []


def test_finger_drags_the_slice(page: Page) -> None:
    touch: CDPSession = page.context.new_cdp_session(page)

    def send(kind: str, *points: dict[str, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

    send("touchStart", {"x": LEFT + END, "y": MIDDLE})
    for x in range(LEFT + END, LEFT + END - 100, -10):
        send("touchMove", {"x": x, "y": MIDDLE})
    send("touchEnd")

    assert END - 100 <= page.evaluate("test.slice.step") <= END - 80
    assert page.evaluate("test.held") == [True, False]


def test_drag_ends_when_the_release_is_lost(page: Page) -> None:
    page.mouse.move(LEFT + END, MIDDLE)
    page.mouse.down()

    page.evaluate("dispatchEvent(new Event('blur'))")

    page.mouse.move(LEFT + 100, MIDDLE)
    page.mouse.up()
    assert page.evaluate("[test.moves, test.handle.isHeld]") == [[], False]


def test_keys_move_the_slice(page: Page) -> None:
    page.locator(".slice-handle").focus()
    expected = {
        "ArrowLeft": 395,
        "ArrowUp": 400,
        "Shift+ArrowLeft": 350,
        "PageDown": 300,
        "ArrowRight": 305,
        "Home": 0,
        "ArrowDown": 0,
        "End": END,
    }

    for key, step in expected.items():
        page.keyboard.press(key)
        assert page.evaluate("test.slice.step") == step, key
        assert read_text(page) == f"step {step}", key


def test_new_steps_are_not_announced_during_focus(page: Page) -> None:
    page.locator(".slice-handle").focus()

    page.evaluate("test.show({ step: 410, last: 410 })")
    following = read_text(page)
    page.keyboard.press("ArrowLeft")

    assert (following, read_text(page)) == ("step 400", "step 405")


def test_hidden_slice_has_no_handle(page: Page) -> None:
    handle = page.locator(".slice-handle")
    assert handle.is_visible()

    page.evaluate("test.handle.hide()")

    assert handle.is_hidden()
