"""A stretch played again: the play head, the bar one drags it by, and the choice of a path."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.servers import ROOT

pytestmark = pytest.mark.browser

HTML = re.sub(r"{#.*?#}", "", (ROOT / "templates" / "motion" / "player.html").read_text())


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { Replay, PACES, speed } = await import("/replay.js");
      const { showPlayer, showPaths } = await import("/replay_page.js");
      const { ordinal } = await import("/ordinal.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


# --- replay.js ---------------------------------------------------------------------------------

PLAYED = """
  const replay = new Replay(a.stretch);
  return a.deeds.map(([name, ...values]) => {
    const now = values.at(-1);
    if (name !== "look") replay[name](...values);
    return [replay.at(now), replay.hasEnded(now), replay.playing];
  });
"""


def play(modules: Page, stretch: dict[str, Any], *deeds: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """(step, whether at the end, whether playing) after each deed, whose last value is the time."""
    answers = run(modules, PLAYED, {"stretch": stretch, "deeds": [list(deed) for deed in deeds]})
    return [tuple(answer) for answer in answers]


def test_replay_shows_each_step_at_its_time(modules: Page) -> None:
    stretch = {"first": 200, "last": 203, "stepsPerSecond": 2}

    assert play(
        modules,
        stretch,
        ("look", 99_000),
        ("play", 100_000),
        ("look", 100_499),
        ("look", 100_500),
        ("look", 101_499.9),
        ("look", 101_500),
        ("look", 500_000),
    ) == [
        (200, False, False),
        (200, False, True),
        (200, False, True),
        (201, False, True),
        (202, False, True),
        (203, True, True),
        (203, True, True),
    ]


def test_after_the_end_it_plays_from_the_beginning(modules: Page) -> None:
    stretch = {"first": 5, "last": 9, "stepsPerSecond": 1}

    assert play(
        modules,
        stretch,
        ("play", 0),
        ("look", 9_000),
        ("play", 10_000),
        ("look", 12_000),
        ("pause", 20_000),
        ("play", 30_000),
    ) == [
        (5, False, True),
        (9, True, True),
        (5, False, True),
        (7, False, True),
        (9, True, False),
        (5, False, True),
    ]


def test_at_the_end_it_stops_and_not_before(modules: Page) -> None:
    assert play(
        modules,
        {"first": 5, "last": 9, "stepsPerSecond": 1},
        *(("play", 0), ("stopAtEnd", 3_999), ("stopAtEnd", 4_000), ("look", 9_000)),
    ) == [(5, False, True), (8, False, True), (9, True, False), (9, True, False)]


def test_without_a_speed_it_lasts_twenty_seconds(modules: Page) -> None:
    stretch = {"first": 0, "last": 14_402}

    times = [0, 10_000, 19_998, 20_000]
    (_, *seen) = play(modules, stretch, ("play", 0), *(("look", time) for time in times))

    assert [step for step, *_ in seen] == [0, 7_201, 14_400, 14_402]


def test_stretch_of_one_step_has_ended(modules: Page) -> None:
    assert play(modules, {"first": 7, "last": 7}, ("look", 0), ("play", 1), ("look", 9)) == [
        (7, True, False),
        (7, True, True),
        (7, True, True),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_head_is_where_its_speeds_have_brought_it(modules: Page, seed: int) -> None:
    chance = random.Random(seed)
    first, last = 2**33, 2**33 + 5_000
    place, since, speed, playing = Fraction(first), 0, 4, False
    deeds, expected = [], []
    now = 0
    for _ in range(200):
        now += chance.randrange(20_000)
        if playing:
            place = min(place + Fraction((now - since) * speed, 1_000), Fraction(last))
        since = now
        name = chance.choice(["play", "pause", "seek", "setSpeed", "look"])
        deed: tuple[Any, ...] = (name, now)
        if name == "play":
            place = Fraction(first) if place >= last else place
            playing = True
        elif name == "pause":
            playing = False
        elif name == "seek":
            step = chance.randrange(first - 500, last + 500)
            place = Fraction(min(max(step, first), last))
            deed = (name, step, now)
        elif name == "setSpeed":
            speed = chance.choice([1, 3, 40, 5_000])
            deed = (name, speed, now)
        deeds.append(deed)
        expected.append((int(place), place >= last, playing))

    assert play(modules, {"first": first, "last": last, "stepsPerSecond": 4}, *deeds) == expected


def test_rounding_makes_no_step_late(modules: Page) -> None:
    late = run(
        modules,
        """const late = [];
        for (const interval of [0.02, 0.1, 0.3, 0.7, 3.3]) {
          const replay = new Replay({ first: 0, last: 5_000, stepsPerSecond: 1 / interval });
          replay.play(0);
          for (let k = 0; k <= 5_000; k += 1) {
            if (replay.at(k * interval * 1_000) !== k) late.push([interval, k]);
          }
        }
        return late;""",
    )

    assert late == []


def test_paces(modules: Page) -> None:
    stretch = {"first": 100, "last": 700, "interval": 0.5}

    assert run(modules, "return PACES.map((pace) => speed(pace, a))", stretch) == [
        *(2, 20, 200, 2_000),
        30,
    ]


# --- player.js ---------------------------------------------------------------------------------

SHOWN = {"first": 0, "last": 14_402, "at": 1_204, "playing": False, "interval": 0.5}


@pytest.fixture
def bar(modules: Page) -> Iterator[Page]:
    run(
        modules,
        "globalThis.bar = showPlayer(...a)",
        [HTML, SHOWN | {"words": "2nd path"}],
    )
    yield modules
    modules.mouse.up()


def show(bar: Page, **other: Any) -> None:
    bar.evaluate("(other) => bar.player.show(Object.assign(bar.shown, other))", other)


def told(bar: Page) -> list[Any]:
    deeds: list[Any] = bar.evaluate("bar.told.splice(0)")
    return deeds


def test_bar_says_which_path_and_which_step(bar: Page) -> None:
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

    assert told(bar) == [[does]] * 3


def test_dragging_seeks_at_once_and_nothing_pulls_the_head_away(bar: Page) -> None:
    box = bar.locator("#player-head").bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    bar.mouse.move(*middle)
    bar.mouse.down()
    show(bar, at=1_300, playing=True)
    ((name, step),) = told(bar)
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

    assert told(bar) == [["seek", 2**40 - 2], ["seek", 2**39]]
    text = "step 1,099,511,627,773 of 1,099,511,627,775"
    expect(bar.locator("#player-head")).to_have_attribute("aria-valuetext", text)


def test_while_it_plays_the_step_is_said_twenty_times(bar: Page) -> None:
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


def test_speed_is_chosen_in_words(bar: Page) -> None:
    at_first = bar.evaluate("bar.player.stepsPerSecond")
    paces = run(bar, "return PACES")
    offered = bar.evaluate(
        "[...document.querySelectorAll('#player-pace option')].map(o => o.value)"
    )

    for label in ("as it was", "×1,000"):
        bar.get_by_role("combobox", name="Speed").select_option(label=label)

    assert at_first == 14_402 / 20
    assert offered == paces
    assert told(bar) == [["speed", 2], ["speed", 2_000]]


def test_bar_leads_back_to_live(bar: Page) -> None:
    bar.get_by_role("button", name="Go live").click()

    assert told(bar) == [["close"]]


# --- paths.js and ordinal.js -------------------------------------------------------------------

LIVE = {"epoch": 30, "ordinal": 3, "isLive": True}
SECOND = {"epoch": 20, "ordinal": 2, "isLive": False}
EARLIER = ["2nd path · 21 Nov 2026, 18:22 · 14,402 steps", "1st path · 2 Nov 2026, 06:05 · 1 step"]


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (22, "22nd"),
        (1_013, "1,013th"),
    ],
)
def test_ordinals(modules: Page, number: int, word: str) -> None:
    assert run(modules, "return ordinal(a)", number) == word


def open_paths(modules: Page, shown: dict[str, Any], *replies: str) -> None:
    given = f"[{', '.join(replies)}]" if replies else "undefined"
    run(modules, f"globalThis.choice = showPaths(a, {given})", shown)


def options(modules: Page) -> list[str]:
    texts: list[str] = modules.evaluate("[...choice.select.options].map((o) => o.textContent)")
    return texts


def chosen(modules: Page) -> str:
    text: str = modules.evaluate("choice.select.selectedOptions[0].textContent")
    return text


def test_only_path_leaves_nothing_to_choose(modules: Page) -> None:
    open_paths(modules, {"epoch": 10, "ordinal": 1, "isLive": True})
    expect(modules.locator("#paths")).to_be_hidden()

    modules.evaluate("choice.paths.show({ epoch: 20, ordinal: 2, isLive: true })")

    expect(modules.locator("#paths")).to_be_visible()
    assert options(modules) == ["Live: the 2nd path"]


def test_earlier_paths_are_told_when_the_choice_is_opened(modules: Page) -> None:
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


def test_path_that_a_link_opened_is_chosen_before_any_is_told(modules: Page) -> None:
    open_paths(modules, SECOND)
    assert options(modules) == ["Live", "2nd path"]
    assert chosen(modules) == "2nd path"

    modules.focus("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path", *EARLIER])
    assert chosen(modules) == EARLIER[0]


def test_restart_keeps_the_chosen_path_and_tells_anew(modules: Page) -> None:
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


def test_choice_that_could_not_be_told_asks_again(modules: Page) -> None:
    open_paths(modules, LIVE, "503", "[]")

    modules.focus("#paths")
    note = modules.locator("#paths option").last
    expect(note).to_have_text("Loading failed. Close this list and open it again")
    expect(note).to_be_disabled()
    assert chosen(modules) == "Live: the 3rd path"
    modules.hover("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path"])
