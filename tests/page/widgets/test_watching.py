"""watching.js: the card "Watching" as the template has it; the test answers for the server."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.base import Lexer, TokenType
from playwright.sync_api import Page, expect

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

TEMPLATE = Lexer((ROOT / "templates" / "motion" / "motion.html").read_text())
HTML = "".join(
    token.contents for token in TEMPLATE.tokenize() if token.token_type == TokenType.TEXT
)
"""The page without Django's tags."""

STATE = {"control": "controllers", "owner": "Ada", "controllers": ["Ben"]}
HERE = {"count": 5, "names": ["Ada", "Ben", "Cy"]}
"""The page is given an id beside each of these names."""


# The server's answers wait until the test gives them.
START = """async ([html, me, state]) => {
  const { Watching } = await import("/widgets/watching.js");
  const page = new DOMParser().parseFromString(html, "text/html");
  const parts = ["#notice", "#watching", ".owner", "#people"];
  document.body.replaceChildren(...parts.map((part) => page.querySelector(part)));
  document.head.innerHTML = "<style>[data-disowned] [data-owner] { display: none }</style>";
  document.body.dataset.me = me;
  window.asked = [];
  const ask = (fields) => new Promise((resolve) => asked.push({ fields, resolve }));
  const api = { submit: (form, fields) => ask(fields), findPeople: ask };
  window.watching = new Watching(document.body, api, state);
}"""

GIVEN = {"can_control": False, "revision": 1, "owner_id": "id-Ada", "by": None, "kind": ""}
"""What the page came with."""


def show(page: Page, viewers: dict[str, Any] | None = HERE, **state: Any) -> None:
    state = STATE | GIVEN | state
    state |= {"owner_id": f"id-{state['owner']}"}
    state |= {"controller_ids": [f"id-{name}" for name in state["controllers"]]}
    if viewers:
        viewers = {"ids": [f"id-{name}" for name in viewers["names"]]} | viewers
    page.evaluate("([state, viewers]) => watching.show(state, viewers)", [state, viewers])


def answer(page: Page, refusal: str | None) -> dict[str, str]:
    """Answer the oldest question; what it was."""
    fields: dict[str, str] = page.evaluate(
        "(refusal) => { const { fields, resolve } = asked.shift();"
        " resolve(refusal); return fields; }",
        refusal,
    )
    return fields


def is_asked(page: Page) -> int:
    count: int = page.evaluate("asked.length")
    return count


@pytest.fixture
def ada(modules: Page) -> Page:
    modules.evaluate(START, [HTML, "id-Ada", GIVEN])
    show(modules)
    return modules


@pytest.fixture
def ben(modules: Page) -> Page:
    modules.evaluate(START, [HTML, "id-Ben", GIVEN])
    show(modules)
    return modules


def test_watching_shows_viewers_and_controllers(ben: Page) -> None:
    expect(ben.locator("#people-count")).to_have_text("5 watching: 3 with names, 2 visitors.")
    expect(ben.locator("#people-list li")).to_have_text(["Adaowner", "Bencontrolsyou", "Cy"])
    expect(ben.locator("#people-control")).to_have_text("Ada (owner) and Ben can change it.")
    expect(ben.locator("#watching")).to_have_text("5 watchingADBECY+2")
    expect(ben.get_by_role("img", name="Ada, Ben, Cy and 2 more")).to_be_visible()
    expect(ben.get_by_role("button")).to_have_count(0)
    expect(ben.get_by_role("switch")).to_be_hidden()


def test_watching_shows_control_before_viewers_are_known(ben: Page) -> None:
    ben.evaluate(START, [HTML, "id-Ben", GIVEN])

    show(ben, None)

    expect(ben.locator("#watching")).to_be_hidden()
    expect(ben.locator("#people-count")).to_be_empty()
    expect(ben.locator("#people-control")).to_have_text("Ada (owner) and Ben can change it.")


