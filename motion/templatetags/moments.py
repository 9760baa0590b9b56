"""Moments in texts: in UTC, until a script of our pages shows them on the reader's own clock."""

from datetime import UTC, datetime
from typing import Final, Literal

from django import template
from django.utils import dateformat
from django.utils.html import format_html
from django.utils.safestring import SafeString

Precision = Literal["day", "minute", "second"]
FORMATS: Final = {"day": "j M Y", "minute": "j M Y, H:i T", "second": "j M Y, H:i:s T"}

register = template.Library()


def write_time(at: datetime, to: Precision = "minute") -> str:
    """To the day, the minute or the second: "22 Nov 2026, 18:05 UTC".

    `brownian_site/formats` has the same for pages of Django, `static/motion/lib/format.js` for
    ours.
    """
    return dateformat.format(at.astimezone(UTC), FORMATS[to])


@register.simple_tag
def moment(at: datetime, to: Precision = "minute") -> SafeString:
    """A <time>, as static/motion/pages/local-times.js expects it."""
    iso = at.astimezone(UTC).isoformat()
    return format_html('<time datetime="{}" data-to="{}">{}</time>', iso, to, write_time(at, to))
