"""moments.js: what the server wrote in UTC, on the clock of whoever looks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from motion.templatetags.moments import write_time
from tests.browser.visitors import Visitors
from tests.servers import Daphne, Site
from tests.stage import shell

pytestmark = pytest.mark.browser

CHATHAM = "Pacific/Chatham"  # 13:45 ahead of UTC in summer: another day, and another minute
LOCALISED = """async ([at, to, text]) => {
  const { localise } = await import("/moments.js");
  document.body.innerHTML = "<p><time></time></p>";
  const time = document.querySelector("time");
  Object.assign(time, { dateTime: at, textContent: text });
  if (to) time.dataset.to = to;
  localise(document.body);
  return [time.textContent, time.title];
}"""


@pytest.fixture
def page(modules: Page) -> Iterator[Page]:
    """The modules' page, on the Chatham Islands."""
    session = modules.context.new_cdp_session(modules)
    modules.goto(modules.url)  # a clock is asked for its zone once
    session.send("Emulation.setTimezoneOverride", {"timezoneId": CHATHAM})
    yield modules
    session.send("Emulation.setTimezoneOverride", {"timezoneId": ""})
    modules.goto(modules.url)


@pytest.mark.parametrize(
    ("to", "text"),
    [
        ("day", "23 Nov 2026"),
        ("minute", "23 Nov 2026, 07:50 GMT+13:45"),
        ("second", "23 Nov 2026, 07:50:09 GMT+13:45"),
    ],
)
def test_moment_is_told_on_the_clock_of_whoever_looks(page: Page, to: str, text: str) -> None:
    told = page.evaluate(LOCALISED, ["2026-11-22T18:05:09+00:00", to, "as the server wrote it"])

    assert told == [text, "as the server wrote it"]


@pytest.mark.parametrize(
    ("at", "to"), [("", "day"), ("tomorrow", "minute"), ("2026-11-22T18:05:09Z", None)]
)
def test_what_is_no_moment_stays_as_it_is(page: Page, at: str, to: str | None) -> None:
    assert page.evaluate(LOCALISED, [at, to, "some time"]) == ["some time", ""]


@pytest.mark.parametrize(
    ("has_scripts", "zone", "mark"), [(True, CHATHAM, " GMT+13:45"), (False, "UTC", " UTC")]
)
def test_changes_are_told_on_my_clock(
    visitors: Visitors, daphne: Daphne, site: Site, has_scripts: bool, zone: str, mark: str
) -> None:
    said = shell(site, "print(Change.objects.get(motion__slug='still', revision=1).at.isoformat())")
    at = datetime.fromisoformat(said.strip()).astimezone(ZoneInfo(zone))

    page = visitors.open(
        f"{daphne.url}/motions/still/changes/",
        timezone_id=CHATHAM,
        java_script_enabled=has_scripts,
    )

    created = page.locator(".chronicle time").last
    expect(created).to_have_text(f"{at.day} {at:%b %Y, %H:%M:%S}{mark}")


def test_each_month_is_written_as_the_server_does(modules: Page) -> None:
    script = """async (moments) => {
      const { localTime } = await import("/format.js");
      return moments.map((at) => localTime(at, "day"));
    }"""
    moments = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]

    written = modules.evaluate(script, [at.isoformat() for at in moments])

    assert written == [write_time(at, "day") for at in moments]
