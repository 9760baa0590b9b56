"""X is the sum of its drift and its noise, and V is the variance of the noise."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.decomposition import Decomposition

from .timelines import change_timeline, find_governing_regime, make_steady_timeline, timelines

exactly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@exactly
@given(timelines(), st.integers(0, 900), st.integers(0, 300), st.integers(0, 4))
def test_parts_are_counted_from_the_first_step(timeline, first, length, s):
    path = Decomposition(timeline)

    parts = path.decompose_window(first, first + length, log2_stride=s)

    steps = [i << s for i in range(first, first + length + 1)]
    laws = [find_governing_regime(timeline, step) for step in range(steps[0] + 1, steps[-1] + 1)]
    counted = np.array(steps) - steps[0]
    drift = np.cumsum([0.0, *(law.drift for law in laws)])[counted]
    variance = np.cumsum([0.0, *(law.variance for law in laws)])[counted]
    x = timeline.positions(first, first + length, log2_stride=s)
    coarse = 1e-9 * max(timeline.scale(steps[0]), timeline.scale(steps[-1]))
    assert parts.steps.tolist() == steps
    assert (parts.D[0], parts.M[0], parts.V[0]) == (0, 0, 0)
    for found, summed in ((parts.D, drift), (parts.V, variance)):
        assert found == pytest.approx(summed, rel=1e-9, abs=1e-9)
    assert x[0] + parts.D + parts.M == pytest.approx(x, rel=0, abs=coarse)


@pytest.mark.parametrize(
    ("first", "last", "is_steady"),
    [(0, 10, True), (0, 11, False), (9, 10, True), (10, 11, True), (10, 20, True), (10, 21, False)],
)
def test_is_steady_when_all_increments_have_one_law(first, last, is_steady):
    timeline = make_steady_timeline(3)
    for step, variance, drift in ((10, 5.0, 0.0), (10, 2.0, 0.0), (15, 2.0, 0.0), (20, 2.0, 1.0)):
        timeline = change_timeline(timeline, step=step, variance=variance, drift=drift)

    assert Decomposition(timeline).is_steady(first, last) is is_steady
