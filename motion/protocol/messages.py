"""Parses the messages of clients, and encodes the frames for them. No I/O and no state.

docs/protocol.md is the contract in words.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from brownian_site.server.limits import MESSAGE_BYTES

from ..core.brownian import Float64s
from ..core.errors import InvalidValueError, MalformedError, MotionError, UnknownTypeError
from ..core.format import write_number
from ..core.limits import VIEW_BYTES
from ..core.parameters import NAMES, STEP_LIMIT, Parameters, check_parameter
from ..core.predictions import Results
from ..core.presented_view import PresentedView, check_view
from ..core.questions import Asked
from ..core.typed import COUNT_LIMIT, is_whole

# --- from the client -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ping:
    """A heartbeat; `step` is the last step that the client has drawn."""

    n: int
    step: int | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """A request for other parameters.

    Attributes:
        revision: refuse the change if the motion is no longer at it; None: never.
        drag: the same number in all changes of one drag of the slider.
    """

    values: dict[str, float | bool]
    revision: int | None = None
    drag: int | None = None


@dataclass(frozen=True, kw_only=True)
class Restart:
    """A request for a new epoch; with `paused` None the motion stays running or paused."""

    revision: int | None = None
    paused: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Sync:
    """The cursor of a client, and a request for everything after it; None: no cursor."""

    epoch: int | None
    step: int | None


@dataclass(frozen=True, kw_only=True)
class Present:
    """The view of a presenter, for everyone who follows; None: they stop."""

    view: PresentedView | None


@dataclass(frozen=True, kw_only=True)
class Follow:
    """Whether the page follows the view of a presenter."""

    on: bool


Fields = dict[str, object]
"""The fields of a message or a frame, by name."""

Message = Ping | Change | Restart | Sync | Present | Follow


def parse_message(text: str) -> Message:
    """The message in `text`.

    Raises:
        MalformedError: `text` is not one JSON object of at most 16 KiB (a `present`: 4 KiB) with
            the fields of its type.
        UnknownTypeError: a client may not send this `type`.
        InvalidValueError: a field has the wrong type, is out of range or not finite.
    """
    fields = _parse_object(text)
    kind = fields.pop("type", None)
    if not isinstance(kind, str):
        raise MalformedError("A message needs a type.")
    if kind not in _PARSERS:
        raise UnknownTypeError
    if kind == "present":
        _check_size("view", text, VIEW_BYTES)
    return _PARSERS[kind](fields)


def find_type(text: str) -> str | None:
    """The `type` of a refused message, for `re` in the error frame; None without a known type."""
    try:
        kind = _parse_object(text).get("type")
    except MalformedError:
        return None
    return kind if isinstance(kind, str) and kind in _PARSERS else None


def parse_cursor(epoch: str | None, step: str | None) -> Sync:
    """The cursor in the query of a socket. Values that are not plain digits count as None."""

    def parse_digits(text: str | None) -> int | None:
        return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None

    return Sync(epoch=parse_digits(epoch), step=parse_digits(step))


def _check_size(what: str, text: str, most: int) -> None:
    # The cheap test comes first: a character has at most four bytes.
    if 4 * len(text) > most and len(text.encode("utf-8", "replace")) > most:
        raise MalformedError(f"A {what} can have at most {most // 1024} KiB.")


def _parse_object(text: str) -> Fields:
    _check_size("message", text, MESSAGE_BYTES)
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise MalformedError("A message must be one JSON object.")
    return parsed


def _parse_ping(fields: Fields) -> Ping:
    _check_names(fields, "n", "step")
    if "n" not in fields:
        raise MalformedError("A ping needs its number, n.")
    return Ping(
        n=_parse_integer("n", fields["n"], least=-COUNT_LIMIT, most=COUNT_LIMIT),
        step=_pop_count("step", fields, most=STEP_LIMIT - 1),
    )


def _parse_change(fields: Fields) -> Change:
    revision, drag = _pop_count("revision", fields), _pop_count("drag", fields)
    _check_names(fields, *NAMES)
    if not fields:
        raise MalformedError(f"A change needs at least one of {', '.join(NAMES)}.")
    if drag is not None and fields.keys() != {"variance"}:
        raise MalformedError("A drag changes the variance alone.")
    values = {name: check_parameter(name, value) for name, value in fields.items()}
    return Change(values=values, revision=revision, drag=drag)


def _parse_restart(fields: Fields) -> Restart:
    _check_names(fields, "revision", "paused")
    paused = fields.get("paused")
    if paused is not None:
        paused = bool(check_parameter("paused", paused))
    return Restart(revision=_pop_count("revision", fields), paused=paused)


def _parse_sync(fields: Fields) -> Sync:
    _check_names(fields, "epoch", "step")
    if fields.keys() != {"epoch", "step"}:
        raise MalformedError("A sync needs an epoch and a step.")
    return Sync(
        epoch=_parse_cursor_part("epoch", fields["epoch"]),
        step=_parse_cursor_part("step", fields["step"]),
    )


def _parse_present(fields: Fields) -> Present:
    if fields.keys() != {"view"}:
        raise MalformedError("To present needs a view, or null to stop.")
    view = fields["view"]
    return Present(view=None if view is None else check_view(view))


def _parse_follow(fields: Fields) -> Follow:
    if fields.keys() != {"on"}:
        raise MalformedError("To follow needs on.")
    if not isinstance(fields["on"], bool):
        raise InvalidValueError("on", "true or false")
    return Follow(on=fields["on"])


_PARSERS: Final[dict[str, Callable[[Fields], Message]]] = {
    "ping": _parse_ping,
    "change": _parse_change,
    "restart": _parse_restart,
    "sync": _parse_sync,
    "present": _parse_present,
    "follow": _parse_follow,
}


def _check_names(fields: Fields, *allowed: str) -> None:
    if not fields.keys() <= set(allowed):
        raise MalformedError(f"A message of this type can have only {', '.join(allowed)}.")


def _parse_integer(name: str, value: object, *, least: int, most: int) -> int:
    if not is_whole(value, least, most):
        ends = f"{write_number(least)} to {write_number(most)}"
        raise InvalidValueError(name, f"a whole number from {ends}")
    return value


def _pop_count(name: str, fields: Fields, *, most: int = COUNT_LIMIT) -> int | None:
    """Remove an optional number from `fields`."""
    value = fields.pop(name, None)
    return None if value is None else _parse_integer(name, value, least=0, most=most)


def _parse_cursor_part(name: str, value: object) -> int | None:
    """An impossible number counts as None, so the client gets a history."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidValueError(name, "a number")
    return value if isinstance(value, int) and 0 <= value <= COUNT_LIMIT else None


