"""Many paths at once are bit for bit the paths that `standard_path` computes one by one."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core import brownian, parallel_paths
from motion.core.brownian import DEPTH, standard_path
from motion.core.parallel_paths import standard_paths

END = 2**DEPTH

exactly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 2**64 - 1)
numbers = st.integers(0, 1_000) | st.integers(0, 2**58 - 1)
some_paths = st.lists(numbers, min_size=1, max_size=6) | st.builds(
    lambda first, count: range(first, first + count), st.integers(0, 1_000), st.integers(1, 6)
)


@st.composite
def windows(draw, *, longest=300):
    """(first, last, log2_stride), often near the borders of blocks and at the ends of the path."""
    log2_stride = draw(st.just(0) | st.integers(0, DEPTH))
    end = END >> log2_stride
    near = draw(st.sampled_from([0, 64, 256, end // 2, end - 64, end]))
    first = draw(st.integers(0, end) | st.integers(near - 70, near + 70))
    first = min(max(first, 0), end)
    return first, draw(st.integers(first, min(first + longest, end))), log2_stride


def compute_one_by_one(seed, paths, first, last, log2_stride):
    return np.array(
        [
            standard_path(seed, first=first, last=last, log2_stride=log2_stride, path=path)
            for path in paths
        ]
    )


@exactly
@given(seeds, some_paths, windows())
def test_standard_paths_agree_with_standard_path_bit_for_bit(seed, paths, window):
    first, last, log2_stride = window

    found = standard_paths(seed, paths=paths, first=first, last=last, log2_stride=log2_stride)

    assert found.shape == (len(paths), last - first + 1)
    assert found.tobytes() == compute_one_by_one(seed, paths, *window).tobytes()


@pytest.mark.parametrize("first", [0, 1, 64, 10**6, 2**39 - 1, END - 2, END - 1, END])
def test_thousand_paths_agree_with_standard_path_bit_for_bit(first):
    paths = range(1, 1_001)
    some = [*range(1, 1_001, 97), 1_000]

    found = standard_paths(1905, paths=paths, first=first, last=first)

    assert found[np.array(some) - 1].tobytes() == (
        compute_one_by_one(1905, some, first, first, 0).tobytes()
    )


@pytest.mark.parametrize("count", [1, 40, 1_000])
def test_cached_blocks_agree_with_a_window_over_their_border(count):
    paths = range(1, count + 1)
    border = 256 * 4_000
    whole = standard_paths(7, paths=list(paths), first=border - 3, last=border + 3)

    pieces = [
        standard_paths(7, paths=paths, first=border - 3, last=border),
        standard_paths(7, paths=paths, first=border, last=border + 3)[:, 1:],
    ]

    assert np.concatenate(pieces, axis=1).tobytes() == whole.tobytes()


GOLDEN = [  # seed, path, step, W: of the slow reference in test_brownian_definition.py
    (1905, 1, 1000, 11.78572262079564),
    (2**64 - 1, 2, 2**39 + 1, -575520.4992846092),
    (0, 0, 2, -1.543495114832551),
]


@pytest.mark.parametrize(("seed", "path", "step", "value"), GOLDEN)
def test_standard_paths_have_golden_values(seed, path, step, value):
    found = standard_paths(seed, paths=[0, 1, 2], first=step, last=step)[path].tolist()

    assert found == pytest.approx([value], abs=1e-9 * step**0.5)


def test_cached_block_stays_the_same_when_a_caller_writes():
    paths = range(1, 4)
    window = standard_paths(7, paths=paths, first=5, last=9)

    with pytest.raises(ValueError, match="read-only"):
        window[:] = 0.0


def test_ensembles_keep_the_cached_blocks_of_single_paths():
    brownian._compute_block.cache_clear()
    standard_path(7, first=10**6, last=10**6)

    for step in (0, 10**6, 10**7):
        standard_paths(7, paths=range(3), first=step, last=step)

    assert brownian._compute_block.cache_info().currsize == 1


@pytest.mark.parametrize(("count", "blocks"), [(3, 400), (40, 30), (1_000, 6)])
def test_cached_blocks_have_a_size_together(count, blocks, monkeypatch):
    monkeypatch.setattr(parallel_paths._cached_block, "_max_cached", 2_000_000)
    parallel_paths._cached_block.clear()
    paths = range(1, count + 1)

    for step in range(0, 256 * blocks, 256):
        standard_paths(7, paths=paths, first=step, last=step)

    cached = [flight.result() for flight in parallel_paths._cached_block._flights.values()]
    sizes = [block.nbytes for block in cached]
    assert 2_000_000 - 600_000 < sum(sizes) <= 2_000_000
    assert max(sizes) < 600_000


def test_long_windows_need_little_more_memory_than_their_values():
    tracemalloc.start()
    try:
        window = standard_paths(7, paths=list(range(200)), first=0, last=2_000, log2_stride=9)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 8 * window.nbytes


def test_standard_paths_are_the_same_in_several_threads():
    parallel_paths._cached_block.clear()
    paths = range(1, 41)

    def compute(step):
        return standard_paths(7, paths=paths, first=step, last=step).tobytes()

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(compute, [10**9, 10**9 + 1] * 20))

    alone = [compute_one_by_one(7, paths, step, step, 0).tobytes() for step in (10**9, 10**9 + 1)]
    assert together == alone * 20


def test_no_paths_have_no_values():
    assert standard_paths(7, paths=[], first=3, last=5).shape == (0, 3)


@pytest.mark.parametrize(
    "bad",
    [
        {"first": -1},
        {"first": 2},
        {"last": END + 1},
        {"log2_stride": -1},
        {"log2_stride": DEPTH + 1},
        {"seed": -1},
        {"seed": 2**64},
        {"paths": [1, -1]},
        {"paths": [2**58, 1]},
        {"paths": range(-1, 3)},
        {"paths": range(2**58 - 1, 2**58 + 1)},
    ],
)
def test_standard_paths_raise_when_there_are_none(bad):
    arguments = {"seed": 7, "paths": [1, 2], "first": 0, "last": 1} | bad
    seed = arguments.pop("seed")

    with pytest.raises(ValueError, match=r"no window|64 bits"):
        standard_paths(seed, **arguments)


# --- law, at fixed seeds: a test passes always or never -------------------------------------


@pytest.mark.parametrize("step", [1, 100, 10**6, 2**39 + 1, END - 1])
@pytest.mark.parametrize("seed", [1905, 2**63 - 1])
def test_thousand_paths_are_normal_at_one_step(seed, step):
    z = standard_paths(seed, paths=range(1, 1_001), first=step, last=step)[:, 0] / step**0.5

    assert abs(z.mean()) * len(z) ** 0.5 < 4
    assert abs(z.var() - 1) * (len(z) / 2) ** 0.5 < 4
    assert scipy.stats.kstest(z, "norm").pvalue > 1e-3


@pytest.mark.parametrize("log2_stride", [0, 20, 28])
def test_increments_of_two_paths_are_uncorrelated(log2_stride):
    w = standard_paths(1905, paths=range(64), first=0, last=4_096, log2_stride=log2_stride)

    r = np.corrcoef(np.diff(w))[np.triu_indices(64, k=1)] * 4_096**0.5

    assert np.abs(r).max() < 4.5  # of 2,016 pairs
    assert abs(r.var() - 1) * (len(r) / 2) ** 0.5 < 4
    assert scipy.stats.kstest(r, "norm").pvalue > 1e-3


def test_increments_of_two_steps_are_uncorrelated_across_paths():
    w = standard_paths(1905, paths=range(1, 1_001), first=0, last=64)

    r = np.corrcoef(np.diff(w).T)[np.triu_indices(64, k=1)] * 1_000**0.5

    assert np.abs(r).max() < 4.5
    assert scipy.stats.kstest(r, "norm").pvalue > 1e-3
