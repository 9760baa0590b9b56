"""player.js: the bar of a replay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

HTML = render_to_string("motion/player.html")


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { showPlayer } = await import("/replay_page.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


SHOWN = {"first": 0, "last": 14_402, "at": 1_204, "playing": False, "interval": 0.5}


@pytest.fixture
def bar(modules: Page) -> Iterator[Page]:
    run(
        modules,
        "globalThis.bar = showPlayer(...a)",
        [HTML, SHOWN | {"text": "2nd path"}],
    )
    yield modules
    modules.mouse.up()


def show(bar: Page, **other: Any) -> None:
    bar.evaluate("(other) => bar.player.show(Object.assign(bar.shown, other))", other)


def take_calls(bar: Page) -> list[Any]:
    calls: list[Any] = bar.evaluate("bar.calls.splice(0)")
    return calls


def test_bar_names_path_and_step(bar: Page) -> None:
    expect(bar.locator("#player p")).to_have_text("2nd path step 1,204 of 14,402")
    head = bar.get_by_role("slider", name="Step of the replay")
    expect(head).to_have_attribute("aria-valuetext", "step 1,204 of 14,402")
    assert head.input_value() == "1204"

    bar.evaluate("bar.player.hide()")
    expect(bar.locator("#player")).to_be_hidden()


@pytest.mark.parametrize(
    ("at", "playing", "label", "does"),
    [
        (1_204, False, "Play", "play"),
        (1_204, True, "Pause replay", "pause"),
        (14_402, False, "Play again", "play"),
    ],
)
def test_bar_plays_and_pauses(bar: Page, at: int, playing: bool, label: str, does: str) -> None:
    show(bar, at=at, playing=playing)

    bar.get_by_role("button", name=label, exact=True).click()
    bar.keyboard.press("Space")
    bar.focus("#player-head")
    bar.keyboard.press("Space")

    assert take_calls(bar) == [[does]] * 3


def test_drag_seeks_at_once(bar: Page) -> None:
    box = bar.locator("#player-head").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    bar.mouse.move(*middle)
    bar.mouse.down()
    show(bar, at=1_300, playing=True)
    ((name, step),) = take_calls(bar)
    held = bar.input_value("#player-head")
    bar.mouse.up()
    show(bar, at=1_301)

    assert name == "seek"
    assert step == pytest.approx(7_201, rel=0.05)
    assert held == str(step)
    assert bar.input_value("#player-head") == "1301"


def test_keys_seek_to_steps_beyond_32_bits(bar: Page) -> None:
    show(bar, first=2**39, last=2**40 - 1, at=2**40 - 3)
    bar.focus("#player-head")

    bar.keyboard.press("ArrowRight")
    bar.keyboard.press("Home")

    assert take_calls(bar) == [["seek", 2**40 - 2], ["seek", 2**39]]
    text = "step 1,099,511,627,773 of 1,099,511,627,775"
    expect(bar.locator("#player-head")).to_have_attribute("aria-valuetext", text)


def test_step_is_announced_twenty_times_during_a_replay(bar: Page) -> None:
    texts = bar.evaluate(
        """() => {
          const texts = new Set();
          for (let at = 0; at <= 14_402; at += 19) {
            bar.player.show({ ...bar.shown, at, playing: true });
            texts.add(document.querySelector("#player-head").getAttribute("aria-valuetext"));
          }
          return texts.size;
        }"""
    )
    show(bar, at=14_401, playing=False)

    assert texts == 21
    expect(bar.locator("#player-head")).to_have_attribute("aria-valuetext", "step 14,401 of 14,402")


def test_speed_is_chosen_by_name(bar: Page) -> None:
    at_first = bar.evaluate("bar.player.stepsPerSecond")
    offered = bar.evaluate(
        "[...document.querySelectorAll('#player-pace option')].map(o => o.value)"
    )

    for label in ("as it was", "×1,000"):
        bar.get_by_role("combobox", name="Speed").select_option(label=label)

    assert at_first == 14_402 / 20
    assert offered == ["lived", "x10", "x100", "x1000", "brief"]
    assert take_calls(bar) == [["speed", 2], ["speed", 2_000]]


def test_close_button_leads_back_to_the_live_path(bar: Page) -> None:
    bar.get_by_role("button", name="Go live").click()

    assert take_calls(bar) == [["follow"]]
