"""marker-navigation.js by itself: from marker to marker."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

WALK = """async ({ steps, way, start }) => {
  const { findNeighbour } = await import("/chart/marker-navigation.js");
  const markers = steps.map((step) => ({ step, text: "" }));
  const visited = [];
  let marker = { step: start };
  while ((marker = findNeighbour(markers, marker, way))) visited.push(marker.step);
  return visited;
}"""


@pytest.mark.parametrize(
    ("steps", "way", "start", "visited"),
    [
        ([3, 8, 9], 1, 2, [3, 8, 9]),
        ([3, 8, 9], -1, 10, [9, 8, 3]),
        ([3, 8, 9], 1, 8, [9]),
        ([3, 8, 9], -1, 5, [3]),  # the marker at 5 has gone
        ([], 1, 0, []),
        ([], -1, 5, []),
    ],
)
def test_find_neighbour_visits_the_markers_in_order(
    modules: Page, steps: list[int], way: int, start: int, visited: list[int]
) -> None:
    assert modules.evaluate(WALK, {"steps": steps, "way": way, "start": start}) == visited


def test_read_lines_returns_the_text_that_a_person_wrote(modules: Page) -> None:
    text = modules.evaluate(
        """async () => {
          const { Markers } = await import("/chart/markers.js");
          const { readLines } = await import("/chart/text.js");
          const change = { revision: 2, event: 2, step: 5, position: 1, variance: 1, drift: 0,
            interval: 1, paused: false,
            at: "2026-03-01T12:00:00Z", text: "<b>&lt; Q paused it at step 5" };
          const first = { ...change, step: 0, revision: 1, event: 1 };
          const changes = [first, { ...change, variance: 2 }];
          return readLines(new Markers().find(changes, [0, 10])[0].text);
        }"""
    )

    assert text.startswith("<b>&lt; Q paused it at step 5 1 Mar 2026, 1")


def test_navigation_says_which_marker_it_reached(modules: Page) -> None:
    texts = modules.evaluate(
        """async () => {
          const { MarkerNavigation } = await import("/chart/marker-navigation.js");
          const navigation = new MarkerNavigation();
          const markers = [3, 8, 20].map((step) => ({ step, text: `at<br>${step}` }));
          const move = ([way, ...range]) => navigation.move(markers, way, range).text;
          return [[1, 0, 10], [1, 0, 10], [1, 0, 10], [-1, 15, 25], [-1, 3, 13], [-1, 0, 10],
                  [1, 7, 9]].map(move);
        }"""
    )

    further = "No more changes this way."
    # The sixth move leaves the first marker behind; the last starts at the edge of its view.
    assert texts == ["at 3", "at 8", "at 20", "at 8", "at 3", further, "at 8"]
