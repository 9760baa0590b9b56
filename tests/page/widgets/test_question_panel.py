"""question-panel.js, rounds.js, tally.js: the owner's card; the test answers for the server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.page import evaluation
from tests.page.widgets.test_question_text import QUESTION, RESULTS

pytestmark = pytest.mark.browser

HTML = render_to_string(
    "motion/ask.html",
    {"motion": SimpleNamespace(get_absolute_url="/motions/m/", question_version=1)},
)
WHERE = QUESTION | {"kind": "where", "level": None, "state": "open"}
CHOICE: dict[str, Any] = QUESTION | {
    "kind": "choice",
    "level": None,
    "step": None,
    "options": ["up", "down"],
    "state": "open",
}

# The server's answers wait until the test gives them; `listed` is what questions.json has.
START = """async (html) => {
  const { QuestionPanel } = await import("/widgets/question-panel.js");
  document.body.innerHTML = html;
  window.sent = [];
  window.listed = [];
  window.loads = 0;
  window.late = null; // a list that the test gives later
  const api = {
    submit: (form, fields) => new Promise((resolve) => sent.push({ fields, resolve })),
    loadQuestions: async () => {
      loads += 1;
      return late ?? listed;
    },
  };
  window.panel = new QuestionPanel(document.body, { api });
}"""

SETTLE = """(refusal) => {
  const { fields, resolve } = sent.shift();
  resolve(refusal);
  return fields;
}"""


@pytest.fixture
def page(modules: Page) -> Page:
    modules.evaluate(START, HTML)
    return modules


def show(page: Page, question: dict[str, Any] | None) -> None:
    phase = question["state"] if question else "none"
    page.evaluate("([question, phase]) => panel.show(question, phase)", [question, phase])


def settle(page: Page, refusal: str | None = None) -> dict[str, str]:
    """Answer the oldest request; what its fields were."""
    page.wait_for_function("sent.length > 0")
    fields: dict[str, str] = page.evaluate(SETTLE, refusal)
    return fields


def list_buttons(page: Page) -> list[str]:
    return page.locator("#asked-steps button:visible").all_text_contents()


def test_second_tap_asks_every_phone(page: Page) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.get_by_role("button", name="Where will we be in 100 steps?").click()

    expect(page.locator("#asking-note")).to_have_text("Opening the question on every phone…")
    assert settle(page) == {
        "action": "ask",
        "kind": "where",
        "text": "Where will we be in 100 steps?",
        "ahead": "100",
    }
    expect(page.locator("#asking-menu")).to_be_hidden()
    expect(page.locator("#asking-note")).to_have_text("")


def test_number_of_steps_can_be_chosen_and_typed(page: Page) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.get_by_role("button", name="400", exact=True).click()
    expect(page.locator("#asking-ahead")).to_have_value("400")

    page.locator("#asking-ahead").fill("25")

    expect(page.get_by_role("button", name="400", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    page.get_by_role("button", name="An interval for 25 steps, 9 of 10 inside").click()
    fields = settle(page)
    assert (fields["kind"], fields["level"], fields["ahead"]) == ("interval", "0.9", "25")


def test_wrong_number_of_steps_is_explained(page: Page) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.locator("#asking-ahead").fill("0")
    page.locator("#asking-ahead").press("Enter")

    expect(page.locator("#asking-ahead-error")).to_have_text(
        "Enter a whole number of steps, from 1 to 1,000,000."
    )
    expect(page.locator("#asking-ready")).to_contain_text("in 100 steps")


def test_refusal_of_the_server_stands_beside_the_buttons(page: Page) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.get_by_role("button", name="Where will we be in 100 steps?").click()
    settle(page, "Only the motion's owner may do that.")

    expect(page.locator("#asking-error")).to_have_text("Only the motion's owner may do that.")
    expect(page.locator("#asking-menu")).to_be_visible()


@pytest.mark.parametrize(
    ("changed", "buttons"),
    [
        ({"state": "open"}, ["Close", "Reveal", "Put away"]),
        ({"state": "closed"}, ["Reveal", "Put away"]),
        (
            {"state": "revealed", "results": RESULTS},
            ["Show names", "Ask again", "Put away"],
        ),
        (
            {"state": "revealed", "results": RESULTS | {"names": [["Mia", 1, 2]]}},
            ["Hide names", "Ask again", "Put away"],
        ),
    ],
    ids=["open", "closed", "revealed", "with names"],
)
def test_buttons_fit_the_state(page: Page, changed: dict[str, Any], buttons: list[str]) -> None:
    show(page, WHERE | changed)

    assert list_buttons(page) == buttons


def test_focus_moves_on_when_the_pressed_button_is_gone(page: Page) -> None:
    show(page, WHERE)
    page.get_by_role("button", name="Close").focus()
    page.keyboard.press("Enter")
    assert settle(page) == {"action": "close", "number": "3"}

    show(page, WHERE | {"state": "closed"})

    expect(page.get_by_role("button", name="Reveal")).to_be_focused()


def test_focus_moves_on_when_the_question_is_closed_elsewhere(page: Page) -> None:
    show(page, WHERE)
    page.get_by_role("button", name="Close").focus()

    show(page, WHERE | {"state": "closed"})

    expect(page.get_by_role("button", name="Reveal")).to_be_focused()


def test_focus_stays_where_it_is_when_an_earlier_pressed_button_goes(page: Page) -> None:
    show(page, WHERE | {"state": "revealed", "results": RESULTS})
    page.get_by_role("button", name="Show names").click()
    settle(page)
    expect(page.locator("#asking-note")).to_have_text("")
    page.evaluate("document.activeElement.blur()")

    show(page, None)

    assert page.evaluate("document.activeElement === document.body")


def test_second_click_of_a_double_one_does_not_reveal(page: Page) -> None:
    show(page, WHERE)
    box = page.get_by_role("button", name="Close").bounding_box()
    assert box
    place = box["x"] + 9, box["y"] + 9
    page.mouse.click(*place)
    settle(page)
    show(page, WHERE | {"state": "closed"})
    page.wait_for_function("document.getElementById('asking-note').textContent === ''")

    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)

    script = "(place) => document.elementFromPoint(...place).id"
    assert page.evaluate(script, place) == "asked-reveal"
    assert page.evaluate("sent.map(({ fields }) => fields.action)") == []


def test_second_press_waits_for_the_answer_to_the_first(page: Page) -> None:
    show(page, WHERE)
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Reveal").click()

    assert page.evaluate("sent.length") == 1
    settle(page)


def test_question_of_ones_own_sends_options_and_the_right_one(page: Page) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.locator("#asking-own summary").click()
    page.get_by_role("textbox", name="Question").fill("Which way?")
    page.get_by_label("Options, one per line").fill("up\ndown")
    page.get_by_label("Line of the right option").fill("2")
    page.get_by_role("button", name="Prepare for later").click()

    assert settle(page) == {
        "action": "prepare",
        "kind": "choice",
        "text": "Which way?",
        "options": "up\ndown",
        "correct": "1",
    }
    expect(page.get_by_role("textbox", name="Question")).to_have_value("")
    page.get_by_label("Number", exact=True).check()
    expect(page.get_by_label("Options, one per line")).to_be_hidden()
    page.get_by_label("Right number").fill("many")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#asking-error")).to_have_text("Enter a number, or leave the field empty.")


def test_prepared_question_is_asked_by_its_number(page: Page) -> None:
    page.evaluate(
        "(question) => (listed = [question])",
        CHOICE | {"state": "prepared", "number": 7, "ahead": None, "answered": 0},
    )
    show(page, None)
    show(page, WHERE)
    page.get_by_role("button", name="Ask…").click()
    page.get_by_role("button", name="Ask: Where will we be?").click()

    assert settle(page) == {"action": "open", "number": "7"}


def test_lists_are_loaded_when_the_state_changes_but_not_for_a_tally(page: Page) -> None:
    show(page, WHERE)
    loads = page.evaluate("loads")
    show(page, WHERE | {"answered": 31})
    assert page.evaluate("loads") == loads

    show(page, WHERE | {"state": "closed"})

    assert page.evaluate("loads") == loads + 1


def test_list_that_arrives_late_replaces_no_newer_one(page: Page) -> None:
    closed = QUESTION | {"number": 2, "state": "closed", "ahead": 100, "results": None}
    page.evaluate("() => { late = new Promise((resolve) => (window.giveLate = resolve)); }")
    show(page, WHERE)
    page.evaluate("(question) => ([late, listed] = [null, [question]])", closed)
    show(page, WHERE | {"state": "closed"})

    page.evaluate("giveLate([])")

    page.locator("#asking-rounds summary").click()
    expect(page.locator("#asking-rounds-list li")).to_have_count(1)


def test_open_round_has_no_count_that_would_stand_still(page: Page) -> None:
    page.evaluate("(question) => (listed = [question])", WHERE | {"ahead": 100, "answered": 0})
    show(page, WHERE)
    page.locator("#asking-rounds summary").click()

    expect(page.locator("#asking-rounds-list li")).to_have_text(
        "3. Where will we be?The position at step 1,240. Open."
    )


def test_error_comes_into_view_from_below(page: Page) -> None:
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 200})
    page.get_by_role("button", name="Ask…").click()
    page.locator("#asking-own summary").click()
    page.get_by_role("button", name="Prepare for later").click()
    settle(page, "Enter a question.")

    expect(page.locator("#asking-error")).to_be_in_viewport()
    assert size
    page.set_viewport_size(size)


def test_rounds_have_outcome_and_score(page: Page) -> None:
    results = RESULTS | {"outcome": 4.0, "contained": 9, "mean_score": 12.34}
    page.evaluate(
        "(question) => (listed = [question])",
        QUESTION | {"results": results, "ahead": 100},
    )
    show(page, WHERE)
    page.locator("#asking-rounds summary").click()

    expect(page.locator("#asking-rounds-list li")).to_have_text(
        "3. Where will we be?"
        "30 answers. The intervals lie around +3.25 (median). At step 1,240 the path is at +4.00."
        "9 of our 30 intervals (50 %) contain it: theory says 15."
        " Mean interval score: 12.3. Less is better."
    )


@pytest.mark.parametrize(
    ("changed", "buttons"),
    [
        ({"state": "closed"}, ["Reveal", "Ask again"]),
        ({"results": RESULTS}, ["Show again", "Ask again"]),
        ({"number": 3}, []),
    ],
    ids=["put away before the reveal", "put away", "shown"],
)
def test_rounds_that_were_put_away_can_be_shown(
    page: Page, changed: dict[str, Any], buttons: list[str]
) -> None:
    question = QUESTION | {"number": 2, "ahead": 100} | changed
    page.evaluate("(question) => (listed = [question])", question)
    show(page, WHERE)
    page.locator("#asking-rounds summary").click()

    expect(page.locator("#asking-rounds-list li")).to_have_count(1)
    assert page.locator("#asking-rounds-list button").all_text_contents() == buttons
    if buttons:
        page.get_by_role("button", name=f"{buttons[0]}: Where will we be?").click()
        assert settle(page) == {"action": "reveal", "number": "2"}


# --- tally.js ------------------------------------------------------------------------------

ROWS = "return m.listRows(a)"


def test_options_have_no_counts_before_the_reveal(page: Page) -> None:
    rows = evaluation.evaluate(page, "widgets/tally", ROWS, CHOICE)

    assert rows == [
        {"text": "up", "count": None, "isRight": False},
        {"text": "down", "count": None, "isRight": False},
    ]


def test_right_option_is_marked_once_revealed(page: Page) -> None:
    results = RESULTS | {"edges": None, "counts": [4, 26], "outcome": 1}
    show(page, CHOICE | {"state": "revealed", "results": results})

    options = page.locator("#asked-options li")
    expect(options).to_have_text(["up4", "down26right"])
    parts = options.evaluate_all(
        "(rows) => rows.map((row) => row.style.getPropertyValue('--part'))"
    )
    assert [float(part) for part in parts] == [pytest.approx(4 / 26), 1]


def test_many_bins_of_a_number_become_six_rows_at_most(page: Page) -> None:
    edges = [at / 10 for at in range(14)]
    results = RESULTS | {"edges": edges, "counts": [1] * 13, "outcome": 0.65}

    rows = evaluation.evaluate(
        page, "widgets/tally", ROWS, QUESTION | {"kind": "number", "results": results}
    )

    assert [row["count"] for row in rows] == [3, 3, 3, 3, 1]
    texts = [row["text"] for row in rows]
    assert texts == ["below 0.3", "0.3 to 0.6", "0.6 to 0.9", "0.9 to 1.2", "1.2 or above"]
    assert [row["isRight"] for row in rows] == [False, False, True, False, False]


@pytest.mark.parametrize(("outcome", "right"), [(-9, 0), (99, 2)])
def test_right_number_beyond_the_bins_is_in_an_outermost_row(
    page: Page, outcome: float, right: int
) -> None:
    results = RESULTS | {"edges": [0, 1, 2, 3], "counts": [1, 1, 1], "outcome": outcome}

    rows = evaluation.evaluate(
        page, "widgets/tally", ROWS, QUESTION | {"kind": "number", "results": results}
    )

    assert [row["isRight"] for row in rows] == [row == right for row in range(3)]


def test_single_bin_of_a_number_has_both_ends(page: Page) -> None:
    results = RESULTS | {"edges": [1.5, 2.5], "counts": [3], "outcome": None}

    rows = evaluation.evaluate(
        page, "widgets/tally", ROWS, QUESTION | {"kind": "number", "results": results}
    )

    assert [row["text"] for row in rows] == ["1.5 to 2.5"]
