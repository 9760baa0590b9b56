"""The standard Brownian path of a seed, at any step, in any order.

`W_k` is computed from `(seed, path, k)` alone by Brownian-bridge refinement over a dyadic tree
(Lévy's construction). The root interval is [0, 2^40] steps; the midpoint of an interval of
length 2h is the mean of its ends plus √(h/2)·z, where z ~ N(0, 1) belongs to one node of the
tree. The z of a node never depends on which other nodes were computed, so any two computations of
a step agree bit for bit, and a window visits only the levels at and above its stride.

Sources: P. Lévy, Processus stochastiques et mouvement brownien (1948); Li, Wong, Chen, Duvenaud,
Scalable gradients for stochastic differential equations (2020); Jelinčič, Foster, Kidger,
Single-seed generation of Brownian paths and integrals (2024).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

ALGORITHM: Final = 1
"""The number of this construction. A changed construction gets a new number."""

DEPTH: Final = 40
"""W is defined on the steps 0 … 2^DEPTH."""

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Words = NDArray[np.uint64]

_EMPTY_BUFFER: Final = np.zeros(4, dtype=np.uint64)
_BLOCK_LOG2: Final = 8  # a cached block has 2^8 steps


def standard_path(
    seed: int, *, first: int, last: int, log2_stride: int = 0, path: int = 0
) -> Float64s:
    """W at the steps i·2^log2_stride for i = first … last.

    Args:
        seed: 0 ≤ seed < 2^64.
        first, last: in strides, 0 ≤ first ≤ last ≤ 2^(DEPTH − log2_stride).
        log2_stride: 0 … DEPTH.
        path: 0 is the path of the motion; others are independent paths of the same seed.

    Returns:
        `last − first + 1` values; jointly Gaussian with mean 0 and Cov(W_j, W_k) = min(j, k).
        Read-only if all of them are in one cached block.

    Raises:
        ValueError: an argument is out of its range.
    """
    if not (0 <= log2_stride <= DEPTH and 0 <= first <= last <= 1 << (DEPTH - log2_stride)):
        raise ValueError(f"no window {first}…{last} at stride 2^{log2_stride} below 2^{DEPTH}")
    if not (0 <= seed < 2**64 and 0 <= path < 2**58):
        raise ValueError("a seed has 64 bits, and the number of a path 58")
    block = first >> _BLOCK_LOG2
    if log2_stride == 0 and last <= (block + 1) << _BLOCK_LOG2:
        start = block << _BLOCK_LOG2
        return _compute_block(seed, path, block)[first - start : last - start + 1]
    return _refine(seed, path, first << log2_stride, last << log2_stride, log2_stride)


def node_words(
    generator: np.random.Philox, seed: int, path: int, level: int, first: int, last: int
) -> Words:
    """The raw words of the nodes `first` … `last` of one level, two for each node.

    Node i of level l is the step (2i + 1)·2^l; the only node of level 40 is the step 2^40.
    Two neighbouring nodes, 2j and 2j + 1, share the four words that Philox 4×64 makes from the
    key (seed, level + 64·path) and the counter j + 1 (NumPy counts up before it generates).

    `generator` is reused: to set its state takes a tenth of the time that a new one takes.
    """
    generator.state = {
        "bit_generator": "Philox",
        "state": {
            "counter": np.array([first >> 1, 0, 0, 0], dtype=np.uint64),
            "key": np.array([seed, level + 64 * path], dtype=np.uint64),
        },
        "buffer": _EMPTY_BUFFER,
        "buffer_pos": 4,  # the buffer is empty: the next word is the first of a new block
        "has_uint32": 0,
        "uinteger": 0,
    }
    pairs = (last >> 1) - (first >> 1) + 1
    skipped = 2 * (first & 1)
    return generator.random_raw(4 * pairs)[skipped : skipped + 2 * (last - first + 1)]


def normals(words: Words) -> Float64s:
    """One N(0, 1) from each pair of words, all independent: the cosine half of Box–Muller.

    Source: Box and Muller, A note on the generation of random normal deviates (1958).
    """
    return combine_words(words[0::2], words[1::2])


def combine_words(first: Words, second: Words) -> Float64s:
    """The same from two arrays, of the first and of the second words.

    The uniform under the logarithm has 53 bits and lies in (0, 1], so |z| ≤ √(106 ln 2) < 8.58.
    """
    unused = np.uint64(11)
    radius = np.sqrt(-2.0 * np.log(((first >> unused) + np.uint64(1)) * 2.0**-53))
    z: Float64s = radius * np.cos((second >> unused) * (2.0 * math.pi * 2.0**-53))
    return z


class Span(NamedTuple):
    """The intervals of length 2^(level + 1), numbered `first` … `last − 1`, to be halved."""

    level: int
    first: int
    last: int


@lru_cache(
    maxsize=4096
)  # 2 KB each; ticks and replays need the blocks near the frontier again and again
def _compute_block(seed: int, path: int, block: int) -> Float64s:
    first = block << _BLOCK_LOG2
    last = min(first + (1 << _BLOCK_LOG2), 1 << DEPTH)
    values = _refine(seed, path, first, last, 0)
    values.flags.writeable = False
    return values


def _refine(seed: int, path: int, first: int, last: int, lowest_level: int) -> Float64s:
    """W at the multiples of 2^lowest_level in [first, last]."""
    spans = split_levels(first, last, lowest_level)
    root, *z_of_level = _draw_normals(seed, path, spans)
    ends = np.array([0.0, math.sqrt(1 << DEPTH) * root[0]])
    return refine(ends, spans, z_of_level, first >> lowest_level, last >> lowest_level)


def split_levels(first: int, last: int, lowest_level: int) -> list[Span]:
    """The intervals to be halved, longest first, for W at the multiples in [first, last]."""
    return [
        Span(level, first >> (level + 1), -(-last >> (level + 1)))
        for level in range(DEPTH - 1, lowest_level - 1, -1)
    ]


def refine(
    values: Float64s, spans: Sequence[Span], z_of_level: Iterable[Float64s], start: int, end: int
) -> Float64s:
    """One step of refinement for each span.

    Args:
        values: W at 0 and at 2^DEPTH; the axes after the first are those of the paths, if any.
        z_of_level: z of the midpoints of each span.
        start, end: in strides of the last span.

    Returns:
        W at the strides start … end.
    """
    start_index = 0  # the index of the interval end that belongs to values[0]
    for span, z in zip(spans, z_of_level, strict=True):
        values = values[span.first - start_index : span.last - start_index + 1]
        deviation = math.sqrt((1 << span.level) / 2)
        refined = np.empty((2 * len(values) - 1, *values.shape[1:]))
        refined[0::2] = values
        refined[1::2] = 0.5 * (values[:-1] + values[1:]) + deviation * z
        values, start_index = refined, 2 * span.first
    return values[start - start_index : end - start_index + 1]


def _draw_normals(seed: int, path: int, spans: list[Span]) -> Iterator[Float64s]:
    """z of the root, then of each span's midpoints; one transform for all levels together."""
    generator = np.random.Philox(0)
    words = [node_words(generator, seed, path, DEPTH, 0, 0)]
    words += [
        node_words(generator, seed, path, level, first, last - 1) if last > first else words[0][:0]
        for level, first, last in spans
    ]
    z = normals(np.concatenate(words))
    ends = np.cumsum([0, *(len(part) // 2 for part in words)])
    return (z[start:end] for start, end in pairwise(ends))
