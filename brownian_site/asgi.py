"""The ASGI application: pages, sockets, and the worker where it is embedded.

daphne brownian_site.asgi:application
"""

import asyncio
import atexit
import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brownian_site.settings")

import django
from django.core.handlers.asgi import ASGIHandler, ASGIRequest

django.setup(set_prefix=False)  # before anything that needs models

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings

from brownian_site.middleware import ASGIApplication, Middleware, Receive, Scope, Send
from brownian_site.middleware.limits import AtWork, LimitByAddress, LimitByPerson, RequestsByAddress
from brownian_site.middleware.origin import SameOrigin
from brownian_site.middleware.probes import Probes
from brownian_site.middleware.proxies import TrustedProxies
from brownian_site.middleware.request_id import Requests
from brownian_site.middleware.session import Authentication, ReadOnlySession
from motion import publishing
from motion.health.heartbeats import send_heartbeats
from motion.live.hub import cancel_hub, stop_hub
from motion.models import Process
from motion.routing import websocket_urlpatterns
from motion.telemetry import metrics
from motion.telemetry.release import page_version
from motion.worker.loop import Worker

page_version()  # now: later the files on the disk may be those of a newer release

# A thousand sockets are a million objects that live on: with Python's own thresholds a full
# collection, which frees none of them, stops every viewer for 0.2 s each few dozen frames.
gc.set_threshold(50_000, 20, 100)


class PageRequest(ASGIRequest):
    """Django's own, but all text is UTF-8, as browsers send it.

    Django lets the charset of a Content-Type choose any codec of Python: `hex` is a 500 in a form.
    """

    @property
    def encoding(self) -> str | None:
        return None  # Django's default

    @encoding.setter
    def encoding(self, charset: str | None) -> None:
        """Ignore the charset of a header."""


class Pages(ASGIHandler):
    request_class = PageRequest


class Application(Middleware):
    """The site, with the work that runs beside its requests.

    Our own server starts and stops that work. The stock `daphne`, which knows no lifespan, does
    not: there the first call on the loop starts it. A server with lifespan calls for that first.
    """

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.stopping: asyncio.Event | None = None
        self.worker: asyncio.Task[None] | None = None
        self.report: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.stopping is None:
            self.start()
        if scope["type"] == "lifespan":
            await self.run_lifespan(receive, send)
        else:
            await self.application(scope, receive, send)

    def start(self) -> None:
        """Begin the work beside the requests; called on the loop."""
        self.stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        atexit.register(self.end, loop, self.stopping)
        publishing.publish_from(loop)
        self.report = asyncio.ensure_future(send_heartbeats(Process.Kind.SERVER, self.stopping))
        if settings.EMBEDDED_WORKER:
            self.worker = asyncio.ensure_future(Worker().run(self.stopping))

    def count_refusal(self, by: str) -> None:
        metrics.refusals.labels(by).inc()

    def count_dropped_frame(self) -> None:
        metrics.slow_drops.inc()

    async def run_lifespan(self, receive: Receive, send: Send) -> None:
        await receive()  # lifespan.startup
        await send({"type": "lifespan.startup.complete"})
        await receive()  # lifespan.shutdown
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def stop(self) -> None:
        """End the work: the worker finishes its tick, and the hub withdraws its viewers."""
        assert self.stopping is not None
        self.stopping.set()
        if self.worker is not None:
            await self.worker
        if self.report is not None:  # not worth waiting for a database that hangs
            await asyncio.wait({self.report}, timeout=1.0)
        await stop_hub()

    def end(self, loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
        """Finish what is left by a server that stops its loop without a call, as Daphne does.

        Python 3.11 crashes when it takes waiting tasks apart after the interpreter is gone.
        """
        if not (loop.is_closed() or loop.is_running()):
            stopping.set()
            loop.run_until_complete(self.finish())

    async def finish(self) -> None:
        """Let the worker end its tick, then cancel everything else that still waits."""
        cancel_hub()  # its work needs threads, which have ended before the interpreter does
        if self.worker is not None:  # before all others: it consists of tasks too
            await asyncio.wait({self.worker})
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


sockets = SameOrigin(
    LimitByAddress(
        CookieMiddleware(
            ReadOnlySession(Authentication(LimitByPerson(URLRouter(websocket_urlpatterns))))
        )
    )
)

pages = RequestsByAddress(AtWork(Pages()))  # type: ignore[arg-type] # for Django any mapping is a scope
site = ProtocolTypeRouter({"http": pages, "websocket": sockets})
application = Application(Probes(Requests(TrustedProxies(site))))
