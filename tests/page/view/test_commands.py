"""commands.js: what buttons and keys do to the view."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RUN = """async (commands) => {
  const { COMMANDS } = await import("/view/commands.js");
  const { Changes } = await import("/live/changes.js");
  const { ViewModel } = await import("/view/view-model.js");
  const { Series } = await import("/live/series.js");
  const live = new Series();
  live.begin(7);
  live.append({ first_step: 1, increments: Array(900).fill(0.5), position: 450 });
  const model = new ViewModel(live, new Changes());
  model.view.update(live);
  for (const [name, value] of commands) COMMANDS[name](model, value, 0);
  const { isFrozen, across, bandStart: band, replay, view } = model;
  const { mode, range } = view;
  const isPlaying = replay?.playing ?? null;
  return { isFrozen, across, band, isPlaying, mode, range };
}"""


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([["range", [100, 200]], ["right", None]], {"mode": "fixed", "range": [120, 220]}),
        ([["range", [100, 200]], ["left", None]], {"range": [80, 180]}),
        ([["range", [100, 400]], ["zoom-in", None]], {"range": [150, 350]}),
        ([["range", [100, 300]], ["zoom-out", None]], {"range": [50, 350]}),
        ([["range", [100, 200]], ["step", 500]], {"range": [450, 550]}),
        ([["range", [100, 104]], ["step", 500]], {"range": [490, 510]}),
        ([["range", [100, 200]], ["follow", None]], {"mode": "follow"}),
        ([["freeze", None]], {"isFrozen": True}),
        ([["freeze", None], ["freeze", None]], {"isFrozen": False}),
        ([["across", "clock"], ["band-from", 30]], {"across": "clock", "band": 30}),
        ([["replay", None]], {"isPlaying": True}),
        ([["replay", None], ["pause", None]], {"isPlaying": False}),
        ([["pause", None], ["seek", 3], ["speed", 2]], {"isPlaying": None}),
    ],
)
def test_command_changes_the_view(
    modules: Page, commands: list[list[Any]], expected: dict[str, Any]
) -> None:
    found = modules.evaluate(RUN, commands)

    found["range"] = [round(end) for end in found["range"]]
    assert {name: found[name] for name in expected} == expected
