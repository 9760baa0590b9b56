"""A lesson: people join by link and by code, get control and lose it, are removed, sign out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.motion_page import expect_live
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "between-drift-and-noise"
LIMITS = {"MOTION_SWEEP_S": 0.5, "MOTION_SESSION_CHECK_S": 0.5}
LESSONS = ("linked", "coded", "handed", "kept", "emptied", "left", "given")

Enter = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Private motions of ada's that she alone controls, with ben and cy to watch most of them."""
    site = Site(tmp_path_factory.mktemp("site"), settings=LIMITS).setup()
    shell(
        site,
        "ada, ben, cy = [make_user(name) for name in ('ada', 'ben', 'cy')]",
        f"for slug in {LESSONS!r}:",
        "    motion = make_own_motion(ada, slug=slug, title='Lesson ' + slug, step=40,",
        "        interval=0.1, control='controllers', visibility='private')",
        "    if slug not in ('linked', 'coded'):",
        "        for user in (ben, cy):",
        "            members.set_role(motion.pk, user, 'viewer')",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def sessions(daphne: Daphne) -> dict[str, str]:
    return {name: sign_in(daphne, name).split("=", 1)[1] for name in ("ada", "ben", "cy")}


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne, sessions: dict[str, str]) -> Enter:
    """Somebody at a browser of their own, signed in, on a page of the site."""

    def enter(name: str, path: str) -> Page:
        page = visitors.arrive(chart=False)
        session = {"name": "sessionid", "value": sessions[name], "url": daphne.url}
        page.context.add_cookies([session])
        visitors.visit(page, f"{daphne.url}{path}")
        return page

    return enter


def in_control(page: Page) -> None:
    expect(page.locator("#pause")).to_be_enabled()


def watching_only(page: Page) -> None:
    expect(page.locator("#controls")).to_be_hidden()


def expect_answered(pressed: Locator) -> None:
    """The request of the last press is answered, which others may hear of first: one at a time."""
    expect(pressed).not_to_have_attribute("aria-busy", "true")


# --- joining -----------------------------------------------------------------------------------


def test_student_joins_by_link_and_signs_up_on_the_way(
    enter: Enter, visitors: Visitors, daphne: Daphne
) -> None:
    ada = enter("ada", "/motions/linked/share/")
    ada.get_by_role("button", name="Make a code for one day").click()
    link = ada.locator("#link").inner_text()
    ada.goto(f"{daphne.url}/motions/linked/")
    expect_live(ada)

    student = visitors.open(link, chart=False)
    expect(student.locator("h1")).to_have_text("Lesson linked")
    student.get_by_role("link", name="Sign in").last.click()
    student.get_by_role("link", name="Sign up").click()
    student.get_by_label("Username").fill("eve")
    student.get_by_label("Password", exact=True).fill(PASSWORD)
    student.get_by_label("Password (again)").fill(PASSWORD)
    student.keyboard.press("Enter")
    expect(student).to_have_url(link)
    student.get_by_role("button", name="Join").click()

    expect(student).to_have_url(f"{daphne.url}/motions/linked/")
    expect_live(student)
    watching_only(student)
    expect(ada.locator("#people-list")).to_contain_text("eve")


def test_student_joins_by_code(enter: Enter, visitors: Visitors, daphne: Daphne) -> None:
    ada = enter("ada", "/motions/coded/share/")
    ada.get_by_role("button", name="Make a code for one day").click()
    code = ada.locator(".code").inner_text()
    assert re.fullmatch("[A-Z]{4} [A-Z]{4}", code)

    student = visitors.open(f"{daphne.url}/join/", chart=False)
    student.get_by_label("Code").fill("AAAAAA")
    student.keyboard.press("Enter")
    expect(student.get_by_text("This code is wrong or has expired")).to_be_visible()
    student.get_by_label("Code").fill(code.lower())
    student.keyboard.press("Enter")
    student.get_by_role("link", name="Sign in").last.click()
    student.get_by_label("Username or email").fill("cy")
    student.get_by_label("Password", exact=True).fill("secret")
    student.keyboard.press("Enter")
    student.get_by_role("button", name="Join").click()

    expect(student).to_have_url(f"{daphne.url}/motions/coded/")
    expect_live(student)


def test_new_motion_takes_a_comma_and_steps_by_arrow_keys(enter: Enter) -> None:
    page = enter("ada", "/motions/new/")
    page.get_by_label("Title").fill("Commas")
    page.get_by_label("Variance").fill("0,5")
    page.get_by_label("Variance").press("ArrowUp")
    expect(page.get_by_label("Variance")).to_have_value("0.6")
    page.get_by_label("Drift").fill("−0,25")

    page.get_by_role("button", name="Create motion").click()

    expect(page.locator("#law")).to_have_text("N(−0.25, 0.6)")


def test_private_motion_shows_nothing_to_a_stranger(visitors: Visitors, daphne: Daphne) -> None:
    visitors.expect("status of 404")
    for slug in ("linked", "none-at-all"):
        page = visitors.open(f"{daphne.url}/motions/{slug}/")
        expect(page.locator("h1")).to_have_text("Page not found.")
        expect(page.get_by_role("main").get_by_role("link", name="sign in")).to_be_visible()


