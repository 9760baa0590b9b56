"""The moments on our pages, as a browser that runs no script gets them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from motion.templatetags.moments import moment

AT = datetime(2026, 11, 22, 18, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("day", "22 Nov 2026"),
        ("minute", "22 Nov 2026, 18:05 UTC"),
        ("second", "22 Nov 2026, 18:05:09 UTC"),
    ],
)
@pytest.mark.parametrize("ahead_h", [0, -9])
def test_moment_is_written_in_utc(ahead_h: int, to: str, text: str) -> None:
    at = AT.astimezone(timezone(timedelta(hours=ahead_h)))

    html = moment(at, to)

    assert html == f'<time datetime="2026-11-22T18:05:09+00:00" data-to="{to}">{text}</time>'
