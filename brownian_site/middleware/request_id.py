"""Gives each request and each socket an id for the log, and times requests."""

import logging
import re
import time
from functools import lru_cache
from uuid import uuid4

from django.conf import settings
from django.urls import Resolver404, resolve

from motion.telemetry import logs, metrics

from . import Event, Middleware, Receive, Scope, Send
from .proxies import get_peer, is_trusted

logger = logging.getLogger(__name__)

HEADER = b"x-request-id"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
MOTION_PATH = re.compile(r"(?:/ws)?/motions/([A-Za-z0-9_-]{1,60})/")
METHODS = frozenset({"GET", "HEAD", "POST"})


class Requests(Middleware):
    """ASGI middleware. The frames of a socket do not pass through it, only its handshake."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self.application(scope, receive, send)
            return
        key = choose_id(scope)
        subject = {"request" if scope["type"] == "http" else "socket": key}
        if motion := MOTION_PATH.match(scope["path"]):
            subject["motion"] = motion[1]
        with logs.add_fields(**subject):
            if scope["type"] == "http":
                await self._time_request(scope, receive, send, key)
            else:
                await self.application(scope, receive, send)

    async def _time_request(self, scope: Scope, receive: Receive, send: Send, key: str) -> None:
        began, status = time.perf_counter(), 0

        async def send_with_id(message: Event) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [*message.get("headers", ()), (HEADER, key.encode())]
                message = {**message, "headers": headers}
            await send(message)

        try:
            await self.application(scope, receive, send_with_id)
        finally:
            record_request(scope, status, time.perf_counter() - began)


def record_request(scope: Scope, status: int, took_s: float) -> None:
    """Count and log one request by the name of its route, because a path may contain a secret."""
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = find_route(scope["path"])
    family = f"{status // 100}xx" if status else "none"  # none: the client left before
    metrics.request_seconds.labels(method, route, family).observe(took_s)
    fields = {"method": method, "route": route, "status": status, "took_ms": round(took_s * 1e3, 1)}
    logger.info("answered", extra={"fields": fields})


def choose_id(scope: Scope) -> str:
    """The id that our proxy gave the request, or a new one."""
    if is_trusted(get_peer(scope)):
        sent = dict(scope["headers"]).get(HEADER, b"").decode("latin-1")
        if SANE_ID.fullmatch(sent):
            return sent
    return uuid4().hex


@lru_cache(maxsize=1024)
def find_route(path: str) -> str:
    """The name of the route of `path`: one of those in urls.py, static, or none."""
    if path.startswith(settings.STATIC_URL):
        return "static"
    try:
        return resolve(path).view_name
    except Resolver404:
        return "none"
