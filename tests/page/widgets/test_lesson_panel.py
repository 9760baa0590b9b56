"""lesson-panel.js: the card of a lesson, as in the template."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LESSON: dict[str, Any] = {
    "lesson": "Twice as far",
    "scene": 2,
    "scenes": 3,
    "titles": ["First", "Second", "Third"],
    "title": "Second",
    "notes": "Press Ask.\n\n“Where will <b>we</b> be?”",
    "view": {"mode": "whole"},
    "question": {
        "kind": "choice",
        "text": "Up or down?",
        "options": ["Up", "<i>Down</i>"],
        "number": 4,
        "state": "prepared",
    },
}

START = """async (html) => {
  const { LessonPanel } = await import("/widgets/lesson-panel.js");
  document.body.innerHTML = html;
  window.pressed = [];
  const note = (name) => (...values) => pressed.push([name, ...values]);
  const [onGo, onShow, onAsk, onAdd, onRemove] = ["go", "show", "ask", "add", "remove"].map(note);
  window.panel = new LessonPanel(document.body, { onGo, onShow, onAsk, onAdd, onRemove });
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    values = {"motion": {"get_absolute_url": "/motions/walk/"}}
    html = [render_to_string(f"motion/{name}.html", values) for name in ("lesson", "ask")]
    modules.evaluate(START, "".join(html))
    return modules


def show(page: Page, **changed: Any) -> None:
    page.evaluate("(lesson) => panel.show(lesson)", LESSON | changed)


def read_presses(page: Page) -> Any:
    return page.evaluate("pressed.splice(0)")


def test_card_shows_scene_notes_and_question(page: Page) -> None:
    expect(page.locator("#lesson")).to_be_hidden()

    show(page)

    expect(page.locator("#lesson-title")).to_have_text("Lesson: scene 2 of 3")
    expect(page.locator("#lesson-scene")).to_have_text("Second")
    notes = page.locator("#lesson-notes p")
    expect(notes).to_have_text(["Press Ask.", "“Where will <b>we</b> be?”"])
    expect(notes.nth(1)).to_have_class("speech")
    expect(page.locator("#lesson-options li")).to_have_text(["Up", "<i>Down</i>"])
    expect(page.locator("#lesson-following")).to_have_text("Next scene: “Third”")


def test_card_is_hidden_without_a_lesson(page: Page) -> None:
    show(page)

    page.evaluate("panel.show(null)")

    expect(page.locator("#lesson")).to_be_hidden()


def test_buttons_go_to_the_scenes_beside(page: Page) -> None:
    show(page)

    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Back").click()
    page.get_by_role("button", name="Show its view").click()

    assert read_presses(page) == [["go", 3], ["go", 1], ["show"]]


@pytest.mark.parametrize(
    ("scene", "back", "forth"), [(1, "true", "false"), (2, "false", "false"), (3, "false", "true")]
)
def test_buttons_end_with_the_lesson(page: Page, scene: int, back: str, forth: str) -> None:
    show(page, scene=scene)

    expect(page.locator("#lesson-back")).to_have_attribute("aria-disabled", back)
    expect(page.locator("#lesson-next")).to_have_attribute("aria-disabled", forth)
    page.locator("#lesson-next").click(force=True)
    assert len(read_presses(page)) == (forth == "false")


def test_buttons_wait_while_a_press_is_on_its_way(page: Page) -> None:
    show(page)

    page.evaluate("panel.showBusy(true)")
    for name in ("Next", "Back", "Ask"):
        page.get_by_role("button", name=name, exact=True).click(force=True)
    assert read_presses(page) == []

    page.evaluate("panel.showBusy(false)")
    page.get_by_role("button", name="Next").click()
    assert read_presses(page) == [["go", 3]]


@pytest.mark.parametrize(
    ("number", "state", "text", "fields"),
    [
        (4, "prepared", "Ask", {"action": "open", "number": "4"}),
        (4, "revealed", "Ask again", {"action": "again", "number": "4"}),
        (
            None,
            "",
            "Ask",
            {
                "action": "ask",
                "kind": "choice",
                "text": "Up or down?",
                "options": "Up\n<i>Down</i>",
                "correct": "1",
            },
        ),
    ],
)
def test_ask_opens_or_repeats_the_question(
    page: Page, number: Any, state: str, text: str, fields: dict[str, str]
) -> None:
    question = LESSON["question"] | {"number": number, "state": state, "correct": 1}
    show(page, question=question)

    page.get_by_role("button", name=text, exact=True).click()

    assert read_presses(page) == [["ask", fields]]


@pytest.mark.parametrize(
    ("asked", "changed", "next_step"),
    [
        (None, {}, "Ask"),
        ({"number": 3, "state": "open"}, {}, "Reveal"),
        ({"number": 3, "state": "closed"}, {"question": None}, "Reveal"),
        ({"number": 3, "state": "revealed"}, {}, "Ask"),
        ({"number": 3, "state": "revealed"}, {"question": None}, "Next"),
        ({"number": 4, "state": "closed"}, {}, "Next"),
        ({"number": 4, "state": "closed"}, {"scene": 3}, "Reveal"),
    ],
)
def test_next_step_alone_stands_out(
    page: Page, asked: dict[str, Any] | None, changed: dict[str, Any], next_step: str
) -> None:
    page.evaluate("document.getElementById('asked-steps').hidden = false")
    page.evaluate("(question) => panel.showAsked(question)", asked)
    show(page, **changed)

    steps = page.locator("#lesson-steps .primary")

    expect(steps).to_have_text([next_step])


def test_scene_without_view_or_question_has_no_buttons_for_them(page: Page) -> None:
    show(page, view=None, question=None, notes="")

    expect(page.locator("#lesson-show")).to_be_hidden()
    expect(page.locator("#lesson-question")).to_be_hidden()
    expect(page.locator("#lesson-ask")).to_be_hidden()
    expect(page.locator("#lesson-notes p")).to_have_count(0)


def test_form_adds_a_scene_and_removes_the_shown_one(page: Page) -> None:
    show(page)
    page.get_by_text("Add a scene from what I see").click()

    page.get_by_role("button", name="Add").click()  # refused without a title
    assert read_presses(page) == []
    page.get_by_label("Title").fill("Mine")
    page.get_by_label("Notes for you").last.fill("Say.")
    page.get_by_role("button", name="Add").click()
    page.get_by_role("button", name="Remove this scene").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()

    page.wait_for_function("pressed.length === 2")
    assert read_presses(page) == [["add", {"title": "Mine", "notes": "Say."}], ["remove", LESSON]]
    page.evaluate("panel.clearForm()")
    expect(page.get_by_label("Title")).to_be_hidden()
    expect(page.get_by_label("Title")).to_have_value("")


def test_scene_is_removed_only_after_a_confirmation_of_that_scene(page: Page) -> None:
    show(page)
    page.get_by_text("Add a scene from what I see").click()
    remove = page.get_by_role("button", name="Remove this scene")
    dialog = page.get_by_role("dialog")

    remove.click()
    expect(dialog).to_contain_text("“Second”")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()

    remove.click()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    remove.click()
    show(page, scene=3, title="Third")  # by another window
    dialog.get_by_role("button", name="Remove").click()
    page.wait_for_function("pressed.length")
    assert read_presses(page) == [["remove", LESSON]]


def test_question_that_everyone_sees_stands_in_the_card(page: Page) -> None:
    show(page)
    ask = page.get_by_role("button", name="Ask", exact=True)
    ask.focus()

    page.evaluate(
        "for (const id of ['asked', 'asked-steps']) document.getElementById(id).hidden = false"
    )
    page.evaluate("panel.showAsked({ number: 4, state: 'open' })")

    expect(page.locator("#lesson-question")).to_be_hidden()
    close = page.locator("#lesson").get_by_role("button", name="Close", exact=True)
    expect(close).to_be_focused()
    page.evaluate("panel.showAsked(null)")
    expect(ask).to_be_visible()


def test_question_of_an_earlier_scene_leaves_that_of_the_scene(page: Page) -> None:
    show(page)

    page.evaluate("panel.showAsked({ number: 3, state: 'open' })")

    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()


def test_question_returns_to_its_own_card_without_a_lesson(page: Page) -> None:
    show(page)
    page.evaluate("panel.show(null)")

    expect(page.locator("#asking-head + #asked + #asked-steps")).to_have_count(1)


def test_double_click_goes_to_one_scene(page: Page) -> None:
    show(page)

    page.get_by_role("button", name="Next").dblclick()

    assert read_presses(page) == [["go", 3]]


def test_pause_presses_the_button_of_the_controls(page: Page) -> None:
    show(page)
    page.evaluate("""() => {
      const pause = Object.assign(document.createElement("button"), { id: "pause" });
      pause.addEventListener("click", () => pressed.push("pause"));
      document.body.append(pause);
      panel.showPaused(true);
    }""")

    page.get_by_role("button", name="Resume").click()

    assert read_presses(page) == ["pause"]
    page.evaluate("panel.showPaused(false)")
    expect(page.locator("#lesson-pause")).to_have_text("Pause")


def test_error_is_shown_until_it_is_cleared(page: Page) -> None:
    show(page)

    page.evaluate('panel.showError("The server cannot be reached.")')
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached.")
    page.evaluate('panel.showError("")')
    expect(page.locator("#lesson-error")).to_be_hidden()
