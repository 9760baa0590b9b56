"""Answers for machines: /healthz, /readyz, /metrics.

They come before Django, so that no check of the host, redirect to HTTPS, session or busy thread
prevents an answer: a load balancer asks by address and without TLS.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

from django.conf import settings
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from motion.health.readiness import ReadinessCache
from motion.telemetry import metrics

from ..hosts import parse_address
from . import ASGIApplication, Middleware, Receive, Scope, Send
from .proxies import is_trusted

TEXT = "text/plain; charset=utf-8"
FORWARDING = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"via")
REFUSAL = (
    "Send METRICS_TOKEN as a Bearer token. If no token is set, ask from this machine and through "
    "no proxy.\n"
)

Answer = tuple[int, str, bytes]


class Probes(Middleware):
    """ASGI middleware that answers the three addresses, and passes everything else on."""

    def __init__(self, application: ASGIApplication) -> None:
        super().__init__(application)
        self.readiness = ReadinessCache()
        # Not a thread of the views, which wait when the database hangs.
        self.thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="metrics")
        self.answers: dict[str, Callable[[Scope], Awaitable[Answer]]] = {
            "/healthz": self.healthz,
            "/readyz": self.readyz,
            "/metrics": self.metrics,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.answers.get(scope["path"]) if scope["type"] == "http" else None
        if answer is None:
            await self.application(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            await reply(scope, send, await answer(scope))
        else:
            await reply(scope, send, (405, TEXT, b"Use GET or HEAD.\n"), (b"allow", b"GET, HEAD"))

    async def healthz(self, scope: Scope) -> Answer:
        """Say that the loop runs, and check nothing else."""
        return 200, TEXT, b"ok\n"

    async def readyz(self, scope: Scope) -> Answer:
        found = await self.readiness.get_readiness()
        body = json.dumps({"ready": found.is_ready, **asdict(found)})
        return 200 if found.is_ready else 503, "application/json", body.encode()

    async def metrics(self, scope: Scope) -> Answer:
        if not can_read_metrics(scope):
            return 403, TEXT, REFUSAL.encode()
        await self.readiness.get_readiness()  # updates the gauges
        loop = asyncio.get_running_loop()
        return 200, CONTENT_TYPE_LATEST, await loop.run_in_executor(self.thread, generate_latest)


async def reply(scope: Scope, send: Send, answer: Answer, *headers: tuple[bytes, bytes]) -> None:
    status, content_type, body = answer
    headers += (
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    )
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def can_read_metrics(scope: Scope) -> bool:
    """Whether a request has the token; without a token, whether it comes from this machine."""
    if not settings.METRICS_TOKEN:
        return is_direct(scope)
    sent = dict(scope["headers"]).get(b"authorization", b"")
    return metrics.has_token(sent, settings.METRICS_TOKEN)


def is_direct(scope: Scope) -> bool:
    """Whether the request comes from a process of this machine, and through no proxy.

    The peer of a request through a proxy on this machine is loopback too, so a request from one of
    our proxies, or with a header of a proxy, does not count.
    """
    client = scope.get("client") or ("", 0)
    peer = parse_address(client[0])
    if peer is None or not peer.is_loopback or is_trusted(client[0]):
        return False
    return not any(name.startswith(FORWARDING) for name, _ in scope["headers"])
