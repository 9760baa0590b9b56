"""axis.js and step-times.js: where a step lies in time, compared with sums of this file."""

from __future__ import annotations

import bisect
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KINDS = ("step", "elapsed", "clock")


def run(modules: Page, body: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const m = await import("/chart/axis.js");
      const axis = (kind, other) => m.createAxis(kind, { isWhole: true, ...a, ...other });
      """
    return modules.evaluate(f"{head}{body}}}", argument)


@pytest.fixture
def set_zone(modules: Page) -> Iterator[Callable[[str], object]]:
    """Sets the time zone of the browser, until the test ends."""
    session = modules.context.new_cdp_session(modules)
    override = "Emulation.setTimezoneOverride"
    yield lambda zone: session.send(override, {"timezoneId": zone})
    session.send(override, {"timezoneId": ""})


def change(step: int, at: datetime, interval: float = 0.5, **other: Any) -> dict[str, Any]:
    fields = {"step": step, "position": step / 10, "interval": interval, "paused": False}
    return fields | {"at": at.isoformat()} | other


def make_motion(chance: random.Random, count: int, start: datetime = START) -> dict[str, Any]:
    """A motion with random changes; `made` is (step, when it came) at each change."""
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


def sum_intervals(changes: list[dict[str, Any]], step: float) -> float:
    """The sum of the intervals of all steps up to `step`, one regime after the other."""
    ends = [*(change["step"] for change in changes[1:]), float("inf")]
    return sum(
        (min(step, end) - change["step"]) * change["interval"]
        for change, end in zip(changes, ends, strict=True)
        if step > change["step"]
    )


def test_step_axis_counts_from_the_reset(modules: Page) -> None:
    motion = make_motion(random.Random(1), 3)

    plain, mine = run(
        modules,
        """return [null, 14_000].map((origin) => {
          const { toX, toStep, title, type, note, describeStep } = axis("step", { origin });
          return [toX(14_402), toStep(toX(7.25)), title, type, note, describeStep(14_402)];
        });""",
        motion,
    )

    assert plain == [14_402, 7.25, "step", "linear", "", "step 14,402"]
    assert mine[:3] == [402, 7.25, "steps since the reset"]
    assert mine[5] == "402 steps since the reset"


@pytest.mark.parametrize("seed", range(6))
def test_elapsed_axis_shows_the_sum_of_the_intervals(modules: Page, seed: int) -> None:
    chance = random.Random(seed)
    motion = make_motion(chance, 40)
    last = motion["frontier"]["step"]
    steps = [chance.uniform(0, 1.1 * last) for _ in range(50)]
    origin = chance.randrange(last)

    since_start, since_reset = run(
        modules,
        """return [null, a.origin].map((origin) => {
          const { toX } = axis("elapsed", { origin, span: [0, 1e-9] });
          return a.steps.map(toX);
        });""",
        motion | {"steps": steps, "origin": origin},
    )

    expected = [sum_intervals(motion["changes"], step) for step in steps]
    assert since_start == pytest.approx(expected, abs=1e-6)
    before = sum_intervals(motion["changes"], origin)
    assert since_reset == pytest.approx([value - before for value in expected], abs=1e-6)


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
def test_elapsed_axis_chooses_the_largest_unit_that_fits(
    modules: Page, steps: int, name: str, x: float
) -> None:
    motion = {"changes": [change(0, START)], "interval": 0.5}

    title, newest, label = run(
        modules,
        """const elapsed = axis("elapsed");
        return [elapsed.title, elapsed.toX(a.frontier.step), elapsed.describeStep(14_650)];""",
        motion | {"frontier": {"step": steps, "at": 0}},
    )

    assert title == f"{name} since the start"
    assert newest == pytest.approx(x)
    assert label == "step 14,650, 2 h 2 min"


@pytest.mark.parametrize("seed", range(6))
def test_clock_axis_shows_when_steps_came(modules: Page, seed: int) -> None:
    motion = make_motion(random.Random(seed), 40)
    made = motion["made"]  # in microseconds; browsers round to milliseconds
    middles = [((a + b) / 2, t + (u - t) / 2) for (a, t), (b, u) in pairwise(made)]

    found = run(
        modules,
        'return a.steps.map(axis("clock").toX)',
        motion | {"steps": [step for step, _ in [*made, *middles]]},
    )

    expected = [1_000 * when.timestamp() for _, when in made]
    assert found[: len(made)] == pytest.approx(expected, abs=2)
    # Steps of a regime are evenly spaced; no step comes in a pause.
    times = [when for _, when in made]
    for (step, _), at in zip(middles, found[len(made) :], strict=True):
        began, ended = times[(index := bisect.bisect(made, (step, START)) - 1)], times[index + 1]
        moments = [datetime.fromisoformat(c["at"]) for c in motion["changes"]]
        regime = max(moment for moment in moments if began <= moment < ended)
        assert at == pytest.approx(500 * (regime.timestamp() + ended.timestamp()), abs=2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_axis_ascends_and_can_be_inverted(modules: Page, kind: str, seed: int) -> None:
    chance = random.Random(seed)
    motion = make_motion(chance, 300)
    for at in chance.sample(motion["changes"], 20):  # sometimes the clock of a server is wrong
        wrong = datetime.fromisoformat(at["at"]) + timedelta(seconds=chance.gauss(0, 900))
        at["at"] = wrong.isoformat()
    motion["frontier"]["step"] += 500
    last = motion["frontier"]["step"]
    motion["frontier"]["at"] += chance.choice([-3_600_000, 0, 250_000])
    steps = sorted(
        {c["step"] for c in motion["changes"]}
        | {chance.uniform(-0.05 * last, 1.05 * last) for _ in range(500)}
    )

    xs, back = run(
        modules,
        "const { toX, toStep } = axis(a.kind, { isWhole: false });"
        "return [a.steps.map(toX), a.steps.map((k) => toStep(toX(k)))]",
        motion | {"steps": steps, "kind": kind},
    )

    assert all(x < y for x, y in pairwise(xs))
    assert back == pytest.approx(steps, rel=1e-9, abs=0.02)


def test_clock_axis_draws_a_pause_as_a_level_piece(modules: Page) -> None:
    hours = [START + timedelta(hours=h) for h in range(4)]
    changes = [
        change(0, hours[0]),
        change(7_200, hours[1], paused=True),
        change(7_200, hours[2]),
    ]
    motion = {"changes": changes, "interval": 0.5}

    steps, line, wide = run(
        modules,
        """const clock = axis("clock");
        const begin = clock.toX(0);
        const path = { steps: [0, 4_096, 8_192, 14_400], positions: [0, 1, 2, 3] };
        return [
          [0.5, 1, 1.5, 2, 2.5, 3].map((hours) => clock.toStep(begin + 3_600_000 * hours)),
          m.projectPath(clock, path),
          m.projectPath(axis("elapsed"), path),
        ];""",
        motion | {"frontier": {"step": 14_400, "at": 1_000 * hours[3].timestamp()}},
    )

    assert steps == [3_600, 7_200, 7_200, 7_200, 10_800, 14_400]
    assert line["steps"] == [0, 4_096, 7_200, 7_200, 8_192, 14_400]
    assert line["y"] == [0, 1, 720, 720, 2, 3]
    assert line["x"][2:4] == [1_000 * hours[h].timestamp() for h in (1, 2)]
    assert wide["x"] == pytest.approx([0, 4_096 / 7_200, 8_192 / 7_200, 2])
    assert wide["steps"] == [0, 4_096, 8_192, 14_400]


def test_clock_axis_goes_on_during_a_pause(modules: Page) -> None:
    end = START + timedelta(seconds=50)
    later = 1_000 * (START.timestamp() + 3_600)
    changes = [change(0, START), change(100, end, paused=True)]
    motion = {"changes": changes, "interval": 0.5, "frontier": {"step": 100, "at": later}}

    x, beyond, step, pauses, label = run(
        modules,
        """const c = axis("clock");
        return [c.toX(100), c.toX(101), c.toStep(a.frontier.at), c.pauses, c.describeStep(100)];""",
        motion,
    )

    assert x == 1_000 * end.timestamp()
    assert beyond == later + 500
    assert step == 100
    assert label == "step 100, 1 Mar 2026, 12:00:50"
    assert pauses == [{"step": 100, "position": 10, "from": x, "to": later}]


def test_clock_axis_ignores_a_frontier_that_is_too_early(modules: Page) -> None:
    """The clock of the reader may be an hour behind the clock of the server."""
    begun = 1_000 * START.timestamp()
    motion = {"changes": [change(0, START)], "interval": 0.5}

    x = run(
        modules,
        'return axis("clock").toX(100)',
        motion | {"frontier": {"step": 100, "at": begun - 3_600_000}},
    )

    assert x == begun + 99 * 500


@pytest.mark.parametrize("kind", ["elapsed", "clock"])
def test_axis_note_names_the_first_step_with_known_times(modules: Page, kind: str) -> None:
    motion = make_motion(random.Random(3), 30) | {"kind": kind}
    late = motion | {"changes": motion["changes"][10:], "isWhole": False}
    first = late["changes"][0]["step"]
    get = "return axis(a.kind, { origin: a.origin ?? null }).note"

    notes = [run(modules, get, argument) for argument in (motion, late, late | {"changes": []})]
    since = run(modules, get, late | {"origin": first, "kind": "elapsed"})

    assert notes == [
        "",
        f"The times before step {first:,} are estimated: this page has only the newest 21 changes.",
        "The times are estimated until the changes are loaded.",
    ]
    assert since == ""


def test_clock_axis_note_names_a_standstill(modules: Page) -> None:
    changes = [change(0, START), change(1_000, START + timedelta(hours=3))]
    motion = {"changes": changes, "interval": 0.5}

    note = run(
        modules,
        'return axis("clock").note',
        motion | {"frontier": {"step": 1_000, "at": 0}},
    )

    assert note.startswith(
        "The motion stood still for 2 h 52 min somewhere between steps 0 and 1,0"
    )


def test_clock_axis_has_no_note_for_a_change_between_steps(modules: Page) -> None:
    """The motion makes a step every 600 s; a person changes it 300 s after the third step."""
    changes = [change(0, START, 600), change(3, START + timedelta(seconds=2_100), 600)]
    frontier = {"step": 4, "at": 1_000 * (START.timestamp() + 2_400)}

    motion = {"changes": changes, "interval": 600, "frontier": frontier}

    assert run(modules, 'return axis("clock").note', motion) == ""


ZONES = [
    ("Europe/Berlin", (3, 29), 1, ["UTC+1", "UTC+2", "UTC+2"]),
    ("Europe/Berlin", (10, 25), 1, ["UTC+2", "UTC+1", "UTC+1"]),
    ("America/St_Johns", (11, 1), 4.5, ["UTC−2:30", "UTC−3:30", "UTC−3:30"]),
    ("Asia/Kolkata", (6, 1), 0, ["UTC+5:30"] * 3),
    ("UTC", (6, 1), 0, ["UTC"] * 3),
]
HOURS = {"UTC": 0, "UTC+1": 1, "UTC+2": 2, "UTC+5:30": 5.5, "UTC−2:30": -2.5, "UTC−3:30": -3.5}


@pytest.mark.parametrize(("zone", "day", "hour", "names"), ZONES)
def test_clock_axis_has_the_zone_of_its_right_end(
    modules: Page,
    set_zone: Callable[[str], object],
    zone: str,
    day: tuple[int, int],
    hour: float,
    names: list[str],
) -> None:
    """The motion makes a step a minute; clocks are changed at step 60, at `hour` in UTC."""
    set_zone(zone)
    start = datetime(2026, *day, tzinfo=UTC) + timedelta(hours=hour - 1)
    frontier = {"step": 180, "at": 1_000 * (start.timestamp() + 180 * 60)}
    motion = {"changes": [change(0, start, 60)], "interval": 60, "frontier": frontier}

    axes = run(
        modules,
        """return [[0, 59], [30, 60], [120, 300]].map((span) => {
          const { title, toX, toStep } = axis("clock", { span });
          const steps = Array.from({ length: 181 }, (_, step) => step);
          return [title, steps.map(toX), steps.map((step) => toStep(toX(step)))];
        });""",
        motion,
    )

    assert [title for title, _, _ in axes] == [f"time of day ({name})" for name in names]
    for name, (_, xs, steps) in zip(names, axes, strict=True):
        local = start + timedelta(hours=HOURS[name])
        assert xs == [1_000 * (local.timestamp() + 60 * step) for step in range(181)]
        assert steps == list(range(181))
