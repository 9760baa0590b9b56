"""The page of all changes."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser

CHATHAM = "Pacific/Chatham"  # 13:45 ahead of UTC in summer: another day, and another minute


@pytest.mark.parametrize(
    ("has_scripts", "zone", "mark"), [(True, CHATHAM, " GMT+13:45"), (False, "UTC", " UTC")]
)
def test_change_log_shows_local_times_when_scripts_run(
    visitors: Visitors, daphne: Daphne, site: Site, has_scripts: bool, zone: str, mark: str
) -> None:
    printed = shell(
        site, "print(Change.objects.get(motion__slug='still', revision=1).at.isoformat())"
    )
    at = datetime.fromisoformat(printed.strip()).astimezone(ZoneInfo(zone))

    page = visitors.open(
        f"{daphne.url}/motions/still/changes/",
        timezone_id=CHATHAM,
        java_script_enabled=has_scripts,
    )

    created = page.locator(".change-log time").last
    expect(created).to_have_text(f"{at.day} {at:%b %Y, %H:%M:%S}{mark}")
