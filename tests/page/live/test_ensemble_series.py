"""ensemble-series.js: the newest positions of all paths, from frames that may be lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SCENE = """async (a) => {
  const m = await import("/live/ensemble-series.js");
  const { makeFrame, X } = await import("/ensemble_page.js");
  const series = new m.EnsembleSeries();
  series.follow({ epoch: 1, paths: 40 });
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SCENE.replace("BODY", body), argument)


def test_series_has_the_positions_of_a_frame(modules: Page) -> None:
    is_new, step, positions, expected = evaluate(
        modules,
        """const isNew = series.take(makeFrame(40, 7));
        const { step, positions } = series.newest;
        return [isNew, step, [...positions], [...Array(40).keys()].map((at) => X(at + 1, 7))];""",
    )

    assert (is_new, step) == (True, 7)
    assert positions == expected


@pytest.mark.parametrize(
    ("paths", "step", "epoch"),
    [(40, 5, 1), (40, 4, 1), (40, 6, 2), (40, 9, 0), (39, 6, 1)],
    ids=["again", "earlier", "epoch to come", "epoch before", "other paths"],
)
def test_series_ignores_a_frame_that_brings_nothing(
    modules: Page, paths: int, step: int, epoch: int
) -> None:
    is_new, newest = evaluate(
        modules,
        """series.take(makeFrame(40, 5));
        return [series.take(makeFrame(...a)), series.newest.step];""",
        [paths, step, epoch],
    )

    assert (is_new, newest) == (False, 5)


def test_series_forgets_the_slices_of_an_earlier_epoch(modules: Page) -> None:
    kept, begun, taken = evaluate(
        modules,
        """series.take(makeFrame(40, 5));
        series.follow({ epoch: 1, paths: 40 });
        const kept = series.slices.length;
        series.follow({ epoch: 2, paths: 3 });
        return [kept, series.slices.length, series.take(makeFrame(3, 1, 2))];""",
    )

    assert (kept, begun, taken) == (1, 0, True)


def test_series_keeps_few_slices_and_the_newest_of_them(modules: Page) -> None:
    steps = evaluate(
        modules,
        """for (let step = 1; step <= 5_000; step += 1) series.take(makeFrame(40, step));
        return series.slices.map(({ step }) => step);""",
    )

    assert len(steps) <= 1_000
    assert steps[-400:] == list(range(4_601, 5_001))
    assert steps == sorted(steps)


@pytest.mark.parametrize("paths", [1, 2, 31, 1_000], ids=str)
def test_quantiles_are_those_of_numpy(modules: Page, paths: int) -> None:
    positions, quantiles = evaluate(
        modules,
        """series.follow({ epoch: 2, paths: a });
        series.take(makeFrame(a, 11, 2));
        return [[...series.newest.positions], m.readQuantiles(series.newest)];""",
        paths,
    )

    expected = np.quantile(positions, [0.05, 0.25, 0.5, 0.75, 0.95])
    assert np.allclose(quantiles, expected, rtol=0, atol=1e-4)


def test_rank_counts_the_paths_above(modules: Page) -> None:
    ranks = evaluate(
        modules,
        """const positions = Float32Array.from([1, 3, -2, 3]);
        return [1, 2, 3, 4].map((seat) => m.computeRank({ positions }, seat));""",
    )

    assert ranks == [3, 1, 4, 1]


def test_name_of_a_seat_is_the_reader_s_own_or_that_of_a_viewer(modules: Page) -> None:
    names = evaluate(
        modules,
        """series.takeSeat({ number: 7, name: "Mia" });
        series.names = new Map([[7, "Student 7"], [8, "Student 8"]]);
        const names = [7, 8, 9].map((seat) => series.getName(seat));
        series.takeSeat({ number: null, name: "Mia" });
        return [...names, series.seat];""",
    )

    assert names == ["Mia", "Student 8", "", None]
