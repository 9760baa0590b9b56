"""Whatever happens, every point that a page shows is the server's path at that step.

A schedule is a motion that steps, changes and restarts, a network that loses, doubles, delays and
drops, a hand on the chart, and a page that receives all that. The server's side is the program's
own (`motion.live.recovery`), the page's side its own modules in Chromium. All schedules take
their turns together, one call of the browser a turn. A schedule is named by a number:
`run([number])` is it again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

from motion.core.parameters import Parameters
from motion.core.timeline import AGREEMENT, Timeline
from motion.live import recovery
from motion.live.recovery import Frame
from motion.protocol import messages
from motion.protocol.messages import ChangeRecord, NamedPerson
from motion.queries.snapshots import Snapshot
from tests.core.timelines import change_timeline, make_steady_timeline

pytestmark = pytest.mark.browser

SCHEDULES = 120
STORMY_TURNS = 30
QUIET_TURNS = 12
"""Seconds without a fault after which a page must stand at the frontier."""

TAIL = 1_000
"""So many of the newest steps are held one by one."""

STEPS_AN_HOUR = 7_200
LONG_LIVES = (0, 0, 3_000, 10**6, 10**9)
LAWS = ((1.0, 0.0), (0.0, 0.0), (10_000.0, 0.0), (1e-6, 1_000.0), (2.0, -0.5))
Action = list[Any]


class Motion:
    """A motion as a server process knows it, with the frames for its sockets."""

    def __init__(self, seed: int, *, step: int = 0) -> None:
        self.timelines: dict[int, Timeline] = {}
        self.snapshot = self.begun(seed, epoch=1, revision=1)
        self.move(step)

    def begun(self, seed: int, *, epoch: int, revision: int) -> Snapshot:
        """An epoch at its step 0, under the law that was."""
        parameters = self.snapshot.changes[-1].parameters if self.timelines else Parameters()
        self.timelines[epoch] = make_steady_timeline(
            seed, variance=parameters.variance, drift=parameters.drift
        )
        return Snapshot(
            motion_id=1,
            slug="motion",
            title="Motion",
            visibility="public",
            control="everyone",
            owner_only=False,
            owner=NamedPerson("1a", "Ada"),
            controllers=(),
            access_version=1,
            epoch=epoch,
            revision=revision,
            step=0,
            changes=(record(revision, 0, 0.0, parameters),),
            timeline=self.timelines[epoch],
        )

    def move(self, steps: int) -> None:
        self.snapshot = replace(self.snapshot, step=self.snapshot.step + steps)

    def change(self, variance: float, drift: float) -> None:
        known = self.snapshot
        step, revision = known.step, known.revision + 1
        timeline = change_timeline(known.timeline, step=step, variance=variance, drift=drift)
        self.timelines[known.epoch] = timeline
        parameters = Parameters(variance=variance, drift=drift)
        change = record(revision, step, timeline.position(step), parameters)
        self.snapshot = replace(
            known,
            revision=revision,
            changes=(*known.changes, change),
            timeline=timeline,
        )

    def restart(self, seed: int) -> None:
        epoch, revision = self.snapshot.epoch, self.snapshot.revision
        self.snapshot = self.begun(seed, epoch=epoch + 1, revision=revision + 1)

    def share(self) -> None:
        """Another access version: the server sends the state again to everyone."""
        self.snapshot = replace(self.snapshot, access_version=self.snapshot.access_version + 1)


def record(revision: int, step: int, position: float, parameters: Parameters) -> ChangeRecord:
    at = f"2026-11-22T18:00:{revision % 60:02}.000+00:00"
    return ChangeRecord(
        revision=revision,
        event=revision,
        kind="",
        step=step,
        position=position,
        parameters=parameters,
        at=at,
        by="Ada",
        text=f"Ada changed it at step {step}",
    )


class Schedule:
    """What happens, in the order that a number names: actions for a page, and answers to it."""

    def __init__(self, number: int) -> None:
        self.random = random.Random(number)
        self.motion = Motion(number, step=self.random.choice(LONG_LIVES))
        self.unreliable = self.random.choice([0.0, 0.05, 0.4])
        self.wire: list[str] = []  # sent on the socket that is open, not delivered yet
        self.late: list[str] = []  # to be delivered at some time, again or for the first time
        self.tiles: list[Action] = []  # answers over HTTP, on their way in no order
        self.is_opening = True
        self.is_torn = False  # a history came without its last steps: it is true, and coarse
        self.news: list[list[Any]] = []

    def stormy(self) -> list[Action]:
        """What happens to the page in one turn."""
        happenings: dict[Callable[[], list[Action] | None], float] = {
            self.step: 8,
            self.change: 2,
            self.restart: 1.5,
            self.motion.share: 0.5,
            self.miss: 1,
            self.sleep: 0.5,
            self.reconnect: 1,
            self.look: 4,
            self.wait: 1,
        }
        (happening,) = self.random.choices(list(happenings), list(happenings.values()))
        known = self.motion.snapshot
        actions = happening() or []
        self.publish(known)
        return [*self.delivered(), ["pass", 50], *actions]

    def quiet(self, turn: int) -> list[Action]:
        """A second in which nothing happens to the motion, or to what is sent."""
        if turn == 0:
            self.unreliable = 0.0
            self.late.clear()
            known = self.motion.snapshot
            self.motion.share()  # a state that was lost is not asked for: another one comes
            self.publish(known)
        return [*self.delivered(), ["pass", 1_000], ["ping"]]

    # --- what happens ---

    def step(self) -> None:
        self.motion.move(self.random.choices([1, 5, 40, 900, 2_001], [6, 4, 4, 1, 1])[0])

    def change(self) -> None:
        self.motion.change(*self.random.choice(LAWS))

    def restart(self) -> None:
        self.motion.restart(self.random.getrandbits(63))

    def miss(self) -> None:
        """The process lost the layer for a while: it sends all of that at once."""
        for happening in self.random.choices(
            [self.step, self.change, self.restart], [6, 3, 1], k=5
        ):
            happening()

    def sleep(self) -> list[Action]:
        """An hour: nothing is drawn, and the socket is gone, or all its frames come at once."""
        if self.random.random() < 0.5:
            self.motion.move(STEPS_AN_HOUR)
            return [["pass", 3_600_000], *self.reconnect()]
        for _ in range(10):
            known = self.motion.snapshot
            self.motion.move(STEPS_AN_HOUR // 10)
            self.publish(known)
        return [["pass", 3_600_000]]

    def reconnect(self) -> list[Action]:
        self.is_opening = True
        return [["open"]]

    def look(self) -> list[Action]:
        number = self.random.random
        return self.random.choice(
            [
                [["look", "follow"]],
                [["look", "showAll"]],
                [["look", "pan", 2 * number() - 1]],
                [["look", "zoom", 4 ** (2 * number() - 1)]],
                [["fix", number(), 10 ** (1 + 5 * number())]],
                [["reset"]],
            ]
        )

    def wait(self) -> list[Action]:
        return [["pass", self.random.choice([500, 4_000, 12_000])], ["ping"]]

    # --- what is sent, and what of it arrives ---

    def publish(self, known: Snapshot) -> None:
        if self.motion.snapshot != known:
            self.send(recovery.make_update(known, self.motion.snapshot))

    def send(self, frames: Iterable[Frame]) -> None:
        self.wire += [frame if isinstance(frame, str) else frame.encode(True) for frame in frames]

    def delivered(self) -> list[Action]:
        """Frames in order, but for those that the network loses, doubles or keeps for later."""
        arrived = []
        for text in self.wire:
            fate = self.random.random()
            if fate >= self.unreliable / 2:
                arrived.append(text)
            if fate < self.unreliable / 4 or fate > 1 - self.unreliable / 4:
                self.late.append(text)
        if self.late and self.random.random() < 0.5:
            at = self.random.randrange(len(self.late))
            arrived.insert(self.random.randint(0, len(arrived)), self.late.pop(at))
        if any('"history"' in text for text in self.wire + arrived):
            self.is_torn = arrived != self.wire
        self.wire.clear()
        self.random.shuffle(self.tiles)
        ready = [self.tiles.pop() for _ in self.tiles[: self.random.randint(0, 3)]]
        return [*(["take", text] for text in arrived), *ready]

    def hear(self, report: dict[str, Any]) -> None:
        """What the page says after a turn: points to judge, messages to answer, where it stands."""
        self.news += report["news"]
        self.report = report
        self.epoch, self.last = report["epoch"], report["last"]
        self.tiles += [self.tile(tile) for tile in report["wanted"]]
        if self.is_opening:
            self.is_opening = False
            self.wire.clear()  # of a socket that is gone
            standing = {"epoch": None, "step": None}
            if self.epoch is not None:
                standing = {"epoch": self.epoch, "step": self.last}
            self.send(recovery.make_greeting(self.motion.snapshot, **standing))
            return
        for message in report["sent"]:
            self.answer(message)

    def answer(self, message: dict[str, Any]) -> None:
        snapshot = self.motion.snapshot
        if message["type"] == "sync":
            cursor = {"epoch": message["epoch"], "step": message["step"]}
            self.send(recovery.make_recovery(snapshot, **cursor))
        else:
            self.send([messages.encode_pong(n=message["n"], step=snapshot.step)])

    def tile(self, tile: dict[str, Any]) -> Action:
        """A finer stretch, as path.json has it; some never come."""
        if self.random.random() < self.unreliable / 2:
            return ["tile", tile, None]
        log2_stride = tile["stride"].bit_length() - 1
        positions = self.motion.timelines[tile["epoch"]].positions(
            tile["first"] >> log2_stride, tile["last"] >> log2_stride, log2_stride=log2_stride
        )
        return ["tile", tile, positions.tolist()]

    # --- judging ---

    def assert_true(self, number: int) -> None:
        for epoch, steps, positions in self.news:
            assert epoch in self.motion.timelines, f"schedule {number}: no epoch {epoch}"
            timeline = self.motion.timelines[epoch]
            wrong = find_wrong_points(timeline, np.array(steps), np.array(positions))
            assert not wrong, f"schedule {number}, epoch {epoch}: {wrong}"
        self.news.clear()

    def assert_whole(self, number: int) -> None:
        """No step is missing before the last one held, wherever the page stands."""
        if self.epoch is not None and not self.is_torn:
            assert self.report["fine"] == min(TAIL, self.last + 1), f"schedule {number} has a hole"

    def assert_at_the_frontier(self, number: int) -> None:
        snapshot, where = self.motion.snapshot, f"schedule {number}"
        assert (self.epoch, self.last) == (snapshot.epoch, snapshot.step), where
        assert self.report["changes"] == [change.revision for change in snapshot.changes], where


def find_wrong_points(timeline: Timeline, steps: Any, positions: Any) -> list[Any]:
    """The first points (step, shown, true) that are not the path's, within its agreement."""
    steps, first = np.unique(steps, return_index=True)
    true = compute_path_at(timeline, steps)
    regimes = timeline.regimes
    drift = max(abs(regime.drift) for regime in regimes)
    variance = max(regime.variance for regime in regimes)
    scale = np.maximum.reduce(
        [np.ones(len(steps)), np.abs(true), drift * steps, np.sqrt(variance * steps)]
    )
    found = zip(steps, positions[first], true, strict=True)
    off = np.abs(positions[first] - true) > AGREEMENT * scale
    return [tuple(map(float, point)) for point, is_off in zip(found, off, strict=True) if is_off][
        :3
    ]


