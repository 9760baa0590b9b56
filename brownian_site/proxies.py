"""Only a proxy of ours may speak for a client: from anybody else X-Forwarded-… is not heard."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.conf import settings


class TrustedProxies:
    """ASGI middleware that drops X-Forwarded-… headers unless the peer is in `TRUSTED_PROXIES`."""

    def __init__(self, application: Any) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if "headers" in scope and not is_trusted((scope.get("client") or [""])[0]):
            headers = [pair for pair in scope["headers"] if not pair[0].startswith(b"x-forwarded-")]
            scope = scope | {"headers": headers}
        await self.application(scope, receive, send)


@lru_cache(maxsize=1024)
def is_trusted(address: str) -> bool:
    """Whether `address` is one of our proxies."""
    try:
        peer = ip_address(address)
    except ValueError:
        return False
    peer = getattr(peer, "ipv4_mapped", None) or peer  # as a server that listens on [::] has it
    return any(peer in ip_network(network) for network in settings.TRUSTED_PROXIES)


def client_address(peer: str, forwarded_for: str) -> str:
    """Whom a request is from: the hop nearest to us that is none of our proxies.

    Each proxy appends to `forwarded_for` (X-Forwarded-For) the peer that it saw itself, so what
    stands to the left of the first stranger is only what that stranger says.
    """
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        if not (is_trusted(address) and is_address(hop.strip())):
            break
        address = hop.strip()
    return address


def counted_as(address: str) -> str:
    """Whose limits an address falls under: of IPv6 its /64, of which anybody has all addresses."""
    if not is_address(address):
        return address
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(ip_network((int(found), 64), strict=False))
    return address


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
