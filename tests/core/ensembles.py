"""Ensembles for tests, made as the program makes them: one change after the other."""

from hypothesis import strategies as st

from motion.core.ensemble import Ensemble, make_first_regime
from motion.core.timeline import Regime, Timeline

from .timelines import changes, drifts, seeds, variances


def make_steady_ensemble(
    seed: int, paths: int, *, variance: float = 1.0, drift: float = 0.0
) -> Ensemble:
    return Ensemble(seed, paths, (make_first_regime(paths, variance=variance, drift=drift),))


def change_ensemble(ensemble: Ensemble, *, step: int, variance: float, drift: float) -> Ensemble:
    """The ensemble after a change at `step`."""
    regime = ensemble.next_regime(step, variance=variance, drift=drift)
    return Ensemble(ensemble.seed, ensemble.paths, (*ensemble.regimes, regime))


@st.composite
def ensembles(draw: st.DrawFn) -> Ensemble:
    """An ensemble of up to nine regimes, sometimes with several at one step."""
    ensemble = make_steady_ensemble(
        draw(seeds), draw(st.integers(1, 5)), variance=draw(variances), drift=draw(drifts)
    )
    step = 0
    for gap, variance, drift in draw(changes):
        step += gap
        ensemble = change_ensemble(ensemble, step=step, variance=variance, drift=drift)
    return ensemble


def make_timeline_of_path_0(ensemble: Ensemble) -> Timeline:
    """A timeline with the same seed and the same changes; only to read its regimes."""
    regimes = (Regime(r.step, 0.0, 0.0, r.variance, r.drift) for r in ensemble.regimes)
    return Timeline(ensemble.seed, tuple(regimes))
