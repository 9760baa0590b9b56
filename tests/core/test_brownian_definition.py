"""The standard path agrees with a slow reference and with golden values.

The reference shares nothing with the program, NumPy's generator included. The golden values were
computed by it alone; they belong to construction 1 and never change.
"""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.brownian import ALGORITHM, DEPTH, node_words, normals, standard_path

END = 2**DEPTH

closely = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 2**64 - 1)
paths = st.integers(0, 3)
levels = st.integers(0, DEPTH)


def compute_philox(counter, key):
    """Philox 4×64-10 as published: Salmon et al., Parallel random numbers (2011)."""
    a, b, c, d = counter
    k, m = key
    for _ in range(10):
        low, high = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
        a, b = (high >> 64) ^ b ^ k, high % 2**64
        c, d = (low >> 64) ^ d ^ m, low % 2**64
        k, m = (k + 0x9E3779B97F4A7C15) % 2**64, (m + 0xBB67AE8584CAA73B) % 2**64
    return [a, b, c, d]


def compute_words(seed, path, level, index):
    four = compute_philox([index // 2 + 1, 0, 0, 0], [seed, level + 64 * path])
    return four[2 * (index % 2) :][:2]


def compute_normal(seed, path, level, index):
    first, second = (word >> 11 for word in compute_words(seed, path, level, index))
    return math.sqrt(-2 * math.log((first + 1) / 2**53)) * math.cos(math.tau * (second / 2**53))


def compute_path(seed, step, path=0):
    """W_step by bisection: one scalar midpoint after another, from the whole interval down."""
    left, at_left = 0, 0.0
    right, at_right = END, math.sqrt(END) * compute_normal(seed, path, DEPTH, 0)
    while step not in (left, right):
        middle = (left + right) // 2
        h = middle - left
        z = compute_normal(seed, path, h.bit_length() - 1, left // (2 * h))
        at_middle = (at_left + at_right) / 2 + math.sqrt(h / 2) * z
        if step < middle:
            right, at_right = middle, at_middle
        else:
            left, at_left = middle, at_middle
    return at_left if step == left else at_right


def test_philox_reference_gives_its_published_answers():
    pi = 0x243F6A8885A308D3, 0x13198A2E03707344, 0xA4093822299F31D0, 0x082EFA98EC4E6C89
    key = 0x452821E638D01377, 0xBE5466CF34E90C6C

    assert [f"{word:016x}" for word in compute_philox(pi, key)] == [
        *("a528f45403e61d95", "38c72dbd566e9788", "a5a1610e72fd18b5", "57bd43b5e52b7fe6")
    ]


@closely
@given(seeds, paths, st.integers(0, END) | levels.map(lambda n: END - 2**n) | st.integers(0, 999))
def test_standard_path_agrees_with_its_definition(seed, path, step):

    found = standard_path(seed, first=step, last=step, path=path)[0]

    assert found == pytest.approx(compute_path(seed, step, path), abs=1e-9 * max(1, step**0.5))


@closely
@given(st.data(), seeds, paths, levels)
def test_node_words_agree_with_their_definition(data, seed, path, level):
    first = data.draw(st.integers(0, (END >> level) // 2))
    last = first + data.draw(st.integers(0, 5))

    words = node_words(np.random.Philox(0), seed, path, level, first, last)

    defined = [compute_words(seed, path, level, i) for i in range(first, last + 1)]
    assert words.reshape(-1, 2).tolist() == defined


GOLDEN_NODES = [  # seed, path, level, index; words; z
    (0, 0, 0, 0, "02f4ba6408e4d89b", "3dd62b0b9ca8c5b2", 0.15853383451844166),
    (0, 0, 0, 1, "1c8667a55d902e79", "907d7a052fd5b4dc", -1.925691981917186),
    (1, 0, 40, 0, "68a66870f66f842e", "c1db45128c9f418b", 0.06092682768380898),
    (2**53 + 1, 1, 5, 123456789, "af3d776453d87371", "9aca6624c1098a80", -0.689121674565378),
    (2**63 - 1, 0, 17, 2**22, "916ce33867d8b762", "2d41fffcd20ee85b", 0.4721405521906211),
    (2**64 - 1, 3, 39, 0, "f9f187cffd5a096f", "acca0978f6c7de7d", -0.09939704515227137),
]

GOLDEN_PATHS = [  # seed, path, step, W
    (0, 0, 1, -0.6596472079807795),
    (0, 0, 2, -1.543495114832551),
    (1905, 0, 1000, 44.70215227079992),
    (1905, 0, 1001, 44.01670559482384),
    (1905, 1, 1000, 11.78572262079564),
    (2**63 - 1, 0, 10**9, 16281.202336877956),
    (2**64 - 1, 2, 2**39 + 1, -575520.4992846092),
    (1905, 0, 2**40, 85019.7829007363),
]


@pytest.mark.parametrize(("seed", "path", "level", "index", "first", "second", "z"), GOLDEN_NODES)
def test_node_words_and_normals_have_golden_values(seed, path, level, index, first, second, z):
    words = node_words(np.random.Philox(0), seed, path, level, index, index)

    assert [f"{word:016x}" for word in words.tolist()] == [first, second]
    assert normals(words).tolist() == pytest.approx([z], abs=1e-12)


def test_golden_values_belong_to_this_algorithm():
    assert (ALGORITHM, DEPTH) == (1, 40)


@pytest.mark.parametrize(("seed", "path", "step", "value"), GOLDEN_PATHS)
def test_standard_path_has_golden_values(seed, path, step, value):
    found = standard_path(seed, first=step, last=step, path=path).tolist()

    assert found == pytest.approx([value], abs=1e-9 * step**0.5)
