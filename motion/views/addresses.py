"""Addresses to pass on: what opens a page on somebody else's device."""

from __future__ import annotations

from django.http import HttpRequest

from brownian_site import hosts


def public(request: HttpRequest, path: str) -> str:
    """`path` with scheme and host, as other devices reach it where this server lets them."""
    return f"{request.scheme}://{hosts.host_for_others(request)}{path}"


def is_reachable(request: HttpRequest) -> bool:
    """Whether another device can open what `public` returns."""
    return hosts.split(hosts.host_for_others(request))[0] not in hosts.LOOPBACK
