"""The statistics of a window, compared with plain loops, with SciPy, and with theory."""

import json
import math

import numpy as np
import pytest
import scipy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.brownian import standard_path
from motion.core.decomposition import Decomposition
from motion.core.increment_stats import measure_fit, share_bins
from motion.core.parameters import STEP_LIMIT
from motion.core.statistics import EXACT, MESH, RUN, RUNS, Run, describe_runs, describe_window

from .timelines import change_timeline, find_governing_regime, make_steady_timeline, timelines

exactly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def compute_statistics(timeline, first, last):
    return describe_window(Decomposition(timeline), first, last)


def make_eventful_path(seed=11, *, scale=1):
    """A path with changes, two of them at one step, and a stretch without variance."""
    timeline = make_steady_timeline(seed, variance=2.0, drift=0.1)
    for step, variance, drift in (
        (100, 9.0, -0.5),
        (100, 0.25, -0.5),
        (230, 0.0, 0.5),
        (300, 0.0, 0.0),
        (340, 4.0, 0.0),
    ):
        timeline = change_timeline(timeline, step=step * scale, variance=variance, drift=drift)
    return timeline


# --- mean, variance and histogram ---------------------------------------------------------------


def test_mean_and_variance_agree_with_scipy():
    timeline = make_steady_timeline(5, variance=4.0, drift=-0.3)
    increments = timeline.increments(101, 400)

    found = compute_statistics(timeline, 100, 400)

    t_test = scipy.stats.ttest_1samp(increments, -0.3)
    mean = t_test.confidence_interval(0.95)
    squares = 299 * increments.var(ddof=1)
    one_sided = scipy.stats.chi2.cdf(squares / 4, 299)
    assert (found["count"], found["sampled"], found["standardised"]) == (300, 300, False)
    assert found["mean"] == pytest.approx(
        {
            "value": increments.mean(),
            "low": mean.low,
            "high": mean.high,
            "expected": -0.3,
            "p": t_test.pvalue,
        }
    )
    assert found["variance"] == pytest.approx(
        {
            "value": increments.var(ddof=1),
            "low": squares / scipy.stats.chi2.ppf(0.975, 299),
            "high": squares / scipy.stats.chi2.ppf(0.025, 299),
            "expected": 4.0,
            "p": 2 * min(one_sided, 1 - one_sided),
        }
    )


def test_increments_are_standardised_when_they_have_many_laws():
    timeline = make_eventful_path()
    z = [
        (increment - law.drift) / math.sqrt(law.variance)
        for step, increment in enumerate(timeline.increments(1, 500), start=1)
        if (law := find_governing_regime(timeline, step)).variance > 0
    ]

    found = compute_statistics(timeline, 0, 500)

    assert found["standardised"]
    assert (found["count"], found["sampled"], found["still"]) == (500, 500, 110)
    assert found["mean"]["value"] == pytest.approx(np.mean(z))
    assert found["variance"]["value"] == pytest.approx(np.var(z, ddof=1))
    assert (found["mean"]["expected"], found["variance"]["expected"]) == (0, 1)
    assert sum(found["histogram"]["counts"]) == len(z) == 390


@pytest.mark.parametrize(
    ("first", "last", "standardised"),
    [(0, 100, False), (100, 230, False), (0, 101, True), (229, 231, True), (299, 301, True)],
)
def test_only_changes_within_the_window_make_many_laws(first, last, standardised):
    """The last change is only of the drift; of the two changes at step 100 only one governs."""
    assert compute_statistics(make_eventful_path(), first, last)["standardised"] is standardised


def test_histogram_counts_every_increment_in_its_bin():
    timeline = make_steady_timeline(8, variance=0.25, drift=2.0)
    increments = timeline.increments(1, 40_000)

    found = compute_statistics(timeline, 0, 40_000)["histogram"]

    edges = found["first"] + found["width"] * np.arange(len(found["counts"]) + 1)
    inside = np.clip(increments, edges[0], np.nextafter(edges[-1], -np.inf))
    assert found["counts"] == np.histogram(inside, edges)[0].tolist()
    assert (found["mean"], found["variance"]) == (2.0, 0.25)
    assert edges[0] == pytest.approx(-0.5)
    assert edges[-1] == pytest.approx(4.5)


