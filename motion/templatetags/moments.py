"""Moments in texts: in UTC, until a script of our pages shows them on the reader's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final, Literal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

MONTHS: Final = [
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
]

Precision = Literal["day", "minute", "second"]

register = template.Library()


def write_time(at: datetime, to: Precision = "minute") -> str:
    """To the day, the minute or the second: "22 Nov 2026, 18:05 UTC".

    `brownian_site/formats` has the same for pages of Django, `static/motion/lib/format.js` for
    ours.
    """
    at = at.astimezone(UTC)
    day = f"{at.day} {MONTHS[at.month - 1]} {at.year}"
    if to == "day":
        return day
    return f"{day}, {at:%H:%M:%S} UTC" if to == "second" else f"{day}, {at:%H:%M} UTC"


@register.simple_tag
def moment(at: datetime, to: Precision = "minute") -> SafeString:
    """A <time>, as static/motion/pages/local-times.js expects it."""
    iso = at.astimezone(UTC).isoformat()
    return format_html('<time datetime="{}" data-to="{}">{}</time>', iso, to, write_time(at, to))
