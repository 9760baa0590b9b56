"""Every address of the site, as its URL resolver knows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver

FILLED: dict[str, Any] = {
    "app_label": "motion",
    "key": "a-key",
    "slug": "brownian",
    "token": "a-token",
    "url": "nowhere",
}
"""What stands for a part of an address that differs, where that is no number."""


def every_path(**filled: Any) -> list[str]:
    """All addresses, with `filled`, `FILLED`, or 1 for their parts."""
    parts = defaultdict(lambda: 1, FILLED | filled)
    return sorted({f"/{template % parts}" for template in _templates(get_resolver())})


def _templates(resolver: Any, prefix: str = "") -> Iterator[str]:
    for name in list(resolver.reverse_dict):
        for ways, *_ in resolver.reverse_dict.getlist(name):
            yield from (f"{prefix}{template}" for template, _ in ways)
    for start, inner in resolver.namespace_dict.values():
        yield from _templates(inner, f"{prefix}{start}")