def compute_path_at(timeline: Timeline, steps: Any) -> Any:
    """X at `steps`, in few windows: one for each run of them that lie about evenly."""
    union = int(np.bitwise_or.reduce(steps))
    log2_stride = (union & -union).bit_length() - 1 if union else 0
    cuts = np.flatnonzero(np.diff(steps) > 64 << log2_stride) + 1
    found = []
    for run in np.split(steps >> log2_stride, cuts):
        window = timeline.positions(int(run[0]), int(run[-1]), log2_stride=log2_stride)
        found.append(window[run - run[0]])
    return np.concatenate(found)


# As text: Playwright takes ten times as long over lists of numbers.
TURN = """async (actions) => {
  const { turn } = await import("/truth.js");
  return JSON.stringify(turn(JSON.parse(actions)));
}"""


def run(modules: Page, numbers: Iterable[int]) -> None:
    """Let schedules happen, a turn of all of them at a time, and judge what they showed."""
    schedules = {number: Schedule(number) for number in numbers}
    for turn in range(STORMY_TURNS + QUIET_TURNS):
        quiet = turn - STORMY_TURNS
        actions = {
            number: schedule.stormy() if quiet < 0 else schedule.quiet(quiet)
            for number, schedule in schedules.items()
        }
        report = json.loads(modules.evaluate(TURN, json.dumps(actions)))
        for number, schedule in schedules.items():
            assert "failed" not in report[str(number)], f"schedule {number}: {report[str(number)]}"
            schedule.hear(report[str(number)])
            schedule.assert_true(number)
            schedule.assert_whole(number)
    for number, schedule in schedules.items():
        schedule.assert_at_the_frontier(number)


def test_every_point_shown_is_the_path_whatever_happens(modules: Page) -> None:
    run(modules, range(SCHEDULES))
