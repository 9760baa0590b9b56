"""The page in a stock Firefox: what a lesson needs of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser import firefox
from tests.browser.motion_page import (
    assert_true_path,
    expect_live,
    let_steps_pass,
    middle_of,
    ranges,
    status,
    until,
)
from tests.browser.people import People
from tests.browser.visitors import Visitors
from tests.support.browser_binary import firefox as firefox_binary
from tests.support.servers import Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("firefox")


@pytest.fixture(scope="module")
def browser(playwright: Playwright, home: Path) -> Iterator[Browser]:
    binary = firefox_binary()
    if binary is None:
        pytest.fail("The browser tests need Firefox: sudo apt install firefox-esr")
    browser = firefox.launch(playwright, binary, home)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def visitors(browser: Browser) -> Iterator[Visitors]:
    """Of all tests: a page takes long to open."""
    visitors = Visitors(People(browser, most_kept=0))  # it empties none by Chromium's protocol
    yield visitors
    visitors.leave()
    assert visitors.unexpected() == []


@pytest.fixture(scope="module")
def page(visitors: Visitors, daphne: Daphne) -> Page:
    """A running motion."""
    return visitors.open(f"{daphne.url}/motions/foxed/")


def test_line_and_controls_work_for_everyone(
    visitors: Visitors, page: Page, site: Site, daphne: Daphne
) -> None:
    other = visitors.open(page.url)
    for each in (page, other):
        expect_live(each)
        assert_true_path(site, "foxed", let_steps_pass(each))

    page.locator("#variance").fill("1,5")
    page.locator("#variance").press("Enter")
    for each in (page, other):
        expect(each.locator("#variance-label")).to_have_text("Variance: 1.5")
    other.locator("#pause").click()
    for each in (page, other):
        expect(status(each)).to_contain_text("Paused")
    page.locator("#pause").click()
    expect_live(other)
    assert_true_path(site, "foxed", let_steps_pass(other))
    other.close()


def test_view_zooms_freezes_and_goes_live_again(page: Page) -> None:
    let_steps_pass(page)
    before = width_of(page)

    page.mouse.move(*middle_of(page))
    page.keyboard.down("Control")  # without it the wheel scrolls the page
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    until(page, lambda: width_of(page) < before, "fewer steps in view")
    page.locator("#follow").click()
    until(page, lambda: width_of(page) >= before, "the newest steps")
    page.locator("#freeze").click()
    expect(page.locator("#freeze")).to_have_attribute("aria-pressed", "true")
    expect(status(page)).to_have_text(re.compile(r"frozen, \d+ steps behind$"))

    page.locator("#follow").click()
    expect_live(page)


def width_of(page: Page) -> float:
    """How many steps the chart shows."""
    left, right = ranges(page)[0]
    return right - left


def test_chosen_view_outlives_a_link_and_back(page: Page) -> None:
    page.locator("#all").click()
    page.get_by_role("link", name="Motions").click()
    expect(page.locator("h1")).to_have_text("Motions")
    page.go_back(wait_until="commit")

    expect(page.locator("#all")).to_have_attribute("aria-pressed", "true")
    page.reload(wait_until="commit")
    expect(page.locator("#all")).to_have_attribute("aria-pressed", "true")
    expect_live(page)


def test_export_downloads_the_path_and_its_picture(page: Page, site: Site, home: Path) -> None:
    let_steps_pass(page)
    page.locator("#open-export").click()
    page.get_by_role("dialog").get_by_text("The whole path").click()
    page.locator("#export-csv").click()
    numbers = downloaded(page, home, "csv")
    page.locator("#export-png").click()
    picture = downloaded(page, home, "png")
    page.keyboard.press("Escape")

    lines = numbers.decode().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert len(rows) > 5
    assert [int(row["step"]) for row in rows] == list(range(len(rows)))
    expected = site.timeline("foxed").positions(0, len(rows) - 1)
    assert [float(row["position"]) for row in rows] == expected.tolist()
    assert picture.startswith(b"\x89PNG")


def downloaded(page: Page, home: Path, kind: str) -> bytes:
    """The one file of this kind that was downloaded, once it is whole."""
    expect(page.locator("#export-note")).to_have_text(re.compile(rf"^Saved as \S+\.{kind}\.$"))
    name = page.locator("#export-note").inner_text().removeprefix("Saved as ").removesuffix(".")
    file = home / "downloads" / name
    until(page, lambda: file.exists() and file.stat().st_size, f"the file {name}")
    return file.read_bytes()


def test_student_joins_by_code(visitors: Visitors, site: Site, daphne: Daphne) -> None:
    code = shell(
        site,
        "make_user('fritz')",
        "owner = make_user('fanny')",
        "motion = make_own_motion(owner, slug='coded', visibility='private')",
        "print(invitations.create_invitation(motion.pk, by=owner).code)",
    ).strip()
    page = visitors.open(f"{daphne.url}/join/")
    page.get_by_label("Code").fill(code.lower())
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Sign in").last.click()
    page.get_by_label("Username or email").fill("fritz")
    page.get_by_label("Password", exact=True).fill("secret")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Join").click()

    expect(page).to_have_url(f"{daphne.url}/motions/coded/")
    expect_live(page)
