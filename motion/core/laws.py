"""Laws of a walk with independent steps N(0, σ²): time above zero, maximum, barriers.

A walk W_0 = 0, W_1, …, W_n that is drawn is discrete. So these are the laws of the discrete walk:
exact for the time above zero and the maximum, and for barriers the law of Brownian motion with each
barrier moved outwards by `SHIFT`·σ. The uncorrected law of Brownian motion is wrong by more than a
class of 1,000 paths can show by chance.

A walk of which only each s-th step is looked at is such a walk, too, with steps N(0, s·σ²).
"""

import math
from typing import Final

import numpy as np

from .brownian import Float64s, Int64s

SHIFT: Final = 0.5826
"""−ζ(1/2)/√(2π): how far a Gaussian walk jumps beyond a barrier on average, in σ.

Sources: D. Siegmund, Corrected diffusion approximations in certain random walk problems (1979);
M. Broadie, P. Glasserman, S. Kou, A continuity correction for discrete barrier options (1997).
"""


# --- time above zero, place of the maximum ---------------------------------------------------


def compute_staying_positive(n: int) -> Float64s:
    """u_0 … u_n, where u_k = C(2k, k)/4^k is the probability that W_1 … W_k are all positive.

    Exact for any symmetric continuous steps. u_k is also the probability that all are negative.
    Source: E. Sparre Andersen, On the fluctuations of sums of random variables II (1954).
    """
    k = np.arange(1, n + 1, dtype=np.float64)
    return np.concatenate([[1.0], np.cumprod((2 * k - 1) / (2 * k))])


def compute_arcsine_law(n: int) -> Float64s:
    """P(N = 0) … P(N = n), where N is how many of W_1 … W_n are positive: u_k·u_{n−k}, exact.

    The place of the maximum of W_0 … W_n has the same law. Source: as `compute_staying_positive`.
    """
    u = compute_staying_positive(n)
    law: Float64s = u * u[::-1]
    return law


def count_positive_steps(walks: Float64s) -> Int64s:
    """How many of W_1 … W_n are positive, for walks W_0 … W_n as rows."""
    counts: Int64s = np.count_nonzero(walks[:, 1:] > 0, axis=1)
    return counts


def find_maximum_place(walks: Float64s) -> Int64s:
    """The k at which W_0 … W_n is greatest, for walks as rows."""
    places: Int64s = np.argmax(walks, axis=1)
    return places


# --- barriers --------------------------------------------------------------------------------


def compute_passage(
    low: Float64s, high: Float64s, steps: Int64s, *, deviation: float
) -> tuple[Float64s, Float64s]:
    """P(the walk has left (−low, high) upwards by step n), and the same downwards.

    By the series of reflections between the two moved barriers, good to about 0.002 where both
    distances are at least one `deviation`. With one distance infinite it is
    2(1 − Φ((high + SHIFT·σ)/(σ√n))). Sources: `SHIFT`; W. Feller, An introduction to
    probability theory and its applications, vol. 2 (1971), X.5.

    Args:
        low, high: positive distances of the barriers from the start, one of each for each walk.
        steps: some n, none below 0.

    Returns:
        Two arrays (walks, steps).
    """
    up, down = (distance[:, None] + SHIFT * deviation for distance in (high, low))
    spread = deviation * np.sqrt(np.maximum(steps, 1e-300))
    return _sum_reflections(up, up + down, spread), _sum_reflections(down, up + down, spread)


def _sum_reflections(barrier: Float64s, width: Float64s, spread: Float64s) -> Float64s:
    """P(Brownian motion of this spread reaches `barrier` before the other one, `width` away)."""
    total = _tail(barrier / spread)
    if not np.isfinite(width).all():
        return total
    for turn in range(1, 2 + math.ceil(9 * float(spread.max()) / (2 * float(width.min())))):
        there, back = 2 * turn * width + barrier, 2 * turn * width - barrier
        total += _tail(there / spread) - _tail(back / spread)
    return np.clip(total, 0.0, 1.0)


def _tail(z: Float64s) -> Float64s:
    """2(1 − Φ(z)) for z > 0."""
    from scipy import special

    tail: Float64s = special.erfc(z / math.sqrt(2))
    return tail


def compute_ruin(low: float, high: float, *, deviation: float) -> tuple[float, float]:
    """P(the walk leaves (−low, high) upwards), and after how many steps on average it leaves.

    Gambler's ruin, with both barriers moved by `SHIFT`·σ; the mean is right to within a step.
    Sources: `SHIFT`; A. Wald, On cumulative sums of random variables (1944).
    """
    up, down = high + SHIFT * deviation, low + SHIFT * deviation
    return down / (up + down), up * down / deviation**2


def find_first_passage(walks: Float64s, low: Float64s, high: Float64s) -> tuple[Int64s, Int64s]:
    """The first step at which each walk is at or beyond a barrier, and which: 1 up, −1 down.

    Returns:
        Two arrays; both have 0 for a walk that stays inside.
    """
    is_up, is_down = walks >= high[:, None], walks <= -low[:, None]
    is_out = is_up | is_down
    steps: Int64s = np.argmax(is_out, axis=1)
    rows = np.arange(len(walks))
    sides = is_up[rows, steps].astype(np.int64) - is_down[rows, steps]
    return np.where(sides, steps, 0), sides


# --- how many of several walks ---------------------------------------------------------------


def compute_count_law(chances: Float64s) -> Float64s:
    """P(0), P(1), … of independent events happen, whose probabilities are `chances`.

    Binomial if these are equal. Exact, by adding one event after the other.
    """
    law = np.zeros(len(chances) + 1)
    law[0] = 1.0
    for chance in chances:
        law[1:] = law[1:] * (1 - chance) + law[:-1] * chance
        law[0] *= 1 - chance
    return law
