"""The statistics of a window, against plain loops, against SciPy, and against theory."""

import json
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from motion.core.brownian import standard_path
from motion.core.decomposition import Decomposition
from motion.core.increment_stats import fit
from motion.core.parameters import STEP_LIMIT
from motion.core.statistics import EXACT, MESH, RUN, RUNS, Run, describe, describe_runs

from .timelines import changed, governing, steady, timelines

exactly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def described(timeline, first, last):
    return describe(Decomposition(timeline), first, last)


def eventful(seed=11, *, scale=1):
    """Changes of variance and drift, two of them at one step, and a stretch that stands still."""
    timeline = steady(seed, variance=2.0, drift=0.1)
    for step, variance, drift in (
        (100, 9.0, -0.5),
        (100, 0.25, -0.5),
        (230, 0.0, 0.5),
        (300, 0.0, 0.0),
        (340, 4.0, 0.0),
    ):
        timeline = changed(timeline, step=step * scale, variance=variance, drift=drift)
    return timeline


# --- mean, variance and histogram ---------------------------------------------------------------


def test_moments_and_their_intervals_are_those_of_scipy():
    timeline = steady(5, variance=4.0, drift=-0.3)
    increments = timeline.increments(101, 400)

    told = described(timeline, 100, 400)

    t_test = stats.ttest_1samp(increments, -0.3)
    mean = t_test.confidence_interval(0.95)
    squares = 299 * increments.var(ddof=1)
    one_sided = stats.chi2.cdf(squares / 4, 299)
    assert (told["count"], told["sampled"], told["standardised"]) == (300, 300, False)
    assert told["mean"] == pytest.approx(
        {
            "value": increments.mean(),
            "low": mean.low,
            "high": mean.high,
            "expected": -0.3,
            "p": t_test.pvalue,
        }
    )
    assert told["variance"] == pytest.approx(
        {
            "value": increments.var(ddof=1),
            "low": squares / stats.chi2.ppf(0.975, 299),
            "high": squares / stats.chi2.ppf(0.025, 299),
            "expected": 4.0,
            "p": 2 * min(one_sided, 1 - one_sided),
        }
    )


def test_increments_of_many_laws_are_standardised_and_those_that_stand_still_left_out():
    timeline = eventful()
    z = [
        (increment - law.drift) / math.sqrt(law.variance)
        for step, increment in enumerate(timeline.increments(1, 500), start=1)
        if (law := governing(timeline, step)).variance > 0
    ]

    told = described(timeline, 0, 500)

    assert told["standardised"]
    assert (told["count"], told["sampled"], told["still"]) == (500, 500, 110)
    assert told["mean"]["value"] == pytest.approx(np.mean(z))
    assert told["variance"]["value"] == pytest.approx(np.var(z, ddof=1))
    assert (told["mean"]["expected"], told["variance"]["expected"]) == (0, 1)
    assert sum(told["histogram"]["counts"]) == len(z) == 390


@pytest.mark.parametrize(
    ("first", "last", "standardised"),
    [(0, 100, False), (100, 230, False), (0, 101, True), (229, 231, True), (299, 301, True)],
)
def test_only_what_changed_within_makes_many_laws(first, last, standardised):
    """The last of these changes is one of drift alone; at step 100 one of two changes counts."""
    assert described(eventful(), first, last)["standardised"] is standardised


def test_histogram_has_every_increment_in_its_bin_and_those_beyond_in_the_outermost():
    timeline = steady(8, variance=0.25, drift=2.0)
    increments = timeline.increments(1, 40_000)

    told = described(timeline, 0, 40_000)["histogram"]

    edges = told["first"] + told["width"] * np.arange(len(told["counts"]) + 1)
    inside = np.clip(increments, edges[0], np.nextafter(edges[-1], -np.inf))
    assert told["counts"] == np.histogram(inside, edges)[0].tolist()
    assert (told["mean"], told["variance"]) == (2.0, 0.25)
    assert edges[0] == pytest.approx(-0.5)
    assert edges[-1] == pytest.approx(4.5)


