"""paper.js: the caption of a saved picture."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CAPTION = """async (a) => {
  const { writeCaption } = await import("/chart/paper.js");
  const first = { revision: 1, step: 0, variance: 1, drift: 0, interval: 0.5, paused: false };
  const items = [first];
  for (const [step, values] of a.changes) items.push({ ...items.at(-1), ...values, step });
  const at = Date.parse("2026-11-26T06:17:30Z");
  return writeCaption({ title: "Walk", path: 2, at, items, ...a });
}"""


def write_caption(
    modules: Page,
    changes: list[Any],
    stretch: tuple[int, int] = (200, 800),
    stride: int = 1,
    address: str = "",
) -> Any:
    given = {"changes": changes, "stretch": stretch, "stride": stride, "address": address}
    return modules.evaluate(CAPTION, given)


def test_caption_names_steps_parameters_and_changes(modules: Page) -> None:
    changes = [[100, {"variance": 4}], [300, {"drift": -0.5}], [400, {"paused": True}]]

    found = write_caption(modules, changes, address="https://example.org/motions/walk/")

    assert found == {
        "title": "Walk",
        "lines": [
            "Steps 200 to 800 of the 2nd path",
            "Variance 4, drift 0, 2.0 steps/s. Changed: drift −0.5 from step 300 on",
        ],
        "foot": "https://example.org/motions/walk/ · 26 Nov 2026, 06:17 UTC",
    }


def test_caption_has_ranges_when_there_are_many_changes(modules: Page) -> None:
    changes = [[step, {"variance": step / 100, "interval": 0.25}] for step in range(210, 800, 10)]

    lines = write_caption(modules, changes, stride=4)["lines"]

    assert lines[0].endswith(", of which one in 4 is drawn")
    assert lines[1] == (
        "Variance 1, drift 0, 2.0 steps/s. 59 changes between steps 210 and 790:"
        " variance 1 to 7.9, 2.0 to 4.0 steps/s"
    )


def test_caption_leaves_out_parameters_when_they_are_unknown(modules: Page) -> None:
    changes = [[step, {"variance": step}] for step in range(1_000, 2_000)]

    lines = write_caption(modules, changes, stretch=(500, 900))["lines"]

    assert lines == ["Steps 500 to 900 of the 2nd path"]
