"""One format of times and one of numbers, on pages as a browser without scripts gets them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.test import Client
from django.utils import formats

from motion.services import invitations, motions
from motion.templatetags.moments import moment, write_time
from tests.support.factories import make_own_motion, make_user
from tests.support.markup import read_page

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


@pytest.mark.parametrize("month", range(1, 13))
def test_pages_of_django_write_moments_alike(month: int) -> None:
    at = datetime(2026, month, 3, 0, 5, tzinfo=UTC)

    assert formats.localize(at, use_l10n=True) == write_time(at)
    assert formats.localize(at.date(), use_l10n=True) == write_time(at, "day")


MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
DAY = rf"[1-9]\d? {MONTH} 20\d\d"
FOREIGN = {
    "a date of another format": (
        rf"20\d\d-\d\d|{MONTH}[a-z]*\.? \d{{1,2}},|Sept\b|noon|midnight|[ap]\.m\."
    ),
    "a time without its zone": rf"{DAY}, \d\d:\d\d(?!(?::\d\d)? UTC)",
    "a number without groups": r"(?<![\w,.·-])[−-]?\d{4,}(?!\w*\*)",  # nor a hidden password
}
PAGES = ("", "changes/", "people/", "share/", "settings/", "restart/", "delete/", "reproduce/")


INPUTS = frozenset({"script", "style", "code", "select", "datalist", "textarea"})


def read_visible_text(response: Any) -> str:
    """What a page shows, without its inputs, programs, seeds and addresses."""
    words = " ".join(read_page(response).find("body").list_texts(without=INPUTS)).split()
    return " ".join(word for word in words if not word.startswith(("http://", "https://")))


@pytest.mark.django_db
def test_pages_have_one_format_of_times_and_numbers(client: Client) -> None:
    owner = make_user("ada", is_staff=True, is_superuser=True)
    client.force_login(owner)
    motion = make_own_motion(
        owner, slug="large", title="Large", step=123_456, variance=10_000.0, drift=-1_000.0
    )
    motions.change_motion(motion.pk, by=owner, values={"variance": 2_500.0, "interval": 3_600.0})
    invitations.create_invitation(motion.pk, by=owner, expires_at=datetime(2099, 9, 1, tzinfo=UTC))
    admin = "/admin/motion/"
    pages = [f"/motions/large/{page}" for page in PAGES] + [
        "/motions/",
        *(
            f"{admin}{page}/"
            for page in ("motion", "change", "process", f"motion/{motion.pk}/change")
        ),
        *("/admin/", f"/admin/auth/user/{owner.pk}/change/", f"{admin}motion/{motion.pk}/history/"),
    ]

    for page in pages:
        response = client.get(page)
        assert response.status_code == 200, page
        text = read_visible_text(response)
        for what, pattern in FOREIGN.items():
            known = re.sub(DAY, "", text) if what != "a time without its zone" else text
            found = [
                known[max(m.start() - 30, 0) : m.end() + 20] for m in re.finditer(pattern, known)
            ]
            assert not found, f"{page} has {what}: {found}"
