"""What a line of the log says: which request, socket and motion it is about, and no secret."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

NOBODY: Mapping[str, str] = MappingProxyType({})
_subject: ContextVar[Mapping[str, str]] = ContextVar("what the log is about", default=NOBODY)

SECRETS = (
    # What stands in an address and opens a door: invitations, and the links of allauth's mails.
    re.compile(r"""((?:join|reset/key|confirm-email)(?:/|%2F))[^\s/?#&"'%]+""", re.IGNORECASE),
    # The password in a URL of a database, of Redis or of a mail server.
    re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"),
    # PostgreSQL tells whole rows there, and a row may hold a seed or a session's key.
    re.compile(r"(DETAIL:\s+)[^\n]+"),
)


@contextmanager
def about(**subject: str) -> Iterator[None]:
    """Within the block every line says so, in the threads it calls too."""
    token = _subject.set({**_subject.get(), **subject})
    try:
        yield
    finally:
        _subject.reset(token)


def of_nobody() -> Context:
    """A copy of this context that is about nothing, for a task that outlives who started it."""
    context = copy_context()
    context.run(_subject.set, NOBODY)
    return context


def without_secrets(text: str) -> str:
    for pattern in SECRETS:
        text = pattern.sub(r"\1…", text)
    return text


def _told(record: logging.LogRecord) -> dict[str, Any]:
    """What a line is about: of its request or socket, and of its own `extra={"about": …}`."""
    return {**_subject.get(), **getattr(record, "about", {})}


class Seldom:
    """A warning that many may have cause for at once: one line for all of them in `every_s`.

    The first is told at once; those of the seconds after it, with the next line.
    """

    def __init__(self, logger: logging.Logger, what: str, *, every_s: float = 10.0) -> None:
        self._logger = logger
        self._what = what
        self._every_s = every_s
        self._count = 0
        self._told_at = float("-inf")

    def warn(self, error: object) -> None:
        self._count += 1
        if (moment := time.monotonic()) - self._told_at >= self._every_s:
            self._logger.warning("%s (%d since last told): %s", self._what, self._count, error)
            self._count, self._told_at = 0, moment


class LineFormatter(logging.Formatter):
    """For a person at a terminal."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, logging's own name
        told = " ".join(f"{name}={value}" for name, value in _told(record).items())
        return super().formatMessage(record) + (f" [{told}]" if told else "")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """For machines: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **_told(record),
        }
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)
