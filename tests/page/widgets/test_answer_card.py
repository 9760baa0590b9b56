"""answer-card.js: the card of a question, as in the template; the test replies for the server."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.page.widgets import test_question_text

pytestmark = pytest.mark.browser

QUESTION: dict[str, Any] = {
    "number": 1,
    "opened_at": "12:15",
    "kind": "where",
    "text": "Where will we be?",
    "options": [],
    "level": None,
    "epoch": 7,
    "step": 240,
    "state": "open",
    "answered": 2,
    "of": 3,
    "results": None,
}
INTERVAL = {"kind": "interval", "level": 0.5}
NUMBER = {"kind": "number", "step": None}
CHOICE = {"kind": "choice", "step": None, "options": ["Above zero", "Below zero", "<b>Both</b>"]}

RESULTS = test_question_text.RESULTS | {"median": -1.2, "intervals": None}

# The server's replies wait until the test gives them.
START = """async ([html, me]) => {
  localStorage.clear();
  const { AnswerCard } = await import("/widgets/answer-card.js");
  const { Questions } = await import("/live/questions.js");
  document.body.innerHTML = `<input id="other">${html}`;
  document.body.dataset.me = me;
  const questions = Object.assign(new Questions(), { owner: "ada" });
  const series = { epoch: 7, last: 100 };
  window.test = { questions, series, asked: [], run: [], changes: 0, scrolled: 0 };
  const api = { answer: (_, due) => new Promise((settle) => test.asked.push({ due, settle })) };
  const model = { ownAnswer: { obstacle: "", ends: { low: -1, high: 1 } } };
  const card = new AnswerCard(document.body, { sync: { questions, series }, api, model,
    run: (name) => test.run.push(name), onChange: () => (test.changes += 1) });
  Object.assign(test, { card, model });
  document.querySelector("#question").scrollIntoView = () => (test.scrolled += 1);
  card.show();
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    return start(modules)


def start(modules: Page, me: str = "me") -> Page:
    html = render_to_string("motion/question.html", {"me": me})
    modules.evaluate(START, [html, me])
    return modules


def show(page: Page, **fields: Any) -> None:
    frame = QUESTION | fields
    page.evaluate("(frame) => { test.questions.take(frame); test.card.show(); }", frame)


def reply(page: Page, answer: dict[str, Any] | None) -> dict[str, float]:
    """Reply to the oldest request; what it sent."""
    page.wait_for_function("test.asked.length > 0")
    script = (
        "(answer) => { const { due, settle } = test.asked.shift(); settle(answer); return due; }"
    )
    sent: dict[str, float] = page.evaluate(script, answer)
    return sent


def test_card_is_hidden_without_a_question(page: Page) -> None:
    expect(page.locator("#question")).to_be_hidden()

    show(page)
    expect(page.locator("#question")).to_be_visible()
    show(page, number=0)

    expect(page.locator("#question")).to_be_hidden()


def test_typed_number_is_sent_and_confirmed(page: Page) -> None:
    show(page, **NUMBER)
    field = page.get_by_label("number")
    field.fill("−3,2")
    field.press("Enter")

    expect(page.locator("#answer-state")).to_have_text("Sending your answer…")
    assert reply(page, {"low": -3.2, "high": -3.2}) == {
        "question": 1,
        "opened_at": "12:15",
        "low": -3.2,
        "high": -3.2,
    }
    expect(page.locator("#answer-state")).to_have_text(
        "Your answer: −3.2. Change it while the question is open."
    )
    expect(page.locator("#question-announcement")).to_contain_text("Your answer: −3.2.")
    expect(page.get_by_role("button", name="Change")).to_be_visible()


def test_answer_without_a_reply_says_that_it_is_sent_again(page: Page) -> None:
    show(page, **NUMBER)
    page.get_by_label("number").fill("5")
    page.get_by_role("button", name="Answer").click()
    reply(page, None)

    expect(page.locator("#answer-state")).to_have_text(
        "Your answer could not be sent. Trying again…"
    )
    expect(page.locator("#answer-state")).to_have_attribute("data-tone", "warn")
    page.evaluate("test.card.tick(Infinity)")
    reply(page, {"low": 5, "high": 5})
    expect(page.locator("#answer-state")).to_contain_text("Your answer: 5.")


def test_refused_answer_stays_in_the_field(page: Page) -> None:
    show(page)
    page.get_by_label("position").fill("7")
    page.get_by_role("button", name="Answer").click()
    reply(page, {"message": "Too late: step 240 has come."})

    expect(page.locator("#answer-state")).to_have_text(
        "Too late: step 240 has come. Your answer is not stored."
    )
    expect(page.get_by_label("position")).to_have_value("7")


@pytest.mark.parametrize(
    ("fields", "typed", "error"),
    [
        (NUMBER, {}, "Type a number first."),
        (NUMBER, {"number": "1,125"}, "Enter 1125 or 1.125: “1,125” can mean either."),
        (INTERVAL, {"from": "4", "to": "-4"}, "The first number must be below the second."),
        (CHOICE, {}, "Choose one first."),
    ],
)
def test_wrong_answer_is_explained_and_not_sent(
    page: Page, fields: dict[str, Any], typed: dict[str, str], error: str
) -> None:
    show(page, **fields)
    for name, text in typed.items():
        page.get_by_label(name, exact=True).fill(text)
    page.get_by_role("button", name="Answer").click()

    expect(page.locator("#answer-error")).to_have_text(error)
    assert page.evaluate("test.asked.length") == 0


def test_choice_by_keyboard_is_sent_with_the_button(page: Page) -> None:
    show(page, **CHOICE)
    group = page.get_by_role("radiogroup", name=QUESTION["text"])
    expect(group.get_by_role("radio")).to_have_count(3)
    expect(group.get_by_text("<b>Both</b>")).to_be_visible()
    group.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    show(page, **CHOICE, answered=3)  # a tally comes meanwhile
    page.keyboard.press("Enter")

    assert reply(page, {"low": 1, "high": 1}) == {
        "question": 1,
        "opened_at": "12:15",
        "low": 1,
        "high": 1,
    }
    expect(page.locator("#answer-state")).to_contain_text("Your answer: “Below zero”.")
    expect(group.get_by_role("radio", name="Below zero")).to_be_checked()


def test_stored_choice_of_another_device_is_checked(page: Page) -> None:
    show(page, **CHOICE)
    page.evaluate("test.questions.takeAnswer({ question: 1, low: 2, high: 2 }); test.card.show();")

    expect(page.get_by_role("radio", name="<b>Both</b>")).to_be_checked()


def test_drag_fills_the_fields_and_typing_moves_the_handles(page: Page) -> None:
    show(page, **INTERVAL)
    page.evaluate("test.questions.set({ low: -4, high: 2.5 }); test.card.showWay();")
    expect(page.get_by_label("from")).to_have_value("-4")
    expect(page.get_by_label("to", exact=True)).to_have_value("2.5")

    page.get_by_label("to", exact=True).fill("8")

    assert page.evaluate("test.questions.draft") == {"low": -4, "high": 8}
    assert page.evaluate("test.changes") == 1
    page.evaluate("test.questions.set({ low: -6, high: 8 }); test.card.showWay();")  # a thumb
    expect(page.get_by_label("from")).to_have_value("-6")


def test_one_typed_end_stays_when_the_other_is_dragged(page: Page) -> None:
    show(page, **INTERVAL)
    page.get_by_label("from").fill("-5,5")
    page.evaluate("test.card.showWay()")
    assert page.evaluate("test.questions.draft") == {"low": -5.5, "high": 1}
    expect(page.get_by_label("to", exact=True)).to_have_value("")

    page.evaluate("test.questions.set({ low: -5.5, high: 9 }); test.card.showWay();")

    expect(page.get_by_label("from")).to_have_value("-5,5")
    expect(page.get_by_label("to", exact=True)).to_have_value("9")


def test_half_typed_number_stays_when_steps_come(page: Page) -> None:
    show(page)
    page.evaluate("test.questions.takeAnswer({ question: 1, low: 2, high: 2 }); test.card.show();")
    expect(page.get_by_label("position")).to_have_value("2")
    page.get_by_label("position").fill("−")

    page.evaluate("test.card.showWay()")
    show(page, answered=3)

    expect(page.get_by_label("position")).to_have_value("−")


def test_chart_without_handles_offers_to_show_the_step(page: Page) -> None:
    show(page)
    expect(page.locator("#question-obstacle")).to_be_hidden()
    page.evaluate(
        "test.model.ownAnswer.obstacle = 'The chart does not show that step.'; test.card.showWay();"
    )

    page.get_by_role("button", name="Show it").click()

    expect(page.locator("#question-obstacle")).to_contain_text("does not show that step.")
    assert page.evaluate("test.run") == ["show-question"]


def test_way_counts_down_and_then_it_is_too_late(page: Page) -> None:
    show(page)
    expect(page.locator("#question-way")).to_have_text("140 steps to go")

    page.evaluate("test.series.last = 240; test.card.showWay();")

    expect(page.locator("#question-way")).to_have_text("")
    expect(page.locator("#answer-state")).to_contain_text("Too late: step 240 has come.")
    expect(page.locator("#answer")).to_be_hidden()
    expect(page.locator("#question-task")).to_have_text("")


def test_reveal_shows_the_results(page: Page) -> None:
    show(page, **INTERVAL)
    page.evaluate("test.questions.takeAnswer({ question: 1, low: -5, high: 5 })")
    results = RESULTS | {
        "intervals": [[-5, 5], [-3, 0]],
        "outcome": 4.1,
        "contained": 1,
        "mean_score": 16.0,
    }
    show(page, **INTERVAL, state="revealed", results=results)

    expect(page.locator("#answer-state")).to_have_text(
        "Your answer: −5 to 5. It contained the path: score 10.0."
    )
    expect(page.locator("#question-results")).to_contain_text("At step 240 the path is at +4.10.")
    expect(page.locator("#question-results")).to_contain_text("1 of our 2 intervals (50 %)")


def test_reveal_of_a_choice_shows_the_counts(page: Page) -> None:
    show(page, **CHOICE)
    rows = page.locator("#question-options li")
    expect(rows).to_have_count(0)
    results = RESULTS | {"edges": None, "counts": [3, 1, 0], "median": None, "outcome": 0}

    show(page, **CHOICE, state="revealed", results=results)

    expect(rows).to_have_text(["Above zero3right", "Below zero1", "<b>Both</b>0"])


def test_new_question_is_announced_and_comes_into_view(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    show(page)
    assert page.evaluate("test.scrolled") == 1
    expect(page.locator("#question-announcement")).to_have_text(
        "New question: Where will we be? Drag the point to where you expect the motion at step 240."
    )
    show(page, answered=3)
    assert page.evaluate("test.scrolled") == 1

    page.locator("#other").focus()
    show(page, number=2, opened_at="12:20")

    assert page.evaluate("[test.scrolled, document.activeElement.id]") == [1, "other"]


def test_same_question_asked_again_is_announced_again(page: Page) -> None:
    show(page)
    page.evaluate("""() => {
      const place = document.getElementById("question-announcement");
      const observer = new MutationObserver(() => (test.heard = place.textContent));
      observer.observe(place, { childList: true, characterData: true, subtree: true });
    }""")

    show(page, number=2, opened_at="12:20")

    assert page.evaluate("test.heard").startswith("New question: Where will we be?")


def test_results_are_announced_with_the_answer_when_they_come(page: Page) -> None:
    show(page)
    page.evaluate("test.questions.takeAnswer({ question: 1, low: 5, high: 5 }); test.card.show();")

    show(page, state="revealed", results=RESULTS)
    announcement = page.locator("#question-announcement")
    expect(announcement).to_have_text(
        "Your answer: 5. Median of the answers: −1.20. Next, watch the path reach step 240."
    )
    show(page, state="revealed", results=RESULTS | {"outcome": 4.1})

    expect(announcement).to_have_text(
        "Your answer: 5. 0.9 away. Median of the answers: −1.20. At step 240 the path is at +4.10."
    )


def test_visitor_hears_the_results(modules: Page) -> None:
    page = start(modules, me="")
    show(page)

    show(page, state="revealed", results=RESULTS)

    expect(page.locator("#question-announcement")).to_contain_text("Median of the answers")


def test_card_keeps_the_focus_when_its_fields_go(page: Page) -> None:
    show(page, **NUMBER)
    page.get_by_label("number").focus()

    show(page, **NUMBER, state="closed")

    expect(page.locator("#question")).to_be_focused()


def test_visitor_is_shown_how_to_take_part(modules: Page) -> None:
    page = start(modules, me="")
    show(page)

    card = page.locator("#question")
    expect(card).to_contain_text("To answer, you need a name here")
    assert card.get_by_role("link").all_inner_texts() == ["sign in", "enter the code"]
    assert page.locator("#answer").count() == 0
    show(page, state="closed")
    expect(card).to_be_visible()


def test_person_whose_session_has_ended_is_shown_how_to_take_part(page: Page) -> None:
    show(page)
    expect(page.locator("#question-join")).to_be_hidden()

    page.evaluate("() => { test.questions.becomeVisitor(); test.card.show(); }")

    expect(page.locator("#question-join")).to_be_visible()
    expect(page.locator("#answer")).to_be_hidden()
    show(page, **CHOICE)
    expect(page.locator("#question-options li")).to_have_count(3)
    expect(page.locator("#question-options")).to_be_visible()
    show(page, state="closed")
    expect(page.locator("#answer-state")).to_have_text("")


def test_owner_has_no_card(modules: Page) -> None:
    page = start(modules, me="ada")
    show(page)

    expect(page.locator("#question")).to_be_hidden()


def test_visitor_sees_the_options_and_after_the_end_no_way_to_answer(modules: Page) -> None:
    page = start(modules, me="")
    show(page, **CHOICE)
    expect(page.locator("#question-options li")).to_have_count(3)
    expect(page.locator("#question-join")).to_be_visible()

    show(page, **CHOICE, state="closed")

    expect(page.locator("#question-join")).to_be_hidden()
    expect(page.locator("#question-options li")).to_have_count(3)
