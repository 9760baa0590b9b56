"""own-answer.js: the handles of the reader's answer, and the room that the view has for them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# A path with variance 4 that is at 10 in step 100; the question is about step 200.
SCENE = """async (a) => {
  localStorage.clear();
  const { Series } = await import("/live/series.js");
  const { Changes } = await import("/live/changes.js");
  const { EnsembleSeries } = await import("/live/ensemble-series.js");
  const { Questions } = await import("/live/questions.js");
  const { ViewModel } = await import("/view/view-model.js");
  const live = new Series();
  const changes = new Changes();
  live.begin(1);
  changes.replace([{ revision: 1, event: 1, text: "Started", step: 0, position: 0, variance: 4,
    drift: 0, interval: 0.5, paused: false, at: "2026-11-22T12:00:00.000+00:00", by: null }]);
  const grow = (count) => live.append({ first_step: live.last + 1,
    increments: [...Array(count - 1).fill(0), count > 50 ? 10 : 0], position: 10 });
  const questions = Object.assign(new Questions(), { reader: "me", owner: "ada" });
  const model = new ViewModel(live, changes, new EnsembleSeries(), questions);
  const ask = (fields = {}) => questions.take({ number: 1, opened_at: "12:15", kind: "where",
    text: "", options: [], level: null, epoch: 1, step: 200, state: "open", answered: 0, of: 1,
    results: null, ...fields });
  const draw = () => model.pictures.create(0, 0.5);
  const { ownAnswer } = model;
  grow(100);
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SCENE.replace("BODY", body), argument)


def test_picture_without_a_question_has_no_answer(modules: Page) -> None:
    before, after = evaluate(
        modules,
        "const before = draw(); ask({ step: null }); return [before, draw()]",
    )

    assert before["own"] is after["own"] is None
    assert before["range"] == after["range"]
    assert before["yRange"] == after["yRange"]


def test_handles_begin_at_the_newest_position_and_stay_there(modules: Page) -> None:
    first, later = evaluate(
        modules,
        "ask(); const { own, yRange } = draw(); grow(10); return [{ own, yRange }, draw()]",
    )

    assert first["own"] == {
        "step": 200,
        "x": 200,
        "isInterval": False,
        "ends": {"low": 10, "high": 10},
        "canMove": True,
        "isSet": False,
        "state": "open",
    }
    assert later["own"]["ends"] == first["own"]["ends"]
    low, high = first["yRange"]
    assert low <= 10 - 4 * 20  # four standard deviations of 100 steps
    assert high >= 10 + 4 * 20


def test_interval_begins_narrow(modules: Page) -> None:
    low, high = evaluate(
        modules, "ask({ kind: 'interval' }); return Object.values(draw().own.ends)"
    )

    assert low < 10 < high
    assert high - low < 0.5 * 20  # half a standard deviation: the reader widens it


def test_moved_ends_are_what_the_reader_has_set(modules: Page) -> None:
    found = evaluate(
        modules,
        """ask({ kind: "interval" });
        const set = [];
        for (const [end, value] of [["low", -30], ["high", 40], ["high", -31]]) {
          ownAnswer.move(end, value);
          set.push(questions.draft);
        }
        return [...set, draw().own];""",
    )

    assert found[1] == found[2] == {"low": -30, "high": 40}
    assert found[0]["low"] == -30
    assert found[3]["isSet"]


def test_answer_at_the_edge_gets_room_once_it_is_released(modules: Page) -> None:
    before, held, after = evaluate(
        modules,
        """ask(); const before = draw().yRange; ownAnswer.isHeld = true;
        ownAnswer.move("low", before[1]);
        const held = draw().yRange;
        ownAnswer.isHeld = false;
        return [before, held, draw().yRange];""",
    )

    assert held == before
    assert after[1] > before[1]


def test_absurd_answer_leaves_the_axis_to_the_path(modules: Page) -> None:
    before, after, own = evaluate(
        modules,
        """ask(); const before = draw().yRange;
        ownAnswer.move("low", 1e12);
        const { yRange, own } = draw();
        return [before, yRange, own];""",
    )

    assert after == before
    assert own["ends"] == {"low": 1e12, "high": 1e12}


