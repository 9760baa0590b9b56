"""manage.py run_worker: drive the motions in a process of its own."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from motion.worker import Worker


class Command(BaseCommand):
    help = "Moves motions forward until SIGTERM or SIGINT; any number may run."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "run_worker needs REDIS_URL: over the in-memory layer no other process hears it, "
                "and the server's own worker is running."
            )
        asyncio.run(run_until_signalled())


async def run_until_signalled() -> None:
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    await Worker().run(stopping)
