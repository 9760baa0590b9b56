"""What statistics.json answers, and the modules that show it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from playwright.sync_api import Page


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { createPoller, show, frames } = await import("/theory_page.js");
      const [sentences, plots, digits, { alignWindow }] = await Promise.all(
        ["fit-sentences", "plots", "significant-digits", "poller"].map(
          (name) => import(`/stats/${name}.js`)));
      """
    return modules.evaluate(f"{head}{script}}}", argument)


def answer(count: int = 600, variance: float = 0.25, seed: int = 1, **other: Any) -> dict[str, Any]:
    """What statistics.json says of increments that follow the law N(0, variance)."""
    found = np.random.default_rng(seed).normal(0, math.sqrt(variance), min(count, 2**16))
    sampled = len(found)
    mean, spread = found.mean(), found.var(ddof=1)
    half = scipy.stats.t.ppf(0.975, sampled - 1) * math.sqrt(spread / sampled)
    freedom = np.array([0.975, 0.025])
    low, high = (sampled - 1) * spread / scipy.stats.chi2.ppf(freedom, sampled - 1)
    width = math.sqrt(variance) / 4
    counts, _ = np.histogram(found, width * np.arange(-20, 21))
    steps = np.linspace(0, sampled, 9).astype(int)[1:]
    squares = np.cumsum(found**2)[steps - 1]
    lags = [2**power for power in range(int(math.log2(sampled / 4)) + 1)]
    path = np.concatenate([[0], np.cumsum(found)])
    displaced = [float(((path[lag:] - path[:-lag]) ** 2).mean()) for lag in lags]
    return {
        "epoch": 1,
        "first": 0,
        "last": count,
        "count": count,
        "sampled": sampled,
        "standardised": False,
        "still": 0,
        "mean": {"value": mean, "low": mean - half, "high": mean + half, "expected": 0},
        "variance": {"value": spread, "low": low, "high": high, "expected": variance},
        "histogram": {
            "first": -20 * width,
            "width": width,
            "counts": counts.tolist(),
            "mean": 0,
            "variance": variance,
            "chi2": 31.24,
            "freedom": 25,
        },
        "quadratic": {
            "steps": steps.tolist(),
            "realised": squares.tolist(),
            "expected": (steps * variance).tolist(),
            "low": 0.9 * sampled * variance,
            "high": 1.1 * sampled * variance,
        },
        "displacement": {
            "lags": lags,
            "realised": displaced,
            "expected": [lag * variance for lag in lags],
            "low": [0.1 * lag * variance if lag < 32 else -1e-12 for lag in lags],
            "high": [3 * lag * variance for lag in lags],
        },
        "agreement": dict.fromkeys(PICTURES, make_judgement("agrees", 0.4)),
    } | other


def make_judgement(mark: str, p: float, *outside: str | int) -> dict[str, Any]:
    return {"mark": mark, "p": p, "outside": outside}


PICTURES = ("histogram", "moments", "quadratic", "displacement")

NOTHING = {
    **dict.fromkeys(("mean", "variance", "histogram", "quadratic", "displacement")),
    "agreement": dict.fromkeys(PICTURES),
}
