"""question-text.js: sentences about a question and its answers, and the questions to ask."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation

pytestmark = pytest.mark.browser

QUESTION: dict[str, Any] = {
    "number": 3,
    "kind": "interval",
    "text": "Where will we be?",
    "options": [],
    "level": 0.5,
    "epoch": 1,
    "step": 1240,
    "state": "revealed",
    "answered": 30,
    "of": 31,
    "results": None,
}
RESULTS: dict[str, Any] = {
    "edges": [0, 1],
    "counts": [30],
    "median": 3.25,
    "intervals": [[0, 1]] * 30,
    "outcome": None,
    "ended": False,
    "contained": None,
    "mean_score": None,
    "names": None,
}


def describe(modules: Page, name: str, **changed: Any) -> Any:
    return evaluation.evaluate(
        modules, "widgets/question-text", f"return m.{name}(a)", QUESTION | changed
    )


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "An interval at step 1,240: 5 of 10 should contain the path"),
        ({"level": 0.9}, "An interval at step 1,240: 9 of 10 should contain the path"),
        ({"kind": "where", "level": None}, "The position at step 1,240"),
        ({"kind": "choice", "level": None, "step": None}, "One of the options"),
        ({"kind": "number", "level": None, "step": None}, "A number"),
    ],
)
def test_describe_kind_names_step_and_level(
    modules: Page, changed: dict[str, Any], text: str
) -> None:
    assert describe(modules, "describeKind", **changed) == text


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        (
            {"results": RESULTS},
            "“Where will we be?” 30 answers at step 1,240."
            " The intervals lie around +3.25 (median).",
        ),
        (
            {"kind": "where", "level": None, "results": RESULTS | {"outcome": 4}},
            "“Where will we be?” 30 answers at step 1,240. Median of the answers: +3.25."
            " At step 1,240 the path is at +4.00.",
        ),
        (
            {"results": RESULTS | {"ended": True}, "answered": 1},
            "“Where will we be?” 1 answer at step 1,240. The intervals lie around +3.25 (median)."
            " The path was restarted before step 1,240.",
        ),
    ],
    ids=["before the outcome", "with it", "restarted"],
)
def test_describe_round_says_what_came_of_a_question(
    modules: Page, changed: dict[str, Any], text: str
) -> None:
    assert describe(modules, "describeRound", **changed) == text


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "step 1,240, 5 of 10 inside"),
        ({"level": None}, "step 1,240"),
        ({"level": None, "step": None}, ""),
    ],
)
def test_describe_step_is_short(modules: Page, changed: dict[str, Any], text: str) -> None:
    assert describe(modules, "describeStep", **changed) == text


@pytest.mark.parametrize(
    ("phase", "changed", "text"),
    [
        ("open", {}, "30 of 31 answered"),
        ("late", {}, "30 of 31 answered. Too late: step 1,240 has come."),
        ("restarted", {}, "30 of 31 answered. Too late: the path was restarted."),
        ("closed", {}, "30 of 31 answered. The answers are closed."),
        ("revealed", {}, "30 of 31 answered."),
        ("open", {"answered": 0, "of": 0}, "No students here yet"),
    ],
)
def test_describe_state_says_who_has_answered_and_who_still_can(
    modules: Page, phase: str, changed: dict[str, Any], text: str
) -> None:
    given = [QUESTION | changed, phase]

    found = evaluation.evaluate(
        modules, "widgets/question-text", "return m.describeState(...a)", given
    )

    assert found == text


@pytest.mark.parametrize(
    ("changed", "results", "text"),
    [
        ({}, {}, "The intervals lie around +3.25 (median)."),
        ({"kind": "where", "answered": 1}, {"median": -12.5}, "Median of the answers: −12.5."),
        ({"kind": "number", "step": None}, {"median": 7}, "Median of the answers: 7."),
        (
            {"kind": "number", "step": None},
            {"median": -5e-301},
            "Median of the answers: −5·10⁻³⁰¹.",
        ),
        ({"kind": "choice", "step": None}, {"median": None}, ""),
        ({"answered": 0}, {"median": None}, "Nobody answered."),
    ],
)
def test_describe_median_fits_the_kind(
    modules: Page, changed: dict[str, Any], results: dict[str, Any], text: str
) -> None:
    assert describe(modules, "describeMedian", **changed, results=RESULTS | results) == text


@pytest.mark.parametrize(
    ("changed", "results", "text"),
    [
        ({}, {}, "Next, watch the path reach step 1,240."),
        ({}, {"outcome": 4.125}, "At step 1,240 the path is at +4.13."),
        ({}, {"ended": True}, "The path was restarted before step 1,240."),
        ({"kind": "choice", "step": None, "options": ["a", "b"]}, {"outcome": 1}, "Right: b."),
        ({"kind": "number", "step": None}, {"outcome": 0.25}, "Right: 0.25."),
        ({"kind": "number", "step": None}, {}, ""),
    ],
)
def test_describe_outcome_says_what_came_true(
    modules: Page, changed: dict[str, Any], results: dict[str, Any], text: str
) -> None:
    assert describe(modules, "describeOutcome", **changed, results=RESULTS | results) == text


def test_nothing_is_said_before_the_reveal(modules: Page) -> None:
    names = ("describeMedian", "describeOutcome", "describeContained", "describeScore")

    assert [describe(modules, name) for name in names] == [""] * 4


@pytest.mark.parametrize(
    ("changed", "contained", "text"),
    [
        ({}, 9, "9 of our 30 intervals (50\u00a0%) contain it: theory says 15."),
        ({}, 1, "1 of our 30 intervals (50\u00a0%) contains it: theory says 15."),
        (
            {"level": 0.9, "answered": 7},
            0,
            "0 of our 7 intervals (90\u00a0%) contain it: theory says 6.3.",
        ),
    ],
)
def test_describe_contained_sets_theory_beside_the_class(
    modules: Page, changed: dict[str, Any], contained: int, text: str
) -> None:
    results = RESULTS | {"contained": contained, "outcome": 4}

    assert describe(modules, "describeContained", **changed, results=results) == text


def test_describe_score_says_that_less_is_better(modules: Page) -> None:
    found = describe(modules, "describeScore", results=RESULTS | {"mean_score": 12.34})

    assert found == "Mean interval score: 12.3. Less is better."


def test_list_ready_offers_three_questions_for_so_many_steps(modules: Page) -> None:
    where, half, most = evaluation.evaluate(
        modules, "widgets/question-text", "return m.listReady(400)"
    )

    assert where == {
        "label": "Where will we be in 400 steps?",
        "fields": {"kind": "where", "ahead": "400", "text": "Where will we be in 400 steps?"},
    }
    assert half["label"] == "An interval for 400 steps, 5 of 10 inside"
    assert (half["fields"]["kind"], half["fields"]["level"]) == ("interval", "0.5")
    assert (most["fields"]["kind"], most["fields"]["level"]) == ("interval", "0.9")
    assert most["fields"]["ahead"] == "400"


@pytest.mark.parametrize(
    ("changed", "names", "found"),
    [
        (
            {},
            [["Mia", -4, 1], ["Jun", 2, 6], ["Ben", 4, 6]],
            [["Jun", "2.0 to 6.0"], ["Ben", "4.0 to 6.0"], ["Mia", "−4.0 to 1.0"]],
        ),
        ({"kind": "where"}, [["Mia", 9, 9], ["Jun", 4, 4]], [["Jun", "+4.00"], ["Mia", "+9.00"]]),
        ({"kind": "choice", "options": ["up", "down"]}, [["Mia", 1, 1]], [["Mia", "down"]]),
        ({"kind": "number"}, [["Mia", 12.5, 12.5]], [["Mia", "12.5"]]),
        ({}, None, []),
    ],
    ids=["interval", "where", "choice", "number", "hidden"],
)
def test_list_names_begins_with_the_nearest_answer(
    modules: Page, changed: dict[str, Any], names: Any, found: list[list[str]]
) -> None:
    results = RESULTS | {"names": names, "outcome": 3}

    assert describe(modules, "listNames", **changed, results=results) == found
