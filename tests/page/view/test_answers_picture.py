"""answers-picture.js: the revealed answers at the step that a question is about."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation
from tests.page.widgets.test_question_text import QUESTION, RESULTS

pytestmark = pytest.mark.browser

WHERE = QUESTION | {"kind": "where", "level": None, "step": 240}
BINS = {"edges": [0, 2, 4, 6], "counts": [1, 3, 0], "intervals": None, "median": 2.5}

CREATE = """
  const axis = { toX: (step) => 10 * step };
  const model = { series: { epoch: 1 }, up: "position", ...a.model };
  const answers = m.createAnswersPicture(a.question, model, axis, a.zero ?? 0);
  return { answers, values: m.listAnswerValues(answers, a.range ?? [0, 2500]) };
"""


def create(modules: Page, question: dict[str, Any] | None, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = evaluation.evaluate(
        modules, "view/answers-picture", CREATE, {"question": question, **given}
    )
    return found


def test_histogram_stands_at_the_step_of_the_question(modules: Page) -> None:
    found = create(modules, WHERE | {"results": RESULTS | BINS | {"outcome": 3}}, zero=1)

    assert found["answers"] == {
        "step": 240,
        "x": 2400,
        "bars": [
            {"low": -1, "high": 1, "count": 1},
            {"low": 1, "high": 3, "count": 3},
            {"low": 3, "high": 5, "count": 0},
        ],
        "intervals": [],
        "median": 1.5,
        "outcome": 2,
    }


def test_interval_is_a_hit_when_it_contains_the_outcome(modules: Page) -> None:
    intervals = [[-4, 1], [0, 3], [1, 2]]
    results = RESULTS | {"intervals": intervals, "median": 0, "outcome": 1}

    found = create(modules, WHERE | {"kind": "interval", "results": results})["answers"]

    assert [one["isHit"] for one in found["intervals"]] == [True, True, True]
    assert found["bars"] == []
    results["outcome"] = 2.5
    found = create(modules, WHERE | {"kind": "interval", "results": results})["answers"]
    assert [one["isHit"] for one in found["intervals"]] == [False, True, False]


@pytest.mark.parametrize(
    ("question", "model"),
    [
        (None, {}),
        (WHERE, {}),
        (WHERE | {"results": RESULTS | BINS, "epoch": 2}, {}),
        (WHERE | {"results": RESULTS | BINS}, {"up": "increments"}),
        (WHERE | {"kind": "choice", "step": None, "results": RESULTS | BINS}, {}),
    ],
    ids=["no question", "not revealed", "another path", "increments", "choice"],
)
def test_no_answers_are_drawn(
    modules: Page, question: dict[str, Any] | None, model: dict[str, Any]
) -> None:
    assert create(modules, question, model=model) == {"answers": None, "values": []}


def test_wild_answer_does_not_stretch_the_vertical_axis(modules: Page) -> None:
    intervals = [[-4, 1], [0, 3], [1, 2], [-5, 1e12]]
    question = WHERE | {"results": RESULTS | {"intervals": intervals, "median": 1, "outcome": 9}}

    values = create(modules, question)["values"]

    assert (min(values), max(values)) == (-5, 9)
    assert create(modules, question, range=[0, 2399])["values"] == []
