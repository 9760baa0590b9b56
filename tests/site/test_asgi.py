"""What a server calls: the worker starts with the first call, and ends with the lifespan."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from django.conf import LazySettings

from brownian_site.asgi import Application

pytestmark = pytest.mark.django_db(transaction=True)


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers nothing."""


async def test_worker_starts_once_with_the_first_call(settings: LazySettings) -> None:
    settings.EMBEDDED_WORKER = True
    application = Application(nothing)

    await application({"type": "http"}, None, None)
    worker = application.worker
    await application({"type": "websocket"}, None, None)

    assert worker is not None
    assert application.worker is worker
    assert application.stopping is not None
    application.stopping.set()
    await asyncio.wait_for(worker, 10)


async def test_worker_does_not_start_when_it_is_not_embedded(settings: LazySettings) -> None:
    settings.EMBEDDED_WORKER = False
    application = Application(nothing)

    await application({"type": "http"}, None, None)

    assert application.worker is None


async def test_lifespan_stops_the_worker_before_it_answers(settings: LazySettings) -> None:
    settings.EMBEDDED_WORKER = True
    application = Application(nothing)
    said: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    asked = iter(["lifespan.startup", "lifespan.shutdown"])

    async def receive() -> dict[str, str]:
        return {"type": next(asked)}

    await asyncio.wait_for(application({"type": "lifespan"}, receive, said.put), 10)

    assert [said.get_nowait()["type"] for _ in range(2)] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]
    assert application.worker is not None
    assert application.worker.done()


def test_finish_lets_the_worker_end_its_tick() -> None:
    ended = []
    begun, may_end = asyncio.Event(), threading.Event()

    async def tick() -> None:
        begun.set()
        await asyncio.get_running_loop().run_in_executor(None, may_end.wait, 5)

    async def work() -> None:
        await asyncio.gather(tick())
        ended.append("worker")

    application = Application(nothing)
    loop = asyncio.new_event_loop()
    application.worker = loop.create_task(work())
    loop.run_until_complete(begun.wait())  # as when a signal comes amid a tick
    loop.call_soon(may_end.set)

    loop.run_until_complete(application.finish())
    loop.close()

    assert ended == ["worker"]
