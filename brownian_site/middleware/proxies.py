"""Finds the client and the scheme of a request once, before anything else uses them.

Nothing behind `TrustedProxies` reads a header for that. Only our proxies may name a client; the
headers X-Forwarded-… and Forwarded of all others are dropped.
"""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_network
from typing import Final

from django.conf import settings

from ..hosts import parse_address
from . import Middleware, Receive, Scope, Send

UNIX: Final = "unix"
"""The peer of a socket file, which has no address."""

HOP_WITH_PORT: Final = re.compile(r"\[([^\]]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}")
"""A hop as some balancers write it: 203.0.113.7:51234, [2001:db8::1]:443 or [2001:db8::1]."""

SECURE: Final = frozenset({"https", "wss"})
DEFAULT_PORTS: Final = {"http": b":80", "ws": b":80", "https": b":443", "wss": b":443"}


class TrustedProxies(Middleware):
    """ASGI middleware that makes `client`, `scheme`, `root_path` and Host of a scope trustworthy.

    The root path is always empty, because the site is at the root of its host: Daphne would take
    it from a header that anyone can send.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "headers" in scope:
            scope = resolve_scope(scope)
        await self.application(scope, receive, send)


def resolve_scope(scope: Scope) -> Scope:
    """Copy a scope with the client and scheme found, and without the headers of proxies."""
    is_from_proxy = is_trusted(get_peer(scope))
    scheme = _find_scheme(scope, is_from_proxy=is_from_proxy)
    return {
        **scope,
        "root_path": "",
        "scheme": scheme,
        "client": _find_client(scope) if is_from_proxy else scope.get("client"),
        "headers": [
            (name, value.removesuffix(DEFAULT_PORTS[scheme]) if name == b"host" else value)
            for name, value in scope["headers"]
            if not name.startswith((b"x-forwarded-", b"forwarded"))
        ],
    }


def _find_scheme(scope: Scope, *, is_from_proxy: bool) -> str:
    """The scheme that the browser used: the leftmost of X-Forwarded-Proto, as Django takes it."""
    forwarded = get_header(scope, b"x-forwarded-proto") if is_from_proxy else ""
    scheme = forwarded.split(",")[0].strip().lower() or scope.get("scheme", "")
    if scope["type"] == "websocket":
        # Daphne names no scheme of a socket: on a site of HTTPS alone its page came by HTTPS.
        is_secure = scheme in SECURE or (settings.SECURE_SSL_REDIRECT and not scheme)
        return "wss" if is_secure else "ws"
    return "https" if scheme in SECURE else "http"


def _find_client(scope: Scope) -> tuple[str, int] | None:
    """The client that one of our proxies names, or the proxy itself."""
    peer = get_peer(scope)
    address = find_client_address(peer, get_header(scope, b"x-forwarded-for"))
    return scope.get("client") if address == peer else (address, 0)


def get_header(scope: Scope, name: bytes) -> str:
    """The value of a header; of one that was sent several times all values, with commas."""
    values = [value for found, value in scope["headers"] if found == name]
    return b",".join(values).decode("latin-1")


def get_peer(scope: Scope) -> str:
    """The address that is connected to this server; `UNIX`, or "" if it is unknown."""
    if client := scope.get("client"):
        return str(client[0])
    server = scope.get("server", ("", 0))
    return UNIX if server is None or server[1] is None else ""


@lru_cache(maxsize=1024)
def is_trusted(address: str) -> bool:
    """Whether `address` is one of our proxies.

    A peer on a socket file is: only a process of this machine with permission can open the file.
    """
    if address == UNIX:
        return True
    peer = parse_address(address)
    peer = getattr(peer, "ipv4_mapped", None) or peer  # as a server that listens on [::] has it
    return peer is not None and any(
        peer in ip_network(network) for network in settings.TRUSTED_PROXIES
    )


def find_client_address(peer: str, forwarded_for: str) -> str:
    """The client of a request: the hop nearest to us that is not one of our proxies.

    Each proxy appends its own peer to `forwarded_for` (X-Forwarded-For), so everything to the left
    of the first unknown address is only a claim of that address.
    """
    address = peer
    for hop in reversed(forwarded_for.split(",")):
        found = _parse_hop(hop.strip()) if is_trusted(address) else None
        if found is None:
            break
        address = found
    return address


def _parse_hop(hop: str) -> str | None:
    """The address in a hop, without its port, which differs with each connection."""
    if found := HOP_WITH_PORT.fullmatch(hop):
        hop = found[1] or found[2]
    return hop if parse_address(hop) else None


def get_address_key(address: str) -> str:
    """The key of an address in limits: for IPv6 its /64, since one client has all of it."""
    found = parse_address(address)
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:  # as a server that listens on [::] has an IPv4 client
        return str(found.ipv4_mapped)
    return str(ip_network((int(found), 64), strict=False))
