"""The addresses and names of this machine.

A laptop joins another network while the site runs, so they are read again every two seconds.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import psutil
from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")

KEPT_S: Final = 2.0
"""How long the addresses are cached, so that each request does not ask the system."""

INSIDE: Final = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "lxc")
"""Prefixes of interfaces that lead to containers and virtual machines, not to other devices."""


class ThisMachine(list[str]):
    """The default of ALLOWED_HOSTS: loopback, `host`, and the current names of this machine.

    All other names are refused: a page elsewhere can point its own name to this machine (DNS
    rebinding), and a stranger can request a mail whose link has any name.
    """

    def __init__(self, host: str) -> None:
        super().__init__(LOOPBACK)
        if not is_wildcard(host):
            self.append(format_host(host.split("%")[0]))

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        yield from list_own_hosts()


def find_reachable_hosts(host: str) -> list[str]:
    """The hosts of a server that listens on `host`, in URLs; the likeliest for others first."""
    if not is_wildcard(host):
        return [format_host(host)]
    found = [
        i for i in list_interfaces() if i.is_for_others and (":" in host or i.address.version == 4)
    ]
    outgoing = find_outgoing_address()
    found.sort(key=lambda interface: interface.rank(outgoing))
    full_names = [name for name in reversed(find_names()) if "." in name]
    hosts = ["127.0.0.1", *(format_host(str(i.address)) for i in found), *full_names]
    return list(dict.fromkeys(hosts))


# --- for other devices -----------------------------------------------------------------------

CHOSEN: Final = "host"
"""The key in a session: the address of this machine that its owner shares."""


def choose_host_for_others(request: HttpRequest) -> str:
    """The host, with its port, by which other devices reach this server.

    It is not the host of the request: the owner opens 127.0.0.1, which on a phone is the phone.
    """
    possible = list_hosts_for_others(request)
    chosen = request.session.get(CHOSEN)
    return chosen if chosen in possible else possible[0]


def list_hosts_for_others(request: HttpRequest) -> list[str]:
    """Hosts, with their port, by which other devices may reach this server, the likeliest first.

    A request for a name that is not this machine's own came through a proxy or a router: only that
    name is known to lead here.
    """
    from django.http.request import validate_host  # too early while settings import this module

    asked = request.get_host()
    name, port = split_port(asked)
    if name not in LOOPBACK and name not in list_own_hosts():
        return [asked]
    others = [
        host
        for host in find_reachable_hosts(settings.HOST)
        if host not in LOOPBACK and validate_host(host, settings.ALLOWED_HOSTS)
    ]
    if name in others:  # the owner came by it, so it works here
        others.insert(0, name)
    return [f"{host}{port}" for host in dict.fromkeys(others)] or [asked]


def build_public_url(request: HttpRequest, path: str) -> str:
    """`path` with scheme and host, as other devices reach it if this server lets them."""
    return f"{request.scheme}://{choose_host_for_others(request)}{path}"


def is_reachable_by_others(request: HttpRequest) -> bool:
    """Whether another device can open what `build_public_url` returns."""
    return split_port(choose_host_for_others(request))[0] not in LOOPBACK


def split_port(netloc: str) -> tuple[str, str]:
    """Name and `:port`, either side of the last colon that is not part of an IPv6 address."""
    name, colon, port = netloc.rpartition(":")
    return (name, f":{port}") if colon and not port.endswith("]") else (netloc, "")


# --- current names -----------------------------------------------------------------------


def list_own_hosts() -> tuple[str, ...]:
    """Every address and name of this machine, as a Host header has them."""
    return _list_own_hosts(int(time.monotonic() / KEPT_S))


@lru_cache(maxsize=1)
def _list_own_hosts(_moment: int) -> tuple[str, ...]:
    found = list(find_names())
    for interface in list_interfaces():
        address = interface.address
        found.append(format_host(str(address)))
        if isinstance(address, ipaddress.IPv4Address):  # mapped, as people and as browsers write it
            found += [
                f"[::ffff:{address}]",
                f"[::ffff:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}]",
            ]
    return tuple(dict.fromkeys(found))


def find_names() -> list[str]:
    """The host name, with and without its domain, and as multicast DNS has it."""
    full = socket.gethostname().lower().strip(".")
    short = full.partition(".")[0]
    if short == "localhost" or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", full):
        return []
    return list(dict.fromkeys([full, short, f"{short}.local"]))


def is_wildcard(host: str) -> bool:
    """Whether a server that listens on `host` listens on every address of the machine."""
    address = parse_address(host)
    return address is not None and address.is_unspecified


def format_host(host: str) -> str:
    """`host` as a URL has it: IPv6 in brackets, its zone escaped (RFC 6874), IPv4 never mapped."""
    address = parse_address(host)
    if not isinstance(address, ipaddress.IPv6Address):
        return host.lower()
    return str(address.ipv4_mapped or f"[{address}]".replace("%", "%25"))


def parse_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def find_outgoing_address() -> str | None:
    """The address from which a datagram to the outside would leave; None where there is no way out.

    With a VPN that is the tunnel's. Connecting a UDP socket sends nothing.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, never a real host
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address


# --- interfaces --------------------------------------------------------------------


class Interface(NamedTuple):
    """One address of one network interface; `flags` are psutil's, such as "up" and "loopback"."""

    name: str
    flags: frozenset[str]
    address: ipaddress.IPv4Address | ipaddress.IPv6Address

    @property
    def is_for_others(self) -> bool:
        """Whether other devices could open it; no browser takes the zone of a link-local one."""
        is_linked = {"up", "running"} <= self.flags and "loopback" not in self.flags
        return is_linked and not (self.address.version == 6 and self.address.is_link_local)

    def rank(self, outgoing: str | None) -> tuple[bool, ...]:
        """A sort key: less for an address that a phone reaches more likely; VPNs come last."""
        return (
            "pointopoint" in self.flags,
            self.name.startswith(INSIDE),
            self.address.version == 6,
            self.address.is_link_local,
            str(self.address) != outgoing,
        )


def list_interfaces() -> list[Interface]:
    """All addresses of this machine."""
    stats = psutil.net_if_stats()
    return [
        Interface(name, frozenset(stats[name].flags.split(",")), address)
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if name in stats and (address := parse_address(entry.address.partition("%")[0]))
    ]
