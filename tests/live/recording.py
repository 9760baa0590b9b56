"""A socket of a feed, for tests without a server."""

from __future__ import annotations

import json
from typing import Any

from motion.queries.permissions import Person


class RecordingSocket:
    """What a feed needs of a consumer; it records the frames that it gets, some kinds apart."""

    def __init__(self) -> None:
        self.person, self.login = Person(), None
        self.viewer: str | None = None
        self.seat_frame: str | None = None
        self.follows = False
        self.texts: list[str] = []
        self.frames: list[dict[str, Any]] = []
        self.viewers: list[dict[str, Any]] = []
        self.ensembles: list[dict[str, Any]] = []
        self.seats: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.closed_with: int | None = None

    def write_hint(self, frame: bytes) -> bool:
        return False  # a server that has no such way

    async def push(self, message: dict[str, Any]) -> None:
        self.texts.append(message["text"])
        frame = json.loads(message["text"])
        apart = {"viewers": self.viewers, "ensemble": self.ensembles, "seat": self.seats}
        apart |= {"question": self.questions, "answer": self.answers, "view": self.views}
        apart.get(frame["type"], self.frames).append(frame)

    async def close(self, code: int) -> None:
        self.closed_with = code

    def steps(self) -> list[int]:
        """Every step that came as an increment, in order."""
        return [
            frame["first_step"] + offset
            for frame in self.frames
            if frame["type"] == "increments"
            for offset in range(len(frame["increments"]))
        ]
