"""path-picker.js: the choice of a path."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { showPaths } = await import("/replay_page.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


LIVE = {"epoch": 30, "ordinal": 3, "isLive": True}
SECOND = {"epoch": 20, "ordinal": 2, "isLive": False}
EARLIER = ["2nd path · 21 Nov 2026, 18:22 · 14,402 steps", "1st path · 2 Nov 2026, 06:05 · 1 step"]


def open_paths(modules: Page, shown: dict[str, Any], *replies: str) -> None:
    given = f"[{', '.join(replies)}]" if replies else "undefined"
    run(modules, f"globalThis.choice = showPaths(a, {given})", shown)


def options(modules: Page) -> list[str]:
    texts: list[str] = modules.evaluate("[...choice.select.options].map((o) => o.textContent)")
    return texts


def chosen(modules: Page) -> str:
    text: str = modules.evaluate("choice.select.selectedOptions[0].textContent")
    return text


def test_path_picker_is_hidden_with_one_path(modules: Page) -> None:
    open_paths(modules, {"epoch": 10, "ordinal": 1, "isLive": True})
    expect(modules.locator("#paths")).to_be_hidden()

    modules.evaluate("choice.paths.show({ epoch: 20, ordinal: 2, isLive: true })")

    expect(modules.locator("#paths")).to_be_visible()
    assert options(modules) == ["Live: the 2nd path"]


def test_path_picker_loads_earlier_paths_when_opened(modules: Page) -> None:
    open_paths(modules, LIVE)
    assert options(modules) == ["Live: the 3rd path"]
    assert modules.evaluate("choice.asked") == []

    modules.focus("#paths")
    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path", *EARLIER])
    modules.hover("#paths")
    modules.select_option("#paths", "20")
    modules.evaluate("(shown) => choice.paths.show(shown)", SECOND)
    modules.select_option("#paths", "")

    assert modules.evaluate("choice.asked") == ["/motions/walk/epochs.json"]
    assert modules.evaluate("choice.told") == [20, None]


def test_path_picker_shows_the_path_of_a_link_before_it_loads(modules: Page) -> None:
    open_paths(modules, SECOND)
    assert options(modules) == ["Live", "2nd path"]
    assert chosen(modules) == "2nd path"

    modules.focus("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path", *EARLIER])
    assert chosen(modules) == EARLIER[0]


def test_path_picker_keeps_the_choice_and_loads_again_after_a_restart(modules: Page) -> None:
    third = """{
      epoch: 30, ordinal: 3, last_step: 9,
      began_at: "2026-11-22T10:00", ended_at: "2026-11-22T12:00",
    }"""
    fourth = '{ epoch: 40, ordinal: 4, began_at: "2026-11-22T12:00", ended_at: null }'
    open_paths(modules, SECOND, f"[{third}]", f"[{fourth}, {third}]")
    modules.focus("#paths")
    expect(modules.locator("#paths option")).to_have_count(3)

    modules.focus("#elsewhere")
    modules.evaluate("choice.paths.refresh()")
    assert len(modules.evaluate("choice.asked")) == 1
    modules.focus("#paths")

    expect(modules.locator("#paths option").first).to_have_text("Live: the 4th path")
    assert chosen(modules) == "2nd path"
    assert "3rd path · 22 Nov 2026, 10:00 · 9 steps" in options(modules)


def test_path_picker_loads_again_after_a_failure(modules: Page) -> None:
    open_paths(modules, LIVE, "503", "[]")

    modules.focus("#paths")
    note = modules.locator("#paths option").last
    expect(note).to_have_text("Loading failed. Close this list and open it again")
    expect(note).to_be_disabled()
    assert chosen(modules) == "Live: the 3rd path"
    modules.hover("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path"])