@pytest.mark.parametrize(("count", "bins"), [(2, 4), (600, 26), (EXACT, 60)])
def test_histogram_has_bins_for_as_many_as_there_are(count, bins):
    assert len(described(steady(3), 7, 7 + count)["histogram"]["counts"]) == bins


def test_outliers_are_counted_too():
    from motion.core.increment_stats import histogram

    told = histogram(np.array([-8.5, -5.0, 0.0, 4.99, 5.0, 8.5]), mean=0.0, deviation=1.0)

    assert (told["counts"][0], told["counts"][-1], sum(told["counts"])) == (2, 3, 6)


@pytest.mark.parametrize(("variance", "drift"), [(1e-16, 1000.0), (5e-324, 0.0)])
def test_law_that_floats_cannot_show_is_told_standardised(variance, drift):
    told = described(steady(7, variance=variance, drift=drift), 0, 400)
    plain = described(steady(7), 0, 400)

    assert told["standardised"]
    for name in ("mean", "variance", "histogram"):
        assert told[name] == plain[name]


def test_motion_without_variance_shows_nothing_random():
    told = described(steady(7, variance=0.0, drift=1.5), 0, 400)

    assert (told["sampled"], told["still"], told["standardised"]) == (400, 400, False)
    assert [told[name] for name in ("mean", "variance", "histogram", "quadratic")] == [None] * 4
    assert told["displacement"]["realised"] == [(1.5 * 2**i) ** 2 for i in range(7)]
    assert told["displacement"]["expected"] == told["displacement"]["realised"]


# --- quadratic variation ------------------------------------------------------------------------


@exactly
@given(timelines(), st.integers(0, 500), st.integers(1, 700))
def test_quadratic_variation_is_the_running_sum_of_squares(timeline, first, length):
    last = first + length
    realised, expected = {first: 0.0}, {first: 0.0}
    for step in range(first + 1, last + 1):
        law = governing(timeline, step)
        z = np.diff(standard_path(timeline.seed, first=step - 1, last=step))[0]
        realised[step] = realised[step - 1] + law.variance * z**2
        expected[step] = expected[step - 1] + law.variance

    told = described(timeline, first, last)["quadratic"]

    if expected[last] == 0:
        assert told is None
        return
    assert (told["steps"][0], told["steps"][-1]) == (first, last)
    assert len(told["steps"]) == min(length + 1, 128)
    largest = {"rel": 1e-9, "abs": 1e-9 * expected[last]}
    assert told["realised"] == pytest.approx([realised[k] for k in told["steps"]], **largest)
    assert told["expected"] == pytest.approx([expected[k] for k in told["steps"]], **largest)


def test_range_of_the_quadratic_variation_is_that_of_chi2_where_one_law_governs():
    told = described(steady(5, variance=3.0), 10, 310)["quadratic"]

    assert told["low"] == pytest.approx(3 * stats.chi2.ppf(0.025, 300))
    assert told["high"] == pytest.approx(3 * stats.chi2.ppf(0.975, 300))


def test_range_of_the_quadratic_variation_is_as_wide_as_its_variance_where_laws_differ():
    timeline = changed(steady(5), step=60, variance=100.0, drift=0.0)
    freedom = (60 + 4 * 100) ** 2 / (60 + 4 * 100**2)

    told = described(timeline, 0, 64)["quadratic"]

    assert told["low"] == pytest.approx(460 * stats.chi2.ppf(0.025, freedom) / freedom)
    assert told["high"] == pytest.approx(460 * stats.chi2.ppf(0.975, freedom) / freedom)


# --- mean squared displacement ------------------------------------------------------------------


