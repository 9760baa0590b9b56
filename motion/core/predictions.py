"""What a class predicted, beside what happened: histogram, median, and the interval score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from .brownian import Float64s
from .questions import Asked, Kind

MAX_BINS: Final = 25
MAX_INTERVALS: Final = 500
"""Intervals, and names, that clients get."""

FENCE: Final = 3.0
"""Answers that are further than so many interquartile ranges from the middle half are in the
outermost bins: one absurd answer does not squeeze all others into one bar."""

TAILS: Final = (0.25, 0.1, 0.05, 0.0)
"""Where the middle half of the answers is one value, more of them are the middle: the first of
these shares that leaves more than one value is left out at either end."""

TINY: Final = 1e-9
"""A range that is so narrow, relative to its ends and to 1, is one value."""

Item = TypeVar("Item")

Ends = tuple[float, float]
"""An answer: `low` and `high`; equal unless it is an interval."""


@dataclass(frozen=True, kw_only=True)
class Results:
    """The answers to a revealed question, as clients get them.

    Attributes:
        edges: of the bins of positions or numbers, of intervals of their middles; empty without
            answers, None of a choice.
        counts: answers by bin, or by option; the outermost bins have everything beyond.
        median: of the positions, numbers or middles.
        intervals: sorted by middle, thinned by `thin_answers`; of positions `low` equals `high`;
            None of a choice and a number.
        outcome: what happened, or the correct answer; None: not yet, never, or not known.
        ended: whether the path was restarted before the step of the question.
        contained: intervals that contain the outcome.
        mean_score: mean interval score; a lower one is better.
        names: of the people, each with the ends of the answer; None while names are not shown.
    """

    edges: Sequence[float] | None
    counts: Sequence[int]
    median: float | None
    intervals: Sequence[Ends] | None
    outcome: float | None
    ended: bool
    contained: int | None
    mean_score: float | None
    names: Sequence[tuple[str, float, float]] | None


def interval_score(low: float, high: float, outcome: float, *, level: float) -> float:
    """How good the interval [low, high] was, meant to contain the outcome with probability `level`.

    S = (high − low) + (2/α)·(low − x)⁺ + (2/α)·(x − high)⁺ with α = 1 − level: its width, and a
    penalty for missing. In the mean it is least for the true quantiles α/2 and 1 − α/2, so nobody
    gains by an interval in which they do not believe.
    Source: T. Gneiting, A. E. Raftery, Strictly proper scoring rules, prediction, and estimation,
    JASA 102 (2007), eq. 43.
    """
    missed = max(low - outcome, outcome - high, 0.0)
    return (high - low) + 2 / (1 - level) * missed


def summarise_answers(
    asked: Asked,
    answers: Sequence[Ends],
    *,
    outcome: float | None = None,
    ended: bool = False,
    names: Sequence[tuple[str, float, float]] | None = None,
) -> Results:
    """Histogram, median and scores of all answers to one question."""
    edges: list[float] | None = None
    middles = np.array([(low + high) / 2 for low, high in answers], dtype=np.float64)
    if asked.kind == Kind.CHOICE:
        counts = np.bincount(middles.astype(np.int64), minlength=len(asked.options)).tolist()
    else:
        edges, counts = make_bins(middles)
    contained = mean_score = None
    if asked.level is not None and outcome is not None:
        contained, mean_score = _score_intervals(answers, outcome, level=asked.level)
    return Results(
        edges=edges,
        counts=counts,
        median=float(np.median(middles)) if edges else None,
        intervals=thin_answers(sorted(answers, key=sum)) if asked.kind.has_step else None,
        outcome=outcome,
        ended=ended,
        contained=contained,
        mean_score=mean_score,
        names=names,
    )


def _score_intervals(
    answers: Sequence[Ends], outcome: float, *, level: float
) -> tuple[int, float | None]:
    """How many intervals contain the outcome, and the mean score."""
    scores = [interval_score(low, high, outcome, level=level) for low, high in answers]
    mean = math.fsum(scores) / len(scores) if scores else None
    return sum(low <= outcome <= high for low, high in answers), mean


def thin_answers(answers: Sequence[Item]) -> list[Item]:
    """At most `MAX_INTERVALS` of some answers, evenly chosen, in their order."""
    count = min(len(answers), MAX_INTERVALS)
    return [answers[place * len(answers) // count] for place in range(count)]


def make_bins(values: Float64s) -> tuple[list[float], list[int]]:
    """The edges of bins whose width is 1, 2 or 5 times a power of ten, and the values in each.

    The width is at most that of Freedman and Diaconis, 2·IQR/∛n, but wider where there would be
    more than `MAX_BINS`. The bins cover the values within the fences of Tukey's far outliers.
    Sources: D. Freedman, P. Diaconis, On the histogram as a density estimator (1981);
    J. W. Tukey, Exploratory Data Analysis (1977).
    """
    if not len(values):
        return [], []
    edges = _choose_edges(values)
    bins = np.searchsorted(edges, values, side="right") - 1
    counts = np.bincount(np.clip(bins, 0, len(edges) - 2), minlength=len(edges) - 1)
    return edges.tolist(), counts.tolist()


def _choose_edges(values: Float64s) -> Float64s:
    for tail in TAILS:
        lower = float(np.quantile(values, tail, method="lower"))
        upper = float(np.quantile(values, 1 - tail, method="higher"))
        spread = upper - lower
        if spread > TINY * max(1.0, abs(lower), abs(upper)):
            break
    else:
        return np.array([lower - 0.5, upper + 0.5])
    low = max(float(values.min()), lower - FENCE * spread)
    high = min(float(values.max()), upper + FENCE * spread)
    narrow = 2 * spread / len(values) ** (1 / 3)
    width = max(_round_width(narrow, up=False), _round_width((high - low) / MAX_BINS, up=True))
    # 3 · 0.1 is more than 0.3: an answer of 0.3 would be in the bin before its own.
    decimals = max(0, -math.floor(math.log10(width)))
    first, last = (math.floor(end / width + TINY) for end in (low, high))
    return np.round(np.arange(first, last + 2) * width, decimals)


def _round_width(width: float, *, up: bool) -> float:
    """The next number below or above that is 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(width))
    nice = [power * digit for digit in (0.5, 1.0, 2.0, 5.0, 10.0)]
    return min(n for n in nice if n >= width) if up else max(n for n in nice if n <= width)
