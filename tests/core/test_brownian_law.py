"""The law of the standard path, tested at fixed seeds.

So a test here passes always or never. The thresholds lie 4 standard errors out, and the samples are
so large that they notice a variance 5 % off in all of the tree, or 10 % off in one of its levels.
"""

import math

import numpy as np
import pytest
import scipy

from motion.core.brownian import DEPTH, node_words, normals, standard_path

END = 2**DEPTH


def assert_standard_normal(z):
    """Independent draws of N(0, 1): mean, variance, correlation of neighbours, and the law."""
    n = len(z)
    assert abs(np.mean(z)) * n**0.5 < 4
    assert abs(np.var(z) - 1) * (n / 2) ** 0.5 < 4
    assert abs(np.corrcoef(z[:-1], z[1:])[0, 1]) * n**0.5 < 4
    assert scipy.stats.kstest(z, "norm").pvalue > 1e-3


def assert_uncorrelated(rows):
    """Rows of N(0, 1) draws, every two of them independent, so that r·√n ~ N(0, 1)."""
    r = np.corrcoef(rows)[np.triu_indices(len(rows), k=1)]
    assert np.abs(r).max() * rows.shape[1] ** 0.5 < 4.5


def test_normals_are_standard_normal():
    assert_standard_normal(normals(np.random.Philox(1905).random_raw(400_000)))


def test_normals_stay_finite_at_the_ends_of_the_words():
    least, most = 0, 2**64 - 1
    words = np.array([least, least, most, least, most, most], dtype=np.uint64)

    assert normals(words).tolist() == pytest.approx([math.sqrt(106 * math.log(2)), 0.0, 0.0])


@pytest.mark.parametrize(
    ("first", "log2_stride"),
    [
        (0, 0),
        (10**9, 0),
        (2**39 - 50_000, 0),
        (END - 100_000, 0),
        (12_345, 7),
        (2**19 - 50_000, 20),
        (0, 23),
    ],
)
def test_increments_are_standard_normal(first, log2_stride):
    w = standard_path(1905, first=first, last=first + 100_000, log2_stride=log2_stride)

    assert_standard_normal(np.diff(w) / 2 ** (log2_stride / 2))


@pytest.mark.parametrize("step", [1, 1_000_003, 2**39 + 1, END - 1])
def test_path_at_one_step_is_normal_across_seeds(step):
    consecutive = list(range(600))
    scattered = [1 + seed * 0x9E3779B97F4A7C15 % 2**63 for seed in range(600)]

    w = [standard_path(seed, first=step, last=step)[0] for seed in consecutive + scattered]

    assert_standard_normal(np.array(w) / step**0.5)


@pytest.mark.parametrize("log2_stride", [0, 37])
def test_covariance_of_two_steps_is_their_minimum_across_seeds(log2_stride):
    n = 2_500
    steps = np.arange(1, 9)

    w = np.array(
        [standard_path(seed, first=0, last=8, log2_stride=log2_stride)[1:] for seed in range(n)]
    ) / 2 ** (log2_stride / 2)

    lesser = np.minimum.outer(steps, steps)
    deviation = np.sqrt((np.outer(steps, steps) + lesser**2) / n)  # of a mean of W_j·W_k
    assert np.abs((w.T @ w / n - lesser) / deviation).max() < 4


def compute_midpoint_residuals(seed, level, nodes):
    """A midpoint minus the mean of its ends, divided by its deviation √(h/2): z of its node."""
    w = standard_path(seed, first=0, last=2 * nodes, log2_stride=level)
    return (w[1::2] - (w[0:-1:2] + w[2::2]) / 2) / math.sqrt(2**level / 2)


def test_midpoints_of_all_levels_are_independent_standard_normals():
    z = np.array([compute_midpoint_residuals(1905, level, 2**14) for level in range(26)])

    for row in z:
        assert_standard_normal(row)
    assert_uncorrelated(z)


@pytest.mark.parametrize("s", [25, 30, 35])
def test_midpoints_of_long_intervals_are_independent_standard_normals_across_seeds(s):
    w = np.array([standard_path(seed, first=0, last=32, log2_stride=s) for seed in range(6_000)])
    w /= 2 ** (s / 2)

    rows = [w[:, 32] / 32**0.5]
    for half in (1, 2, 4, 8, 16):  # the first two midpoints of each level
        for middle in range(half, 32, 2 * half)[:2]:
            ends = (w[:, middle - half] + w[:, middle + half]) / 2
            rows.append((w[:, middle] - ends) / math.sqrt(half / 2))
    for row in rows:
        assert_standard_normal(row)
    assert_uncorrelated(np.array(rows))


def test_paths_and_neighbouring_seeds_are_independent():
    named = [(seed, path) for seed in (1905, 1906, 2**63 - 1) for path in (0, 1, 2)]

    z = [np.diff(standard_path(seed, first=0, last=40_000, path=path)) for seed, path in named]

    for row in z:
        assert_standard_normal(row)
    assert_uncorrelated(np.array(z))


def test_no_two_nodes_share_a_word():
    some_seeds = [0, 1, 2, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1]
    generator = np.random.Philox(0)

    words = [
        word
        for seed in some_seeds
        for path in range(3)
        for level in range(DEPTH + 1)
        for word in node_words(generator, seed, path, level, 0, 9).tolist()
    ]

    assert len(set(words)) == len(words) == 8 * 3 * 41 * 20
