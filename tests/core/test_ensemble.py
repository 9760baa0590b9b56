"""An ensemble is the paths 1 … N of a seed under the same changes, and has their law."""

import math

import numpy as np
import pytest
import scipy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.brownian import standard_path
from motion.core.ensemble import (
    LEVELS,
    Ensemble,
    EnsembleRegime,
    Offsets,
    decode_offsets,
    encode_offsets,
    make_first_regime,
)
from motion.core.parameters import STEP_LIMIT
from motion.core.timeline import UnknownAlgorithmError

from .ensembles import (
    change_ensemble,
    ensembles,
    make_steady_ensemble,
    make_timeline_of_path_0,
)
from .timelines import find_governing_regime, find_greatest

exactly = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def find_newest_step(ensemble):
    return ensemble.regimes[-1].step


def walk(ensemble, path, last):
    """X^path_0 … X^path_last by the recursion of a timeline, from one step to the next."""
    timeline = make_timeline_of_path_0(ensemble)
    w = standard_path(ensemble.seed, first=0, last=last, path=path)
    positions = [0.0]
    for step in range(1, last + 1):
        regime = find_governing_regime(timeline, step)
        move = regime.drift + math.sqrt(regime.variance) * float(w[step] - w[step - 1])
        positions.append(positions[-1] + move)
    return positions


# --- positions ------------------------------------------------------------------------------


@exactly
@given(ensembles(), st.integers(1, 200))
def test_positions_agree_with_a_walk(ensemble, further):
    last = find_newest_step(ensemble) + further

    positions = ensemble.positions(0, last)

    drift, variance = find_greatest(make_timeline_of_path_0(ensemble))
    assert positions.shape == (ensemble.paths, last + 1)
    for path, found in enumerate(positions, start=1):
        for k, (position, x) in enumerate(zip(found, walk(ensemble, path, last), strict=True)):
            scale = max(1, abs(x), drift * k, math.sqrt(variance * k))
            assert abs(position - x) <= 1e-9 * scale


@exactly
@given(ensembles(), st.data(), st.integers(0, 39))
def test_window_agrees_with_single_positions_bit_for_bit(ensemble, data, s):
    end = min(find_newest_step(ensemble) + 2**s * 50, STEP_LIMIT - 1) >> s
    first = data.draw(st.integers(0, end))
    last = data.draw(st.integers(first, min(first + 300, end)))

    window = ensemble.positions(first, last, log2_stride=s)

    for i in data.draw(st.lists(st.integers(first, last), min_size=1, max_size=5)):
        assert window[:, i - first].tobytes() == ensemble.positions_at(i << s).tobytes()


@exactly
@given(ensembles(), st.data())
def test_some_paths_agree_with_all_bit_for_bit(ensemble, data):
    last = find_newest_step(ensemble) + data.draw(st.integers(1, 300))
    first = data.draw(st.integers(1, last))
    paths = data.draw(st.lists(st.integers(1, ensemble.paths), min_size=1, max_size=6))

    positions = ensemble.positions(first, last, paths=paths)
    increments = ensemble.increments(first, last, paths=paths)

    rows = np.array(paths) - 1
    assert positions.tobytes() == ensemble.positions(first, last)[rows].tobytes()
    assert increments.tobytes() == ensemble.increments(first, last)[rows].tobytes()


@exactly
@given(ensembles(), st.integers(0, 2**38), st.integers(0, 300), st.integers(0, 28))
def test_newest_regime_gives_the_same_positions_and_law(ensemble, further, length, s):
    newest = Ensemble(ensemble.seed, ensemble.paths, ensemble.regimes[-1:])
    first = -(-(find_newest_step(ensemble) + further) >> s)
    window = {"first": first, "last": first + length, "log2_stride": s}

    assert newest.positions(**window).tobytes() == ensemble.positions(**window).tobytes()
    for alone, all_known in zip(newest.laws(**window), ensemble.laws(**window), strict=True):
        assert alone.tobytes() == all_known.tobytes()


@exactly
@given(ensembles(), st.data())
def test_change_does_not_change_the_past(ensemble, data):
    step = find_newest_step(ensemble) + data.draw(st.integers(0, 300))
    before = ensemble.positions(0, step)

    after = change_ensemble(ensemble, step=step, variance=10_000.0, drift=-1_000.0)

    assert after.positions(0, step)[:, :-1].tobytes() == before[:, :-1].tobytes()
    scale = max(1.0, np.abs(before).max(), 100.0 * step**0.5)
    assert np.abs(after.positions_at(step) - before[:, -1]).max() <= 1e-12 * scale


