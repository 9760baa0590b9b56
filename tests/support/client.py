"""A browser's side of the socket for tests: frames in order, and the path they add up to."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from motion.core.timeline import AGREEMENT, Timeline
from tests.support.servers import Daphne, Site

Frame = dict[str, Any]

ANSWER_S = 60.0
"""How long a test waits for a frame that must come."""


@dataclass
class Path:
    """What a client holds of one epoch; refuses what the order of frames forbids."""

    state: Frame = field(default_factory=dict)
    positions: dict[int, float] = field(default_factory=dict)
    step: int | None = None
    """The last step held without a gap before it."""
    whole_from: int | None = 0
    """The step from which on none may be missing; None between a coarse history and its steps."""
    changes: list[Frame] = field(default_factory=list)
    asked_after: int | None = None
    """The step after which a `sync` under way asks for everything."""
    _may_begin_anywhere: bool = True

    @property
    def epoch(self) -> int:
        return int(self.state["epoch"])

    @property
    def query(self) -> str:
        """How a client that comes back says where it stands."""
        return f"?epoch={self.epoch}&step={self.step}"

    def take(self, frame: Frame) -> None:
        match frame["type"]:
            case "state":
                self._take_state(frame)
            case "history":
                self._take_history(frame)
            case "increments":
                self._take_increments(frame)

    def _take_state(self, frame: Frame) -> None:
        known = self.state
        if known and known["epoch"] == frame["epoch"]:
            assert frame["revision"] >= known["revision"], "revisions go back"
            assert frame["step"] >= known["step"], "the frontier goes back"
        elif known:
            assert frame["epoch"] > known["epoch"], "epochs go back"
            self.positions, self.step, self.whole_from = {0: 0.0}, 0, 0
        self.state = frame

    def _take_history(self, frame: Frame) -> None:
        assert frame["epoch"] == self.epoch
        steps = range(frame["first_step"], 2**40, frame["stride"])
        self.positions = dict(zip(steps, frame["positions"], strict=False))
        self.step, self.changes = max(self.positions), frame["changes"]
        self.whole_from = frame["first_step"] if frame["stride"] == 1 else None
        self._may_begin_anywhere, self.asked_after = True, None

    def _take_increments(self, frame: Frame) -> None:
        assert frame["epoch"] == self.epoch
        assert frame["revision"] == self.state["revision"], "not of the newest state"
        first, increments = frame["first_step"], frame["increments"]
        if first - 1 == self.asked_after:
            self._rewind(first - 1)
        if not self._may_begin_anywhere:
            assert first - 1 == self.step, f"step {first} came after {self.step}"
        self._may_begin_anywhere = False
        if self.whole_from is None:
            self.whole_from = first - 1
        self._add_up(first, increments, frame["position"])

    def _rewind(self, step: int) -> None:
        """Forget what lies after `step`: it comes again."""
        self.positions = {k: x for k, x in self.positions.items() if k <= step}
        self.step, self.asked_after = step, None

    def _add_up(self, first: int, increments: list[float], end: float) -> None:
        position = self.positions.get(first - 1, end - sum(increments))
        self.positions[first - 1] = position
        for step, increment in enumerate(increments, first):
            position += increment
            self.positions[step] = position
        size = max(1.0, abs(end), sum(map(abs, increments)))
        assert abs(position - end) <= AGREEMENT * size, "the increments do not lead there"
        self.step = first + len(increments) - 1
        self.positions[self.step] = end

    def assert_whole(self) -> None:
        """Every step is held: from 0 on, or from where a history too long for that grows fine."""
        assert self.whole_from is not None
        held = sorted(step for step in self.positions if step >= self.whole_from)
        assert held == list(range(self.whole_from, (self.step or 0) + 1))

    def assert_agrees(self, timeline: Timeline) -> None:
        """Every position is the recomputed one, within design.md's meaning of equal."""
        for first, last in runs(self.positions):
            expected = timeline.positions(first, last).tolist()
            for step, there in enumerate(expected, first):
                off = abs(self.positions[step] - there)
                # The first test is the stricter and the cheaper one.
                assert off <= AGREEMENT or off <= AGREEMENT * timeline.scale(step), step


