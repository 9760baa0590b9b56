"""tour.js by itself: from mark to mark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WALK = """async ({ xs, way, start }) => {
  const { neighbour } = await import("/tour.js");
  const marks = xs.map((x) => ({ x, y: 0, text: "" }));
  const visited = [];
  let mark = start === null ? null : { x: start };
  while ((mark = neighbour(marks, mark, way))) visited.push(mark.x);
  return visited;
}"""


@pytest.mark.parametrize(
    ("xs", "way", "start", "visited"),
    [
        ([3, 8, 9], 1, None, [3, 8, 9]),
        ([3, 8, 9], -1, None, [9, 8, 3]),
        ([3, 8, 9], 1, 8, [9]),
        ([3, 8, 9], -1, 5, [3]),  # the mark at 5 has left the view meanwhile
        ([], 1, None, []),
        ([], -1, 5, []),
    ],
)
def test_tour_visits_the_marks_in_turn(
    modules: Page, xs: list[int], way: int, start: int | None, visited: list[int]
) -> None:
    assert modules.evaluate(WALK, {"xs": xs, "way": way, "start": start}) == visited


def test_mark_is_said_as_people_wrote_it(modules: Page) -> None:
    words = modules.evaluate(
        """async () => {
          const { Marks } = await import("/marks.js");
          const { spoken } = await import("/tour.js");
          const change = { revision: 2, step: 5, position: 1, variance: 1, drift: 0, interval: 1,
            paused: false, at: "2026-03-01T12:00:00Z", by: "<b>&lt; Q" };
          const changes = [{ ...change, step: 0, revision: 1 }, { ...change, variance: 2 }];
          return spoken(new Marks().of(changes, [0, 10])[0]);
        }"""
    )

    assert words.startswith("<b>&lt; Q changed the variance 1 → 2 at step 5 1 Mar 2026, 1")


def test_tour_says_where_it_has_come_to(modules: Page) -> None:
    steps = modules.evaluate(
        """async () => {
          const { Tour } = await import("/tour.js");
          const tour = new Tour();
          const marks = [{ x: 3, text: "one<br>mark" }, { x: 8, text: "another" }];
          return [1, 1, -1, -1, 1].map((way) => tour.step(marks, way));
        }"""
    )

    no_further = {"index": None, "words": "No change further on."}
    assert steps == [
        {"index": 0, "words": "one mark"},
        {"index": 1, "words": "another"},
        {"index": 0, "words": "one mark"},
        no_further,
        {"index": 0, "words": "one mark"},  # from past the end, from the beginning
    ]
