"""The laws of the discrete walk agree with walks; the textbook's law of a barrier does not."""

import math

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.laws import (
    SHIFT,
    compute_arcsine_law,
    compute_count_law,
    compute_passage,
    compute_ruin,
    compute_staying_positive,
    count_positive_steps,
    find_first_passage,
    find_maximum_place,
)

from .ensembles import make_steady_ensemble

SEEDS = 1_000
PATHS = 40
WALKS = SEEDS * PATHS
DEVIATION = 1.5
SHORT, LONG = 20, 400
BARRIER = 20 * DEVIATION
LOW, HIGH = 4 * DEVIATION, 8 * DEVIATION


def summarise(walks):
    """What the tests need of some walks, one column for each."""
    short = walks[:, : SHORT + 1]
    everywhere = np.full(len(walks), np.inf)
    low, high = np.full(len(walks), LOW), np.full(len(walks), HIGH)
    return np.stack(
        [
            *(
                find(part)
                for part in (short, walks)
                for find in (count_positive_steps, find_maximum_place)
            ),
            find_first_passage(walks, everywhere, np.full(len(walks), BARRIER))[0],
            *find_first_passage(walks, low, high),
        ]
    )


@pytest.fixture(scope="module")
def found():
    """By name, one number of each of 40 walks of each of 1,000 seeds."""
    variance = DEVIATION**2
    columns = np.concatenate(
        [
            summarise(make_steady_ensemble(seed, PATHS, variance=variance).positions(0, LONG))
            for seed in range(SEEDS)
        ],
        axis=1,
    )
    names = "above_20", "place_20", "above_400", "place_400", "passage", "exit", "side"
    return dict(zip(names, columns, strict=True))


def compute_p(counts, law):
    """Of χ² for counts whose probabilities are `law`."""
    return scipy.stats.chisquare(counts, law * (sum(counts) / law.sum())).pvalue


def compute_p_of_count(seen, chance):
    return scipy.stats.binomtest(int(seen), WALKS, chance).pvalue


# --- simulation over 1,000 seeds ------------------------------------------------------------


@pytest.mark.parametrize("quantity", ["above", "place"])
@pytest.mark.parametrize("n", [SHORT, LONG])
def test_time_above_and_place_of_the_maximum_follow_the_arcsine_law(found, quantity, n):
    counts = np.bincount(found[f"{quantity}_{n}"], minlength=n + 1)

    assert compute_p(counts, compute_arcsine_law(n)) > 0.01


def test_uniform_law_of_the_time_above_is_refuted(found):
    counts = np.bincount(found[f"above_{SHORT}"], minlength=SHORT + 1)

    assert compute_p(counts, np.full(SHORT + 1, 1 / (SHORT + 1))) < 1e-12


@pytest.mark.parametrize("n", [SHORT, LONG])
def test_share_of_walks_never_above_zero_is_that_of_the_law(found, n):
    seen = (found[f"above_{n}"] == 0).sum()

    assert compute_p_of_count(seen, compute_staying_positive(n)[n]) > 0.01


def test_corrected_law_of_a_barrier_holds_and_the_textbooks_fails(found):
    seen = (found["passage"] > 0).sum()
    barrier, everywhere = np.array([BARRIER]), np.array([np.inf])

    ((corrected,),), _ = compute_passage(everywhere, barrier, np.array([LONG]), deviation=DEVIATION)

    textbook = 2 * scipy.stats.norm.sf(BARRIER / (DEVIATION * math.sqrt(LONG)))
    assert compute_p_of_count(seen, corrected) > 0.01
    assert compute_p_of_count(seen, textbook) < 1e-6


def test_survival_curve_holds_at_each_step(found):
    ends = np.arange(0, LONG + 1, 20)
    (up,), _ = compute_passage(np.array([np.inf]), np.array([BARRIER]), ends, deviation=DEVIATION)

    passed = np.histogram(found["passage"][found["passage"] > 0] - 0.5, ends)[0]

    counts, law = np.append(passed, WALKS - passed.sum()), np.append(np.diff(up), 1 - up[-1])
    likely = law > 1e-4
    assert compute_p(counts[likely], law[likely]) > 0.01


@pytest.mark.parametrize("n", [SHORT, 100])
def test_two_barriers_stop_walks_as_the_corrected_law_says(found, n):
    (up,), (down,) = compute_passage(
        np.array([LOW]), np.array([HIGH]), np.array([n]), deviation=DEVIATION
    )

    is_out = (found["side"] != 0) & (found["exit"] <= n)
    seen_up, seen_down = ((is_out & (found["side"] == side)).sum() for side in (1, -1))

    assert compute_p_of_count(seen_up, up[0]) > 0.01
    assert compute_p_of_count(seen_down, down[0]) > 0.01