def test_watching_shows_a_name_as_text(ben: Page) -> None:
    show(ben, {"count": 1, "names": ["<img src=x>"]})

    expect(ben.locator("#people-list li").first).to_have_text("<img src=x>")
    expect(ben.locator("img")).to_have_count(0)


def test_watching_hands_control_over_and_takes_it_back(ada: Page) -> None:
    ada.get_by_role("button", name="Let Cy control").click()
    assert answer(ada, None) == {"action": "let", "person": "id-Cy"}
    show(ada, controllers=["Ben", "Cy"])

    ada.get_by_role("button", name="Take back control from Cy").click()

    assert answer(ada, None) == {"action": "take-back", "person": "id-Cy"}
    show(ada)
    expect(ada.get_by_role("button", name="Let Cy control")).to_be_visible()


def test_watching_keeps_the_focus_on_a_pressed_button(ada: Page) -> None:
    ada.get_by_role("button", name="Let Cy control").focus()
    ada.keyboard.press("Enter")
    answer(ada, None)

    show(ada, {"count": 6, "names": ["Zed", "Ben", "Cy", "Ada"]}, controllers=["Ben", "Cy"])

    expect(ada.get_by_role("button", name="Take back control from Cy")).to_be_focused()
    expect(ada.locator("#people-list bdi")).to_have_text(["Ada", "Zed", "Ben", "Cy"])


def test_watching_lists_people_of_one_name_separately(ada: Page) -> None:
    here = {"count": 3, "names": ["Ada", "ann@…", "ann@…"], "ids": ["id-Ada", "2", "3"]}
    show(ada, here, controllers=[])

    expect(ada.locator("#people-list bdi")).to_have_text(["Ada", "ann@…", "ann@…"])
    ada.get_by_role("button", name="Let ann@… control").nth(1).click()
    assert answer(ada, None) == {"action": "let", "person": "3"}

    show(ada, here | {"names": ["Ada", "anna", "ann@…"]}, controllers=[])
    expect(ada.locator("#people-list bdi")).to_have_text(["Ada", "anna", "ann@…"])


def test_watching_ignores_a_second_press_during_a_request(ada: Page) -> None:
    button = ada.get_by_role("button", name="Let Cy control")
    button.click()
    button.click()
    assert is_asked(ada) == 1

    answer(ada, None)

    expect(button).not_to_have_attribute("aria-busy", "true")
    button.click()
    assert is_asked(ada) == 1


def test_watching_switches_only_i_control(ada: Page) -> None:
    switch = ada.get_by_role("switch", name="Only I control")
    expect(switch).not_to_be_checked()
    switch.focus()
    ada.keyboard.press("Space")
    assert answer(ada, None) == {"action": "only-me", "on": "true"}

    show(ada, control="owner")

    expect(switch).to_be_checked()
    expect(ada.locator("#people-control")).to_have_text("Only Ada (owner) can change it.")
    switch.click()
    assert answer(ada, None) == {"action": "only-me", "on": "false"}
    show(ada)
    expect(switch).not_to_be_checked()


def test_watching_keeps_the_switch_while_its_request_runs(ada: Page) -> None:
    switch = ada.get_by_role("switch", name="Only I control")
    switch.click()

    switch.click()

    expect(switch).to_be_checked()
    assert is_asked(ada) == 1


def test_watching_shows_a_refusal_and_resets_the_switch(ada: Page) -> None:
    switch = ada.get_by_role("switch", name="Only I control")
    switch.click()
    expect(switch).to_be_checked()

    answer(ada, "Nobody of that name watches.")

    expect(ada.get_by_role("alert")).to_have_text("Nobody of that name watches.")
    expect(switch).not_to_be_checked()
    switch.click()
    expect(ada.locator("#people-error")).to_be_hidden()


