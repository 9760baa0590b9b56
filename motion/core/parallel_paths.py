"""W of many paths of one seed at once, bit for bit as `standard_path` computes each of them.

NumPy's Philox has one key at a time, and each path has a key of its own for each level. So this
module computes Philox 4×64-10 for arrays of keys. A step of 1,000 paths takes about 4 ms instead
of 400 ms.

Source: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3 (2011).
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from .brownian import DEPTH, Float64s, Int64s, Span, Words, combine_words, refine, split_levels
from .single_flight import SingleFlight

CACHED_BYTES: Final = 64 * 2**20
"""All cached blocks together. Of 1,000 paths a block has 520 KB, of 40 paths 82 KB."""

_BLOCK_VALUES_LOG2: Final = 16
_MOST_STEPS_LOG2: Final = 8
"""A block has at most 2^16 values, and at most 2^8 steps."""

_GROUP: Final = 1 << 14
"""Values in one array of the computation; some such arrays fit into a core's cache."""

_ROUNDS: Final = 10
_MULTIPLIERS: Final = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_WEYL: Final = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
_HALF: Final = np.uint64(32)
_LOW_HALF: Final = np.uint64(0xFFFFFFFF)


def standard_paths(
    seed: int, *, paths: Sequence[int], first: int, last: int, log2_stride: int = 0
) -> Float64s:
    """W of each of `paths` at the steps i·2^log2_stride for i = first … last.

    Args:
        seed, first, last, log2_stride: as in `standard_path`.
        paths: their numbers, each as in `standard_path`. If it is a `range`, a window in one block
            of steps comes from a cache, so one step after the other costs little.

    Returns:
        An array of shape (paths, last − first + 1), equal to `standard_path` bit for bit. Paths are
        independent. Read-only if it comes from the cache.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not (0 <= log2_stride <= DEPTH and 0 <= first <= last <= 1 << (DEPTH - log2_stride)):
        raise ValueError(f"no window {first}…{last} at stride 2^{log2_stride} below 2^{DEPTH}")
    if not (0 <= seed < 2**64 and _are_numbers(paths)):
        raise ValueError("a seed has 64 bits, and the number of a path 58")
    if log2_stride == 0 and isinstance(paths, range):
        block_log2 = _find_block_log2(len(paths))
        block = first >> block_log2
        start = block << block_log2
        if last <= start + (1 << block_log2):
            return _cached_block(seed, paths, block)[:, first - start : last - start + 1]
    return _compute(seed, paths, first << log2_stride, last << log2_stride, log2_stride)


def _are_numbers(paths: Sequence[int]) -> bool:
    ends = (paths[0], paths[-1]) if isinstance(paths, range) and paths else paths
    return min(ends, default=0) >= 0 and max(ends, default=0) < 2**58


def _find_block_log2(count: int) -> int:
    return min(max(_BLOCK_VALUES_LOG2 - (count - 1).bit_length(), 0), _MOST_STEPS_LOG2)


def _compute_block(seed: int, paths: range, block: int) -> Float64s:
    first = block << _find_block_log2(len(paths))
    last = min(first + (1 << _find_block_log2(len(paths))), 1 << DEPTH)
    values = _compute(seed, paths, first, last, 0)
    values.flags.writeable = False
    return values


_cached_block = SingleFlight(
    _compute_block, max_cached=CACHED_BYTES, measure=lambda block: block.nbytes
)


def _compute(seed: int, paths: Sequence[int], first: int, last: int, lowest_level: int) -> Float64s:
    spans = split_levels(first, last, lowest_level)
    root, *z_of_level = _draw_normals(seed, np.array(paths, dtype=np.uint64), spans)
    ends = np.stack([np.zeros(len(paths)), math.sqrt(1 << DEPTH) * root[0]])
    return refine(ends, spans, z_of_level, first >> lowest_level, last >> lowest_level).T


# --- random numbers ------------------------------------------------------------------------


class _Blocks(NamedTuple):
    """The blocks of Philox that hold the nodes of several levels: columns of (blocks, 1).

    Attributes:
        counter: of each block.
        level: to which its nodes belong.
        nodes: where each wanted node is, counted in halves of blocks.
        ends: where the nodes of each level begin and end in `nodes`.
    """

    counter: Words
    level: Words
    nodes: Int64s
    ends: Int64s


def _draw_normals(seed: int, paths: Words, spans: Sequence[Span]) -> Iterator[Float64s]:
    """z of the root, then of each span's midpoints: arrays of (midpoints, paths)."""
    blocks = _find_blocks(spans)
    z = np.empty((len(blocks.nodes), len(paths)))
    width = max(1, _GROUP // len(blocks.counter))
    for start in range(0, len(paths), width):
        keys = blocks.level + np.uint64(64) * paths[start : start + width]
        words = np.stack(_compute_philox(blocks.counter, seed, keys), axis=1)
        pairs = words.reshape(-1, 2, keys.shape[1])[blocks.nodes]
        z[:, start : start + width] = combine_words(pairs[:, 0], pairs[:, 1])
    return (z[start:end] for start, end in pairwise(blocks.ends))


def _find_blocks(spans: Sequence[Span]) -> _Blocks:
    """Two neighbouring nodes, 2j and 2j + 1, share the block of the counter j + 1."""
    counters, levels, nodes, counts, known = [], [], [], [0], 0
    for level, first, last in (Span(DEPTH, 0, 1), *spans):
        counts.append(last - first)
        if last == first:
            continue
        counter = np.arange(first >> 1, (last - 1 >> 1) + 1, dtype=np.uint64) + np.uint64(1)
        counters.append(counter)
        levels.append(np.full_like(counter, level))
        nodes.append(2 * known + (first & 1) + np.arange(last - first))
        known += len(counter)
    return _Blocks(
        np.concatenate(counters)[:, None],
        np.concatenate(levels)[:, None],
        np.concatenate(nodes),
        np.cumsum(counts),
    )


def _compute_philox(counters: Words, seed: int, keys: Words) -> tuple[Words, Words, Words, Words]:
    """The four words of each block: counter (counter, 0, 0, 0), key (seed, key).

    `counters` has one column, `keys` one for each path. Arrays keep one column as long as they do
    not depend on the path, so the first two rounds cost little.
    """
    zero = np.zeros((1, 1), dtype=np.uint64)
    a, b, c, d = counters, zero, zero, zero
    key = keys
    for turn in range(_ROUNDS):
        common = np.uint64((seed + turn * _WEYL[0]) % 2**64)
        high_a, low_a = _multiply(a, _MULTIPLIERS[0])
        high_c, low_c = _multiply(c, _MULTIPLIERS[1])
        a, b, c, d = high_c ^ b ^ common, low_c, high_a ^ d ^ key, low_a
        key = key + np.uint64(_WEYL[1])
    return a, b, c, d


def _multiply(values: Words, factor: int) -> tuple[Words, Words]:
    """The high and the low 64 bits of the product, from products of halves of 32 bits."""
    factor_low, factor_high = np.uint64(factor & 0xFFFFFFFF), np.uint64(factor >> 32)
    low, high = values & _LOW_HALF, values >> _HALF
    middle = high * factor_low
    middle += (low * factor_low) >> _HALF
    carry = low * factor_high
    carry += middle & _LOW_HALF
    high *= factor_high
    high += middle >> _HALF
    high += carry >> _HALF
    return high, values * np.uint64(factor)