def runs(steps: Iterable[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of consecutive steps."""
    for _, run in groupby(enumerate(sorted(steps)), lambda pair: pair[1] - pair[0]):
        found = [step for _, step in run]
        yield found[0], found[-1]


def read_positions(ensemble: Frame) -> list[float]:
    """X^1 … X^N of an `ensemble` frame."""
    found: list[float] = np.frombuffer(b64decode(ensemble["positions"]), dtype="<f4").tolist()
    return found


async def assert_all_hold_the_ensemble(site: Site, slug: str, clients: list[Client]) -> None:
    """Every client gets the positions of its newest step, and they are those of the server."""
    for client in clients:
        await client.hold_ensemble()
        frame = client.ensemble
        expected = site.positions(slug, frame["epoch"], frame["step"])
        assert np.allclose(read_positions(frame), expected, rtol=1e-6, atol=1e-6)


@dataclass
class Client:
    """One open socket. What it takes goes into `path`, in order."""

    connection: ClientConnection
    path: Path
    viewers: Frame = field(default_factory=dict)
    """The newest `viewers` frame; they come between all others, at any time."""
    ensemble: Frame = field(default_factory=dict)
    """The newest `ensemble` frame; so do these, and all below."""
    seat: Frame = field(default_factory=dict)
    question: Frame = field(default_factory=dict)
    answer: Frame = field(default_factory=dict)
    view: Frame = field(default_factory=dict)
    _n: int = 0

    async def frame(self, within_s: float = ANSWER_S) -> Frame:
        """The next frame that is about the path."""
        async with asyncio.timeout(within_s):
            while self._take_aside(frame := await self._any_frame()):
                pass
        self.path.take(frame)
        return frame

    async def watched(self, by: tuple[int, list[str]], within_s: float = ANSWER_S) -> None:
        """Take frames until so many people watch, those with an account under these names."""
        try:
            async with asyncio.timeout(within_s):
                while (self.viewers.get("count"), self.viewers.get("names")) != by:
                    frame = await self._any_frame()
                    if not self._take_aside(frame):
                        self.path.take(frame)
        except TimeoutError:
            raise AssertionError(f"waited {within_s:g} s for {by}, not {self.viewers}") from None

    async def hold_ensemble(self, within_s: float = ANSWER_S) -> None:
        """Take frames until the positions of the ensemble are as new as the path is now."""
        async with asyncio.timeout(within_s):
            place = self.path.epoch, self.path.step or 0
            while not self.ensemble or (self.ensemble["epoch"], self.ensemble["step"]) < place:
                frame = await self._any_frame()
                if not self._take_aside(frame):
                    self.path.take(frame)

    async def hold(
        self, kind: str, condition: Callable[[Frame], Any], within_s: float = ANSWER_S
    ) -> Frame:
        """Take frames until the newest one of a kind beside the path meets `condition`."""
        try:
            async with asyncio.timeout(within_s):
                while not (getattr(self, kind) and condition(getattr(self, kind))):
                    frame = await self._any_frame()
                    if not self._take_aside(frame):
                        self.path.take(frame)
        except TimeoutError:
            newest = getattr(self, kind)
            raise AssertionError(f"waited {within_s:g} s for another {kind}: {newest}") from None
        found: Frame = getattr(self, kind)
        return found

    def _take_aside(self, frame: Frame) -> bool:
        """Take a frame that is not about the path; False for any other."""
        if frame["type"] == "ensemble" and frame["epoch"] == self.ensemble.get("epoch"):
            assert frame["step"] > self.ensemble["step"], "the ensemble goes back"
        if frame["type"] not in {"viewers", "ensemble", "seat", "question", "answer", "view"}:
            return False
        setattr(self, frame["type"], frame)
        return True

    async def _any_frame(self) -> Frame:
        text = await self.connection.recv()
        assert isinstance(text, str)
        frame: Frame = json.loads(text, parse_constant=_refuse)
        return frame

    async def receive(self, kind: str, within_s: float = ANSWER_S) -> Frame:
        """The next frame of that type; those before it are taken too."""
        async with asyncio.timeout(within_s):
            while True:
                frame = await self.frame(within_s)
                if frame["type"] == kind:
                    return frame

    async def until(
        self, condition: Callable[[Path], Any], what: str, within_s: float = ANSWER_S
    ) -> list[Frame]:
        """Take frames until the path meets `condition`; those frames."""
        taken: list[Frame] = []
        try:
            async with asyncio.timeout(within_s):
                while not condition(self.path):
                    taken.append(await self.frame(within_s))
        except TimeoutError:
            raise AssertionError(f"waited {within_s:g} s for {what}") from None
        return taken

    async def reach(self, step: int, within_s: float = ANSWER_S) -> list[Frame]:
        """Take frames until the path reaches `step`."""
        return await self.until(lambda path: (path.step or 0) >= step, f"step {step}", within_s)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.connection.send(json.dumps({"type": kind, **fields}))

    async def pong(self) -> list[Frame]:
        """Send a ping; the frames up to its pong, which is the last: nothing else was under way."""
        self._n += 1
        await self.send("ping", n=self._n)
        frames = [await self.frame()]
        while frames[-1]["type"] != "pong":
            frames.append(await self.frame())
        assert frames[-1]["n"] == self._n
        return frames

    async def ask_after(self, epoch: Any, step: Any) -> None:
        """Send a `sync`; the path expects its answer among the frames that go on."""
        self.path.asked_after = step
        await self.send("sync", epoch=epoch, step=step)

    async def sync(self, epoch: Any, step: Any) -> list[Frame]:
        """Ask for everything after `step`; the frames up to the next pong."""
        await self.ask_after(epoch, step)
        return (await self.pong())[:-1]

    async def closed(self, taken: list[Frame] | None = None, within_s: float = ANSWER_S) -> int:
        """Take frames until the server closes; the close code, 1006 for a bare end."""
        taken = [] if taken is None else taken
        try:
            async with asyncio.timeout(within_s):
                while True:
                    taken.append(await self.frame(within_s))
        except ConnectionClosed as error:
            return error.rcvd.code if error.rcvd else 1006


def _refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is not JSON")


@asynccontextmanager
async def watching(
    server: Daphne,
    slug: str = "brownian",
    query: str = "",
    *,
    path: Path | None = None,
    cookie: str = "",
    origin: str | None = "",
    url: str = "",
    compression: str | None = None,
) -> AsyncIterator[Client]:
    """An open socket on a motion; `path` is what the client held before it came back."""
    async with connect(
        url or server.socket_url(slug, query),
        origin=server.url if origin == "" else origin,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie} if cookie else None,
        compression=compression,
        proxy=None,
        max_size=None,
        max_queue=None,
        ping_interval=None,
        close_timeout=1,
    ) as connection:
        yield Client(connection, path or Path())