@pytest.mark.parametrize(("count", "bins"), [(2, 4), (600, 26), (EXACT, 60)])
def test_histogram_has_more_bins_for_more_increments(count, bins):
    assert (
        len(compute_statistics(make_steady_timeline(3), 7, 7 + count)["histogram"]["counts"])
        == bins
    )


def test_histogram_counts_outliers_in_the_outermost_bins():
    from motion.core.increment_stats import make_histogram

    found = make_histogram(np.array([-8.5, -5.0, 0.0, 4.99, 5.0, 8.5]), mean=0.0, deviation=1.0)

    assert (found["counts"][0], found["counts"][-1], sum(found["counts"])) == (2, 3, 6)


@pytest.mark.parametrize(("variance", "drift"), [(1e-16, 1000.0), (5e-324, 0.0)])
def test_increments_are_standardised_when_floats_lose_their_variance(variance, drift):
    found = compute_statistics(make_steady_timeline(7, variance=variance, drift=drift), 0, 400)
    plain = compute_statistics(make_steady_timeline(7), 0, 400)

    assert found["standardised"]
    for name in ("mean", "variance", "histogram"):
        assert found[name] == plain[name]


def test_statistics_are_none_when_the_variance_is_0():
    found = compute_statistics(make_steady_timeline(7, variance=0.0, drift=1.5), 0, 400)

    assert (found["sampled"], found["still"], found["standardised"]) == (400, 400, False)
    assert [found[name] for name in ("mean", "variance", "histogram", "quadratic")] == [None] * 4
    assert found["displacement"]["realised"] == [(1.5 * 2**i) ** 2 for i in range(7)]
    assert found["displacement"]["expected"] == found["displacement"]["realised"]


# --- quadratic variation ------------------------------------------------------------------------


@exactly
@given(timelines(), st.integers(0, 500), st.integers(1, 700))
def test_quadratic_variation_is_the_running_sum_of_squares(timeline, first, length):
    last = first + length
    realised, expected = {first: 0.0}, {first: 0.0}
    for step in range(first + 1, last + 1):
        law = find_governing_regime(timeline, step)
        z = np.diff(standard_path(timeline.seed, first=step - 1, last=step))[0]
        realised[step] = realised[step - 1] + law.variance * z**2
        expected[step] = expected[step - 1] + law.variance

    found = compute_statistics(timeline, first, last)["quadratic"]

    if expected[last] == 0:
        assert found is None
        return
    assert (found["steps"][0], found["steps"][-1]) == (first, last)
    assert len(found["steps"]) == min(length + 1, 128)
    largest = {"rel": 1e-9, "abs": 1e-9 * expected[last]}
    assert found["realised"] == pytest.approx([realised[k] for k in found["steps"]], **largest)
    assert found["expected"] == pytest.approx([expected[k] for k in found["steps"]], **largest)


def test_quadratic_variation_has_chi2_range_when_one_law_governs():
    found = compute_statistics(make_steady_timeline(5, variance=3.0), 10, 310)["quadratic"]

    assert found["low"] == pytest.approx(3 * scipy.stats.chi2.ppf(0.025, 300))
    assert found["high"] == pytest.approx(3 * scipy.stats.chi2.ppf(0.975, 300))


def test_quadratic_variation_has_an_approximate_range_when_laws_differ():
    timeline = change_timeline(make_steady_timeline(5), step=60, variance=100.0, drift=0.0)
    freedom = (60 + 4 * 100) ** 2 / (60 + 4 * 100**2)

    found = compute_statistics(timeline, 0, 64)["quadratic"]

    assert found["low"] == pytest.approx(460 * scipy.stats.chi2.ppf(0.025, freedom) / freedom)
    assert found["high"] == pytest.approx(460 * scipy.stats.chi2.ppf(0.975, freedom) / freedom)


