"""follow-bar.js: whose view a page follows, and whether anyone sees what the owner presents."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

START = """async () => {
  const { FollowBar } = await import("/widgets/follow-bar.js");
  document.body.innerHTML = `<div id="presenter"><p id="presenter-text"></p>
    <button id="presenter-button" hidden></button></div>
    <input id="present" type="checkbox"><span id="followers" hidden></span>`;
  window.bar = new FollowBar(document.body, { onPresent: () => {}, onToggle: () => {} });
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    modules.evaluate(START)
    return modules


@pytest.mark.parametrize(
    ("presenter", "phase", "text", "button"),
    [
        (None, "live", "", None),
        (None, "waiting", "", None),
        (None, "polling", "Without a live connection, this page follows no presenter.", None),
        ({"by": "Ana", "isOn": True}, "live", "Following Ana", "Leave"),
        ({"by": "Ana", "isOn": False}, "live", "You left Ana's view", "Follow Ana"),
    ],
)
def test_bar_says_whose_view_the_page_follows(
    page: Page, presenter: dict[str, Any] | None, phase: str, text: str, button: str | None
) -> None:
    page.evaluate("([presenter, phase]) => bar.show(presenter, phase)", [presenter, phase])

    isolates = str.maketrans("", "", "\u2066\u2067\u2068\u2069")
    assert page.locator("#presenter-text").inner_text().translate(isolates) == text
    shown = page.locator("#presenter-button")
    assert (shown.inner_text().translate(isolates) if shown.is_visible() else None) == button


@pytest.mark.parametrize(
    ("is_on", "phase", "text", "is_enabled"),
    [
        (False, "live", None, True),
        (True, "live", "1 follower", True),
        (True, "waiting", "Nobody sees it: no live connection", True),
        (True, "polling", "Nobody sees it: no live connection", True),
        (False, "polling", None, False),
    ],
)
def test_switch_says_whether_anyone_sees_the_view(
    page: Page, is_on: bool, phase: str, text: str | None, is_enabled: bool
) -> None:
    page.evaluate("([isOn, phase]) => bar.showPresenting(isOn, 1, phase)", [is_on, phase])

    switch, followers = page.locator("#present"), page.locator("#followers")
    expect(switch).to_be_checked(checked=is_on)
    expect(switch).to_be_enabled(enabled=is_enabled)
    assert (followers.inner_text() if followers.is_visible() else None) == text
