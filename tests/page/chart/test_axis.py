"""axis.js by itself: where a step lies in time, against sums and clocks computed here."""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = ("step", "elapsed", "clock")
BERLIN = "Europe/Berlin"


def run(modules: Page, body: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const m = await import("/chart/axis.js");
      const axis = (kind, other) => m.axisOf(kind, { isWhole: true, ...a, ...other });
      """
    return modules.evaluate(f"{head}{body}}}", argument)


@pytest.fixture
def berlin(modules: Page) -> Iterator[Page]:
    session = modules.context.new_cdp_session(modules)
    session.send("Emulation.setTimezoneOverride", {"timezoneId": BERLIN})
    yield modules
    session.send("Emulation.setTimezoneOverride", {"timezoneId": ""})


def change(step: int, at: datetime, interval: float = 0.5, **other: Any) -> dict[str, Any]:
    fields = {"step": step, "position": step / 10, "interval": interval, "paused": False}
    return fields | {"at": at.isoformat()} | other


def lived(chance: random.Random, count: int, start: datetime = START) -> dict[str, Any]:
    """A motion's life: its changes, its frontier, and (step, when it was made) at each change."""
    step, now, interval, paused = 0, start, 0.5, False
    changes = [change(0, now)]
    made = [(0, now)]
    for _ in range(count):
        if paused:
            now += timedelta(seconds=chance.uniform(1, 5_000))
        else:
            steps = chance.choice([0, 1, 7, chance.randrange(3_000)])
            step, now = step + steps, now + timedelta(seconds=steps * interval)
        if made[-1][0] < step:
            made.append((step, now))
        paused = not paused if chance.random() < 0.5 else paused
        interval = chance.choice([0.02, 0.5, 2, 60])
        changes.append(change(step, now, interval, paused=paused))
    frontier = {"step": step, "at": 1_000 * now.timestamp()}
    return {"changes": changes, "interval": interval, "frontier": frontier, "made": made}


def ran(changes: list[dict[str, Any]], step: float) -> float:
    """Σ interval over the steps to `step`, one regime after the other."""
    ends = [*(change["step"] for change in changes[1:]), float("inf")]
    return sum(
        (min(step, end) - change["step"]) * change["interval"]
        for change, end in zip(changes, ends, strict=True)
        if step > change["step"]
    )


def test_step_axis_counts_from_my_reset(modules: Page) -> None:
    life = lived(random.Random(1), 3)

    plain, mine = run(
        modules,
        """return [null, 14_000].map((origin) => {
          const { x, step, title, type, note, label } = axis("step", { origin });
          return [x(14_402), step(x(7.25)), title, type, note, label(14_402)];
        });""",
        life,
    )

    assert plain == [14_402, 7.25, "step", "linear", "", "step 14,402"]
    assert mine[:3] == [402, 7.25, "steps since my reset"]
    assert mine[5] == "402 steps since my reset"


@pytest.mark.parametrize("seed", range(6))
def test_elapsed_time_is_the_sum_of_the_intervals(modules: Page, seed: int) -> None:
    chance = random.Random(seed)
    life = lived(chance, 40)
    last = life["frontier"]["step"]
    steps = [chance.uniform(0, 1.1 * last) for _ in range(50)]
    origin = chance.randrange(last)

    since_start, since_mine = run(
        modules,
        """return [null, a.origin].map((origin) => {
          const { x } = axis("elapsed", { origin, span: [0, 1e-9] });
          return a.steps.map(x);
        });""",
        life | {"steps": steps, "origin": origin},
    )

    expected = [ran(life["changes"], step) for step in steps]
    assert since_start == pytest.approx(expected, abs=1e-6)
    before = ran(life["changes"], origin)
    assert since_mine == pytest.approx([value - before for value in expected], abs=1e-6)


@pytest.mark.parametrize(
    ("steps", "name", "x"),
    [
        (200, "seconds", 100),
        (3_000, "minutes", 25),
        (14_399, "minutes", 14_399 / 120),
        (14_400, "hours", 2),
        (345_600, "days", 2),
    ],
)
def test_elapsed_time_takes_the_unit_that_fits(
    modules: Page, steps: int, name: str, x: float
) -> None:
    life = {"changes": [change(0, START)], "interval": 0.5}

    title, newest, label = run(
        modules,
        'const e = axis("elapsed"); return [e.title, e.x(a.frontier.step), e.label(14_650)];',
        life | {"frontier": {"step": steps, "at": 0}},
    )

    assert title == f"{name} since the start"
    assert newest == pytest.approx(x)
    assert label == "step 14,650, 2 h 2 min"


@pytest.mark.parametrize("seed", range(6))
def test_clock_shows_when_steps_were_made(modules: Page, seed: int) -> None:
    life = lived(random.Random(seed), 40)
    made = life["made"]  # in microseconds, which browsers cut to milliseconds
    middles = [((a + b) / 2, t + (u - t) / 2) for (a, t), (b, u) in pairwise(made)]

    found = run(
        modules,
        'return a.steps.map(axis("clock").x)',
        life | {"steps": [step for step, _ in [*made, *middles]]},
    )

    expected = [1_000 * when.timestamp() for _, when in made]
    assert found[: len(made)] == pytest.approx(expected, abs=2)
    # Within a regime they lie evenly; in a pause none was made.
    times = [when for _, when in made]
    for (step, _), at in zip(middles, found[len(made) :], strict=True):
        began, ended = times[(index := bisect.bisect(made, (step, START)) - 1)], times[index + 1]
        moments = [datetime.fromisoformat(c["at"]) for c in life["changes"]]
        regime = max(moment for moment in moments if began <= moment < ended)
        assert at == pytest.approx(500 * (regime.timestamp() + ended.timestamp()), abs=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_axis_rises_and_leads_back(modules: Page, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    life = lived(chance, 300)
    for at in chance.sample(life["changes"], 20):  # a server's clock that is wrong now and then
        wrong = datetime.fromisoformat(at["at"]) + timedelta(seconds=chance.gauss(0, 900))
        at["at"] = wrong.isoformat()
    life["frontier"]["step"] += 500
    last = life["frontier"]["step"]
    life["frontier"]["at"] += chance.choice([-3_600_000, 0, 250_000])
    steps = sorted(
        {c["step"] for c in life["changes"]}
        | {chance.uniform(-0.05 * last, 1.05 * last) for _ in range(500)}
    )

    xs, back = run(
        modules,
        "const { x, step } = axis(a.kind, { isWhole: false });"
        "return [a.steps.map(x), a.steps.map((k) => step(x(k)))]",
        life | {"steps": steps, "kind": kind},
    )

    assert all(x < y for x, y in pairwise(xs))
    assert back == pytest.approx(steps, rel=1e-9, abs=0.02)


def test_pause_is_a_stretch_of_one_step(modules: Page) -> None:
    hours = [START + timedelta(hours=h) for h in range(4)]
    changes = [
        change(0, hours[0]),
        change(7_200, hours[1], paused=True),
        change(7_200, hours[2]),
    ]
    life = {"changes": changes, "interval": 0.5}

    steps, line, wide = run(
        modules,
        """const clock = axis("clock");
        const begin = clock.x(0);
        const path = { steps: [0, 4_096, 8_192, 14_400], positions: [0, 1, 2, 3] };
        return [
          [0.5, 1, 1.5, 2, 2.5, 3].map((hours) => clock.step(begin + 3_600_000 * hours)),
          m.along(clock, path),
          m.along(axis("elapsed"), path),
        ];""",
        life | {"frontier": {"step": 14_400, "at": 1_000 * hours[3].timestamp()}},
    )

    assert steps == [3_600, 7_200, 7_200, 7_200, 10_800, 14_400]
    assert line["steps"] == [0, 4_096, 7_200, 7_200, 8_192, 14_400]
    assert line["y"] == [0, 1, 720, 720, 2, 3]
    assert line["x"][2:4] == [1_000 * hours[h].timestamp() for h in (1, 2)]
    assert wide["x"] == pytest.approx([0, 4_096 / 7_200, 8_192 / 7_200, 2])
    assert wide["steps"] == [0, 4_096, 8_192, 14_400]


def test_clock_goes_on_while_the_motion_is_paused(modules: Page) -> None:
    end = START + timedelta(seconds=50)
    later = 1_000 * (START.timestamp() + 3_600)
    changes = [change(0, START), change(100, end, paused=True)]
    life = {"changes": changes, "interval": 0.5, "frontier": {"step": 100, "at": later}}

    x, beyond, step, levels, label = run(
        modules,
        """const c = axis("clock");
        return [c.x(100), c.x(101), c.step(a.frontier.at), c.levels, c.label(100)];""",
        life,
    )

    assert x == 1_000 * end.timestamp()
    assert beyond == later + 500
    assert step == 100
    assert label == "step 100, 1 Mar 2026, 12:00:50"
    assert levels == [{"step": 100, "position": 10, "from": x, "to": later}]


def test_newest_step_came_no_faster_than_a_motion_steps(modules: Page) -> None:
    """Whoever looks may have a clock that is an hour behind the server's."""
    begun = 1_000 * START.timestamp()
    life = {"changes": [change(0, START)], "interval": 0.5}

    x = run(
        modules,
        'return axis("clock").x(100)',
        life | {"frontier": {"step": 100, "at": begun - 3_600_000}},
    )

    assert x == begun + 99 * 500


@pytest.mark.parametrize("kind", ["elapsed", "clock"])
def test_axis_says_from_where_on_the_times_are_known(modules: Page, kind: str) -> None:
    life = lived(random.Random(3), 30) | {"kind": kind}
    late = life | {"changes": life["changes"][10:], "isWhole": False}
    first = late["changes"][0]["step"]
    get = "return axis(a.kind, { origin: a.origin ?? null }).note"

    notes = [run(modules, get, argument) for argument in (life, late, late | {"changes": []})]
    since = run(modules, get, late | {"origin": first, "kind": "elapsed"})

    assert notes == [
        "",
        f"The times before step {first:,} are estimated: this page has only the newest 21 changes.",
        "The times are estimated until the changes are loaded.",
    ]
    assert since == ""


def test_axis_says_where_the_motion_stood_still(modules: Page) -> None:
    changes = [change(0, START), change(1_000, START + timedelta(hours=3))]
    life = {"changes": changes, "interval": 0.5}

    note = run(
        modules,
        'return axis("clock").note',
        life | {"frontier": {"step": 1_000, "at": 0}},
    )

    assert note.startswith(
        "The motion stood still for 2 h 52 min somewhere between steps 0 and 1,0"
    )


def test_axis_says_nothing_of_a_change_between_two_slow_steps(modules: Page) -> None:
    """The motion makes a step each 600 s; 300 s after the third it was changed."""
    changes = [change(0, START, 600), change(3, START + timedelta(seconds=2_100), 600)]
    frontier = {"step": 4, "at": 1_000 * (START.timestamp() + 2_400)}

    life = {"changes": changes, "interval": 600, "frontier": frontier}

    assert run(modules, 'return axis("clock").note', life) == ""


@pytest.mark.parametrize("seed", range(3))
def test_clock_is_that_of_the_wall_summer_and_winter(berlin: Page, seed: int) -> None:
    """A year at a step a minute: exact but for the hour that the wall shows twice."""
    life = {"changes": [change(0, START, 60)], "interval": 60}
    zone = ZoneInfo(BERLIN)
    chance = random.Random(seed)
    minutes = sorted(chance.randrange(525_600) for _ in range(300))
    near = [
        int((datetime(2026, *day, 1, tzinfo=UTC) - START).total_seconds() / 60)
        for day in ((3, 29), (10, 25))
    ]
    minutes += [at + minute for at in near for minute in (-61, -1, 1, 61)]
    frontier = {"step": 525_600, "at": 1_000 * (START.timestamp() + 525_600 * 60)}

    found, back = run(
        berlin,
        """const { x, step } = axis("clock");
        return [a.minutes.map(x), a.minutes.map((k) => step(x(k)))];""",
        life | {"minutes": minutes, "frontier": frontier},
    )

    assert back == pytest.approx(minutes, abs=1e-6)
    for minute, shown in zip(minutes, found, strict=True):
        wall = (START + timedelta(minutes=minute)).astimezone(zone).replace(tzinfo=UTC)
        off = abs(shown / 1_000 - wall.timestamp())
        assert off < (3_601 if abs(minute - near[1]) < 60 else 0.001)


def test_clock_of_the_wall_never_turns_round(berlin: Page) -> None:
    start = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    life = {"changes": [change(0, start, 60)], "interval": 60}
    frontier = {"step": 240, "at": 1_000 * (start.timestamp() + 240 * 60)}

    xs = run(
        berlin,
        'const { x } = axis("clock"); return Array.from({ length: 241 }, (_, k) => x(k));',
        life | {"frontier": frontier},
    )

    minutes = [(x - xs[0]) / 60_000 for x in xs]
    assert minutes[30] == 30  # 02:00, the first time
    assert minutes[90] == 60  # it would be 02:00 again
    assert minutes[150] == 90  # 03:00
    assert all(x < y for x, y in pairwise(xs))
