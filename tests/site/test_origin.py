"""Sockets only from our own pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from brownian_site.middleware import origin as origins
from brownian_site.middleware.origin import Refusals, SameOrigin, is_ours

pytestmark = pytest.mark.django_db  # a consumer that ends closes what is left of connections


@pytest.mark.fault("no Origin, null, another site's, another port's")
@pytest.mark.parametrize(
    ("origin", "host", "secure", "ours"),
    [
        ("http://motion.example", "motion.example", False, True),
        ("http://motion.example:8000", "motion.example:8000", False, True),
        ("https://motion.example", "motion.example", True, True),
        ("HTTP://Motion.Example", "motion.example", False, True),
        ("https://trusted.example", "motion.example", True, True),
        ("http://[::1]:8000", "[::1]:8000", False, True),
        ("", "motion.example", False, False),
        ("null", "motion.example", False, False),
        ("http://motion.example", "", False, False),
        ("http://motion.example:8001", "motion.example:8000", False, False),
        ("http://motion.example", "motion.example", True, False),
        ("https://motion.example", "motion.example", False, False),
        ("http://evil.example", "motion.example", False, False),
        ("http://evil.example", "evil.example", False, False),
        ("http://motion.example.evil.example", "motion.example", False, False),
        ("http://motion.example@evil.example", "motion.example", False, False),
        # As Django takes CSRF_TRUSTED_ORIGINS.
        ("https://trusted.example:8443", "motion.example", True, False),
        ("http://trusted.example", "motion.example", True, False),
        ("https://trusted.example/", "motion.example", True, False),
        ("https://a.wild.example", "motion.example", True, True),
        ("https://A.b.Wild.example", "evil.example", False, True),
        ("https://wild.example", "motion.example", True, True),
        ("http://a.wild.example", "motion.example", True, False),
        ("https://a.wild.example:8443", "motion.example", True, False),
        ("https://awild.example", "motion.example", True, False),
        ("https://*.wild.example.evil.example", "motion.example", True, False),
        ("https://a.ports.example:8443", "motion.example", True, True),
        ("https://a.ports.example", "motion.example", True, False),
    ],
)
def test_origin_is_ours_only_with_our_host_scheme_and_port(
    settings: LazySettings, origin: str, host: str, secure: bool, ours: bool
) -> None:
    settings.ALLOWED_HOSTS = ["motion.example", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = [
        "https://trusted.example",
        "https://*.wild.example",
        "https://*.ports.example:8443",
    ]

    assert is_ours(origin=origin, host=host, secure=secure) is ours


# --- what is logged ---------------------------------------------------------------------------


async def refuse(door: SameOrigin, origin: str, host: str = "motion.example") -> None:
    headers = [(b"host", host.encode("latin-1")), (b"origin", origin.encode("latin-1"))]
    scope = {"type": "websocket", "path": "/ws/motions/a/", "scheme": "ws", "headers": headers}
    messages = iter([{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1006}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await door(scope, receive, send)
    assert sent == [{"type": "websocket.close"}]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(origins.logger, "warning", lambda text, *args: found.append(text % args))
    return found


async def test_refusal_is_logged_once_for_each_origin_and_host(lines: list[str]) -> None:
    door = SameOrigin(None)

    for _ in range(3):
        await refuse(door, "https://motion.example")
        await refuse(door, "https://other.example")

    assert len(lines) == 2
    assert "'https://motion.example'" in lines[0]
    assert "'http://motion.example'" in lines[0]
    assert "X-Forwarded-Proto" in lines[0]


async def test_refusals_of_many_origins_fill_neither_log_nor_memory(lines: list[str]) -> None:
    door = SameOrigin(None)

    for number in range(500):
        await refuse(door, f"https://{number}.example")

    assert len(lines) == Refusals.PAIRS
    assert len(door.refusals._noted) == Refusals.PAIRS


async def test_refusal_is_logged_again_after_an_hour(
    lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    door = SameOrigin(None)
    await refuse(door, "https://other.example")

    door.refusals._since -= Refusals.EVERY_S + 1
    await refuse(door, "https://other.example")

    assert len(lines) == 2


async def test_refusal_is_logged_short_and_without_control_characters(lines: list[str]) -> None:
    await refuse(SameOrigin(None), "http://\x1b[31m\xff\r\n" + "x" * 10_000)

    assert lines[0].isprintable()
    assert lines[0].isascii()
    assert len(lines[0]) < 500
