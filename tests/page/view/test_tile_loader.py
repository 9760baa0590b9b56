"""tile-loader.js: requests for what a view lacks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# `answers` are those of the server, by the name of what is asked; one that is missing fails.
SETUP = """async () => {
  const { Changes } = await import("/live/changes.js");
  const { StatusLine } = await import("/widgets/status-line.js");
  const { PathPicker } = await import("/widgets/path-picker.js");
  const { COMMANDS } = await import("/view/commands.js");
  const { ViewModel } = await import("/view/view-model.js");
  const { Series } = await import("/live/series.js");
  const { TileLoader } = await import("/view/tile-loader.js");
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
  const model = new ViewModel(path(7, 900), new Changes());
  BODY
}"""

LOADER = """
  const growLong = () => {
    model.live.replace({ epoch: 7, first_step: 0, stride: 512, positions: Array(2_000).fill(0) });
    model.view.setRange([1_000_000, 1_000_600]);
  };
  let news = 0;
  const loader = new TileLoader(model, api, () => (news += 1));
"""


def evaluate(modules: Page, body: str) -> Any:
    return modules.evaluate(SETUP.replace("BODY", body))


def test_tile_loader_requests_the_band_start_until_it_arrives(modules: Page) -> None:
    asked, news, missing = evaluate(
        modules,
        LOADER
        + """
        growLong();
        model.changes.replace([{ revision: 1, step: 0, position: 0, variance: 1, drift: 0,
          interval: 1, paused: false, at: "2026-11-22T12:00:00Z", by: null }]);
        model.bandChoice = 700_001;
        answers.tile = ({ first, last, stride }) => Array((last - first) / stride + 1).fill(0);
        loader.loadMissing(0); loader.loadMissing(0); await turn(); // now it has failed
        answers.position = () => 1.5;
        loader.loadMissing(0); await turn();
        loader.loadMissing(0); await turn();
        return [asked.filter((name) => name === "position"), news, model.missingPlace];""",
    )

    assert asked == ["position"] * 2
    assert news >= 3  # the tiles, and where the band begins
    assert missing is None


def test_tile_loader_requests_a_failed_tile_again_after_a_pause(modules: Page) -> None:
    counts, finest = evaluate(
        modules,
        LOADER
        + """
        growLong();
        const load = async (later) => {
          asked.length = 0;
          loader.loadMissing(performance.now() + later);
          await turn();
          return asked.filter((name) => name === "tile").length;
        };
        const counts = [await load(0), await load(0), await load(4_000)]; // all of these fail
        answers.tile = ({ first, last, stride }) => Array((last - first) / stride + 1).fill(0);
        counts.push(await load(8_000), await load(12_000));
        return [counts, model.tiles.size];""",
    )

    assert counts == [2, 0, 2, 2, 0]
    assert finest > 600


def test_tile_loader_requests_nothing_after_its_end(modules: Page) -> None:
    asked = evaluate(
        modules,
        LOADER
        + """
        growLong();
        loader.end(); loader.loadMissing(0); return asked;""",
    )

    assert asked == []