def test_gamblers_ruin_holds_and_the_uncorrected_law_fails(found):
    steps, sides = found["exit"], found["side"]

    upper, mean_steps = compute_ruin(LOW, HIGH, deviation=DEVIATION)

    assert (sides == 0).sum() < 20
    assert compute_p_of_count((sides > 0).sum(), upper) > 0.01
    assert compute_p_of_count((sides > 0).sum(), LOW / (LOW + HIGH)) < 1e-6
    assert steps.mean() == pytest.approx(mean_steps, abs=1)
    assert steps.mean() - LOW * HIGH / DEVIATION**2 > 5


def test_looking_at_every_eighth_step_gives_a_walk_with_the_same_law():
    seen = [
        count_positive_steps(make_steady_ensemble(seed, PATHS).positions(0, SHORT, log2_stride=3))
        for seed in range(SEEDS // 5)
    ]

    counts = np.bincount(np.concatenate(seen), minlength=SHORT + 1)
    assert compute_p(counts, compute_arcsine_law(SHORT)) > 0.01


# --- exact values ---------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 20])
def test_arcsine_law_is_that_of_sparre_andersen(n):
    expected = [math.comb(2 * k, k) * math.comb(2 * (n - k), n - k) / 4**n for k in range(n + 1)]

    assert compute_arcsine_law(n) == pytest.approx(expected)


def test_one_barrier_is_moved_by_the_shift():
    (up,), (down,) = compute_passage(
        np.array([np.inf]), np.array([20.0]), np.array([0, 400]), deviation=1.0
    )

    assert up == pytest.approx([0.0, 2 * scipy.stats.norm.sf((20 + SHIFT) / 20)])
    assert down.tolist() == [0.0, 0.0]


def test_walks_are_counted_by_hand():
    walks = np.array([[0.0, 1.0, -1.0, 2.0], [0.0, -1.0, -2.0, -3.0]])

    assert count_positive_steps(walks).tolist() == [2, 0]
    assert find_maximum_place(walks).tolist() == [3, 0]
    steps, sides = find_first_passage(walks, np.array([1.0, 5.0]), np.array([2.0, 1.0]))
    assert (steps.tolist(), sides.tolist()) == ([2, 0], [-1, 0])


# --- bounds ---------------------------------------------------------------------------------


@given(st.integers(0, 1_100))
def test_arcsine_law_is_a_symmetric_law(n):
    law = compute_arcsine_law(n)

    assert law.sum() == pytest.approx(1.0)
    assert law == pytest.approx(law[::-1])
    assert (law > 0).all()


distances = st.floats(1.0, 1e6) | st.just(math.inf)


@settings(max_examples=50, deadline=None)
@given(distances, distances, st.floats(1e-6, 1e6))
def test_passages_grow_from_zero_and_stay_below_one(low, high, deviation):
    steps = np.arange(0, 1_001, 50)

    ((up,), (down,)) = compute_passage(
        np.array([low * deviation]), np.array([high * deviation]), steps, deviation=deviation
    )

    for side in (up, down, up + down):
        assert side[0] == 0
        assert (np.diff(side) >= -1e-12).all()
        assert side[-1] <= 1 + 1e-12


@settings(max_examples=50, deadline=None)
@given(st.floats(1.0, 1e3), st.floats(1.0, 1e3))
def test_passages_end_as_gamblers_ruin(low, high):
    late = np.array([round(20 * (low + high + 2) ** 2)])

    ((up,),), ((down,),) = compute_passage(np.array([low]), np.array([high]), late, deviation=1.0)

    upper, _ = compute_ruin(low, high, deviation=1.0)
    assert (up, down) == pytest.approx((upper, 1 - upper), abs=1e-9)


@given(st.lists(st.floats(0.0, 1.0), max_size=60))
def test_count_law_has_the_mean_of_the_chances(chances):
    law = compute_count_law(np.array(chances))

    assert law.sum() == pytest.approx(1.0)
    assert law @ np.arange(len(law)) == pytest.approx(sum(chances))


def test_count_law_of_equal_chances_is_binomial():
    assert compute_count_law(np.full(30, 0.3)) == pytest.approx(
        scipy.stats.binom.pmf(range(31), 30, 0.3)
    )