# --- to the client -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ChangeRecord:
    """A change as clients get it.

    Attributes:
        event: the revision of the first change of its event.
        kind: empty, or how the change changed who controls the motion.
        at: in ISO 8601.
        by: a display name.
        text: describes the event up to this change.
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
    """A person as clients get them; two people may have one display name, but not one `id`."""

    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class State:
    """The state of a motion at one step.

    Attributes:
        change: the newest change.
        visibility: who may see the motion: a value of `Motion.Visibility`.
        control: who controls the motion: a value of `Motion.Control`, or "owner".
        paths: of the ensemble of the running epoch; 0: it has none.
        ensemble: the paths that the next epoch gets.
        names_hidden: whether guests are shown as "Student 7", by the number of their seat.
        access_version: grows with renames, of people too, and with changes of permissions.
        scene: of the lesson that the motion follows, 1 for the first of `scenes`; 0: no lesson.
    """

    slug: str
    title: str
    epoch: int
    step: int
    position: float
    change: ChangeRecord
    owner: NamedPerson | None
    visibility: str
    control: str
    controllers: Sequence[NamedPerson]
    paths: int = 0
    ensemble: int = 0
    names_hidden: bool = False
    access_version: int = 0
    scene: int = 0
    scenes: int = 0


def encode_state(state: State, *, can_control: bool, version: str, now: str) -> str:
    """A `state` frame. `now`, in ISO 8601, is the server's clock: a client's clock may be wrong."""
    return _encode(**make_state_fields(state, can_control=can_control, version=version), now=now)


def make_state_fields(state: State, *, can_control: bool, version: str) -> Fields:
    """The fields of a `state` frame without `now`; the page is rendered from them too."""
    fields = {"type": "state"} | make_change_fields(state.change) | vars(state)
    del fields["change"]
    return fields | {
        "owner": state.owner and state.owner.name,
        "owner_id": state.owner and state.owner.id,
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
        type="increments",
        epoch=epoch,
        revision=revision,
        first_step=first_step,
        increments=increments,
        position=position,
    )


def encode_history(
    *,
    epoch: int,
    first_step: int,
    stride: int,
    positions: Sequence[float],
    changes: Sequence[ChangeRecord],
) -> str:
    """X at every `stride`-th step from `first_step` on, and the changes of these steps."""
    return _encode(
        type="history",
        epoch=epoch,
        first_step=first_step,
        stride=stride,
        positions=positions,
        changes=[make_change_fields(change) for change in changes],
    )


def make_change_fields(change: ChangeRecord) -> Fields:
    """The fields of a change in a `history`; a `state` has them too."""
    fields = vars(change) | vars(change.parameters)
    del fields["parameters"]
    return fields


def encode_pong(*, n: int, step: int) -> str:
    return f'{{"type":"pong","n":{n},"step":{step}}}'  # nothing else is encoded so often


def encode_viewers(
    *,
    count: int,
    people: Sequence[NamedPerson],
    seats: Sequence[tuple[int, str]] = (),
    followers: int = 0,
) -> str:
    """The viewers: their number, and the names and ids of some, in one order.

    `seats` are the numbers and names of the seats whose people watch, by number; `followers` is
    how many pages follow the view of a presenter.
    """
    fields = {"names": [person.name for person in people], "ids": [person.id for person in people]}
    return _encode(type="viewers", count=count, **fields, seats=seats, followers=followers)


def encode_ensemble(*, epoch: int, step: int, positions: Float64s) -> str:
    """X of the paths 1 … N of an ensemble at `step`, as base64 of little-endian float32."""
    encoded = b64encode(positions.astype("<f4").tobytes()).decode("ascii")
    return f'{{"type":"ensemble","epoch":{epoch},"step":{step},"positions":"{encoded}"}}'


def encode_seat(*, number: int | None, name: str) -> str:
    """The seat of the person who gets the frame, and their name as others see it."""
    return _encode(type="seat", number=number, name=name)


def encode_question(
    asked: Asked | None, *, results: Results | None = None, answered: int = 0, of: int = 0
) -> str:
    """The question that everyone sees, and how many people `of` how many have answered it.

    Args:
        asked: None: there is none.
        results: only of a revealed question.
    """
    return _encode(
        type="question",
        number=asked.number if asked else 0,
        kind=asked.kind if asked else "",
        text=asked.text if asked else "",
        options=asked.options if asked else (),
        level=asked and asked.level,
        epoch=asked and asked.epoch,
        step=asked and asked.step,
        state=asked.state if asked else "",
        opened_at=asked.opened_at if asked else "",
        answered=answered,
        of=of,
        results=results and vars(results),
    )


def encode_answer(*, question: int, low: float | None, high: float | None) -> str:
    """What the person who gets the frame has answered; None: no answer is stored."""
    return _encode(type="answer", question=question, low=low, high=high)


def encode_view(view: PresentedView | None, *, by: NamedPerson) -> str:
    """The view of a presenter; None: the presenter has stopped."""
    return _encode(type="view", by=by.name, id=by.id, view=view)


def encode_error(error: MotionError, *, re: str | None) -> str:
    return _encode(type="error", code=error.code, message=str(error), re=re)


def _encode(**frame: object) -> str:
    # JSON has no NaN, but Python's encoder writes it by default.
    return json.dumps(frame, allow_nan=False, separators=(",", ":"))
