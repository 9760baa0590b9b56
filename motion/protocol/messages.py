"""The socket's frames: parse what a client sends, encode what it gets.

No I/O and no state. docs/protocol.md is the contract in words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from brownian_site.server.limits import MESSAGE_BYTES

from ..core.errors import InvalidValueError, MalformedError, MotionError, UnknownTypeError
from ..core.format import write_number
from ..core.parameters import NAMES, STEP_LIMIT, Parameters, checked

COUNT_LIMIT: Final = 2**53
"""Integers from a client stay where a JavaScript number is exact."""


# --- from the client -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ping:
    """A sign of life; `step` is the last one the client has drawn."""

    n: int
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """Asks for other parameters, if the motion is still at `revision` where one is given.

    `drag` is the same number in all changes of one drag of the slider.
    """

    values: dict[str, float | bool]
    revision: int | None = None
    drag: int | None = None


@dataclass(frozen=True, kw_only=True)
class Restart:
    """Asks for a new epoch; `paused` None: it begins as the motion is, running or paused."""

    revision: int | None = None
    paused: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Sync:
    """Says where the client stands and asks for everything after; None: it stands nowhere."""

    epoch: int | None
    step: int | None


Message = Ping | Change | Restart | Sync


def parse(text: str) -> Message:
    """The message that `text` holds.

    Raises:
        MalformedError: not one JSON object of at most 16 KiB with the fields of its type.
        UnknownTypeError: `type` is not one a client may send.
        InvalidValueError: a field has the wrong type, is out of range or not finite.
    """
    fields = _json_object(text)
    kind = fields.pop("type", None)
    if not isinstance(kind, str):
        raise MalformedError("A message needs a type.")
    try:
        build = _PARSERS[kind]
    except KeyError:
        raise UnknownTypeError from None
    return build(fields)


def type_of(text: str) -> str | None:
    """The `type` of a refused message, for the error frame's `re`; None where it has none."""
    try:
        kind = _json_object(text).get("type")
    except MalformedError:
        return None
    return kind if isinstance(kind, str) and kind in _PARSERS else None


def parse_standing(epoch: str | None, step: str | None) -> Sync:
    """The place that a socket's query names; anything but plain digits names none."""

    def digits(text: str | None) -> int | None:
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None

    return Sync(epoch=digits(epoch), step=digits(step))


def _json_object(text: str) -> dict[str, Any]:
    # A character is at least one byte, so the cheap test comes first.
    if len(text) > MESSAGE_BYTES or len(text.encode("utf-8", "replace")) > MESSAGE_BYTES:
        raise MalformedError("A message can have at most 16 KiB.")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedError("A message must be one JSON object.") from None
    if not isinstance(found, dict):
        raise MalformedError("A message must be one JSON object.")
    return found


def _ping(fields: dict[str, Any]) -> Ping:
    _only(fields, "n", "step")
    if "n" not in fields:
        raise MalformedError("A ping needs its number, n.")
    step = fields.get("step")
    return Ping(
        n=_integer("n", fields["n"], least=-COUNT_LIMIT, most=COUNT_LIMIT),
        step=None if step is None else _integer("step", step, least=0, most=STEP_LIMIT - 1),
    )


def _change(fields: dict[str, Any]) -> Change:
    revision, drag = _count("revision", fields), _count("drag", fields)
    _only(fields, *NAMES)
    if not fields:
        raise MalformedError(f"A change needs at least one of {', '.join(NAMES)}.")
    if drag is not None and fields.keys() != {"variance"}:
        raise MalformedError("A drag changes the variance alone.")
    values = {name: checked(name, value) for name, value in fields.items()}
    return Change(values=values, revision=revision, drag=drag)


def _restart(fields: dict[str, Any]) -> Restart:
    _only(fields, "revision", "paused")
    paused = None if (given := fields.get("paused")) is None else bool(checked("paused", given))
    return Restart(revision=_count("revision", fields), paused=paused)


def _sync(fields: dict[str, Any]) -> Sync:
    _only(fields, "epoch", "step")
    if fields.keys() != {"epoch", "step"}:
        raise MalformedError("A sync needs an epoch and a step.")
    return Sync(epoch=_place("epoch", fields["epoch"]), step=_place("step", fields["step"]))


_PARSERS: Final[dict[str, Callable[[dict[str, Any]], Message]]] = {
    "ping": _ping,
    "change": _change,
    "restart": _restart,
    "sync": _sync,
}


def _only(fields: dict[str, Any], *allowed: str) -> None:
    if not fields.keys() <= set(allowed):
        raise MalformedError(f"A message of this type can have only {', '.join(allowed)}.")


