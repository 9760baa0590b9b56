"""Guests in real browsers: joining on a phone, and what the owner does to them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
SECRET = "between-drift-and-noise"
LONG = "x" * 30
WIDTH = "document.documentElement.scrollWidth"

SEND_ANSWER = """async () => {
  const body = new FormData(document.querySelector("#answer"));
  for (const name of ["low", "high"]) body.set(name, 1);
  body.set("question", 1);
  const response = await fetch("/motions/joined/answers/", { method: "POST", body });
  return response.status;
}"""
"""Answer as the page would with the token that it has."""

Join = Callable[[str], Page]


@pytest.fixture(scope="module")
def path(site: Site) -> str:
    """The address of an invitation to the unlisted motion of mrs_miller."""
    answer = shell(
        site,
        "import json",
        "owner = make_user('mrs_miller')",
        "motion = make_own_motion(owner, slug='joined', visibility='unlisted', ensemble=40,",
        "    control='controllers')",
        "invitation = invitations.create_invitation(motion.pk, by=owner)",
        "print(json.dumps(invitation.get_absolute_url()))",
    )
    return str(json.loads(answer))


@pytest.fixture
def join(visitors: Visitors, daphne: Daphne, path: str) -> Join:
    """A phone that joins with the link as a person does: a name, one tap."""

    def join(name: str) -> Page:
        page = visitors.arrive(viewport=PHONE, chart=False)
        visitors.visit(page, f"{daphne.url}{path}")
        expect(page.locator("[name=name]")).to_be_focused()
        page.keyboard.type(name)
        page.get_by_role("button", name="Join").click()
        page.wait_for_url("**/motions/joined/")
        return page

    return join


@pytest.fixture
def owner(visitors: Visitors, daphne: Daphne, path: str) -> Page:
    page = visitors.arrive(chart=False)
    session = sign_in(daphne, "mrs_miller").split("=", 1)[1]
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
    visitors.visit(page, f"{daphne.url}/motions/joined/")
    return page


def names_of(page: Page) -> list[str]:
    return page.locator("#people-list .name").all_inner_texts()


def test_guest_keeps_its_seat_and_its_open_page(
    join: Join, owner: Page, visitors: Visitors, daphne: Daphne
) -> None:
    visitors.expect("404")
    phone = join("Mia")
    expect(phone.locator("header .person")).to_have_text("Mia")
    expect(owner.locator("#people-list")).to_contain_text("Mia")
    phone.evaluate("window.stays = true")

    form = phone.context.new_page()
    form.goto(f"{daphne.url}/motions/joined/")
    form.get_by_role("link", name="Keep my seat").click()
    form.locator("[name=username]").fill("mia_miller")
    form.locator("[name=password1]").fill(SECRET)
    form.locator("[name=password2]").fill(SECRET)
    form.locator("main").get_by_role("button", name="Keep my seat").click()

    form.wait_for_url("**/motions/joined/")
    expect(form.locator("header .person")).to_contain_text("mia_miller")
    expect(phone.locator("header .person")).to_contain_text("mia_miller")
    expect(phone.locator("header .keep-seat")).to_have_count(0)
    for page in (phone, owner):
        expect(page.locator("#people-list")).to_contain_text("mia_miller")
        expect(page.locator("#people-list")).not_to_contain_text("Mia")
    assert phone.evaluate(SEND_ANSWER) == 404  # there is no question; 403 is an old form
    assert phone.evaluate("window.stays")


def test_owner_hides_names_and_removes_a_guest(join: Join, owner: Page, daphne: Daphne) -> None:
    phone = join("Jun")
    expect(owner.locator("#people-list")).to_contain_text("Jun")
    people = owner.context.new_page()
    people.goto(f"{daphne.url}/motions/joined/people/")

    people.get_by_role("button", name="Hide names").click()
    expect(owner.locator("#people-list")).to_contain_text("Student")
    expect(owner.locator("#people-list")).not_to_contain_text("Jun")
    expect(people.locator("section[aria-labelledby=guests]")).to_contain_text("Jun")
    people.get_by_role("button", name="Show names").click()
    expect(owner.locator("#people-list")).to_contain_text("Jun")

    people.get_by_role("link", name="Remove Jun").click()
    expect(people.locator("h1")).to_have_text("Remove Jun?")
    people.get_by_role("button", name="Remove").click()
    expect(people.locator("section[aria-labelledby=guests]")).not_to_contain_text("Jun")
    expect(owner.locator("#people-list")).not_to_contain_text("Jun")
    expect(phone.locator("header a", has_text="Enter a code")).to_be_visible()
    expect(phone.locator("body")).not_to_contain_text("Jun", use_inner_text=True)


def test_owner_renames_a_guest(join: Join, owner: Page, daphne: Daphne) -> None:
    phone = join("Zoe")
    people = owner.context.new_page()
    people.goto(f"{daphne.url}/motions/joined/people/")

    row = people.locator("section[aria-labelledby=guests] li", has_text="Zoe")
    row.locator("summary").click()
    row.locator("input[name=name]").fill("Zoë")
    row.get_by_role("button", name="Save").click()

    expect(people.locator(".messages")).to_have_text("The guest is now called Zoë.")
    expect(phone.locator("#people-list")).to_contain_text("Zoë")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_guests_fit_a_phone(join: Join, owner: Page, daphne: Daphne, scheme: str) -> None:
    phone = join(LONG)
    owner.set_viewport_size({"width": 360, "height": 740})
    for page, address in (
        (phone, "/motions/joined/"),
        (phone, "/motions/joined/keep-seat/"),
        (phone, "/motions/joined/leave/"),
        (phone, "/motions/"),
        (owner, "/motions/joined/people/"),
        (owner, "/motions/joined/share/"),
    ):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{daphne.url}{address}")
        assert page.evaluate(WIDTH) == 360, address
    header = phone.locator("header.top")
    height = header.bounding_box()
    assert height is not None
    assert height["height"] < 60
