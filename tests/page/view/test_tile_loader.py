"""tile-loader.js: what is fetched for a view, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# `answers` are those of the server, by the name of what is asked; one that is missing fails.
SUPPLY = """async () => {
  const { Changes } = await import("/live/changes.js");
  const { Note } = await import("/widgets/status-line.js");
  const { PathChoice } = await import("/widgets/path-choice.js");
  const { COMMANDS } = await import("/view/commands.js");
  const { Scene } = await import("/view/view-model.js");
  const { Series } = await import("/live/series.js");
  const { Supply } = await import("/view/tile-loader.js");
  const path = (epoch, last) => {
    const series = new Series();
    series.replace({ epoch, first_step: 0, stride: 1, positions: Array(last + 1).fill(0) });
    return series;
  };
  const [asked, answers] = [[], {}];
  const ask = (name) => async (...what) => {
    asked.push(name);
    if (name in answers) return answers[name](...what);
    throw new Error("no answer");
  };
  const api = {
    loadTile: ask("tile"), loadPosition: ask("position"),
    loadPath: ask("path"), loadEpochs: ask("epochs"),
  };
  const turn = () => new Promise((done) => setTimeout(done));
  const scene = new Scene(path(7, 900), new Changes());
  BODY
}"""

SUPPLIED = """
  const growLong = () => {
    scene.live.replace({ epoch: 7, first_step: 0, stride: 512, positions: Array(2_000).fill(0) });
    scene.view.fix([1_000_000, 1_000_600]);
  };
  let news = 0;
  const supply = new Supply(scene, api, () => (news += 1));
"""


def evaluate(modules: Page, body: str) -> Any:
    return modules.evaluate(SUPPLY.replace("BODY", body))


def test_tile_loader_requests_the_start_of_the_band_until_it_arrives(modules: Page) -> None:
    asked, news, missing = evaluate(
        modules,
        SUPPLIED
        + """
        growLong();
        scene.changes.replace([{ revision: 1, step: 0, position: 0, variance: 1, drift: 0,
          interval: 1, paused: false, at: "2026-11-22T12:00:00Z", by: null }]);
        scene.band = 700_001;
        answers.tile = ({ first, last, stride }) => Array((last - first) / stride + 1).fill(0);
        supply.fetch(0); supply.fetch(0); await turn(); // that it failed is known after this
        answers.position = () => 1.5;
        supply.fetch(0); await turn();
        supply.fetch(0); await turn();
        return [asked.filter((name) => name === "position"), news, scene.unknownAnchor];""",
    )

    assert asked == ["position"] * 2
    assert news >= 3  # the tiles, and where the band begins
    assert missing is None


def test_tile_loader_requests_nothing_after_its_end(modules: Page) -> None:
    asked = evaluate(
        modules,
        SUPPLIED
        + """
        growLong();
        supply.end(); supply.fetch(0); return asked;""",
    )

    assert asked == []