def test_watching_shows_tools_to_the_owner_only(ben: Page) -> None:
    expect(ben.get_by_text("Settings")).to_be_hidden()
    show(ben, owner="Ben", controllers=["Ada"])
    expect(ben.get_by_role("switch", name="Only I control")).to_be_visible()
    expect(ben.get_by_text("Settings")).to_be_visible()
    expect(ben.get_by_role("button")).to_have_text(["Take back control", "Let Cy control"])

    show(ben)

    expect(ben.get_by_role("switch")).to_be_hidden()
    expect(ben.get_by_role("button")).to_have_count(0)


def test_watching_keeps_a_notice_until_it_is_closed_or_outdated(ben: Page) -> None:
    notice = ben.get_by_role("status")
    expect(notice).to_be_empty()

    show(ben, can_control=True, revision=2, by="Ada", kind="let")
    show(ben, {"count": 1, "names": ["Ada"]}, can_control=True, revision=3, by="Ben")

    text = "Ada handed you the controls. You can change the motion for everyone."
    expect(notice).to_have_text(text)
    ben.get_by_role("button", name="Close").click()
    expect(notice).to_be_empty()
    expect(ben.locator("#notice")).to_have_attribute("data-shown", "false")

    show(ben, revision=4, by="Ada", kind="take-back")

    expect(notice).to_have_text("Ada took the controls back. You are watching now.")


def test_watching_notices_a_change_during_loading(ben: Page) -> None:
    ben.evaluate(START, [HTML, "id-Ben", GIVEN | {"can_control": True}])

    show(ben, revision=2, by="Ada", kind="only-me")

    expect(ben.get_by_role("status")).to_have_text(
        "Ada switched “Only I control” on. You are watching now."
    )


def test_watching_lists_an_absent_controller(ada: Page) -> None:
    show(ada, {"count": 1, "names": ["Ada"]})
    expect(ada.locator("#people-list li")).to_have_text(
        ["Adaowneryou", "BencontrolsawayTake back control"]
    )

    show(ada, {"count": 1, "names": ["Ada"]}, controllers=[])

    expect(ada.locator("#people-list li")).to_have_text(["Adaowneryou"])


MANY = {"count": 12, "names": [f"P{at}" for at in range(12)]}


def answer_search(page: Page, name: str, *names: str) -> None:
    """Type `name`, and answer the question with people of these names."""
    page.get_by_label("Find a person").fill(name)
    page.wait_for_function("() => asked.length > 0")
    people = [{"id": f"id-{one}", "name": one, "is_here": True, "role": None} for one in names]
    text = page.evaluate(
        "(people) => { const { fields, resolve } = asked.shift(); resolve({ people });"
        " return fields; }",
        people,
    )
    assert text == name


def test_watching_finds_a_person_beyond_the_list_by_keyboard(ada: Page) -> None:
    expect(ada.get_by_label("Find a person")).to_be_hidden()
    show(ada, MANY)

    answer_search(ada, "zo", "Zoë", "Zorro")

    expect(ada.locator("#people-list bdi")).to_have_text(["Zoë", "Zorro"])
    expect(ada.locator("#people-found")).to_have_text("2 people found.")
    ada.get_by_label("Find a person").press("Tab")
    expect(ada.get_by_role("button", name="Let Zoë control")).to_be_focused()
    ada.keyboard.press("Enter")
    assert answer(ada, None) == {"action": "let", "person": "id-Zoë"}

    ada.get_by_label("Find a person").fill("")

    expect(ada.locator("#people-list bdi")).to_have_count(13)  # Ben, who controls, is away
    expect(ada.locator("#people-found")).to_be_empty()


def test_watching_searches_again_after_a_change_only(ada: Page) -> None:
    show(ada, MANY)
    answer_search(ada, "zo", "Zoë")

    show(ada, MANY, revision=2, controllers=["Zoë"])

    ada.wait_for_function("() => asked.length > 0")
    assert answer(ada, None) == "zo"


def test_watching_offers_no_search_to_others(ben: Page) -> None:
    show(ben, MANY)

    expect(ben.get_by_label("Find a person")).to_be_hidden()
