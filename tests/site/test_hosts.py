"""This machine's addresses and names: which are answered, and which are passed on."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from django.http.request import split_domain_port, validate_host
from django.test import RequestFactory
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from brownian_site import hosts
from brownian_site.hosts import Interface, ThisMachine
from tests.support.servers import Daphne


def make_interface(name: str, address: str, *flags: str) -> Interface:
    return Interface(name, frozenset({"up", "running", *flags}), ip_address(address))


LOOP = make_interface("lo", "127.0.0.1", "loopback")
WIFI = make_interface("wlan0", "192.168.1.5")
HOTSPOT = make_interface("wlan1", "10.42.0.1")
TUNNEL = make_interface("tun0", "10.8.0.2", "pointopoint")
DOCKER = make_interface("docker0", "172.17.0.1")
GLOBAL = make_interface("wlan0", "2001:db8::5")
LOCAL = make_interface("wlan0", "fe80::5")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[Interface]:
    """The interfaces of a laptop called laptop; the tunnel is its way out."""
    found = [LOOP, DOCKER, TUNNEL, WIFI]
    monkeypatch.setattr(hosts, "list_interfaces", lambda: found)
    monkeypatch.setattr(hosts, "find_outgoing_address", lambda: str(TUNNEL.address))
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: "Laptop.example.org")
    forget()
    return found


def forget() -> None:
    """What is kept for two seconds."""
    hosts._list_own_hosts.cache_clear()


@pytest.fixture(autouse=True)
def forget_afterwards() -> Iterator[None]:
    yield
    forget()


# --- answered --------------------------------------------------------------------------------


def is_answered(netloc: str, host: str = "0.0.0.0") -> bool:
    """As Django judges a Host header on a server that listens on `host`."""
    name, _ = split_domain_port(netloc)
    return bool(name) and validate_host(name, ThisMachine(host))


@pytest.mark.parametrize(
    "netloc",
    [
        *("localhost:8000", "127.0.0.1", "[::1]:8000"),
        *("192.168.1.5:8000", "10.8.0.2:8000", "172.17.0.1"),
        *("laptop:8000", "laptop.local:8000", "LAPTOP.local.", "laptop.example.org"),
        *("[::ffff:192.168.1.5]:8000", "[::ffff:c0a8:105]:8000"),
    ],
)
def test_every_address_and_name_of_the_machine_is_answered(
    machine: list[Interface], netloc: str
) -> None:
    assert is_answered(netloc)


@pytest.mark.parametrize(
    "netloc",
    [
        *("evil.example", "evil.example:8000", "laptop.evil.example", "laptop.local.evil.example"),
        *(
            "192.168.1.6:8000",
            "192.168.1.5.evil.example",
            "0.0.0.0:8000",
            "8.8.8.8",
            "[2001:db8::5]",
        ),
        *("desktop.local", "local", ".local", "example.org", "*", ""),
    ],
)
def test_other_addresses_and_names_are_refused(machine: list[Interface], netloc: str) -> None:
    assert not is_answered(netloc)


def test_address_is_answered_as_long_as_the_machine_has_it(
    machine: list[Interface], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(hosts.time, "monotonic", lambda: now)
    assert not is_answered("10.42.0.1:8000")
    assert not is_answered("[fe80::5]:8000")

    machine += [HOTSPOT, LOCAL]
    now += hosts.KEPT_S
    assert is_answered("10.42.0.1:8000")
    assert is_answered("[fe80::5]:8000")

    machine.remove(HOTSPOT)
    now += hosts.KEPT_S
    assert not is_answered("10.42.0.1:8000")


def test_requests_without_end_ask_the_system_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(hosts.time, "monotonic", lambda: 1000.0)
    monkeypatch.setattr(hosts, "list_interfaces", lambda: asked.append(1) or [])
    forget()

    for number in range(100):
        is_answered(f"192.168.1.{number}")

    assert len(asked) == 1


@pytest.mark.parametrize("name", ["localhost", "localhost.localdomain", "*", "a b", ""])
def test_host_name_that_is_none_is_not_answered(
    machine: list[Interface], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(hosts.socket, "gethostname", lambda: name)

    assert hosts.find_names() == []
    assert not is_answered("localhost.local")


@pytest.mark.parametrize(
    ("host", "netloc"),
    [
        ("fd00::7", "[fd00::7]:8000"),
        ("FD00:0::7", "[fd00::7]:8000"),
        ("fe80::7%eth0", "[fe80::7]:8000"),
        ("Brown.local", "brown.local:8000"),
    ],
)
def test_address_that_a_server_listens_on_is_answered(
    machine: list[Interface], host: str, netloc: str
) -> None:
    assert is_answered(netloc, host)


def test_interfaces_are_those_of_this_machine() -> None:
    found = {str(interface.address): interface for interface in hosts.list_interfaces()}

    assert not found["127.0.0.1"].is_for_others
    outgoing = hosts.find_outgoing_address()
    assert outgoing is None or outgoing in found
    for address in found.values():
        if not address.address.is_link_local:
            family = socket.AF_INET if address.address.version == 4 else socket.AF_INET6
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.bind((str(address.address), 0))  # which another machine's refuses


@pytest.mark.server
@pytest.mark.parametrize("name", ["", "name", "10.1.2.3", "evil.example"])
def test_page_and_socket_are_answered_at_the_same_hosts(daphne: Daphne, name: str) -> None:
    """Whatever address this machine has; the server listens on one alone."""
    mine = {"": hosts.find_outgoing_address() or "127.0.0.1", "name": hosts.find_names()[0]}
    netloc = f"{mine.get(name, name)}:{daphne.port}"
    page = http.client.HTTPConnection("127.0.0.1", daphne.port, timeout=10)
    page.request("GET", "/join/", headers={"Host": netloc})

    with socket.create_connection(("127.0.0.1", daphne.port)) as raw:
        try:
            url = f"ws://{netloc}/ws/motions/brownian/"
            with connect(url, sock=raw, origin=f"http://{netloc}", proxy=None):
                status = 200
        except InvalidStatus as refused:
            status = refused.response.status_code

    assert (page.getresponse().status, status) == ((200, 200) if name in mine else (400, 403))


# --- passed on -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("127.0.0.1", ["127.0.0.1"]),
        ("::1", ["[::1]"]),
        ("::ffff:127.0.0.1", ["127.0.0.1"]),
        ("fe80::7%eth0", ["[fe80::7%25eth0]"]),
        ("Brown.local", ["brown.local"]),
    ],
)
def test_server_on_one_address_is_reached_by_that(host: str, found: list[str]) -> None:
    assert hosts.find_reachable_hosts(host) == found


def test_addresses_for_others_begin_with_the_likeliest(machine: list[Interface]) -> None:
    without_cable = Interface("eth0", frozenset({"up"}), ip_address("10.0.0.9"))
    machine += [GLOBAL, LOCAL, HOTSPOT, without_cable]

    others = ["192.168.1.5", "10.42.0.1", "172.17.0.1", "10.8.0.2"]
    names = ["laptop.local", "laptop.example.org"]
    assert hosts.find_reachable_hosts("0.0.0.0") == ["127.0.0.1", *others, *names]
    assert "[2001:db8::5]" in hosts.find_reachable_hosts("::")
    assert not any("fe80" in host for host in hosts.find_reachable_hosts("::"))


def test_address_of_the_way_out_is_the_likeliest_of_equals(
    machine: list[Interface], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.append(HOTSPOT)
    monkeypatch.setattr(hosts, "find_outgoing_address", lambda: "10.42.0.1")
    assert hosts.find_reachable_hosts("0.0.0.0")[:3] == ["127.0.0.1", "10.42.0.1", "192.168.1.5"]

    monkeypatch.setattr(hosts, "find_outgoing_address", lambda: None)  # no default route
    assert hosts.find_reachable_hosts("0.0.0.0")[:3] == ["127.0.0.1", "192.168.1.5", "10.42.0.1"]


def request_to(host: str, chosen: str = "") -> Any:
    request = RequestFactory().get("/", headers={"host": host})
    request.session = {hosts.CHOSEN: chosen} if chosen else {}  # type: ignore[assignment]
    return request


@pytest.mark.parametrize(
    ("asked", "listens_on", "passed_on", "is_reachable"),
    [
        ("127.0.0.1:8000", "0.0.0.0", "192.168.1.5:8000", True),
        ("localhost", "0.0.0.0", "192.168.1.5", True),
        ("[::1]:8000", "::", "192.168.1.5:8000", True),
        ("10.8.0.2:8000", "0.0.0.0", "10.8.0.2:8000", True),
        ("laptop.local:8000", "0.0.0.0", "laptop.local:8000", True),
        ("laptop:8000", "0.0.0.0", "192.168.1.5:8000", True),  # a name that only it may know
        ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1:8000", False),
        ("[::1]", "::1", "[::1]", False),
        ("brownian.example:8000", "0.0.0.0", "brownian.example:8000", True),
        ("brownian.example", "127.0.0.1", "brownian.example", True),
    ],
)
def test_address_is_one_that_a_phone_can_open(
    machine: list[Interface],
    settings: Any,
    asked: str,
    listens_on: str,
    passed_on: str,
    is_reachable: bool,
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ["*"], listens_on

    request = request_to(asked)

    assert hosts.build_public_url(request, "/join/") == f"http://{passed_on}/join/"
    assert hosts.is_reachable_by_others(request) is is_reachable


def test_address_is_none_that_this_server_would_refuse(
    machine: list[Interface], settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ["localhost"], "0.0.0.0"

    assert hosts.choose_host_for_others(request_to("localhost:8000")) == "localhost:8000"


def test_chosen_address_is_passed_on_while_the_machine_has_it(
    machine: list[Interface], settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ThisMachine("0.0.0.0"), "0.0.0.0"
    machine.append(HOTSPOT)
    request = request_to("127.0.0.1:8000", chosen="10.42.0.1:8000")
    assert hosts.choose_host_for_others(request) == "10.42.0.1:8000"

    machine.remove(HOTSPOT)

    assert hosts.choose_host_for_others(request) == "192.168.1.5:8000"


def test_proxied_site_offers_no_address_of_its_machine(
    machine: list[Interface], settings: Any
) -> None:
    settings.ALLOWED_HOSTS, settings.HOST = ["*"], "0.0.0.0"

    assert hosts.list_hosts_for_others(request_to("motion.example")) == ["motion.example"]
