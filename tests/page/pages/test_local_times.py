"""local-times.js: times of the server in the zone of the reader."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CHATHAM = "Pacific/Chatham"  # 13:45 ahead of UTC in summer: another day, and another minute

LOCALISED = """async ([at, to, text]) => {
  const { localise } = await import("/pages/local-times.js");
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
def test_localise_writes_the_time_in_the_zone_of_the_reader(page: Page, to: str, text: str) -> None:
    found = page.evaluate(LOCALISED, ["2026-11-22T18:05:09+00:00", to, "as the server wrote it"])

    assert found == [text, "as the server wrote it"]


@pytest.mark.parametrize(
    ("at", "to"), [("", "day"), ("tomorrow", "minute"), ("2026-11-22T18:05:09Z", None)]
)
def test_localise_keeps_a_text_that_is_no_time(page: Page, at: str, to: str | None) -> None:
    assert page.evaluate(LOCALISED, [at, to, "some time"]) == ["some time", ""]
