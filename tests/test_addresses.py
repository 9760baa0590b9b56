"""Addresses that are passed on to other people's devices."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from motion.views import addresses


def request_to(host: str) -> Any:
    return RequestFactory().get("/", headers={"host": host})


@pytest.mark.parametrize(
    ("asked", "hosts", "told", "is_reachable"),
    [
        ("127.0.0.1:8000", ["127.0.0.1", "192.168.1.5"], "192.168.1.5:8000", True),
        ("localhost", ["127.0.0.1", "192.168.1.5"], "192.168.1.5", True),
        ("[::1]:8000", ["127.0.0.1", "192.168.1.5"], "192.168.1.5:8000", True),
        ("127.0.0.1:8000", ["127.0.0.1"], "127.0.0.1:8000", False),
        ("[::1]", ["127.0.0.1"], "[::1]", False),
        ("brownian.example:8000", ["127.0.0.1"], "brownian.example:8000", True),
        ("brownian.example", ["127.0.0.1", "192.168.1.5"], "brownian.example", True),
    ],
)
def test_address_is_one_that_a_phone_can_open(
    settings: Any, asked: str, hosts: list[str], told: str, is_reachable: bool
) -> None:
    settings.ALLOWED_HOSTS, settings.HOSTS = ["*"], hosts

    request = request_to(asked)

    assert addresses.public(request, "/join/") == f"http://{told}/join/"
    assert addresses.is_reachable(request) is is_reachable


def test_address_is_none_that_this_server_would_refuse(settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.HOSTS = ["localhost"], ["127.0.0.1", "192.168.1.5"]

    assert addresses.host(request_to("localhost:8000")) == "localhost:8000"
