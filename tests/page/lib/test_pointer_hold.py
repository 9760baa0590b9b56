"""pointer-hold.js by itself: which pointers hold an element, and what ends that."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

HELD = """async ({ pointer, then }) => {
  const { Hold } = await import("/lib/pointer-hold.js");
  const element = document.createElement("input");
  document.body.replaceChildren(element);
  let interruptions = 0;
  const hold = new Hold(element, { onInterrupted: () => (interruptions += 1) });
  const given = { pointerId: 7, isPrimary: true, button: 0, bubbles: true, ...pointer };
  element.dispatchEvent(new PointerEvent("pointerdown", given));
  const before = hold.isHeld;
  const target = then === "blur" ? window : element;
  const { type = then, ...other } = then.type ? then : {};
  target.dispatchEvent(new PointerEvent(type, { ...given, ...other, bubbles: target === element }));
  return [before, hold.isHeld, interruptions];
}"""


@pytest.mark.parametrize(
    ("pointer", "then", "expected"),
    [
        ({}, "pointermove", [True, True, 0]),
        ({"pointerType": "pen"}, "pointermove", [True, True, 0]),
        ({"button": 2}, "pointermove", [False, False, 0]),
        ({"button": 1}, "pointermove", [False, False, 0]),
        ({"isPrimary": False}, "pointermove", [False, False, 0]),
        ({}, "pointerup", [True, False, 0]),
        ({}, {"type": "pointerup", "pointerId": 8}, [True, True, 0]),
        ({}, "pointercancel", [True, False, 0]),
        ({}, "lostpointercapture", [True, False, 0]),
        ({}, "contextmenu", [True, False, 1]),
        ({"pointerType": "touch"}, "contextmenu", [True, True, 0]),
        ({}, "blur", [True, False, 1]),
    ],
)
def test_hold_ends_when_the_pointer_is_lost(
    modules: Page, pointer: dict[str, object], then: object, expected: list[object]
) -> None:
    assert modules.evaluate(HELD, {"pointer": pointer, "then": then}) == expected
