"""The queue between a socket and its application."""

from __future__ import annotations

import asyncio

from brownian_site.server.inbox import Inbox


async def test_inbox_returns_messages_in_order() -> None:
    inbox = Inbox()
    for n in range(3):
        inbox.put_nowait({"n": n})

    assert [await inbox.get() for _ in range(3)] == [{"n": 0}, {"n": 1}, {"n": 2}]


async def test_inbox_is_awaited_only_while_nothing_is_queued() -> None:
    inbox = Inbox()
    assert not inbox.is_awaited

    getting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    assert inbox.is_awaited

    inbox.put_nowait({"n": 1})
    inbox.put_nowait({"n": 2})
    assert not inbox.is_awaited
    assert (await getting, inbox.qsize()) == ({"n": 1}, 1)
    assert not inbox.is_awaited


async def test_inbox_is_not_awaited_after_its_reader_was_cancelled() -> None:
    inbox = Inbox()
    getting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)

    getting.cancel()
    await asyncio.wait([getting])

    assert not inbox.is_awaited
    inbox.put_nowait({"n": 1})
    assert await inbox.get() == {"n": 1}
