"""replay.js: which step a replay shows."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { Replay, computeSpeed } = await import("/view/replay.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


PLAYED = """
  const replay = new Replay(a.stretch);
  return a.calls.map(([name, ...values]) => {
    const now = values.at(-1);
    if (name !== "look") replay[name](...values);
    return [replay.getStep(now), replay.hasEnded(now), replay.playing];
  });
"""


def play(modules: Page, stretch: dict[str, Any], *calls: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """(step, whether at the end, whether playing) after each call, whose last value is the time."""
    answers = run(modules, PLAYED, {"stretch": stretch, "calls": [list(call) for call in calls]})
    return [tuple(answer) for answer in answers]


def test_replay_shows_each_step_at_its_moment(modules: Page) -> None:
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


def test_play_starts_again_after_the_end(modules: Page) -> None:
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


def test_stop_at_end_pauses_only_at_the_end(modules: Page) -> None:
    assert play(
        modules,
        {"first": 5, "last": 9, "stepsPerSecond": 1},
        *(("play", 0), ("stopAtEnd", 3_999), ("stopAtEnd", 4_000), ("look", 9_000)),
    ) == [(5, False, True), (8, False, True), (9, True, False), (9, True, False)]


def test_replay_lasts_twenty_seconds_without_a_speed(modules: Page) -> None:
    stretch = {"first": 0, "last": 14_402}

    times = [0, 10_000, 19_998, 20_000]
    (_, *seen) = play(modules, stretch, ("play", 0), *(("look", time) for time in times))

    assert [step for step, *_ in seen] == [0, 7_201, 14_400, 14_402]


def test_replay_has_ended_when_it_has_one_step(modules: Page) -> None:
    assert play(modules, {"first": 7, "last": 7}, ("look", 0), ("play", 1), ("look", 9)) == [
        (7, True, False),
        (7, True, True),
        (7, True, True),
    ]


@pytest.mark.parametrize("seed", range(3))
def test_head_follows_all_changes_of_speed(modules: Page, seed: int) -> None:
    chance = random.Random(seed)
    first, last = 2**33, 2**33 + 5_000
    place, since, speed, playing = Fraction(first), 0, 4, False
    calls, expected = [], []
    now = 0
    for _ in range(200):
        now += chance.randrange(20_000)
        if playing:
            place = min(place + Fraction((now - since) * speed, 1_000), Fraction(last))
        since = now
        name = chance.choice(["play", "pause", "seek", "setSpeed", "look"])
        call: tuple[Any, ...] = (name, now)
        if name == "play":
            place = Fraction(first) if place >= last else place
            playing = True
        elif name == "pause":
            playing = False
        elif name == "seek":
            step = chance.randrange(first - 500, last + 500)
            place = Fraction(min(max(step, first), last))
            call = (name, step, now)
        elif name == "setSpeed":
            speed = chance.choice([1, 3, 40, 5_000])
            call = (name, speed, now)
        calls.append(call)
        expected.append((int(place), place >= last, playing))

    assert play(modules, {"first": first, "last": last, "stepsPerSecond": 4}, *calls) == expected


def test_rounding_delays_no_step(modules: Page) -> None:
    late = run(
        modules,
        """const late = [];
        for (const interval of [0.02, 0.1, 0.3, 0.7, 3.3]) {
          const replay = new Replay({ first: 0, last: 5_000, stepsPerSecond: 1 / interval });
          replay.play(0);
          for (let k = 0; k <= 5_000; k += 1) {
            if (replay.getStep(k * interval * 1_000) !== k) late.push([interval, k]);
          }
        }
        return late;""",
    )

    assert late == []


def test_compute_speed_of_each_pace(modules: Page) -> None:
    stretch = {"first": 100, "last": 700, "interval": 0.5}
    paces = ["lived", "x10", "x100", "x1000", "brief"]

    speeds = run(modules, "return a[0].map((pace) => computeSpeed(pace, a[1]))", [paces, stretch])

    assert speeds == [2, 20, 200, 2_000, 30]
