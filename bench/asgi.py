"""The site as it is, plus an input: each byte on standard input publishes the next step.

It stands where the worker would and hands the hub what the worker hands it, so a frame
takes the site's own way to the sockets, as fast as the benchmark wants. The frontier in the
database stays where it is: the worker's transaction is measured with the site as shipped.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from typing import Any

from django.conf import settings

from brownian_site.asgi import application as site
from motion import publishing
from motion.models import Change, Motion
from motion.protocol import messages
from motion.publishing import Increments
from motion.queries.threads import run_in_thread
from motion.services import motions


class Driven:
    """The site, and what publishes beside it."""

    driver: asyncio.Task[None] | None = None
    count_refusal = site.count_refusal
    count_dropped_frame = site.count_dropped_frame

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.driver is None:  # a server that starts nothing by itself
            self.start()
        await site(scope, receive, send)

    def start(self) -> None:
        site.start()
        self.driver = asyncio.create_task(_drive())

    async def stop(self) -> None:
        await site.stop()


application = Driven()


async def _drive() -> None:
    newest = await run_in_thread(_newest_change)
    loop, steps = asyncio.get_running_loop(), itertools.count(newest.step + 1)

    def publish() -> None:
        if os.read(0, 1):
            publishing.publish_increments([_increments(newest, next(steps))])
        else:
            loop.remove_reader(0)

    loop.add_reader(0, publish)


def _newest_change() -> Change:
    return motions.read_newest_change(Motion.objects.get(slug=settings.DEFAULT_MOTION))


def _increments(newest: Change, step: int) -> Increments:
    before, position = newest.timeline.positions(step - 1, step).tolist()
    return Increments(
        motion_id=newest.motion_id,
        epoch=newest.epoch.number,
        revision=newest.revision,
        first=step,
        last=step,
        text=messages.encode_increments(
            epoch=newest.epoch.number,
            revision=newest.revision,
            first_step=step,
            increments=[position - before],
            position=position,
        ),
    )
