"""The one subscription of a process: its channel, in the group of each motion that it shows.

docs/decisions/3-one-subscription-a-process.md says why it is one a process and not one a socket.
The layer may lose messages, forget memberships, refuse or hang: each call is bounded and raises
nothing, and `renew` repairs the subscription.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, KeysView
from contextlib import asynccontextmanager
from uuid import uuid4

from channels.layers import get_channel_layer
from django.conf import settings

from ..publishing import LAYER_S, Message, build_group_name, report_layer_error
from ..telemetry import logs

logger = logging.getLogger(__name__)


class Subscription:
    """Joins and leaves groups, and calls `handle` with each message that comes through one."""

    def __init__(self, handle: Callable[[Message], Awaitable[None]]) -> None:
        self._layer = get_channel_layer()
        self._handle = handle
        self._channel: str | None = None
        self._receiver: asyncio.Task[None] | None = None
        self._membership = asyncio.Lock()
        self._heard: dict[int, asyncio.Event] = {}
        """For each joined motion: set as soon as a message came through its group."""
        self._echoes: dict[str, asyncio.Event] = {}

    @property
    def motion_ids(self) -> KeysView[int]:
        return self._heard.keys()

    async def join(self, motion_id: int) -> None:
        await self._add_groups([motion_id])
        self._heard.setdefault(motion_id, asyncio.Event())

    async def leave(self, motion_ids: Collection[int]) -> None:
        for motion_id in motion_ids:
            self._heard.pop(motion_id, None)
        async with self._layer_call():
            for motion_id in motion_ids:
                if self._channel and motion_id not in self._heard:  # else joined again meanwhile
                    await self._layer.group_discard(build_group_name(motion_id), self._channel)

    async def renew(self) -> None:
        """Join all groups again, because layers lose memberships; start over if nothing comes."""
        if not (await self.can_hear_itself() and await self._can_hear_groups()):
            await self._reset()
        await self._add_groups(self._heard)

    async def can_hear_itself(self) -> bool:
        """Whether a message that this process sends itself comes back within `LAYER_S`."""
        key, echo = uuid4().hex, asyncio.Event()
        self._echoes[key] = echo
        try:
            async with asyncio.timeout(LAYER_S):
                await self._add_groups([])
                await self._layer.send(self._channel, {"type": "motion.echo", "key": key})
                await echo.wait()
        except Exception as error:  # whatever the layer raises
            report_layer_error("echo", error)
            return False
        finally:
            del self._echoes[key]
        logs.layer.note_success()
        return True

    async def _can_hear_groups(self) -> bool:
        """Whether every group has brought a message; sends one through each that has not.

        Redis may refuse one subscription and keep the others.
        """
        silent = {pk: heard for pk, heard in self._heard.items() if not heard.is_set()}
        try:
            async with asyncio.timeout(LAYER_S):
                for motion_id in silent:
                    message = {"type": "motion.echo", "key": "", "motion_id": motion_id}
                    await self._layer.group_send(build_group_name(motion_id), message)
                for heard in silent.values():
                    await heard.wait()
        except Exception as error:  # whatever the layer raises
            if any(self._heard.get(pk) is it and not it.is_set() for pk, it in silent.items()):
                report_layer_error("echo", error)
                return False
        return True

    async def _reset(self) -> None:
        """Let the next call subscribe on a new connection.

        channels_redis remembers a subscription that Redis refused as done, and never repeats it.
        """
        async with self._layer_call():
            for heard in self._heard.values():
                heard.clear()
            receiver, self._receiver, self._channel = self._receiver, None, None
            try:
                if settings.REDIS_URL:
                    await self._layer.flush()  # its own connections and memory, nothing in Redis
            finally:
                if receiver is not None:
                    receiver.cancel()

    async def _add_groups(self, motion_ids: Iterable[int]) -> None:
        async with self._layer_call():
            if self._channel is None:
                self._channel = await self._layer.new_channel()
                self._receiver = asyncio.create_task(
                    self._receive_forever(self._channel), context=logs.copy_context_without_fields()
                )
            for motion_id in list(motion_ids):
                await self._layer.group_add(build_group_name(motion_id), self._channel)

    @asynccontextmanager
    async def _layer_call(self) -> AsyncIterator[None]:
        """One call at a time, bounded. Without the layer the sweep still brings every step."""
        try:
            async with asyncio.timeout(LAYER_S), self._membership:
                yield
        except Exception as error:  # whatever the layer raises
            report_layer_error("subscribe", error)

    async def _receive_forever(self, channel: str) -> None:
        while True:
            try:
                message = await self._layer.receive(channel)
                logs.layer.note_success()
                await self._deliver(message)
            except Exception:
                logger.exception("A message from the channel layer could not be handled")
                await asyncio.sleep(1)

    async def _deliver(self, message: Message) -> None:
        if heard := self._heard.get(message.get("motion_id", 0)):
            heard.set()
        if message["type"] != "motion.echo":
            await self._handle(message)
        elif echo := self._echoes.get(message["key"]):
            echo.set()

    def stop(self) -> None:
        if self._receiver is not None:
            self._receiver.cancel()
