"""Keeps the presence rows of this process true, and its sockets up to date on who watches."""

import time
from collections.abc import Mapping
from uuid import uuid4

from ..publishing import send_messages
from ..queries.threads import run_in_thread
from . import presence
from .feed import Feed


class PresenceWriter:
    """Writes who watches through this process, and reads who watches through the others."""

    def __init__(self, feeds: Mapping[int, Feed]) -> None:
        self.process = uuid4().hex
        self._feeds = feeds

    async def synchronise(self) -> None:
        await self._send_and_write()
        await self._read()

    async def _send_and_write(self) -> None:
        """Send our sockets, and write to the database, who came and who left."""
        moment, to_write = time.monotonic(), {}
        for feed in list(self._feeds.values()):
            if feed.presence.has_changed:
                feed.presence.set_here(feed.find_viewers())
            if (viewers := feed.presence.take_row(moment)) is not None:
                to_write[feed] = viewers
            if (frame := feed.presence.take_frame(moment, feed.snapshot.seats)) is not None:
                await feed.fan_out(frame)
        if not to_write:
            return
        rows = {feed.motion_id: viewers for feed, viewers in to_write.items()}
        await run_in_thread(presence.write_rows, self.process, rows)
        for feed, viewers in to_write.items():
            feed.presence.set_written(viewers)
        hint = {"type": "motion.viewers", "process": self.process}
        await send_messages([hint | {"motion_id": motion_id} for motion_id in rows])

    async def _read(self) -> None:
        """Read the rows of other processes that have changed; the next round sends them."""
        stale = [feed for feed in self._feeds.values() if feed.presence.is_stale]
        if not stale:
            return
        for feed in stale:
            feed.presence.is_stale = False
        ids = [feed.motion_id for feed in stale]
        rows = await run_in_thread(presence.read_rows, ids, self.process)
        for feed in stale:
            feed.presence.set_elsewhere(rows.get(feed.motion_id, {}))

    async def compare_rows(self) -> None:
        """Find the rows of other processes that changed without a hint."""
        stored = await run_in_thread(presence.read_versions, list(self._feeds), self.process)
        for feed in list(self._feeds.values()):
            feed.presence.compare(stored.get(feed.motion_id, {}))

    async def delete_rows(self) -> None:
        await run_in_thread(presence.delete_rows, self.process)

    async def renew_rows(self) -> None:
        """Show that this process lives; write its rows again if others gave them up meanwhile."""
        written = [feed for feed in self._feeds.values() if feed.presence.has_row]
        if await run_in_thread(presence.renew_rows, self.process) < len(written):
            for feed in written:
                feed.presence.forget_written()
