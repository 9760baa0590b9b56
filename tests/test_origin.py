"""Sockets only from our own pages."""

from __future__ import annotations

import pytest
from django.conf import LazySettings

from brownian_site.origin import is_ours


@pytest.mark.parametrize(
    ("origin", "host", "secure", "ours"),
    [
        ("http://motion.example", "motion.example", False, True),
        ("http://motion.example:8000", "motion.example:8000", False, True),
        ("https://motion.example", "motion.example", True, True),
        ("HTTP://Motion.Example", "motion.example", False, True),
        ("https://trusted.example", "motion.example", True, True),
        ("http://[::1]:8000", "[::1]:8000", False, True),
        ("", "motion.example", False, False),
        ("null", "motion.example", False, False),
        ("http://motion.example", "", False, False),
        ("http://motion.example:8001", "motion.example:8000", False, False),
        ("http://motion.example", "motion.example", True, False),
        ("https://motion.example", "motion.example", False, False),
        ("http://evil.example", "motion.example", False, False),
        ("http://evil.example", "evil.example", False, False),
        ("http://motion.example.evil.example", "motion.example", False, False),
        ("http://motion.example@evil.example", "motion.example", False, False),
    ],
)
def test_origin_is_ours_only_with_our_host_scheme_and_port(
    settings: LazySettings, origin: str, host: str, secure: bool, ours: bool
) -> None:
    settings.ALLOWED_HOSTS = ["motion.example", "[::1]"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example"]

    assert is_ours(origin=origin, host=host, secure=secure) is ours
