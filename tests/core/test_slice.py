"""A slice is compared with the exact law of its step, and says so in one sentence."""

from collections import Counter

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.ensemble import LEVELS
from motion.core.intervals import p_of_distance
from motion.core.slice import describe_slice, measure_distance

from .ensembles import change_ensemble, make_steady_ensemble


def draw(count, *, seed=1905, mean=0.0, deviation=1.0):
    return np.random.default_rng(seed).normal(mean, deviation, count)


def describe_draws(count, **law):
    return describe_slice(draw(count, **law), mean=0.0, variance=1.0)


def test_slice_has_the_statistics_of_the_positions():
    positions = draw(40, mean=3.0, deviation=2.0)

    found = describe_slice(positions, mean=3.0, variance=4.0)

    assert found["count"] == 40
    assert found["mean"] == pytest.approx(positions.mean())
    assert found["variance"] == pytest.approx(positions.var(ddof=1))
    quantiles = [found["quantiles"][str(level)] for level in LEVELS]
    assert quantiles == pytest.approx(np.quantile(positions, LEVELS).tolist())
    assert found["mean_interval"] == pytest.approx(
        scipy.stats.t.interval(0.95, 39, loc=positions.mean(), scale=scipy.stats.sem(positions))
    )
    chi2 = scipy.stats.chi2.ppf([0.975, 0.025], 39)
    assert found["variance_interval"] == pytest.approx(39 * positions.var(ddof=1) / chi2)
    test = scipy.stats.kstest((positions - 3.0) / 2.0, "norm")
    assert found["ks"]["distance"] == pytest.approx(test.statistic)
    assert found["ks"]["p"] == pytest.approx(test.pvalue, abs=0.02)


def test_slice_has_the_law_with_its_quantiles():
    law = describe_slice(draw(5), mean=-2.0, variance=9.0)["law"]

    expected = scipy.stats.norm.ppf(LEVELS, -2.0, 3.0).tolist()
    assert (law["mean"], law["variance"]) == (-2.0, 9.0)
    assert [law["quantiles"][str(level)] for level in LEVELS] == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 1_000), st.floats(-1e6, 1e6), st.floats(1e-3, 1e8))
def test_histogram_counts_every_position_in_bins_around_the_law(count, mean, variance):
    positions = draw(count, mean=mean, deviation=variance**0.5)

    found = describe_slice(positions, mean=mean, variance=variance)

    edges, counts = np.array(found["edges"]), found["counts"]
    assert sum(counts) == count
    assert len(edges) == len(counts) + 1 <= 61
    assert np.diff(edges) == pytest.approx(edges[1] - edges[0])
    assert edges[[0, -1]] == pytest.approx([mean - 5 * variance**0.5, mean + 5 * variance**0.5])


def test_outermost_bins_have_everything_beyond():
    found = describe_slice(np.array([-99.0, 0.1, 99.0]), mean=0.0, variance=1.0)

    assert (found["counts"][0], found["counts"][-1]) == (1, 1)


@pytest.mark.parametrize("count", [5, 30, 1_000])
@pytest.mark.parametrize("p", [0.5, 0.05, 0.002])
def test_p_of_distance_agrees_with_the_exact_law(count, p):
    assert p_of_distance(count, scipy.stats.kstwo.isf(p, count)) == pytest.approx(
        p, rel=0.4, abs=5e-3
    )


def test_measure_distance_is_the_largest_difference_on_either_side():
    assert measure_distance(np.array([0.0])) == 0.5
    assert measure_distance(np.array([50.0])) == pytest.approx(1.0)
    assert measure_distance(np.array([-50.0, 0.0])) == pytest.approx(0.5)


# --- sentences ------------------------------------------------------------------------------


def test_sentence_says_that_the_paths_agree():
    found = describe_draws(40, seed=2)

    assert found["agreement"]["mark"] == "agrees"
    assert found["text"] == "The 40 paths agree with the law N(0, 1)."


def test_sentence_says_what_differs_and_how_often_that_happens():
    found = describe_draws(40, mean=0.45, seed=3)

    assert found["agreement"]["mark"] == "chance"
    assert found["agreement"]["outside"] == ["mean", "shape"]
    share = float(f"{1 / found['agreement']['p']:.2g}")
    assert found["text"] == (
        "The 40 paths differ from the law N(0, 1) in mean and shape."
        f" By chance this happens in 1 of {share:.0f} correct slices."
    )


def test_sentence_bounds_a_very_small_share():
    found = describe_draws(1_000, deviation=3.0)

    assert found["agreement"]["mark"] == "rare"
    assert "in variance and shape. " in found["text"]
    assert "fewer than 1 of 1,000,000 correct slices" in found["text"]


@pytest.mark.parametrize("variance", [0.0, 1e-20])
def test_paths_at_one_place_are_not_compared(variance):
    found = describe_slice(np.full(40, 7.5), mean=7.5, variance=variance)

    assert found["text"] == "All 40 paths are at 7.5: nothing random happened so far."
    assert (found["counts"], found["edges"]) == ([40], [7.0, 8.0])
    assert found["ks"] is found["agreement"] is found["mean_interval"] is None


def test_one_path_is_not_compared():
    found = describe_slice(np.array([1.0]), mean=0.0, variance=4.0)

    assert found["text"] == "One path is too few to compare with the law N(0, 4)."
    assert (found["mean"], found["variance"], found["ks"]) == (1.0, None, None)


# --- law, at fixed seeds --------------------------------------------------------------------


@pytest.mark.parametrize("count", [5, 30, 1_000])
def test_marks_come_as_often_as_they_say_when_the_law_is_right(count):
    found = [describe_draws(count, seed=seed)["agreement"] for seed in range(1_000)]

    outside = Counter(name for one in found for name in one["outside"])
    marks = Counter(one["mark"] for one in found)
    assert all(30 <= outside[name] <= 70 for name in ("mean", "variance", "shape"))  # 50 ± 3 σ
    assert marks["rare"] <= 5


@pytest.mark.parametrize("step", [1, 100, 10**6])
def test_class_of_a_thousand_agrees_with_the_law_after_changes(step):
    ensemble = make_steady_ensemble(1905, 1_000)
    ensemble = change_ensemble(ensemble, step=50, variance=9.0, drift=-1.0)
    (mean,), (variance,) = ensemble.laws(step, step)

    found = describe_slice(ensemble.positions_at(step), mean=float(mean), variance=float(variance))

    assert found["agreement"]["mark"] == "agrees"
