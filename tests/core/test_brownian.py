"""The standard path is the same for all windows, orders and threads, bit for bit."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core import brownian
from motion.core.brownian import DEPTH, standard_path

END = 2**DEPTH
BLOCK = 256

exactly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 2**64 - 1)
paths = st.integers(0, 3)
strides = st.integers(0, DEPTH)


@st.composite
def windows(draw, *, log2_stride, longest=700):
    """(first, last), often across the middle of a long interval, or at the end of the path."""
    end = END >> log2_stride
    near = draw(st.sampled_from([0, BLOCK, end // 2, end - BLOCK, end]))
    first = draw(st.integers(0, end) | st.integers(near - 300, near + 300))
    first = min(max(first, 0), end)
    return first, draw(st.integers(first, min(first + longest, end)))


def compute_single_steps(seed, steps, path):
    return np.array(
        [standard_path(seed, first=step, last=step, path=path)[0] for step in steps], dtype=float
    )


@exactly
@given(st.data(), seeds, paths, strides)
def test_standard_path_agrees_with_single_steps(data, seed, path, s):
    first, last = data.draw(windows(log2_stride=s))

    window = standard_path(seed, first=first, last=last, log2_stride=s, path=path)

    some = data.draw(st.lists(st.integers(first, last), min_size=1, max_size=8))
    alone = compute_single_steps(seed, [i << s for i in some], path)
    assert len(window) == last - first + 1
    assert window[np.array(some) - first].tobytes() == alone.tobytes()


@exactly
@given(st.data(), seeds, paths, strides)
def test_standard_path_agrees_with_each_part_of_it(data, seed, path, s):
    first, last = data.draw(windows(log2_stride=s))
    a = data.draw(st.integers(first, last))
    b = data.draw(st.integers(a, last))

    whole = standard_path(seed, first=first, last=last, log2_stride=s, path=path)
    part = standard_path(seed, first=a, last=b, log2_stride=s, path=path)

    assert whole[a - first : b - first + 1].tobytes() == part.tobytes()


@exactly
@given(st.data(), seeds, paths, strides)
def test_standard_path_agrees_with_a_longer_stride(data, seed, path, coarse):
    fine = coarse - data.draw(st.integers(0, min(coarse, 9)))
    ratio = 2 ** (coarse - fine)
    first, last = data.draw(windows(log2_stride=coarse, longest=2_000 // ratio))

    seldom = standard_path(seed, first=first, last=last, log2_stride=coarse, path=path)
    often = standard_path(seed, first=first * ratio, last=last * ratio, log2_stride=fine, path=path)

    assert often[::ratio].tobytes() == seldom.tobytes()


@exactly
@given(st.data(), seeds, paths)
def test_cached_block_agrees_with_a_long_window(data, seed, path):
    first, _ = data.draw(windows(log2_stride=0))
    first = min(first, END - 2 * BLOCK)

    refined = standard_path(seed, first=first, last=first + 2 * BLOCK, path=path)
    remembered = [
        standard_path(seed, first=a, last=a + BLOCK // 4, path=path)
        for a in range(first, first + 2 * BLOCK, BLOCK // 4)
    ]

    assert refined[:-1].tobytes() == np.concatenate([piece[:-1] for piece in remembered]).tobytes()


@exactly
@given(st.data(), seeds, paths)
def test_standard_path_does_not_depend_on_order_or_cache(data, seed, path):
    first, last = data.draw(windows(log2_stride=0, longest=40))
    steps = data.draw(st.permutations(range(first, last + 1)))
    before = standard_path(seed, first=first, last=last, path=path).tobytes()

    brownian._compute_block.cache_clear()
    shuffled = dict(zip(steps, compute_single_steps(seed, steps, path), strict=True))
    brownian._compute_block.cache_clear()
    after = standard_path(seed, first=first, last=last, path=path).tobytes()

    assert before == after == np.array([shuffled[k] for k in sorted(steps)]).tobytes()


def test_standard_path_is_the_same_in_several_threads():
    pairs = [(seed, first) for seed in range(40) for first in (0, 250, 2**39 - 300, END - 600)]

    def compute(window):
        seed, first = window
        brownian._compute_block.cache_clear()
        pieces = [(first, first + 600, 0), (first, first + 5, 0), (first >> 9, (first >> 9) + 1, 9)]
        return [standard_path(seed, first=a, last=b, log2_stride=s).tobytes() for a, b, s in pieces]

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(compute, pairs))

    assert together == [compute(window) for window in pairs]


@exactly
@given(st.data(), seeds)
def test_standard_path_stays_the_same_when_a_caller_writes(data, seed):
    first, last = data.draw(windows(log2_stride=0))
    window = standard_path(seed, first=first, last=last)
    before = window.tobytes()

    if window.flags.writeable:
        window[:] = math.nan

    assert standard_path(seed, first=first, last=last).tobytes() == before


@exactly
@given(seeds, st.integers(0, 2**57), strides)
def test_standard_path_starts_at_zero(seed, path, s):
    assert standard_path(seed, first=0, last=0, log2_stride=s, path=path).tolist() == [0.0]


@pytest.mark.parametrize(
    "bad",
    [
        {"first": -1},
        {"first": 2},
        {"last": END + 1},
        {"first": END + 1, "last": END + 1},
        {"log2_stride": -1},
        {"log2_stride": DEPTH + 1},
        {"log2_stride": 30, "last": 2**10 + 1},
        {"seed": -1},
        {"seed": 2**64},
        {"path": -1},
        {"path": 2**58},  # level + 64·path no longer fits the key's 64 bits
    ],
)
def test_standard_path_raises_when_it_has_no_such_steps(bad):
    arguments = {"seed": 7, "first": 0, "last": 1} | bad
    seed = arguments.pop("seed")

    with pytest.raises(ValueError, match=r"."):
        standard_path(seed, **arguments)