# --- mean squared displacement ------------------------------------------------------------------


@exactly
@given(timelines(), st.integers(0, 500), st.integers(4, 300))
def test_displacement_is_the_mean_square_over_all_pairs(timeline, first, length):
    last = first + length
    laws = [find_governing_regime(timeline, step) for step in range(first + 1, last + 1)]
    x = timeline.positions(first, last)

    found = compute_statistics(timeline, first, last)["displacement"]

    assert found["lags"] == [2**i for i in range(10) if 2**i <= length // 4]
    for lag, realised, expected in zip(
        found["lags"], found["realised"], found["expected"], strict=True
    ):
        pairs = range(length - lag + 1)
        squares = [(x[k + lag] - x[k]) ** 2 for k in pairs]
        theory = [
            sum(law.variance for law in laws[k : k + lag])
            + sum(law.drift for law in laws[k : k + lag]) ** 2
            for k in pairs
        ]
        assert expected == pytest.approx(np.mean(theory), rel=1e-9)
        # Positions far from 0 are coarse; the statistics do not use them.
        coarse = 1e-9 * max(timeline.scale(first), timeline.scale(last))
        tolerance = 1e-9 * expected + 4 * coarse * math.sqrt(max(np.mean(squares), expected))
        assert realised == pytest.approx(np.mean(squares), rel=1e-9, abs=tolerance + coarse**2)


# --- windows that are too long to look at every increment ---------------------------------------


def sample_increments(timeline, first, last):
    """The increments of 16 runs of 4,096, the first and the last at the ends of the window."""
    starts = [first + (last - first - RUN) * i // (RUNS - 1) for i in range(RUNS)]
    return np.concatenate([timeline.increments(start + 1, start + RUN) for start in starts])


def test_longest_window_uses_all_increments():
    assert compute_statistics(make_steady_timeline(3), 5, 5 + EXACT)["sampled"] == EXACT
    assert (
        len(compute_statistics(make_steady_timeline(3), 5, 5 + EXACT)["displacement"]["lags"]) == 15
    )


@pytest.mark.parametrize("last", [EXACT + 6, 10**6, STEP_LIMIT - 1])
def test_moments_of_a_long_window_come_from_evenly_spread_runs(last):
    timeline = make_steady_timeline(3, variance=4.0, drift=1.0)
    increments = sample_increments(timeline, 5, last)

    found = compute_statistics(timeline, 5, last)

    assert (found["count"], found["sampled"]) == (last - 5, EXACT)
    assert found["mean"]["value"] == pytest.approx(increments.mean())
    assert found["variance"]["value"] == pytest.approx(increments.var(ddof=1))
    assert sum(found["histogram"]["counts"]) == EXACT


def test_quadratic_variation_of_a_long_window_has_no_gaps():
    """Most of the variance is outside all runs; the mesh has it, and Σ variance is exact."""
    timeline = make_eventful_path()
    for step, variance in ((50_000, 10_000.0), (50_003, 0.1), (50_100, 3.0)):
        timeline = change_timeline(timeline, step=step, variance=variance, drift=50.0)
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

    found = compute_statistics(timeline, first, last)["quadratic"]

    assert found["expected"][-1] == pytest.approx(variances.sum(), rel=1e-12)
    assert found["realised"][-1] == pytest.approx(
        (np.add.reduceat(noise, cuts) ** 2).sum(), rel=1e-8
    )
    assert len(found["steps"]) == 128
    assert set(found["steps"]) <= set(mesh)
    some = np.array(found["steps"][1:]) - first
    assert found["expected"][1:] == pytest.approx(np.cumsum(variances)[some - 1], rel=1e-12)


@pytest.mark.parametrize("last", [100_001, 10**9, STEP_LIMIT - 1])
def test_displacement_of_a_long_window_agrees_with_theory(last):
    found = compute_statistics(make_steady_timeline(21, variance=3.0, drift=0.0), 5, last)[
        "displacement"
    ]

    assert found["lags"] == [2**i for i in range(40) if 2**i <= (last - 5) // 4]
    assert found["expected"] == pytest.approx([3.0 * lag for lag in found["lags"]], rel=1e-12)
    within = [
        low <= realised <= high
        for low, realised, high in zip(found["low"], found["realised"], found["high"], strict=True)
    ]
    assert sum(within) >= 0.7 * len(within)
    assert all(0 < low < 3 * lag for low, lag in zip(found["low"], found["lags"], strict=True))


@pytest.mark.parametrize("drift", [0.0, 0.3])
@pytest.mark.parametrize("last", [9, 1_000, 70_000])
def test_ranges_of_equal_and_nearly_equal_laws_agree(last, drift):
    """One law takes a fast path; 10⁻¹² more variance from the fourth step on does not."""
    one = make_steady_timeline(4, variance=2.0, drift=drift)
    many = change_timeline(one, step=4, variance=2.0 + 2e-12, drift=drift)

    far, near = (compute_statistics(timeline, 1, last)["displacement"] for timeline in (one, many))

    for name in ("expected", "low", "high", "p"):
        assert far[name] == pytest.approx(near[name], rel=1e-6)


def test_displacement_is_rarely_outside_when_drift_is_short():
    """For example on a page that follows a motion whose drift was 10 for 20 steps."""
    seen = []
    for seed in range(200):
        path = change_timeline(
            make_steady_timeline(seed, drift=10.0), step=20, variance=1.0, drift=0.0
        )
        seen.append(
            describe_window(Decomposition(path), 10, 610)["agreement"]["displacement"]["mark"]
        )

    assert seen.count("agrees") >= 184  # 5 % outside, and three deviations
    assert seen.count("rare") <= 1


def test_displacement_over_long_lags_is_exact():
    """Nothing is sampled: all positions at a quarter of the lag or less are used."""
    timeline = change_timeline(
        make_steady_timeline(4, variance=2.0), step=123_456, variance=0.5, drift=0.01
    )
    x = timeline.positions(0, 400_000)

    found = compute_statistics(timeline, 0, 400_000)["displacement"]

    stride = 2**5
    for lag in (2**7, 2**10, 2**16):
        far = x[::stride][lag // stride :] - x[::stride][: -lag // stride]
        index = found["lags"].index(lag)
        assert found["realised"][index] == pytest.approx((far**2).mean(), rel=1e-9)


def test_displacement_over_short_lags_comes_from_runs():
    timeline = make_eventful_path(scale=1000)
    last = 400_000
    starts = [(last - RUN) * i // (RUNS - 1) for i in range(RUNS)]
    looks = [timeline.positions(start, start + RUN) for start in starts]

    found = compute_statistics(timeline, 0, last)["displacement"]

    for lag in (8, 2**6):
        mean = np.mean([(x[lag:] - x[:-lag]) ** 2 for x in looks])
        assert found["realised"][found["lags"].index(lag)] == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize("count", [EXACT, 2**17, 2**18, 2**20])
@pytest.mark.parametrize("first", [0, 5])
def test_ranges_keep_their_width_with_one_more_increment(count, first):
    """An earlier version lost seven of eight squares at 2¹⁶ + 1, and half of them at 2^j."""

    def compute_widths(last):
        found = compute_statistics(make_steady_timeline(3), first, last)
        far, added = found["displacement"], found["quadratic"]
        columns = zip(far["low"], far["high"], far["expected"], strict=True)
        return [
            (added["high"] - added["low"]) / added["expected"][-1],
            *((high - low) / expected for low, high, expected in columns),
        ]

    assert compute_widths(first + count + 1) == pytest.approx(
        compute_widths(first + count), rel=0.05
    )


def test_quadratic_variation_has_evenly_spread_steps_when_long():
    steps = compute_statistics(make_steady_timeline(3), 0, 10**9)["quadratic"]["steps"]

    assert len(steps) == 128
    assert np.diff(steps) == pytest.approx(10**9 / 127, rel=0.02)


def test_sample_agrees_with_all_increments():
    timeline = make_eventful_path(seed=3, scale=500)
    n = 10 * EXACT
    increments = timeline.increments(1, n)
    variances, drifts = timeline.laws(1, n)
    random = variances > 0
    z = (increments - drifts)[random] / np.sqrt(variances[random])

    found = compute_statistics(timeline, 0, n)

    assert found["sampled"] == EXACT
    assert found["mean"]["value"] == pytest.approx(z.mean(), abs=4 / math.sqrt(found["sampled"]))
    assert found["variance"]["value"] == pytest.approx(z.var(), rel=4 * math.sqrt(2 / EXACT))
    quadratic = found["quadratic"]
    assert quadratic["low"] < ((increments - drifts) ** 2).sum() < quadratic["high"]


def test_describe_runs_gives_each_run_an_equal_share():
    timelines_of_runs = [
        make_steady_timeline(9, variance=1.0),
        change_timeline(make_steady_timeline(9), step=700, variance=4, drift=1),
    ]
    runs = [
        Run(Decomposition(timeline), start, start + 200)
        for timeline, start in zip(timelines_of_runs, (0, 800), strict=True)
    ]
    early, late = (
        timelines_of_runs[1].increments(1, 200),
        timelines_of_runs[1].increments(801, 1000),
    )

    found = describe_runs(runs, 0, 1000)

    assert (found["count"], found["sampled"], found["standardised"]) == (1000, 400, True)
    z = np.concatenate([early, (late - 1) / 2])
    assert found["mean"]["value"] == pytest.approx(z.mean())
    assert found["quadratic"]["steps"][-1] == 1000
    assert found["quadratic"]["realised"][-1] == pytest.approx(
        2.5 * ((early**2).sum() + ((late - 1) ** 2).sum())
    )
    assert found["quadratic"]["expected"][-1] == pytest.approx(500 * 1 + 500 * 4)
    assert found["displacement"]["lags"] == [1, 2, 4, 8, 16, 32]
    assert found["displacement"]["expected"][1] == pytest.approx((2 + (8 + 4)) / 2)


# --- against theory -----------------------------------------------------------------------------

SEEDS = range(400)


def measure_coverage(make_timeline):
    """The share of seeds for which each 95 % interval contains the true value, by name."""
    held = {}
    for seed in SEEDS:
        found = compute_statistics(make_timeline(seed), 0, 256)
        pictures = {name: found[name] | {"of": found[name]["expected"]} for name in MOMENTS}
        pictures["quadratic"] = found["quadratic"] | {"of": found["quadratic"]["realised"][-1]}
        far = found["displacement"]
        for lag, p in zip(far["lags"], far["p"], strict=True):
            pictures[f"lag {lag}"] = {"of": p, "low": 0.05, "high": 1.0}
        joint = {
            "of": found["agreement"]["displacement"]["mark"],
            "low": "agrees",
            "high": "agrees",
        }
        pictures["all lags"] = joint
        for name, it in pictures.items():
            held.setdefault(name, []).append(it["low"] <= it["of"] <= it["high"])
    return {name: np.mean(hits) for name, hits in held.items()}


MOMENTS = ("mean", "variance")


@pytest.mark.parametrize("kind", ["steady", "changing", "drifting"])
def test_intervals_contain_the_true_value_in_95_of_100_windows(kind):
    def make_timeline(seed):
        timeline = make_steady_timeline(
            seed, variance=2.0, drift=1.0 if kind == "drifting" else 0.0
        )
        if kind == "changing":
            timeline = change_timeline(timeline, step=100, variance=18.0, drift=0.5)
        return timeline

    shares = measure_coverage(make_timeline)

    assert len(shares) == 3 + 7 + 1
    for name, share in shares.items():
        # 400 windows: ± 1.1 %; over long lags the law is only about that of χ², and all lags
        # together are inside a little more often.
        assert 0.91 < share < (0.999 if name == "all lags" else 0.985), (kind, name, share)


def test_histogram_of_a_long_path_agrees_with_the_normal_law():
    found = compute_statistics(make_eventful_path(seed=6, scale=100), 0, EXACT)["histogram"]

    assert 0.001 < found["p"] < 0.999


@pytest.mark.parametrize(("count", "scale"), [(150, 1.0), (600, 1.0), (600, 1.25)])
def test_measure_fit_agrees_with_pearsons_test_of_scipy(count, scale):
    z = scale * np.random.default_rng(5).standard_normal(count)
    counts, edges = np.histogram(np.clip(z, -5, 4.999), 26, (-5, 5))
    ends, cuts = [0.0], [0]
    for bin_, below in enumerate(scipy.stats.norm.cdf(edges[1:-1]), start=1):
        if count * (below - ends[-1]) >= 5 and count * (1 - below) >= 5:
            ends.append(below)
            cuts.append(bin_)
    observed, expected = np.add.reduceat(counts, cuts), count * np.diff([*ends, 1])

    found = measure_fit(counts.tolist(), share_bins(26))

    assert found["freedom"] == len(observed) - 1
    assert (found["chi2"], found["p"]) == pytest.approx(scipy.stats.chisquare(observed, expected))
    assert (found["p"] > 0.05) == (scale == 1)


def test_measure_fit_is_none_with_few_increments():
    found = compute_statistics(make_steady_timeline(3), 0, 12)

    assert found["histogram"]["p"] is None
    assert found["agreement"]["histogram"] is None


# --- arbitrary windows ------------------------------------------------------------------------


def list_numbers(found):
    if isinstance(found, dict | list):
        for part in found.values() if isinstance(found, dict) else found:
            yield from list_numbers(part)
    elif found is not None and not isinstance(found, str):
        yield found


@exactly
@given(
    timelines(),
    st.sampled_from([0.0, 5e-324, 1e-160, 1e-20, 1e4]),
    st.integers(0, 39).flatmap(lambda s: st.integers(0, 2**s)),
    st.integers(0, 39).flatmap(lambda s: st.integers(0, 2**s)),
)
def test_statistics_are_finite_and_short(timeline, variance, first, length):
    timeline = change_timeline(
        timeline, step=timeline.regimes[-1].step + 50, variance=variance, drift=-3
    )
    last = min(first + length, STEP_LIMIT - 1)

    found = compute_statistics(timeline, first, last)

    assert len(json.dumps(found, allow_nan=False)) < 20_000
    assert all(math.isfinite(number) for number in list_numbers(found))
    assert found["count"] == last - first
    assert found["sampled"] == min(found["count"], EXACT)
    for name in ("mean", "variance"):
        if found[name]:
            assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    if found["histogram"]:
        assert len(found["histogram"]["counts"]) <= 60
        assert sum(found["histogram"]["counts"]) == found["sampled"] - found["still"]
        assert found["histogram"]["width"] > 0
    for picture in filter(None, (found["quadratic"], found["displacement"])):
        assert len({len(column) for column in picture.values() if isinstance(column, list)}) == 1
    if found["quadratic"]:
        assert found["quadratic"]["low"] <= found["quadratic"]["high"]


@pytest.mark.parametrize(
    ("length", "there"), [(0, []), (1, ["quadratic"]), (3, [*MOMENTS, "histogram", "quadratic"])]
)
def test_pictures_are_none_when_the_window_is_too_short(length, there):
    found = compute_statistics(make_steady_timeline(3), 50, 50 + length)

    pictures = ("mean", "variance", "histogram", "quadratic", "displacement")
    assert [name for name in pictures if found[name]] == there
    assert [found[name] for name in pictures if name not in there] == [None] * (5 - len(there))


def test_describe_raises_before_the_first_known_regime():
    timeline = change_timeline(make_steady_timeline(3), step=40, variance=2.0, drift=0.0)
    newest = Decomposition(type(timeline)(timeline.seed, timeline.regimes[-1:]))

    with pytest.raises(ValueError, match="leaves the steps"):
        describe_window(newest, 39, 60)
