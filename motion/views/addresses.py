"""Addresses to pass on: what opens a page on somebody else's device."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from brownian_site import hosts

CHOSEN: Final = "host"
"""In the session: which of this machine's addresses its owner passes on."""


def public(request: HttpRequest, path: str) -> str:
    """`path` with scheme and host, as other devices reach it where this server lets them.

    Whoever runs the server opens it as 127.0.0.1, which on a student's phone is the phone.
    """
    return f"{request.scheme}://{host(request)}{path}"


def host(request: HttpRequest) -> str:
    """The host, with its port, under which other devices find this server."""
    possible = choices(request)
    chosen = request.session.get(CHOSEN)
    return chosen if chosen in possible else possible[0]


def choices(request: HttpRequest) -> list[str]:
    """Hosts, with their port, under which other devices may find this server, the likeliest first.

    A request that came by a name that is not this machine's own came through a proxy or a router:
    only that name is known to lead here.
    """
    asked = request.get_host()
    name, port = _split(asked)
    if name not in hosts.LOOPBACK and name not in hosts.current():
        return [asked]
    others = [host for host in hosts.reached_as(settings.HOST) if _is_for_others(host)]
    if name in others:  # the owner came by it, so it works here
        others.insert(0, name)
    return [f"{host}{port}" for host in dict.fromkeys(others)] or [asked]


def is_reachable(request: HttpRequest) -> bool:
    """Whether another device can open what `public` returns."""
    return _split(host(request))[0] not in hosts.LOOPBACK


def _is_for_others(name: str) -> bool:
    return name not in hosts.LOOPBACK and validate_host(name, settings.ALLOWED_HOSTS)


def _split(netloc: str) -> tuple[str, str]:
    """Name and `:port`, either side of the last colon that is not part of an IPv6 address."""
    name, colon, port = netloc.rpartition(":")
    return (name, f":{port}") if colon and not port.endswith("]") else (netloc, "")
