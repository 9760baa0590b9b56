"""A slice of an ensemble: all positions at one step, beside the normal law that they follow.

At step k the positions X^1 … X^N are independent draws of N(mean, variance), the law of
`Ensemble.laws`. As increments are, they are compared with it through Z = (X − mean)/√variance.
"""

import math
from typing import Any

import numpy as np

from .agreement import judge_tests
from .brownian import Float64s
from .ensemble import LEVELS
from .format import write_count, write_number, write_rarity
from .increment_stats import REACH, estimate_mean, estimate_variance, make_histogram
from .intervals import normal_quantile, p_of_distance
from .timeline import AGREEMENT

Slice = dict[str, Any]
"""The fields of slice.json that do not say where the slice is."""


def describe_slice(positions: Float64s, *, mean: float, variance: float) -> Slice:
    """The statistics of the positions at one step, whose law is N(mean, variance).

    Returns:
        count; a histogram (`edges` of bins, and `counts`; the outermost bins have everything
        beyond); sample mean and variance, each with its 95 % interval; sample quantiles; the
        `law` with the same quantiles; the Kolmogorov–Smirnov distance with its p; `agreement`, by
        `judge_tests`; and a sentence. What cannot be compared is None: of one position, or at a
        variance of 0 or next to it.
    """
    deviation = math.sqrt(variance)
    found: Slice = {"count": len(positions), **_describe_sample(positions)}
    found["law"] = {
        "mean": mean,
        "variance": variance,
        "quantiles": _name_levels(mean + deviation * normal_quantile(LEVELS)),
    }
    is_comparable = len(positions) > 1 and deviation > AGREEMENT * max(1.0, abs(mean))
    if not is_comparable:
        return found | {"text": _explain_absence(found)}
    z = (positions - mean) / deviation
    found |= _describe_standardised(z, mean=mean, deviation=deviation)
    return found | {"text": _write_sentence(found)}


def _describe_sample(positions: Float64s) -> Slice:
    """What needs no law, and a histogram of one bin."""
    low, high = float(positions.min()), float(positions.max())
    return {
        "edges": [low - 0.5, high + 0.5],
        "counts": [len(positions)],
        "mean": float(positions.mean()),
        "mean_interval": None,
        "variance": float(positions.var(ddof=1)) if len(positions) > 1 else None,
        "variance_interval": None,
        "quantiles": _name_levels(np.quantile(positions, LEVELS)),
        "ks": None,
        "agreement": None,
    }


def _describe_standardised(z: Float64s, *, mean: float, deviation: float) -> Slice:
    histogram: Slice = make_histogram(z, mean=mean, deviation=deviation) or {}
    of_mean: Slice = estimate_mean(z, mean=mean, deviation=deviation) or {}
    of_variance: Slice = estimate_variance(z, deviation=deviation) or {}
    distance = measure_distance(z)
    ks = {"distance": distance, "p": p_of_distance(len(z), distance)}
    edges = mean + deviation * np.linspace(-REACH, REACH, len(histogram["counts"]) + 1)
    return {
        "edges": edges.tolist(),
        "counts": histogram["counts"],
        "mean": of_mean["value"],
        "mean_interval": [of_mean["low"], of_mean["high"]],
        "variance": of_variance["value"],
        "variance_interval": [of_variance["low"], of_variance["high"]],
        "ks": ks,
        "agreement": judge_tests(
            {"mean": of_mean["p"], "variance": of_variance["p"], "shape": ks["p"]}
        ),
    }


def measure_distance(z: Float64s) -> float:
    """The Kolmogorov–Smirnov distance of z from N(0, 1): the largest |F_n − Φ|.

    Source: A. Kolmogorov, Sulla determinazione empirica di una legge di distribuzione (1933).
    """
    from scipy import special

    below = special.ndtr(np.sort(z))
    shares = np.arange(len(z) + 1) / len(z)
    return float(max((shares[1:] - below).max(), (below - shares[:-1]).max()))


def _name_levels(values: Float64s) -> dict[str, float]:
    return {str(level): float(value) for level, value in zip(LEVELS, values, strict=True)}


# --- words ---------------------------------------------------------------------------------


def _write_law(law: Slice) -> str:
    return f"N({write_number(law['mean'], 4)}, {write_number(law['variance'], 4)})"


def _explain_absence(found: Slice) -> str:
    if found["count"] == 1:
        return f"One path is too few to compare with the law {_write_law(found['law'])}."
    places = write_count(found["count"], "path")
    return f"All {places} are at {write_number(found['mean'], 4)}: nothing random happened so far."


def _write_sentence(found: Slice) -> str:
    """Whether the positions agree with the law, and if not, how often that happens by chance."""
    subject = f"The {write_count(found['count'], 'path')}"
    judgement: Slice = found["agreement"]
    if judgement["mark"] == "agrees":
        return f"{subject} agree with the law {_write_law(found['law'])}."
    *others, last = judgement["outside"]
    parts = f"{', '.join(others)} and {last}" if others else last
    return (
        f"{subject} differ from the law {_write_law(found['law'])} in {parts}."
        f" By chance this happens in {write_rarity(judgement['p'])} correct slices."
    )