@exactly
@given(timelines(), st.integers(0, 500), st.integers(4, 300))
def test_displacement_is_the_mean_square_over_all_pairs(timeline, first, length):
    last = first + length
    laws = [governing(timeline, step) for step in range(first + 1, last + 1)]
    x = timeline.positions(first, last)

    told = described(timeline, first, last)["displacement"]

    assert told["lags"] == [2**i for i in range(10) if 2**i <= length // 4]
    for lag, realised, expected in zip(
        told["lags"], told["realised"], told["expected"], strict=True
    ):
        pairs = range(length - lag + 1)
        squares = [(x[k + lag] - x[k]) ** 2 for k in pairs]
        theory = [
            sum(law.variance for law in laws[k : k + lag])
            + sum(law.drift for law in laws[k : k + lag]) ** 2
            for k in pairs
        ]
        assert expected == pytest.approx(np.mean(theory), rel=1e-9)
        # Positions far from 0 are coarse; the statistics are not made of them.
        coarse = 1e-9 * max(timeline.scale(first), timeline.scale(last))
        tolerance = 1e-9 * expected + 4 * coarse * math.sqrt(max(np.mean(squares), expected))
        assert realised == pytest.approx(np.mean(squares), rel=1e-9, abs=tolerance + coarse**2)


# --- windows that are too long to look at every increment ---------------------------------------


def sampled_increments(timeline, first, last):
    """The increments of 16 runs of 4,096, the first and the last at the ends of the window."""
    starts = [first + (last - first - RUN) * i // (RUNS - 1) for i in range(RUNS)]
    return np.concatenate([timeline.increments(start + 1, start + RUN) for start in starts])


def test_longest_window_that_is_told_whole():
    assert described(steady(3), 5, 5 + EXACT)["sampled"] == EXACT
    assert len(described(steady(3), 5, 5 + EXACT)["displacement"]["lags"]) == 15


@pytest.mark.parametrize("last", [EXACT + 6, 10**6, STEP_LIMIT - 1])
def test_moments_of_a_long_window_are_those_of_evenly_spread_runs(last):
    timeline = steady(3, variance=4.0, drift=1.0)
    increments = sampled_increments(timeline, 5, last)

    told = described(timeline, 5, last)

    assert (told["count"], told["sampled"]) == (last - 5, EXACT)
    assert told["mean"]["value"] == pytest.approx(increments.mean())
    assert told["variance"]["value"] == pytest.approx(increments.var(ddof=1))
    assert sum(told["histogram"]["counts"]) == EXACT


def test_quadratic_variation_of_a_long_window_leaves_nothing_out():
    """Most variance lies where no run looks; the mesh sees it, and Σ variance is exact."""
    timeline = eventful()
    for step, variance in ((50_000, 10_000.0), (50_003, 0.1), (50_100, 3.0)):
        timeline = changed(timeline, step=step, variance=variance, drift=50.0)
    first, last = 77, 300_011
    stride = next(2**s for s in range(40) if (last >> s) - (first - 1 >> s) <= 2 * MESH + 1)
    multiples = np.arange(-first % stride + first, last, stride)
    chosen = np.linspace(0, len(multiples) - 1, MESH + 1).astype(int)
    starts = [first + (last - first - RUN) * i // (RUNS - 1) for i in range(RUNS)]
    fine = {step for start in starts for step in range(start, start + RUN + 1)}
    mesh = sorted(fine.union(multiples[chosen].tolist()))
    variances, drifts = timeline.laws(first + 1, last)
    noise = timeline.increments(first + 1, last) - drifts
    cuts = np.array(mesh[:-1]) - first

    told = described(timeline, first, last)["quadratic"]

    assert told["expected"][-1] == pytest.approx(variances.sum(), rel=1e-12)
    assert told["realised"][-1] == pytest.approx(
        (np.add.reduceat(noise, cuts) ** 2).sum(), rel=1e-8
    )
    assert len(told["steps"]) == 128
    assert set(told["steps"]) <= set(mesh)
    some = np.array(told["steps"][1:]) - first
    assert told["expected"][1:] == pytest.approx(np.cumsum(variances)[some - 1], rel=1e-12)


@pytest.mark.parametrize("last", [100_001, 10**9, STEP_LIMIT - 1])
def test_displacement_of_a_long_window_agrees_with_theory_at_every_lag(last):
    told = described(steady(21, variance=3.0, drift=0.0), 5, last)["displacement"]

    assert told["lags"] == [2**i for i in range(40) if 2**i <= (last - 5) // 4]
    assert told["expected"] == pytest.approx([3.0 * lag for lag in told["lags"]], rel=1e-12)
    within = [
        low <= realised <= high
        for low, realised, high in zip(told["low"], told["realised"], told["high"], strict=True)
    ]
    assert sum(within) >= 0.7 * len(within)
    assert all(0 < low < 3 * lag for low, lag in zip(told["low"], told["lags"], strict=True))


@pytest.mark.parametrize("drift", [0.0, 0.3])
@pytest.mark.parametrize("last", [9, 1_000, 70_000])
def test_ranges_of_one_law_are_those_of_many_laws_that_are_nearly_one(last, drift):
    """One law has a short cut; a 10¹²th more variance from the fourth step on has none."""
    one = steady(4, variance=2.0, drift=drift)
    many = changed(one, step=4, variance=2.0 + 2e-12, drift=drift)

    far, near = (described(timeline, 1, last)["displacement"] for timeline in (one, many))

    for name in ("expected", "low", "high", "p"):
        assert far[name] == pytest.approx(near[name], rel=1e-6)


def test_displacement_of_correct_paths_is_seldom_outside_where_a_window_begins_in_a_short_drift():
    """As a page that follows a motion whose drift somebody sets to 10 for 20 steps."""
    seen = []
    for seed in range(200):
        path = changed(steady(seed, drift=10.0), step=20, variance=1.0, drift=0.0)
        seen.append(describe(Decomposition(path), 10, 610)["agreement"]["displacement"]["mark"])

    assert seen.count("agrees") >= 184  # 5 % outside, and three deviations
    assert seen.count("rare") <= 1


def test_displacement_over_long_lags_is_exact():
    """What is not sampled: all positions at a quarter of the lag or less, in all of the window."""
    timeline = changed(steady(4, variance=2.0), step=123_456, variance=0.5, drift=0.01)
    x = timeline.positions(0, 400_000)

    told = described(timeline, 0, 400_000)["displacement"]

    stride = 2**5
    for lag in (2**7, 2**10, 2**16):
        far = x[::stride][lag // stride :] - x[::stride][: -lag // stride]
        index = told["lags"].index(lag)
        assert told["realised"][index] == pytest.approx((far**2).mean(), rel=1e-9)


def test_displacement_over_short_lags_of_a_long_window_is_that_of_the_runs():
    timeline = eventful(scale=1000)
    last = 400_000
    starts = [(last - RUN) * i // (RUNS - 1) for i in range(RUNS)]
    looks = [timeline.positions(start, start + RUN) for start in starts]

    told = described(timeline, 0, last)["displacement"]

    for lag in (8, 2**6):
        mean = np.mean([(x[lag:] - x[:-lag]) ** 2 for x in looks])
        assert told["realised"][told["lags"].index(lag)] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("count", [EXACT, 2**17, 2**18, 2**20])
@pytest.mark.parametrize("first", [0, 5])
def test_one_increment_more_leaves_every_range_as_wide(count, first):
    """Before, the quadratic variation lost seven of eight squares at 2¹⁶ + 1, and half at 2^j."""

    def widths(last):
        told = described(steady(3), first, last)
        far, added = told["displacement"], told["quadratic"]
        columns = zip(far["low"], far["high"], far["expected"], strict=True)
        return [
            (added["high"] - added["low"]) / added["expected"][-1],
            *((high - low) / expected for low, high, expected in columns),
        ]

    assert widths(first + count + 1) == pytest.approx(widths(first + count), rel=0.05)


def test_quadratic_variation_of_a_long_window_is_shown_at_evenly_spread_steps():
    steps = described(steady(3), 0, 10**9)["quadratic"]["steps"]

    assert len(steps) == 128
    assert np.diff(steps) == pytest.approx(10**9 / 127, rel=0.02)


def test_sample_shows_what_all_increments_show():
    timeline = eventful(seed=3, scale=500)
    n = 10 * EXACT
    increments = timeline.increments(1, n)
    variances, drifts = timeline.laws(1, n)
    random = variances > 0
    z = (increments - drifts)[random] / np.sqrt(variances[random])

    told = described(timeline, 0, n)

    assert told["sampled"] == EXACT
    assert told["mean"]["value"] == pytest.approx(z.mean(), abs=4 / math.sqrt(told["sampled"]))
    assert told["variance"]["value"] == pytest.approx(z.var(), rel=4 * math.sqrt(2 / EXACT))
    quadratic = told["quadratic"]
    assert quadratic["low"] < ((increments - drifts) ** 2).sum() < quadratic["high"]


def test_few_runs_stand_for_equal_shares_of_a_window():
    timelines_of_runs = [steady(9, variance=1.0), changed(steady(9), step=700, variance=4, drift=1)]
    runs = [
        Run(Decomposition(timeline), start, start + 200)
        for timeline, start in zip(timelines_of_runs, (0, 800), strict=True)
    ]
    early, late = (
        timelines_of_runs[1].increments(1, 200),
        timelines_of_runs[1].increments(801, 1000),
    )

    told = describe_runs(runs, 0, 1000)

    assert (told["count"], told["sampled"], told["standardised"]) == (1000, 400, True)
    z = np.concatenate([early, (late - 1) / 2])
    assert told["mean"]["value"] == pytest.approx(z.mean())
    assert told["quadratic"]["steps"][-1] == 1000
    assert told["quadratic"]["realised"][-1] == pytest.approx(
        2.5 * ((early**2).sum() + ((late - 1) ** 2).sum())
    )
    assert told["quadratic"]["expected"][-1] == pytest.approx(500 * 1 + 500 * 4)
    assert told["displacement"]["lags"] == [1, 2, 4, 8, 16, 32]
    assert told["displacement"]["expected"][1] == pytest.approx((2 + (8 + 4)) / 2)


# --- against theory -----------------------------------------------------------------------------

SEEDS = range(400)


def coverage(timeline_of):
    """The share of seeds at which each 95 % interval holds what it should, by name."""
    held = {}
    for seed in SEEDS:
        told = described(timeline_of(seed), 0, 256)
        pictures = {name: told[name] | {"of": told[name]["expected"]} for name in MOMENTS}
        pictures["quadratic"] = told["quadratic"] | {"of": told["quadratic"]["realised"][-1]}
        far = told["displacement"]
        for lag, p in zip(far["lags"], far["p"], strict=True):
            pictures[f"lag {lag}"] = {"of": p, "low": 0.05, "high": 1.0}
        joint = {"of": told["agreement"]["displacement"]["mark"], "low": "agrees", "high": "agrees"}
        pictures["all lags"] = joint
        for name, it in pictures.items():
            held.setdefault(name, []).append(it["low"] <= it["of"] <= it["high"])
    return {name: np.mean(hits) for name, hits in held.items()}


MOMENTS = ("mean", "variance")


@pytest.mark.parametrize("kind", ["steady", "changing", "drifting"])
def test_intervals_hold_in_95_of_100_windows(kind):
    def timeline_of(seed):
        timeline = steady(seed, variance=2.0, drift=1.0 if kind == "drifting" else 0.0)
        if kind == "changing":
            timeline = changed(timeline, step=100, variance=18.0, drift=0.5)
        return timeline

    shares = coverage(timeline_of)

    assert len(shares) == 3 + 7 + 1
    for name, share in shares.items():
        # 400 windows: ± 1.1 %; over long lags the law is only about that of χ², and all lags
        # together are inside a little more often.
        assert 0.91 < share < (0.999 if name == "all lags" else 0.985), (kind, name, share)


def test_histogram_of_a_long_path_is_that_of_the_normal_law():
    told = described(eventful(seed=6, scale=100), 0, EXACT)["histogram"]

    assert 0.001 < told["p"] < 0.999


@pytest.mark.parametrize(("count", "scale"), [(150, 1.0), (600, 1.0), (600, 1.25)])
def test_histogram_is_judged_by_pearson_s_test(count, scale):
    z = scale * np.random.default_rng(5).standard_normal(count)
    counts, edges = np.histogram(np.clip(z, -5, 4.999), 26, (-5, 5))
    ends, cuts = [0.0], [0]
    for bin_, below in enumerate(stats.norm.cdf(edges[1:-1]), start=1):
        if count * (below - ends[-1]) >= 5 and count * (1 - below) >= 5:
            ends.append(below)
            cuts.append(bin_)
    found, expected = np.add.reduceat(counts, cuts), count * np.diff([*ends, 1])

    told = fit(counts.tolist())

    assert told["freedom"] == len(found) - 1
    assert (told["chi2"], told["p"]) == pytest.approx(stats.chisquare(found, expected))
    assert (told["p"] > 0.05) == (scale == 1)


def test_few_increments_are_not_judged_by_their_histogram():
    told = described(steady(3), 0, 12)

    assert told["histogram"]["p"] is None
    assert told["agreement"]["histogram"] is None


# --- whatever the window ------------------------------------------------------------------------


def numbers_of(told):
    if isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from numbers_of(part)
    elif told is not None and not isinstance(told, str):
        yield told


@exactly
@given(
    timelines(),
    st.sampled_from([0.0, 5e-324, 1e-160, 1e-20, 1e4]),
    st.integers(0, 39).flatmap(lambda s: st.integers(0, 2**s)),
    st.integers(0, 39).flatmap(lambda s: st.integers(0, 2**s)),
)
def test_every_number_is_finite_and_there_are_not_too_many(timeline, variance, first, length):
    timeline = changed(timeline, step=timeline.regimes[-1].step + 50, variance=variance, drift=-3)
    last = min(first + length, STEP_LIMIT - 1)

    told = described(timeline, first, last)

    assert len(json.dumps(told, allow_nan=False)) < 20_000
    assert all(math.isfinite(number) for number in numbers_of(told))
    assert told["count"] == last - first
    assert told["sampled"] == min(told["count"], EXACT)
    for name in ("mean", "variance"):
        if told[name]:
            assert told[name]["low"] <= told[name]["value"] <= told[name]["high"]
    if told["histogram"]:
        assert len(told["histogram"]["counts"]) <= 60
        assert sum(told["histogram"]["counts"]) == told["sampled"] - told["still"]
        assert told["histogram"]["width"] > 0
    for picture in filter(None, (told["quadratic"], told["displacement"])):
        assert len({len(column) for column in picture.values() if isinstance(column, list)}) == 1
    if told["quadratic"]:
        assert told["quadratic"]["low"] <= told["quadratic"]["high"]


@pytest.mark.parametrize(
    ("length", "there"), [(0, []), (1, ["quadratic"]), (3, [*MOMENTS, "histogram", "quadratic"])]
)
def test_window_too_short_for_a_picture_has_none(length, there):
    told = described(steady(3), 50, 50 + length)

    pictures = ("mean", "variance", "histogram", "quadratic", "displacement")
    assert [name for name in pictures if told[name]] == there
    assert [told[name] for name in pictures if name not in there] == [None] * (5 - len(there))


def test_window_before_the_first_known_change_is_refused():
    timeline = changed(steady(3), step=40, variance=2.0, drift=0.0)
    newest = Decomposition(type(timeline)(timeline.seed, timeline.regimes[-1:]))

    with pytest.raises(ValueError, match="leaves the steps"):
        describe(newest, 39, 60)
