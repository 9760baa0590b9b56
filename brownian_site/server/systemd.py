"""What systemd wants to know of a process: that it is ready, and that its loop runs.

The protocol is sd_notify(3): a datagram to the socket that NOTIFY_SOCKET names. Without systemd
the variable is not set, and nothing is sent.
"""

import asyncio
import os
import socket
from contextlib import suppress


def notify(state: str) -> None:
    """Send one state, such as READY=1; this never waits and never fails."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # Linux's abstract sockets
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(state.encode(), address)


async def feed_watchdog() -> None:
    """Show that this loop runs, three times in each period that the unit's WatchdogSec allows."""
    period_us = os.environ.get("WATCHDOG_USEC", "")
    if not period_us.isdigit() or os.environ.get("WATCHDOG_PID") not in {None, str(os.getpid())}:
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(int(period_us) / 3_000_000)