def _integer(name: str, value: Any, *, least: int, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        ends = f"{write_number(least)} to {write_number(most)}"
        raise InvalidValueError(name, f"a whole number from {ends}")
    return value


def _count(name: str, fields: dict[str, Any]) -> int | None:
    """Take an optional number out of `fields`."""
    value = fields.pop(name, None)
    return None if value is None else _integer(name, value, least=0, most=COUNT_LIMIT)


def _place(name: str, value: Any) -> int | None:
    """A number that is no step or epoch places the client nowhere: it gets a fresh history."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(name, "a number")
    return value if isinstance(value, int) and 0 <= value <= COUNT_LIMIT else None


# --- to the client -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChangeRecord:
    """One change as clients get it; `at` in ISO 8601, `by` a display name.

    `event` is the revision of the first change of its event, and `text` says what happened there.
    `kind` is empty, or says how the change changed who controls the motion.
    """

    revision: int
    event: int
    kind: str
    step: int
    position: float
    parameters: Parameters
    at: str
    by: str | None
    text: str


class NamedPerson(NamedTuple):
    """A person as clients know them: by an id, since two may have one display name."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class State:
    """What everybody who shows a motion must know of it, at one step.

    `change` is the newest one; `control` says who controls it: a policy, or "owner" for the
    owner alone.
    """

    slug: str
    title: str
    epoch: int
    step: int
    position: float
    change: ChangeRecord
    owner: NamedPerson | None
    control: str
    controllers: Sequence[NamedPerson]


def encode_state(state: State, *, can_control: bool, version: str, now: str) -> str:
    """`now` in ISO 8601: clients compare moments by the server's clock, for theirs may be wrong."""
    return _encode(state_fields(state, can_control=can_control, version=version) | {"now": now})


def state_fields(state: State, *, can_control: bool, version: str) -> dict[str, Any]:
    """The fields of a `state` frame but for `now`; the page is rendered from them too."""
    return {
        "type": "state",
        "slug": state.slug,
        "title": state.title,
        "epoch": state.epoch,
        "revision": state.change.revision,
        "step": state.step,
        "position": state.position,
        **_parameter_fields(state.change.parameters),
        "by": state.change.by,
        "at": state.change.at,
        "event": state.change.event,
        "kind": state.change.kind,
        "text": state.change.text,
        "owner": state.owner and state.owner.name,
        "owner_id": state.owner and state.owner.id,
        "control": state.control,
        "controllers": [person.name for person in state.controllers],
        "controller_ids": [person.id for person in state.controllers],
        "can_control": can_control,
        "version": version,
    }


def encode_increments(
    *, epoch: int, revision: int, first_step: int, increments: Sequence[float], position: float
) -> str:
    """ΔX of the steps from `first_step` on, within one regime; `position` is X after the last."""
    return _encode(
        {
            "type": "increments",
            "epoch": epoch,
            "revision": revision,
            "first_step": first_step,
            "increments": increments,
            "position": position,
        }
    )


def encode_history(
    *,
    epoch: int,
    first_step: int,
    stride: int,
    positions: Sequence[float],
    changes: Sequence[ChangeRecord],
) -> str:
    """X at every `stride`-th step from `first_step` on, and the changes on the way."""
    return _encode(
        {
            "type": "history",
            "epoch": epoch,
            "first_step": first_step,
            "stride": stride,
            "positions": positions,
            "changes": [change_fields(change) for change in changes],
        }
    )


def change_fields(change: ChangeRecord) -> dict[str, Any]:
    return {
        "revision": change.revision,
        "step": change.step,
        "position": change.position,
        **_parameter_fields(change.parameters),
        "at": change.at,
        "by": change.by,
        "event": change.event,
        "kind": change.kind,
        "text": change.text,
    }


def encode_pong(*, n: int, step: int) -> str:
    return _encode({"type": "pong", "n": n, "step": step})


def encode_viewers(*, count: int, people: Sequence[NamedPerson]) -> str:
    """Who watches: `names` and `ids` are of the same people, in one order."""
    names, ids = [person.name for person in people], [person.id for person in people]
    return _encode({"type": "viewers", "count": count, "names": names, "ids": ids})


def encode_error(error: MotionError, *, re: str | None) -> str:
    return _encode({"type": "error", "code": error.code, "message": str(error), "re": re})


def _parameter_fields(parameters: Parameters) -> dict[str, float | bool]:
    return {name: getattr(parameters, name) for name in NAMES}


def _encode(frame: dict[str, Any]) -> str:
    # JSON has no NaN; Python's encoder would write one unless told not to.
    return json.dumps(frame, allow_nan=False, separators=(",", ":"))