def test_last_of_several_changes_at_one_step_governs():
    ensemble = make_steady_ensemble(3, 2)
    for variance, drift in ((2_500.0, 7.0), (0.0, -1.5), (0.0, 2.0)):
        ensemble = change_ensemble(ensemble, step=10, variance=variance, drift=drift)

    x = ensemble.positions(10, 13)

    assert (x - x[:, :1]).tolist() == [pytest.approx([0.0, 2.0, 4.0, 6.0])] * 2


def test_positions_reach_the_last_step():
    ensemble = make_steady_ensemble(5, 3, variance=4.0, drift=0.5)

    found = ensemble.positions_at(STEP_LIMIT - 1)

    end = STEP_LIMIT - 1
    w = [standard_path(5, first=end, last=end, path=path)[0] for path in (1, 2, 3)]
    assert found.tolist() == pytest.approx([0.5 * end + 2.0 * value for value in w])


GOLDEN = [  # path, step, X of seed 1905, by the slow reference in test_brownian_definition.py
    (1, 100, 12.237883599612353),
    (1, 1000, 461.3335616419789),
    (2, 100, 7.114713880239808),
    (2, 1000, 273.6303160158902),
]


@pytest.mark.parametrize(("path", "step", "value"), GOLDEN)
def test_positions_have_golden_values(path, step, value):
    ensemble = make_steady_ensemble(1905, 2)
    ensemble = change_ensemble(ensemble, step=100, variance=4.0, drift=0.5)

    assert ensemble.positions_at(step)[path - 1] == pytest.approx(value, abs=1e-8)


# --- increments -----------------------------------------------------------------------------


@exactly
@given(ensembles(), st.data())
def test_increments_lead_from_one_position_to_another(ensemble, data):
    last = find_newest_step(ensemble) + data.draw(st.integers(1, 300))
    first = data.draw(st.integers(1, last))

    increments = ensemble.increments(first, last)

    start, end = ensemble.positions_at(first - 1), ensemble.positions_at(last)
    drift, variance = find_greatest(make_timeline_of_path_0(ensemble))
    scale = max(1.0, np.abs(start).max(), np.abs(end).max(), drift * last, (variance * last) ** 0.5)
    assert increments.shape == (ensemble.paths, last - first + 1)
    assert np.abs(start + increments.sum(axis=1) - end).max() <= 1e-9 * scale


# --- quantiles and law ----------------------------------------------------------------------


@pytest.mark.parametrize("paths", [1, 7, 500])
def test_quantiles_are_those_of_all_positions(paths):
    ensemble = change_ensemble(make_steady_ensemble(3, paths), step=300, variance=9.0, drift=-1.0)

    found = ensemble.quantiles(2, 1_000, log2_stride=3)

    expected = np.quantile(ensemble.positions(2, 1_000, log2_stride=3), LEVELS, axis=0)
    assert found.tobytes() == expected.tobytes()  # also in two pieces, for 500 paths


def test_newest_regime_gives_the_quantiles_at_a_stride():
    ensemble = change_ensemble(make_steady_ensemble(3, 7), step=900, variance=9.0, drift=1.0)
    newest = Ensemble(3, 7, ensemble.regimes[-1:])

    found = newest.quantiles(15, 40, log2_stride=6)

    assert found.tobytes() == ensemble.quantiles(15, 40, log2_stride=6).tobytes()


@exactly
@given(ensembles(), st.integers(1, 300))
def test_law_sums_drift_and_variance_over_the_steps(ensemble, further):
    last = find_newest_step(ensemble) + further
    timeline = make_timeline_of_path_0(ensemble)

    mean, variance = ensemble.laws(0, last)

    regimes = [find_governing_regime(timeline, step) for step in range(1, last + 1)]
    most = max(abs(regime.drift) for regime in regimes) * last
    drifts = np.cumsum([0.0, *(regime.drift for regime in regimes)])
    assert np.abs(mean - drifts).max() <= 1e-12 * max(1.0, most)
    assert variance == pytest.approx(np.cumsum([0.0, *(r.variance for r in regimes)]), rel=1e-12)


