"""The one publisher: sends hints about motions to every process, through the channel layer.

Any thread of any process may publish. A published message is a hint: it may be lost, doubled, late
or out of order, and the layer may be gone. The database has the truth, and each process compares
its feeds with it (motion/live/hub.py).
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import count
from typing import Any, Final, Self
from uuid import uuid4

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from .core.presented_view import PresentedView
from .protocol.messages import NamedPerson, encode_view
from .telemetry import logs, metrics

Loop = asyncio.AbstractEventLoop
Message = dict[str, Any]
"""A message of the channel layer: its `type`, and the fields of that type."""

LAYER_S = 1.0  # a layer that does not answer by then is as good as gone
PENDING_LIMIT = 100  # batches under way; beyond, the layer is stuck, and hints may be lost


@dataclass(frozen=True, kw_only=True)
class Increments:
    """Steps `first` … `last` of a motion as the frame `text`, encoded once for all sockets."""

    motion_id: int
    epoch: int
    revision: int
    first: int
    last: int
    text: str
    due: float | None = None
    """When the steps were due, by the clock of the machine that made them."""
    ensemble: str | None = None
    """The `ensemble` frame of the last step, if the motion has an ensemble and it is its turn."""

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """From a message of the layer; fields that only newer code knows are left out."""
        try:
            return cls(**message)
        except TypeError:
            return cls(**{name: message[name] for name in message.keys() & FIELDS})


FIELDS: Final = frozenset(field.name for field in fields(Increments))


@dataclass(frozen=True, kw_only=True)
class View:
    """What the presenter of a motion sees, as the frame `text`, encoded once for all sockets.

    `is_end` says whether the presenter stops. `number` gives the order of the views of one
    process, `source`; the clocks of two may differ by more than the time between two views.
    """

    motion_id: int
    by: NamedPerson
    source: str
    number: int
    is_end: bool
    text: str

    @classmethod
    def from_message(cls, message: Message) -> Self:
        """From a message of the layer; fields that only newer code knows are left out."""
        known = {field.name: message[field.name] for field in fields(cls)}
        return cls(**known | {"by": NamedPerson(*message["by"])})  # the layer makes lists of tuples


OUTDATED: Final = {"epoch": 0, "revision": 0, "first": 0, "last": 0, "text": ""}
"""Added to messages of types that version 0.3.0 does not know. It takes them for steps, which it
drops because of these fields; without them it would be deaf for a second after each."""

_SOURCE: Final = uuid4().hex
_view_numbers: Final = count()


def build_group_name(motion_id: int) -> str:
    return f"motion.{motion_id}"


_server_loop: Loop | None = None
_pending = 0


def publish_from(loop: Loop) -> None:
    """Publish from `loop` from now on: an in-memory layer lives on one loop alone."""
    global _server_loop
    _server_loop = loop


def announce_change(motion_id: int) -> None:
    """Let every process that shows the motion read it again."""
    _publish([{"type": "motion.changed", "motion_id": motion_id}])


def announce_answer(motion_id: int, user_id: int) -> None:
    """Let every process that shows the motion read this person's answer, and count the answers."""
    message = {"type": "motion.answered", "motion_id": motion_id, "user_id": user_id}
    _publish([OUTDATED | message])


def publish_increments(batch: Iterable[Increments]) -> None:
    """Send new steps to every process that shows one of the motions, in order."""
    _publish([{"type": "motion.increments", **vars(message)} for message in batch])


def publish_view(motion_id: int, by: NamedPerson, view: PresentedView | None) -> None:
    """Send what a presenter sees to every process that shows the motion; None: it stops."""
    message = View(
        motion_id=motion_id,
        by=by,
        source=_SOURCE,
        number=next(_view_numbers),
        is_end=view is None,
        text=encode_view(view, by=by),
    )
    _publish([OUTDATED | {"type": "motion.view", **vars(message)}])


def report_layer_error(call: str, error: object) -> None:
    """Count and log a call of the layer that failed: publish, subscribe, receive or echo."""
    metrics.layer_errors.labels(call).inc()
    logs.layer.warn(f"{call}: {error!r}")


def _publish(messages: list[Message]) -> None:
    if not messages:
        return
    if _pending > PENDING_LIMIT:
        report_layer_error("publish", "too many messages wait for it")
        return
    if _server_loop is not None and _server_loop.is_running():
        asyncio.run_coroutine_threadsafe(send_messages(messages), _server_loop)
    else:
        async_to_sync(send_messages)(messages)


async def send_messages(messages: list[Message]) -> None:
    """Send each message to the group of its motion; never raises."""
    global _pending
    _pending += 1
    layer = get_channel_layer()
    try:
        async with asyncio.timeout(LAYER_S):
            for message in messages:
                await layer.group_send(build_group_name(message["motion_id"]), message)
    except Exception as error:  # whatever the layer raises: a hint is lost, no more
        report_layer_error("publish", error)
    else:
        logs.layer.note_success()
    finally:
        _pending -= 1
