"""answer-text.js: what a student does about a question, and where their answer stands."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate
from tests.page.widgets.test_question_text import RESULTS

pytestmark = pytest.mark.browser

QUESTION: dict[str, Any] = {
    "number": 1,
    "kind": "where",
    "text": "Where will we be?",
    "options": [],
    "level": None,
    "epoch": 7,
    "step": 1_240,
    "state": "open",
    "answered": 2,
    "of": 3,
    "results": None,
}
INTERVAL = {"kind": "interval", "level": 0.5}
CHOICE = {"kind": "choice", "step": None, "options": ["Above zero", "Below zero"]}
NOTHING = {"stored": None, "draft": None, "delivery": "", "refusal": ""}


def at(value: float, high: float | None = None) -> dict[str, float]:
    return {"low": value, "high": value if high is None else high}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "Drag the point to where you expect the motion at step 1,240."),
        (
            {"kind": "interval", "level": 0.5},
            "Drag both ends so that the path lands inside in 5 of 10 cases.",
        ),
        (
            {"kind": "interval", "level": 0.9},
            "Drag both ends so that the path lands inside in 9 of 10 cases.",
        ),
        (CHOICE, "Choose one, then press Answer."),
        ({"kind": "number", "step": None}, "Type a number, then press Answer."),
    ],
)
def test_task_is_one_sentence(modules: Page, fields: dict[str, Any], text: str) -> None:
    found = evaluate(modules, "widgets/answer-text", "return m.describeTask(a)", QUESTION | fields)

    assert found == text


@pytest.mark.parametrize(
    ("frontier", "text"),
    [
        ([7, 1_180], "60 steps to go"),
        ([7, 1_239], "1 step to go"),
        ([7, 1_240], ""),
        ([8, 3], ""),
    ],
)
def test_way_counts_down_to_the_step(modules: Page, frontier: list[int], text: str) -> None:
    given = [QUESTION, {"epoch": frontier[0], "last": frontier[1]}]

    found = evaluate(modules, "widgets/answer-text", "return m.describeWay(...a)", given)

    assert found == text


@pytest.mark.parametrize(
    ("fields", "ends", "text"),
    [
        ({}, at(-3.2), "−3.2"),
        ({}, at(0.1 + 0.2), "0.3"),
        ({"kind": "interval"}, at(-4, 2.5), "−4 to 2.5"),
        (CHOICE, at(1), "“Below zero”"),
    ],
)
def test_answer_reads_as_people_write_it(
    modules: Page, fields: dict[str, Any], ends: dict[str, float], text: str
) -> None:
    given = [QUESTION | fields, ends]

    found = evaluate(modules, "widgets/answer-text", "return m.describeEnds(...a)", given)

    assert found == text


@pytest.mark.parametrize(
    ("phase", "answer", "text", "tone"),
    [
        ("open", {}, "", "quiet"),
        ("open", {"draft": at(2)}, "Press Answer to send it.", "quiet"),
        ("open", {"draft": at(2), "delivery": "sending"}, "Sending your answer…", "quiet"),
        (
            "open",
            {"draft": at(2), "delivery": "retrying"},
            "Your answer could not be sent. Trying again…",
            "warn",
        ),
        (
            "open",
            {"stored": at(-3.2)},
            "Your answer: −3.2. Change it while the question is open.",
            "good",
        ),
        (
            "open",
            {"stored": at(2), "draft": at(3)},
            "Your answer: 2. Press Change to replace it.",
            "good",
        ),
        ("open", {"refusal": "Choose."}, "Choose. Your answer is not stored.", "bad"),
        ("open", {"refusal": "No.", "stored": at(2)}, "No. Your answer: 2.", "bad"),
        ("closed", {"stored": at(2)}, "The question is closed. Your answer: 2.", "quiet"),
        ("closed", {}, "The question is closed. You did not answer.", "quiet"),
        (
            "closed",
            {"delivery": "retrying"},
            "Your answer could not be sent. Trying again…",
            "warn",
        ),
        ("late", {}, "Too late: step 1,240 has come. You did not answer.", "quiet"),
        (
            "restarted",
            {"stored": at(2)},
            "Too late: the path was restarted. Your answer: 2.",
            "quiet",
        ),
        ("revealed", {"stored": at(2)}, "Your answer: 2.", "quiet"),
    ],
)
def test_progress_says_where_the_answer_stands(
    modules: Page, phase: str, answer: dict[str, Any], text: str, tone: str
) -> None:
    given = [QUESTION, phase, NOTHING | answer]

    found = evaluate(modules, "widgets/answer-text", "return m.describeProgress(...a)", given)

    assert found == {"text": text, "tone": tone}


@pytest.mark.parametrize(
    ("fields", "stored", "outcome", "text"),
    [
        (INTERVAL, at(-1, 3), 3, "It contained the path: score 4.00."),
        (INTERVAL, at(-1, 3), 4.1, "It did not contain the path: score 8.40."),
        ({}, at(-3.2), 4.1, "7.3 away."),
        ({"kind": "number"}, at(1600), 1600, "That is right."),
        (CHOICE, at(1), 1, "That is right."),
        (CHOICE, at(1), 0, "That is not right."),
    ],
)
def test_reveal_compares_the_answer_with_the_outcome(
    modules: Page, fields: dict[str, Any], stored: dict[str, float], outcome: float, text: str
) -> None:
    question = QUESTION | fields | {"state": "revealed", "results": RESULTS | {"outcome": outcome}}
    given = [question, "revealed", NOTHING | {"stored": stored}]

    found = evaluate(modules, "widgets/answer-text", "return m.describeProgress(...a).text", given)

    assert found.endswith(f". {text}")


@pytest.mark.parametrize(
    ("kind", "texts", "values", "text"),
    [
        ("number", [""], [None], "Type a number first."),
        ("where", [" "], [None], "Drag the point or type a number first."),
        ("interval", ["", "2"], [None, 2], "Drag both ends or type two numbers first."),
        ("number", ["many"], [None], "Enter a number from −10¹² to 10¹²."),
        ("number", ["2e12"], [2e12], "Enter a number from −10¹² to 10¹²."),
        ("number", ["1,125"], [None], "Enter 1125 or 1.125: “1,125” can mean either."),
        ("interval", ["3", "2"], [3, 2], "The first number must be below the second."),
        ("interval", ["2", "2"], [2, 2], "The first number must be below the second."),
        ("interval", ["1", "2"], [1, 2], ""),
        ("where", ["-1e12"], [-1e12], ""),
    ],
)
def test_wrong_text_is_explained(
    modules: Page, kind: str, texts: list[str], values: list[float | None], text: str
) -> None:
    script = "return m.explainTyped(a[0], a[1], a[2].map((value) => value ?? NaN))"

    found = evaluate(modules, "widgets/answer-text", script, [kind, texts, values])

    assert found == text
