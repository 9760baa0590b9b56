"""Every address of the site, as its URL resolver knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver

FILLED: dict[str, Any] = {
    "app_label": "motion",
    "content_type_id": 1,
    "id": 1,
    "key": "a-key",
    "membership": 1,
    "object_id": 1,
    "slug": "brownian",
    "token": "a-token",
    "uidb36": "1",
    "url": "nowhere",
}
"""What stands for a part of an address that differs; a new kind of part wants a line here."""


def every_path(**filled: Any) -> list[str]:
    """All addresses, with `filled` and `FILLED` for their parts."""
    parts = FILLED | filled
    return sorted({f"/{template % parts}" for template in _templates(get_resolver())})


def _templates(resolver: Any, prefix: str = "") -> Iterator[str]:
    for name in list(resolver.reverse_dict):
        for ways, *_ in resolver.reverse_dict.getlist(name):
            yield from (f"{prefix}{template}" for template, _ in ways)
    for start, inner in resolver.namespace_dict.values():
        yield from _templates(inner, f"{prefix}{start}")
