"""Lines of the log: with their request, socket and motion, without secrets and repeats."""

import json
import logging
import re
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime
from threading import Lock
from types import MappingProxyType, TracebackType
from typing import Final

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

logger = logging.getLogger(__name__)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

NO_FIELDS: Mapping[str, str] = MappingProxyType({})
_added: ContextVar[Mapping[str, str]] = ContextVar("fields of every line", default=NO_FIELDS)

SECRETS = (
    # Secrets in addresses: invitations, and the links in allauth's mails.
    re.compile(r"""((?:join|reset/key|confirm-email)(?:/|%2F))[^\s/?#&"'%]+""", re.IGNORECASE),
    # The password in a URL of a database, of Redis or of a mail server.
    re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)"),
    # PostgreSQL shows whole rows there, and a row may hold a seed or a session's key.
    re.compile(r"(DETAIL:\s+)[^\n]+"),
)

LONGEST_MESSAGE: Final = 1000
"""Characters of one message: a Host header may have 8,000."""

MOST_ALIKE: Final = 20
"""Similar lines about sockets that pass in ten seconds: `extra={"most": MOST_ALIKE}`."""

REFUSALS: Final = (
    BadRequest,
    Http404,
    MultiPartParserError,
    PermissionDenied,
    SuspiciousOperation,  # an unknown Host, too many fields, a body that is too large
    UnreadablePostError,
)
"""Errors by which Django refuses a request. A traceback would show our code, not the cause."""


@contextmanager
def add_fields(**fields: str) -> Iterator[None]:
    """Add fields to every line that the block logs, also in the threads that it calls."""
    token = _added.set({**_added.get(), **fields})
    try:
        yield
    finally:
        _added.reset(token)


def copy_context_without_fields() -> Context:
    """Copy this context without added fields, for a task that outlives its creator."""
    context = copy_context()
    context.run(_added.set, NO_FIELDS)
    return context


def hide_secrets(text: str) -> str:
    for pattern in SECRETS:
        text = pattern.sub(r"\1…", text)
    return text


def _collect_fields(record: logging.LogRecord) -> dict[str, object]:
    """The fields of a line: added ones, its own `extra={"fields": …}`, and its repeats."""
    repeats = getattr(record, "left_out", 0)
    return {
        **_added.get(),
        **getattr(record, "fields", {}),
        **({"left_out": repeats} if repeats else {}),
    }


def _clean_message(record: logging.LogRecord) -> str:
    """The message without secrets, shortened, and on one line with all that a client sent."""
    text = hide_secrets(record.getMessage())[:LONGEST_MESSAGE]
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


# --- filters ------------------------------------------------------------------------


class Refusals(logging.Filter):
    """Logs a refused request in one line, at the level WARNING and without a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], REFUSALS):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.__dict__["kind"] = type(record.exc_info[1])
            record.exc_info = record.exc_text = None
        return True


class Repeats(logging.Filter):
    """Drops repeats: of each kind of warning, `most` lines pass in `every_s` seconds.

    The next line that passes has the number of dropped ones. Errors are of one kind if they are
    raised at the same place, warnings if their texts are equal before values are filled in.
    """

    LIMIT = 1000  # kinds that are remembered

    def __init__(self, most: int = 5, every_s: float = 10.0) -> None:
        super().__init__()
        self._most = most
        self._every_s = every_s
        self._lock = Lock()
        self._seen: dict[Hashable, tuple[float, int]] = {}  # since when, and how many

    def filter(self, record: logging.LogRecord) -> bool:
        usual = self._most if record.levelno >= logging.WARNING else None
        most = getattr(record, "most", usual)  # a line below WARNING may ask for it
        if most is None:
            return True
        place, left_out = self._count(_find_kind(record), most)
        if left_out:
            record.__dict__["left_out"] = left_out
        return place <= most

    def _count(self, kind: Hashable, most: int) -> tuple[int, int]:
        """The place of a line among its kind, and how many were dropped before the first."""
        now = time.monotonic()
        with self._lock:
            since, count = self._seen.get(kind, (float("-inf"), 0))
            if now - since < self._every_s:
                self._seen[kind] = since, count + 1
                return count + 1, 0
            if len(self._seen) >= self.LIMIT:
                self._seen.clear()
            self._seen[kind] = now, 1
            return 1, max(0, count - most)


def _find_kind(record: logging.LogRecord) -> Hashable:
    if record.exc_info and (trace := record.exc_info[2]):
        while trace.tb_next:
            trace = trace.tb_next
        return record.exc_info[0], trace.tb_frame.f_code, trace.tb_lineno
    return record.name, getattr(record, "kind", record.msg)


class Outage:
    """Logs the outage of a part: its beginning, a reminder every minute, and its end.

    During an outage calls fail in many places, several times a second; each calls `warn`. A call
    that succeeds calls `note_success`, which costs next to nothing without an outage.
    """

    REMINDER_S: Final = 60.0
    QUIET_S: Final = 1.0  # an outage ends after a second without a failed call

    def __init__(self, part: str) -> None:
        self._part = part
        self._lock = Lock()
        self._began_at: float | None = None
        self._failed_at = self._logged_at = float("-inf")
        self._count = 0

    def warn(self, error: object) -> None:
        now = time.monotonic()
        with self._lock:
            if self._began_at is None:
                self._began_at, self._count, self._logged_at = now, 0, float("-inf")
            self._failed_at, self._count, count = now, self._count + 1, self._count
            if now - self._logged_at < self.REMINDER_S:
                return
            self._logged_at = now
        since = f" for {now - self._began_at:.0f} s, {count} calls failed" if count else ""
        logger.warning("%s is failing%s: %s", self._part, since, error)

    @property
    def is_away(self) -> bool:
        return self._began_at is not None

    def note_success(self) -> None:
        if self._began_at is None:
            return
        now = time.monotonic()
        with self._lock:
            if self._began_at is None or now - self._failed_at < self.QUIET_S:
                return
            began, self._began_at = self._began_at, None
        lasted = f"after {now - began:.1f} s and {self._count} calls that failed"
        logger.info("%s works again, %s.", self._part, lasted)


class WarningForwarder(logging.Filter):
    """Passes a library's warnings to a function of ours, instead of logging them.

    Warnings that begin with `harmless` are dropped.
    """

    def __init__(self, take: Callable[[object], None], *, harmless: str | None = None) -> None:
        super().__init__()
        self._take = take
        self._harmless = harmless

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING:
            return True
        message = record.getMessage()
        if self._harmless is None or not message.startswith(self._harmless):
            self._take(record.exc_info[1] if record.exc_info else message)
        return False


database = Outage("The database")
layer = Outage("The channel layer")


# --- lines -----------------------------------------------------------------------------------


class LineFormatter(logging.Formatter):
    """Formats lines for a person at a terminal."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802, logging's own name
        record.message = _clean_message(record)
        fields = " ".join(f"{name}={value}" for name, value in _collect_fields(record).items())
        return super().formatMessage(record) + (f" [{fields}]" if fields else "")

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802
        return hide_secrets(super().formatException(ei))


class JsonFormatter(logging.Formatter):
    """Formats lines for machines: one JSON object each."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _clean_message(record),
            **_collect_fields(record),
        }
        if record.exc_info:
            line["error"] = hide_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)
