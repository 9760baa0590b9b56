"""Where a request comes from, and at which address it arrived, is settled at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings

from brownian_site.middleware.proxies import (
    UNIX,
    TrustedProxies,
    find_client_address,
    get_address_key,
    get_peer,
    is_trusted,
)

OURS = ["10.0.0.7", 5000]
STRANGER = ["203.0.113.5", 5000]


@pytest.fixture(autouse=True)
def proxies(settings: LazySettings) -> Iterator[None]:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    is_trusted.cache_clear()
    yield
    is_trusted.cache_clear()


async def settle_scope(
    *, client: Any = STRANGER, host: str = "motion.example", type: str = "http", **scope: Any
) -> Any:
    """The scope that the site gets; `headers` beside Host by their names, with _ for -."""
    sent = {"host": host} | scope.pop("headers", {})
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    outer = {"type": type, "client": client, "headers": headers} | scope
    await TrustedProxies(application)(outer, None, None)
    return seen[0]


async def test_path_root_is_empty_whatever_the_server_took_it_from() -> None:
    for type in ("http", "websocket"):
        assert (await settle_scope(type=type, root_path="http://evil.example"))["root_path"] == ""


@pytest.mark.parametrize("client", [OURS, STRANGER, None, ["not an address", 0]])
async def test_scope_has_no_headers_of_proxies(client: Any) -> None:
    names = ("x_forwarded_for", "x_forwarded_proto", "x_forwarded_host", "x_forwarded_x")
    scope = await settle_scope(client=client, headers=dict.fromkeys([*names, "forwarded"], "evil"))

    assert scope["headers"] == [(b"host", b"motion.example")]


@pytest.mark.parametrize(
    ("client", "scheme", "said", "settled_as"),
    [
        (OURS, "http", "https", ("https", "wss")),
        (OURS, "http", "https,http", ("https", "wss")),
        (OURS, "http", "http, https", ("http", "ws")),
        (OURS, "http", "HTTPS", ("https", "wss")),
        (OURS, "http", "wss", ("https", "wss")),
        (OURS, "https", "http", ("http", "ws")),
        (OURS, "https", "", ("https", "wss")),
        (OURS, "http", "nonsense", ("http", "ws")),
        (STRANGER, "http", "https", ("http", "ws")),
        (STRANGER, "https", "http", ("https", "wss")),
    ],
)
async def test_scheme_is_the_leftmost_that_our_proxy_names(
    client: Any, scheme: str, said: str, settled_as: tuple[str, str]
) -> None:
    headers = {"x_forwarded_proto": said} if said else {}

    page = await settle_scope(client=client, scheme=scheme, headers=headers)
    socket = await settle_scope(
        client=client,
        type="websocket",
        scheme={"http": "ws", "https": "wss"}[scheme],
        headers=headers,
    )

    assert (page["scheme"], socket["scheme"]) == settled_as


async def test_socket_has_the_scheme_of_the_site_by_default(
    settings: LazySettings,
) -> None:
    for is_https, scheme in ((False, "ws"), (True, "wss")):
        settings.SECURE_SSL_REDIRECT = is_https
        assert (await settle_scope(type="websocket"))["scheme"] == scheme


@pytest.mark.parametrize(
    ("scheme", "host", "settled_as"),
    [
        ("http", "motion.example:80", "motion.example"),
        ("https", "motion.example:443", "motion.example"),
        ("https", "[2001:db8::1]:443", "[2001:db8::1]"),
        ("http", "motion.example:443", "motion.example:443"),
        ("https", "motion.example:80", "motion.example:80"),
        ("http", "motion.example:8080", "motion.example:8080"),
    ],
)
async def test_host_has_no_port_if_it_is_the_schemes_own(
    scheme: str, host: str, settled_as: str
) -> None:
    for type, own in (("http", scheme), ("websocket", scheme.replace("http", "ws"))):
        scope = await settle_scope(type=type, scheme=own, host=host)
        assert scope["headers"] == [(b"host", settled_as.encode())]


@pytest.mark.parametrize(
    ("client", "forwarded_for", "settled_as"),
    [
        (OURS, "198.51.100.1", ("198.51.100.1", 0)),
        (OURS, "", OURS),
        (STRANGER, "198.51.100.1", STRANGER),
        (None, "198.51.100.1", None),
    ],
)
async def test_client_is_the_one_that_our_proxy_speaks_for(
    client: Any, forwarded_for: str, settled_as: Any
) -> None:
    headers = {"x_forwarded_for": forwarded_for} if forwarded_for else {}

    assert (await settle_scope(client=client, headers=headers))["client"] == settled_as


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.7:51234", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("203.0.113.7:", OURS[0]),
        ("203.0.113.7:port", OURS[0]),
        ("203.0.113.7:123456", OURS[0]),
        ("2001:db8::1]:443", OURS[0]),
        ("[203.0.113.7", OURS[0]),
        ("", OURS[0]),
    ],
)
def test_client_address_has_no_port(hop: str, address: str) -> None:
    assert find_client_address(str(OURS[0]), hop) == address
    assert find_client_address(str(OURS[0]), f"198.51.100.9, {hop}, 10.0.0.8:443") == (
        address if address != OURS[0] else "10.0.0.8"
    )


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1:2::3", "2001:db8:0:1::/64"),
        ("unix", "unix"),
    ],
)
def test_address_is_counted_as_one_however_it_is_written(address: str, counted: str) -> None:
    assert get_address_key(address) == counted


@pytest.mark.parametrize(
    ("scope", "peer"),
    [
        ({"client": ["203.0.113.7", 1], "server": ["10.0.0.1", 80]}, "203.0.113.7"),
        ({"client": None, "server": None}, UNIX),  # Daphne
        ({"client": None, "server": ["/run/brownian.sock", None]}, UNIX),  # uvicorn
        ({"client": None, "server": ["10.0.0.1", 80]}, ""),  # it has gone already
        ({"client": None}, ""),
        ({}, ""),
    ],
)
def test_peer_is_our_proxy_only_on_a_socket_file(scope: Any, peer: str) -> None:
    assert get_peer(scope) == peer
    assert is_trusted(peer) is (peer == UNIX)
