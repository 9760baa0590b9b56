"""An account in a real browser: signed up and in on a phone, its menu by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.motion_page import expect_live
from tests.browser.visitors import Visitors
from tests.support.browser_binary import FLAGS, headless_chromium
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
PASSWORD = "between-drift-and-noise"

SIDEWAYS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def settle(page: Page, heading: str) -> None:
    """The page with that heading is there, and fits its screen."""
    expect(page.locator("h1")).to_have_text(heading)
    assert page.evaluate(SIDEWAYS) == 0


def test_phone_signs_up_out_and_in_and_comes_back(visitors: Visitors, daphne: Daphne) -> None:
    name = "a-name-far-longer-than-any-header-has-room-for"
    page = visitors.open(f"{daphne.url}/motions/still/", chart=False, **PHONE)
    person = page.locator(".person")
    expect(page.locator("h1")).to_be_visible()

    page.get_by_role("link", name="Sign in").click()
    settle(page, "Sign in")
    page.get_by_role("link", name="Sign up").click()
    settle(page, "Sign up")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{daphne.url}/motions/still/")
    expect(page.get_by_role("status").filter(has_text="signed in")).to_be_visible()
    expect(person).to_contain_text(name)
    assert page.evaluate(SIDEWAYS) == 0

    person.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{daphne.url}/")
    expect(person).to_have_count(0)

    page.goto(f"{daphne.url}/motions/still/")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Username or email").fill(name)
    page.get_by_label("Password", exact=True).fill("mistyped")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.get_by_label("Username or email")).to_have_value(name)
    settle(page, "Sign in")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{daphne.url}/motions/still/")
    expect(person).to_contain_text(name)


def test_menu_opens_and_closes_by_keyboard(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/accounts/signup/?next=/accounts/")
    page.get_by_label("Username").fill("by-keyboard")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.keyboard.press("Enter")
    settle(page, "by-keyboard")
    menu = page.locator("#account-menu")

    page.locator(".person").focus()
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    page.keyboard.press("Tab")
    expect(menu.get_by_role("link", name="My motions")).to_be_focused()
    page.keyboard.press("Escape")

    expect(menu).to_be_hidden()
    expect(page.locator(".person")).to_be_focused()


@pytest.fixture
def keeping_browser(browser: Browser) -> Iterator[Browser]:
    """One that keeps the pages that one leaves, to show them again by Back; Playwright's do not."""
    kept = browser.browser_type.launch(
        executable_path=headless_chromium(),
        args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    yield kept
    kept.close()


@pytest.mark.fault("Back, after signing out")
def test_back_button_shows_no_private_page_after_sign_out(
    keeping_browser: Browser, daphne: Daphne, site: Site
) -> None:
    shell(
        site, "make_own_motion(make_user('seen'), slug='hers', title='Hers', visibility='private')"
    )
    page = keeping_browser.new_page()
    name, _, value = sign_in(daphne, "seen").partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": daphne.url}])
    page.goto(f"{daphne.url}/accounts/")
    page.goto(f"{daphne.url}/motions/")
    page.goto(f"{daphne.url}/motions/hers/")
    expect_live(page)

    page.locator(".person").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()

    for heading in ("Page not found.", "Motions", "Sign in"):
        page.evaluate("history.back()")
        expect(page.locator("h1")).to_have_text(heading)
        expect(page.locator("body")).not_to_contain_text(re.compile("seen|Hers"))
