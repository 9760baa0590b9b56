"""What this machine is called: its addresses as they are now, and its names.

A laptop joins another network while the site runs, so nothing here is read once and kept.
"""

from __future__ import annotations

import ctypes
import ipaddress
import re
import socket
import sys
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")

KEPT_S: Final = 2.0
"""How long an answer holds: requests without end ask the system once in that time."""

UP, LOOPS_BACK, POINT_TO_POINT, RUNNING = 0x1, 0x8, 0x10, 0x40  # <net/if.h>, Linux and BSD alike

INSIDE: Final = ("docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "cni", "lxc")
"""How interfaces begin that lead to containers and virtual machines, not to a room."""


class ThisMachine(list[str]):
    """ALLOWED_HOSTS where none are given: loopback, `host`, and this machine as it is called now.

    A page elsewhere can make its own name lead here (DNS rebinding), and a stranger can ask for a
    mail whose link has any name: so no name is allowed but ours, and no address but ours.
    """

    def __init__(self, host: str) -> None:
        super().__init__([*LOOPBACK, *([] if is_wildcard(host) else [in_url(host.split("%")[0])])])

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        yield from current()


def reached_as(host: str) -> list[str]:
    """What browsers call a server that listens on `host`; for other devices the likeliest first."""
    if not is_wildcard(host):
        return [in_url(host)]
    found = [i for i in interfaces() if i.is_for_others and (":" in host or i.address.version == 4)]
    outgoing = network_address()
    found.sort(key=lambda interface: interface.rank(outgoing))
    return list(
        dict.fromkeys(["127.0.0.1", *(in_url(str(i.address)) for i in found), *full_names()])
    )


def current() -> tuple[str, ...]:
    """Every address and name of this machine, as a Host header has them."""
    return _current(int(time.monotonic() / KEPT_S))


@lru_cache(maxsize=1)
def _current(_moment: int) -> tuple[str, ...]:
    found = list(names())
    for interface in interfaces():
        address = interface.address
        found.append(in_url(str(address)))
        if isinstance(address, ipaddress.IPv4Address):  # mapped, as people and as browsers write it
            found += [
                f"[::ffff:{address}]",
                f"[::ffff:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}]",
            ]
    return tuple(dict.fromkeys(found))


def names() -> list[str]:
    """The host name, with and without its domain, and as multicast DNS has it."""
    full = socket.gethostname().lower().strip(".")
    short = full.partition(".")[0]
    if short == "localhost" or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", full):
        return []
    return list(dict.fromkeys([full, short, f"{short}.local"]))


def full_names() -> list[str]:
    """Those that other devices may know."""
    return [name for name in reversed(names()) if "." in name]


def is_wildcard(host: str) -> bool:
    """Whether a server that listens on `host` listens on every address of the machine."""
    address = _parsed(host)
    return address is not None and address.is_unspecified


def in_url(host: str) -> str:
    """`host` as a URL has it: IPv6 in brackets, its zone escaped (RFC 6874), IPv4 never mapped."""
    address = _parsed(host)
    if not isinstance(address, ipaddress.IPv6Address):
        return host.lower()
    return str(address.ipv4_mapped or f"[{address}]".replace("%", "%25"))


def _parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def network_address() -> str | None:
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


# --- the system's list: Python has none ------------------------------------------------------


class Interface(NamedTuple):
    """One address of one network interface."""

    name: str
    flags: int
    address: ipaddress.IPv4Address | ipaddress.IPv6Address

    @property
    def is_for_others(self) -> bool:
        """Whether other devices could open it; no browser takes the zone of a link-local one."""
        is_linked = self.flags & (UP | RUNNING) == UP | RUNNING and not self.flags & LOOPS_BACK
        return is_linked and not (self.address.version == 6 and self.address.is_link_local)

    def rank(self, outgoing: str | None) -> tuple[bool, ...]:
        """Less for what a phone in the room more likely reaches; VPNs are point to point."""
        return (
            bool(self.flags & POINT_TO_POINT),
            self.name.startswith(INSIDE),
            self.address.version == 6,
            self.address.is_link_local,
            str(self.address) != outgoing,
        )


class _Entry(ctypes.Structure):
    """`struct ifaddrs`, as far as Linux and BSD agree."""


_Entry._fields_ = [
    ("next", ctypes.POINTER(_Entry)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def interfaces() -> list[Interface]:
    """All addresses of this machine; none where the system has no `getifaddrs`."""
    first: Any = ctypes.POINTER(_Entry)()
    try:
        libc = ctypes.CDLL(None)
        if libc.getifaddrs(ctypes.byref(first)):
            return []
    except (AttributeError, OSError, TypeError):
        return []
    try:
        return list(_walk(first))
    finally:
        libc.freeifaddrs(first)


def _walk(entry: Any) -> Iterator[Interface]:
    while entry:
        found = entry.contents
        if found.address and (address := _address(found.address)):
            yield Interface(found.name.decode(errors="replace"), found.flags, address)
        entry = found.next


def _address(sockaddr: int) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in a `struct sockaddr_in` or `sockaddr_in6`."""
    head = ctypes.string_at(sockaddr, 2)
    is_bsd = sys.platform == "darwin" or "bsd" in sys.platform  # a length, then the family
    family = head[1] if is_bsd else int.from_bytes(head, sys.byteorder)
    if family == socket.AF_INET:
        return ipaddress.IPv4Address(ctypes.string_at(sockaddr + 4, 4))
    if family == socket.AF_INET6:
        return ipaddress.IPv6Address(ctypes.string_at(sockaddr + 8, 16))
    return None
