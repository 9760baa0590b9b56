"""Headers that a proxy adds count only from our proxies."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from brownian_site.proxies import TrustedProxies, is_trusted

FORWARDED = (b"x-forwarded-proto", b"https")
HOST = (b"host", b"motion.example")


@pytest.mark.parametrize(
    ("client", "heard"),
    [
        (["10.0.0.7", 5000], True),
        (["203.0.113.5", 5000], False),
        (None, False),
        (["not an address", 0], False),
    ],
)
async def test_forwarded_headers_are_heard_from_our_proxies_alone(
    settings: LazySettings, client: Any, heard: bool
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/24"]
    is_trusted.cache_clear()
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.extend(scope["headers"])

    scope = {"type": "http", "client": client, "headers": [HOST, FORWARDED]}
    await TrustedProxies(application)(scope, None, None)

    assert seen == ([HOST, FORWARDED] if heard else [HOST])