@pytest.mark.parametrize("step", [1, 100, 300, 10**6])
def test_thousand_paths_follow_the_law_after_changes(step):
    ensemble = make_steady_ensemble(1905, 1_000)
    ensemble = change_ensemble(ensemble, step=50, variance=9.0, drift=-1.0)
    ensemble = change_ensemble(ensemble, step=250, variance=0.25, drift=0.5)

    (mean,), (variance,) = ensemble.laws(step, step)

    z = (ensemble.positions_at(step) - mean) / variance**0.5
    assert abs(z.mean()) * 1_000**0.5 < 4
    assert abs(z.var() - 1) * 500**0.5 < 4
    assert scipy.stats.kstest(z, "norm").pvalue > 1e-3


# --- stored offsets -------------------------------------------------------------------------


@exactly
@given(ensembles())
def test_offsets_survive_encoding_bit_for_bit(ensemble):
    offsets = ensemble.regimes[-1].offsets

    data = encode_offsets(offsets)
    decoded = decode_offsets(data, paths=ensemble.paths)

    assert len(data) == 8 * (ensemble.paths + 2)
    assert decoded[:2] == offsets[:2]
    assert decoded.values.tobytes() == offsets.values.tobytes()
    assert encode_offsets(decoded) == data


def test_offsets_are_little_endian_with_the_law_in_front():
    offsets = Offsets(1.0, 2.0, np.array([-3.0]))

    assert encode_offsets(offsets).hex() == "000000000000f03f000000000000004000000000000008c0"


@pytest.mark.parametrize(
    ("mean", "variance", "value", "paths"),
    [
        (math.nan, 1.0, 1.0, 1),
        (0.0, math.inf, 1.0, 1),
        (0.0, -1.0, 1.0, 1),
        (0.0, 1.0, math.nan, 1),
        (0.0, 1.0, 1.0, 2),
        (0.0, 1.0, 1.0, 0),
    ],
)
def test_decode_offsets_raises_when_they_are_not_finite_or_not_as_many(
    mean, variance, value, paths
):
    data = encode_offsets(Offsets(mean, variance, np.array([value])))

    with pytest.raises(ValueError, match=r"bytes are not|not finite"):
        decode_offsets(data, paths=paths)


def test_errors_of_many_changes_stay_small():
    steps = 2_000
    ensemble = make_steady_ensemble(11, 20)
    for step in range(1, steps):
        regime = ensemble.next_regime(step, variance=float(step % 7), drift=float(step % 5 - 2))
        ensemble = Ensemble(11, 20, (regime,))

    exact = [
        math.fsum(
            ((step % 5 - 2) if step else 0.0)
            + math.sqrt(step % 7 if step else 1.0) * float(w[step + 1] - w[step])
            for step in range(steps)
        )
        for w in (standard_path(11, first=0, last=steps, path=path) for path in range(1, 21))
    ]

    assert ensemble.positions_at(steps).tolist() == pytest.approx(exact, rel=0, abs=1e-10)


# --- errors ---------------------------------------------------------------------------------


def test_ensemble_raises_when_its_parts_do_not_fit():
    first = make_first_regime(2, variance=1.0, drift=0.0)
    later = EnsembleRegime(5, first.offsets, 1.0, 0.0)

    with pytest.raises(UnknownAlgorithmError):
        Ensemble(1, 2, (first,), algorithm=2)
    for paths, regimes in ((0, (first,)), (2, ()), (2, (later, first)), (3, (first,))):
        with pytest.raises(ValueError, match=r"a path and a regime|an offset for each"):
            Ensemble(1, paths, regimes)


def test_ensemble_raises_when_it_does_not_know_the_steps_or_paths():
    ensemble = change_ensemble(make_steady_ensemble(1, 2), step=10, variance=1.0, drift=0.0)
    newest = Ensemble(1, 2, ensemble.regimes[-1:])

    for call in (
        lambda: newest.positions_at(9),
        lambda: newest.positions(12, 11),
        lambda: newest.increments(10, 12),
        lambda: newest.laws(9, 12),
        lambda: newest.quantiles(9, 12),
        lambda: newest.positions_at(STEP_LIMIT),
        lambda: newest.positions(10, 12, paths=[0]),
        lambda: newest.positions(10, 12, paths=[3]),
        lambda: newest.next_regime(9, variance=1.0, drift=0.0),
    ):
        with pytest.raises(ValueError, match=r"the steps|numbered|starts after"):
            call()


def test_ensemble_does_not_show_its_seed():
    assert "1234567" not in repr(make_steady_ensemble(1234567, 1))