# --- control -----------------------------------------------------------------------------------


def test_control_is_handed_over_and_taken_back_by_clicks(enter: Enter) -> None:
    ada, ben, cy = (enter(name, "/motions/handed/") for name in ("ada", "ben", "cy"))
    for page in (ben, cy):
        expect_live(page)
        watching_only(page)

    ada.get_by_role("button", name="Let ben control").click()
    in_control(ben)
    watching_only(cy)
    for page in (ada, ben, cy):
        expect(page.locator("#people")).to_contain_text("ada (owner) and ben can change it.")
    ben.locator("#variance").fill("0.25")
    ben.keyboard.press("Enter")
    for page in (ada, cy):
        expect(page.locator("#variance-label")).to_have_text("Variance: 0.25")
        expect(page.locator("#latest")).to_contain_text("ben changed the variance 1 → 0.25")

    take_back = ada.get_by_role("button", name="Take back control")
    expect_answered(take_back)
    take_back.click()
    watching_only(ben)
    in_control(ada)


def test_only_i_control_takes_control_and_gives_it_back(enter: Enter) -> None:
    ada, ben = enter("ada", "/motions/kept/"), enter("ben", "/motions/kept/")
    ada.get_by_role("button", name="Let ben control").click()
    in_control(ben)

    switch = ada.get_by_role("switch", name="Only I control")
    switch.click()
    watching_only(ben)
    expect(ben.locator("#people")).to_contain_text("Only ada (owner) can change it.")
    expect_answered(switch)
    switch.click()

    in_control(ben)


# --- leaving -----------------------------------------------------------------------------------


def test_removed_student_sees_a_message_and_loses_the_page(
    enter: Enter, visitors: Visitors, daphne: Daphne
) -> None:
    visitors.expect_late_requests("emptied")
    ben, cy = enter("ben", "/motions/emptied/"), enter("cy", "/motions/emptied/")
    for page in (ben, cy):
        expect_live(page)

    ada = enter("ada", "/motions/emptied/people/")
    ada.get_by_role("link", name="Remove ben").click()
    ada.get_by_role("button", name="Remove").click()

    expect(ben.locator("#status")).to_have_text("You can no longer see this motion.")
    expect(ben.locator("#controls")).to_have_count(0)
    expect(ben.locator("#people")).to_have_count(0)
    expect_live(cy)
    ben.reload()
    expect(ben.locator("h1")).to_have_text("Page not found.")


def test_pages_return_after_sign_in_when_another_tab_signed_out(
    enter: Enter, visitors: Visitors, daphne: Daphne
) -> None:
    visitors.expect_late_requests("left")
    tab = enter("ben", "/motions/left/")
    expect_live(tab)
    second, other = tab.context.new_page(), tab.context.new_page()
    second.goto(f"{daphne.url}/motions/left/")
    expect_live(second)
    form = tab.context.new_page()
    form.goto(f"{daphne.url}/motions/new/")
    form.locator("[name=title]").fill("Typed before")
    other.goto(f"{daphne.url}/accounts/")

    other.locator(".person").click()
    other.locator("#account-menu").get_by_role("button", name="Sign out").click()

    for page in (tab, second):
        expect(page.locator("#status")).to_have_text("You are signed out.")
    expect(form.locator(".upgrade")).to_contain_text("You signed in or out in another tab.")
    tab.get_by_role("link", name="Sign in again").click()
    tab.get_by_label("Username or email").fill("ben")
    tab.get_by_label("Password", exact=True).fill("secret")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(f"{daphne.url}/motions/left/")
    for page in (tab, second):
        expect_live(page)
    expect(other.locator("header .person")).to_contain_text("ben")  # it was a visitor's
    expect(form.locator(".upgrade")).to_be_hidden()
    form.locator("[name=title]").press("Enter")
    expect(form.locator("#title")).to_have_text("Typed before")


def test_ownership_that_moves_takes_its_tools_along(enter: Enter, site: Site) -> None:
    ada, cy = enter("ada", "/motions/given/"), enter("cy", "/motions/given/")
    expect(ada.get_by_role("switch", name="Only I control")).to_be_visible()
    expect(cy.get_by_role("switch")).to_be_hidden()

    shell(
        site,
        "from django.contrib.auth import get_user_model",
        "cy = get_user_model().objects.get(username='cy')",
        "members.transfer_ownership(Motion.objects.get(slug='given').pk, cy)",
    )

    expect(cy.get_by_role("switch", name="Only I control")).to_be_visible()
    expect(cy.locator("#asking")).to_be_visible()
    expect(cy.locator("#owner-links")).to_be_visible()
    for part in ("#asking", "#owner-links", "#owner-tools"):
        expect(ada.locator(part)).to_be_hidden()
    expect(ada.locator(".upgrade")).to_have_count(0)
    expect(ada.get_by_role("switch")).to_be_hidden()
