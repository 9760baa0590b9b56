"""laws.js: which law is chosen, what the page requests for it, and which paths have crossed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def evaluate(modules: Page, body: str) -> Any:
    return modules.evaluate(f"""async () => {{
      const {{ Laws, chooseHeight }} = await import("/view/laws.js");
      localStorage.clear();
      const laws = new Laws();
      {body}
    }}""")


def test_choosing_a_law_again_chooses_none(modules: Page) -> None:
    chosen = evaluate(
        modules,
        """return ["maximum", "barrier", "barrier"].map((law) => {
          laws.toggle(law, 20);
          return [laws.chosen, laws.lines];
        });""",
    )

    assert chosen == [["maximum", []], ["barrier", [20]], [None, [20]]]


@pytest.mark.parametrize(
    ("lines", "heights"),
    [
        ("[20]", {"high": "20"}),
        ("[-1.5]", {"low": "-1.5"}),
        ("[20, -8]", {"low": "-8", "high": "20"}),
        ("[1e-7]", {"high": "0.0000001"}),
        ("[1e9, 0]", {"low": "0", "high": "1000000000"}),
    ],
)
def test_query_has_the_heights_in_plain_digits(
    modules: Page, lines: str, heights: dict[str, str]
) -> None:
    query = evaluate(
        modules,
        f"laws.toggle('barrier', 1); laws.lines = {lines}; return laws.findMissing(3, 40, true);",
    )

    assert query == {"epoch": 3, "step": 40, "law": "barrier", **heights}


def test_moving_step_is_rounded_so_that_all_pages_request_the_same(modules: Page) -> None:
    steps = evaluate(
        modules,
        """laws.toggle("maximum", 1);
        return [1, 100, 129, 1_000, 1_003].map((step) => laws.findMissing(1, step, false).step);""",
    )

    assert steps == [1, 100, 128, 1_000, 1_000]


def test_answer_is_requested_once(modules: Page) -> None:
    found = evaluate(
        modules,
        """laws.toggle("maximum", 1);
        const query = laws.findMissing(1, 40, true);
        laws.setAnswer(query, { epoch: 1, law: "maximum" });
        return [laws.findMissing(1, 40, true), Boolean(laws.findMissing(1, 41, true)),
          Boolean(laws.getAnswer(1)), laws.getAnswer(2)];""",
    )

    assert found == [None, True, True, None]


def test_path_has_crossed_from_its_step_on(modules: Page) -> None:
    found = evaluate(
        modules,
        """laws.toggle("barrier", 5);
        laws.setAnswer({}, { epoch: 1, law: "barrier", crossed: { 7: 124 } });
        const crossed = [[1, 7, 124], [1, 7, 123], [1, 8, 200], [2, 7, 200]];
        const before = crossed.map((one) => laws.hasCrossed(...one));
        laws.toggle("maximum", 5);
        return [...before, laws.hasCrossed(1, 7, 124)];""",
    )

    assert found == [True, False, False, False, False]


def test_second_line_lies_on_the_other_side_and_never_on_the_first(modules: Page) -> None:
    found = evaluate(
        modules,
        """laws.toggle("barrier", 20);
        laws.toggleSecondLine();
        const two = laws.lines;
        laws.moveLine(1, 20);
        laws.moveLine(1, -5);
        const moved = laws.lines;
        laws.toggleSecondLine();
        return [two, moved, laws.lines];""",
    )

    assert found == [[20, -20], [20, -5], [20]]


def test_law_and_lines_come_back_in_this_browser(modules: Page) -> None:
    found = evaluate(
        modules,
        """laws.toggle("barrier", 20);
        laws.toggleSecondLine();
        const next = new Laws();
        next.restore();
        return [next.chosen, next.lines];""",
    )

    assert found == ["barrier", [20, -20]]


def test_first_height_is_a_round_number_near_the_deviation(modules: Page) -> None:
    heights = evaluate(modules, "return [400, 0.09, 30, 0].map(chooseHeight);")

    assert heights == pytest.approx([20, 0.2, 5, 1])
