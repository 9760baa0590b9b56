"""Moments on our pages: in UTC, until a script shows them on the reader's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django import template
from django.utils.dateformat import format as written
from django.utils.html import format_html
from django.utils.safestring import SafeString

FORMATS: Final = {
    "day": "j M Y",
    "minute": r"j M Y, H:i \U\T\C",
    "second": r"j M Y, H:i:s \U\T\C",
}

register = template.Library()


@register.simple_tag
def moment(at: datetime, to: str = "minute") -> SafeString:
    """A <time> to the day, the minute or the second, as static/motion/moments.js expects it."""
    at = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-to="{}">{}</time>', at.isoformat(), to, written(at, FORMATS[to])
    )
