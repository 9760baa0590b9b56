"""Addresses to pass on: what opens a page on somebody else's device."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def public(request: HttpRequest, path: str) -> str:
    """`path` with scheme and host, as other devices reach it where this server lets them.

    Who runs the server opens it as 127.0.0.1, which on a student's phone is the phone.
    """
    return f"{request.scheme}://{host(request)}{path}"


def host(request: HttpRequest) -> str:
    """The host, with its port, under which other devices find this server."""
    found = request.get_host()
    name, port = _split(found)
    others = [other for other in settings.HOSTS if other not in LOOPBACK and _is_answered(other)]
    return f"{others[0]}{port}" if name in LOOPBACK and others else found


def is_reachable(request: HttpRequest) -> bool:
    """Whether another device can open what `public` returns."""
    return _split(host(request))[0] not in LOOPBACK


def _is_answered(name: str) -> bool:
    return validate_host(name, settings.ALLOWED_HOSTS)


def _split(netloc: str) -> tuple[str, str]:
    """Name and `:port`, either side of the last colon that is not part of an IPv6 address."""
    name, colon, port = netloc.rpartition(":")
    return (name, f":{port}") if colon and not port.endswith("]") else (netloc, "")
