"""Statistics of a window: what is read from the database, and how often it is computed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore
from typing import Any, Final

import numpy as np
import pytest
from pytest_django import DjangoAssertNumQueries

from motion.core.decomposition import Decomposition
from motion.core.limits import COMPUTED_AT_ONCE
from motion.core.statistics import describe_window
from motion.core.timeline import Timeline
from motion.models import Epoch, Motion, timestamp
from motion.queries import exports, statistics, threads
from motion.services import motions
from tests.support.doc_pages import DOCS, Page
from tests.support.factories import change_often, make_motion

pytestmark = pytest.mark.django_db

PAGE: Final = Page(DOCS / "statistics.md")


def move(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


def read(epoch: Epoch, first: int, last: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(statistics.read_statistics(epoch, first=first, last=last))
    return found


def compute_statistics(epoch: Epoch, first: int, last: int) -> dict[str, Any]:
    """The statistics from the whole timeline."""
    regimes = tuple(change.regime for change in epoch.changes.order_by("revision"))
    found = describe_window(Decomposition(Timeline(epoch.seed, regimes)), first, last)
    return {"epoch": epoch.number, "first": first, "last": last, **found}


WINDOWS = [(0, 900), (0, 100), (100, 101), (100, 350), (99, 350), (101, 349), (350, 900), (7, 7)]


def test_statistics_read_only_the_changes_that_govern_the_window(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    epoch = change_often(make_motion(step=900, seed=77), [100, 100, 101, 350, 350, 899, 900])

    for first, last in WINDOWS:
        with django_assert_num_queries(1):
            found = read(epoch, first, last)
        assert found == compute_statistics(epoch, first, last)


def test_statistics_read_a_thousand_changes_in_one_query(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    epoch = change_often(make_motion(step=10**9), range(500, 10_500, 10))

    with django_assert_num_queries(1):
        found = read(epoch, 0, 10**9)

    assert found == compute_statistics(epoch, 0, 10**9)


def test_read_statistics_computes_a_window_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    motion = make_motion(step=500)
    found = read(Epoch.objects.get(motion=motion), 10, 500)
    move(motion, 500)
    motions.change_motion(motion.pk, values={"variance": 7})
    move(motion, 900)
    again = Epoch.objects.get(motion=motion)

    with django_assert_num_queries(0):
        assert read(again, 10, 500) == found

    assert read(again, 10, 501) == compute_statistics(again, 10, 501)


def test_read_statistics_separates_paths_with_the_same_number() -> None:
    """The database of a test, or a restored one, may use a number twice."""
    motion = make_motion(step=500)
    found = read(Epoch.objects.get(motion=motion), 0, 500)
    Epoch.objects.filter(motion=motion).update(seed=5)

    other = Epoch.objects.get(motion=motion)

    assert read(other, 0, 500) == compute_statistics(other, 0, 500) != found


def test_compute_in_pool_computes_few_windows_at_the_same_time() -> None:
    started, may_end = Semaphore(0), Event()

    def slow(*_: Any) -> dict[str, Any]:
        started.release()
        assert may_end.wait(60)
        return {}

    with ThreadPoolExecutor(5) as pool:
        futures = [pool.submit(threads.compute_in_pool, slow) for _ in range(5)]
        for _ in range(COMPUTED_AT_ONCE):
            assert started.acquire(timeout=60)
        assert not started.acquire(timeout=0.1)
        may_end.set()

    assert [future.result() for future in futures] == [{}] * 5


# --- more changes than are read -----------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower limits, which a test reaches with few rows."""
    monkeypatch.setattr(statistics, "MAX_REGIMES", 40)
    monkeypatch.setattr(statistics, "RUN", 64)
    monkeypatch.setattr(statistics, "MAX_RUN_REGIMES", 10)


def test_read_statistics_uses_all_increments_at_the_regime_limit(few: None) -> None:
    epoch = change_often(make_motion(step=4_000), range(50, 4_000, 50))

    whole, less = read(epoch, 0, 2_050), read(epoch, 0, 2_051)

    assert (whole["sampled"], less["sampled"]) == (2_050, 8 * 64)
    assert whole == compute_statistics(epoch, 0, 2_050)


def test_read_statistics_counts_changes_at_one_step_once(few: None) -> None:
    """For example after a drag of the slider while the motion was paused."""
    epoch = change_often(make_motion(step=900), [*[300] * 500, *[301] * 500])

    assert read(epoch, 0, 900) == compute_statistics(epoch, 0, 900)


def test_read_statistics_uses_runs_when_changes_are_too_many(
    few: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    epoch = change_often(make_motion(step=10_000, seed=3), range(1, 10_000, 20))
    path = Timeline(epoch.seed, tuple(change.regime for change in epoch.changes.all()))

    with django_assert_num_queries(1 + 8):
        found = read(epoch, 0, 10_000)

    starts = [(10_000 - 64) * index // 7 for index in range(8)]
    z = np.concatenate(
        [
            (path.increments(start + 1, start + 64) - drift) / np.sqrt(variance)
            for start in starts
            for variance, drift in [path.laws(start + 1, start + 64)]
        ]
    )
    variances = np.concatenate([path.laws(start + 1, start + 64)[0] for start in starts])
    assert (found["count"], found["sampled"], found["standardised"]) == (10_000, 512, True)
    assert found["mean"]["value"] == pytest.approx(z.mean())
    assert found["variance"]["value"] == pytest.approx(z.var(ddof=1))
    quadratic = found["quadratic"]
    assert quadratic["expected"][-1] == pytest.approx(variances.mean() * 10_000)
    assert quadratic["realised"][-1] == pytest.approx((variances * z**2).mean() * 10_000)
    assert quadratic["low"] < quadratic["realised"][-1] < quadratic["high"]
    assert found["displacement"]["lags"] == [1, 2, 4, 8, 16]


def test_read_statistics_shortens_runs_with_too_many_changes(few: None) -> None:
    """One of the eight runs has a change at each step; all become as short as that one."""
    motion = make_motion(step=10_000)
    steps = sorted({*range(1, 10_000, 100), *range(1_400, 1_500)})
    epoch = change_often(motion, steps)

    found = read(epoch, 0, 10_000)

    start = (10_000 - 64) * 1 // 7
    assert start == 1_419
    assert found["sampled"] == 8 * 11  # ten changes within, known up to the eleventh
    assert found["displacement"]["lags"] == [1, 2]


# --- in the docs --------------------------------------------------------------------------------


def test_recipe_in_the_docs_agrees_with_read_statistics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    motion = make_motion(step=3_000, variance=2, drift=0.5)
    epoch = Epoch.objects.get(motion=motion)
    export = exports.read_export(motion, epoch, first=0, last=None, piece=None, address="")
    (tmp_path / "path.csv").write_text("".join(export.write_csv(timestamp())))
    monkeypatch.chdir(tmp_path)
    (recipe,) = (block for block in PAGE.blocks if block.text.startswith("import numpy"))
    printed: list[Any] = []

    exec(recipe.text, {"print": lambda *values: printed.extend(values)})

    found = read(epoch, 0, 3_000)
    quadratic, displacement = found["quadratic"], found["displacement"]
    assert printed[:4] == pytest.approx(
        [
            *(found["mean"]["value"], found["variance"]["value"]),
            *(quadratic["realised"][-1], quadratic["expected"][-1]),
        ]
    )
    assert printed[4] == pytest.approx(displacement["realised"][:4])