def test_absurd_answers_of_others_leave_the_axis_to_the_path(modules: Page) -> None:
    low, high = evaluate(
        modules,
        """questions.reader = "ada";
        const intervals = [1, 2, 1e9, 1e12].map((position) => [position, position]);
        const results = { edges: [0, 1e12, 2e12], counts: [3, 1], intervals, median: 5e8 };
        ask({ state: "revealed", results: { ...results, outcome: null } });
        return draw().yRange;""",
    )

    assert low > -200
    assert high < 200


REVEAL = """questions.reader = "ada"; const reveal = (outcome) => ask({ state: "revealed",
  results: { edges: [0, 1], counts: [1], intervals: [[8, 8]], median: 8, outcome } });"""


def test_picture_for_a_file_has_the_answers_as_they_were(modules: Page) -> None:
    ahead, reached, earlier = evaluate(
        modules,
        f"""{REVEAL} reveal(null);
        const copy = model.copy(0);
        grow(120); reveal(12); const later = model.copy(0); questions.take({{ number: 0 }});
        const save = (model, ...span) => {{
          const {{ answers, own, range }} = model.pictures.createStretch(span, 0.5);
          return {{ answers, own, range }};
        }};
        return [save(copy, 0, 100), save(later, 0, 220), save(later, 0, 150)];""",
    )

    assert [ahead["answers"][name] for name in ("x", "median", "outcome")] == [200, 8, None]
    assert ahead["range"] == [-2, 252]  # as far as the answers, and their room
    assert (reached["answers"]["outcome"], reached["range"][1]) == (12, pytest.approx(259.4))
    assert earlier["answers"] is ahead["own"] is None
    assert earlier["range"] == [-3, 153]


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ("", ""),
        ('model.up = "increments"', "The chart shows increments, not positions."),
        ("model.reset()", "The chart counts from a reset."),
        ("model.view.setRange([20, 60])", "The chart does not show that step."),
        ("model.freeze()", "The chart does not show that step."),
        ("live.begin(2)", "The chart does not show that step."),
    ],
)
def test_chart_without_handles_says_why(modules: Page, change: str, obstacle: str) -> None:
    found, own, back, shown = evaluate(
        modules,
        f"""ask(); draw(); {change};
        const {{ own }} = draw(); const {{ obstacle }} = ownAnswer;
        model.showQuestion();
        const after = draw().own;
        return [obstacle, own, ownAnswer.obstacle, after !== null];""",
    )

    assert (found, own is None) == (obstacle, bool(obstacle))
    is_gone = change == "live.begin(2)"  # with its path
    assert (back == "", shown) == (not is_gone, not is_gone)


def test_closed_question_shows_the_stored_answer_without_handles(modules: Page) -> None:
    nothing, stored = evaluate(
        modules,
        """ask({ state: "closed" }); const { own } = draw();
        questions.takeAnswer({ question: 1, low: 4, high: 4 });
        return [own, draw().own];""",
    )

    assert (nothing["ends"], nothing["canMove"]) == (None, False)
    assert (stored["ends"], stored["canMove"]) == ({"low": 4, "high": 4}, False)


def test_answers_of_visitors_and_owners_have_no_handles(modules: Page) -> None:
    owns = evaluate(
        modules,
        """ask();
        return ["", "ada"].map((reader) => (questions.reader = reader, draw().own));""",
    )

    assert [(own["ends"], own["canMove"]) for own in owns] == [(None, False)] * 2


def test_view_follows_again_once_the_path_has_filled_the_room_for_answers(modules: Page) -> None:
    wide, at_step, own, after = evaluate(
        modules,
        """ask(); const wide = draw().range; grow(100); const { range, own } = draw();
        grow(61); return [wide, range, own, draw().range];""",
    )

    assert wide[1] == at_step[1] == pytest.approx(260)
    assert not own["canMove"]
    assert after[1] == pytest.approx(261 * 1.03)
