"""marker-navigation.js by itself: from mark to mark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WALK = """async ({ steps, way, start }) => {
  const { neighbour } = await import("/chart/marker-navigation.js");
  const marks = steps.map((step) => ({ step, text: "" }));
  const visited = [];
  let mark = { step: start };
  while ((mark = neighbour(marks, mark, way))) visited.push(mark.step);
  return visited;
}"""


@pytest.mark.parametrize(
    ("steps", "way", "start", "visited"),
    [
        ([3, 8, 9], 1, 2, [3, 8, 9]),
        ([3, 8, 9], -1, 10, [9, 8, 3]),
        ([3, 8, 9], 1, 8, [9]),
        ([3, 8, 9], -1, 5, [3]),  # the mark at 5 has left the view meanwhile
        ([], 1, 0, []),
        ([], -1, 5, []),
    ],
)
def test_tour_visits_the_marks_in_turn(
    modules: Page, steps: list[int], way: int, start: int, visited: list[int]
) -> None:
    assert modules.evaluate(WALK, {"steps": steps, "way": way, "start": start}) == visited


def test_mark_is_said_as_people_wrote_it(modules: Page) -> None:
    words = modules.evaluate(
        """async () => {
          const { Marks } = await import("/chart/markers.js");
          const { spoken } = await import("/chart/marker-navigation.js");
          const change = { revision: 2, step: 5, position: 1, variance: 1, drift: 0, interval: 1,
            paused: false, at: "2026-03-01T12:00:00Z", text: "<b>&lt; Q paused it at step 5" };
          const changes = [{ ...change, step: 0, revision: 1, event: 1 },
            { ...change, variance: 2, event: 2 }];
          return spoken(new Marks().of(changes, [0, 10])[0]);
        }"""
    )

    assert words.startswith("<b>&lt; Q paused it at step 5 1 Mar 2026, 1")


def test_tour_says_where_it_has_come_to(modules: Page) -> None:
    said = modules.evaluate(
        """async () => {
          const { Tour } = await import("/chart/marker-navigation.js");
          const tour = new Tour();
          const marks = [3, 8, 20].map((step) => ({ step, text: `at<br>${step}` }));
          const walk = ([way, ...range]) => tour.step(marks, way, range).words;
          return [[1, 0, 10], [1, 0, 10], [1, 0, 10], [-1, 15, 25], [-1, 3, 13], [-1, 0, 10],
                  [1, 7, 9]].map(walk);
        }"""
    )

    further = "No more changes this way."
    # The sixth is past the beginning; the last begins anew, where somebody looks by then.
    assert said == ["at 3", "at 8", "at 20", "at 8", "at 3", further, "at 8"]
