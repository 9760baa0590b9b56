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
ABSURD = [1, 2, 1e9, 1e12]


def give_positions(*positions: float) -> dict[str, Any]:
    middle = sorted(positions)[len(positions) // 2]
    spans = [[position, position] for position in sorted(positions)]
    return BINS | {"counts": [len(positions)], "intervals": spans, "median": middle}


CREATE = """
  const axis = { toX: (step) => 10 * step };
  const model = { series: { epoch: 1 }, up: "position", ...a.model };
  const reach = m.chooseReach(a.around ?? [-10, 10]);
  const answers = m.createAnswersPicture(a.question, model, axis, a.zero ?? 0, reach);
  return { answers, values: m.listAnswerValues(answers, a.range ?? [0, 2500], reach) };
"""


def create(modules: Page, question: dict[str, Any] | None, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = evaluation.evaluate(
        modules, "view/answers-picture", CREATE, {"question": question, **given}
    )
    return found


def test_bins_of_the_server_stand_at_the_step_when_answers_are_too_many(modules: Page) -> None:
    found = create(modules, WHERE | {"results": RESULTS | BINS | {"outcome": 3}}, zero=1)

    assert found["answers"] == {
        "step": 240,
        "x": 2400,
        "bars": [
            {"low": -1, "high": 1, "count": 1},
            {"low": 1, "high": 3, "count": 3},
        ],
        "intervals": [],
        "median": 1.5,
        "outcome": 2,
    }


def test_histogram_has_every_answer_once(modules: Page) -> None:
    results = RESULTS | give_positions(-3.5, 1, 1.5, 2, 2.5, 9)

    bars = create(modules, WHERE | {"results": results}, zero=1)["answers"]["bars"]

    assert sum(bar["count"] for bar in bars) == 6
    assert {bar["high"] - bar["low"] for bar in bars} == {1}
    assert [bar["low"] for bar in bars] == [-5, 0, 1, 8]


@pytest.mark.parametrize("kind", ["where", "interval"])
def test_absurd_half_leaves_axis_and_bins_to_the_others(modules: Page, kind: str) -> None:
    results = RESULTS | give_positions(*ABSURD) | {"median": 5e8, "outcome": 9}

    found = create(modules, WHERE | {"kind": kind, "results": results})

    assert (min(found["values"]), max(found["values"])) == pytest.approx((1, 9), abs=2)
    bars = found["answers"]["bars"]
    assert all(bar["high"] - bar["low"] <= 1 for bar in bars)
    assert sum(bar["count"] for bar in bars) == (4 if kind == "where" else 0)


def test_far_answers_are_in_view_as_long_as_the_path_is_no_flat_line(modules: Page) -> None:
    def reach(*positions: float) -> float:
        results = RESULTS | give_positions(*positions)
        return float(max(create(modules, WHERE | {"results": results})["values"]))

    assert reach(48, 49, 50) >= 50  # twice the height of the path above it
    assert reach(48, 49, 51) < 51


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


def test_median_beyond_reach_does_not_stretch_the_vertical_axis(modules: Page) -> None:
    found = create(modules, WHERE | {"results": RESULTS | give_positions(1e9, 1e10, 1e12)})

    assert found["values"] == []
    assert found["answers"]["median"] == 1e10


def test_wild_answer_does_not_stretch_the_vertical_axis(modules: Page) -> None:
    intervals = [[-4, 1], [0, 3], [1, 2], [-5, 1e12]]
    results = RESULTS | {"intervals": intervals, "median": 1, "outcome": 9}
    question = WHERE | {"kind": "interval", "results": results}

    values = create(modules, question)["values"]

    assert (min(values), max(values)) == (-5, 9)
    assert create(modules, question, range=[0, 2399])["values"] == []
