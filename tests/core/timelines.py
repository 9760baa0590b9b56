"""Timelines for tests, made as the program makes them: one change after the other."""

from hypothesis import strategies as st

from motion.core.timeline import Regime, Timeline

seeds = st.integers(0, 2**63 - 1)
variances = st.sampled_from([0.0, 1.0, 10_000.0]) | st.floats(0, 10_000)
drifts = st.sampled_from([0.0, -1_000.0, 1_000.0]) | st.floats(-1_000, 1_000)
gaps = st.sampled_from([0, 1]) | st.integers(0, 400)
changes = st.lists(st.tuples(gaps, variances, drifts), max_size=8)


def change_timeline(timeline: Timeline, *, step: int, variance: float, drift: float) -> Timeline:
    """The timeline after a change at `step`, made as the program makes one."""
    regime = Regime(
        step=step,
        position=timeline.position(step),
        standard=timeline.standard(step),
        variance=variance,
        drift=drift,
    )
    return Timeline(timeline.seed, (*timeline.regimes, regime))


def make_steady_timeline(seed: int, *, variance: float = 1.0, drift: float = 0.0) -> Timeline:
    first = Regime(step=0, position=0.0, standard=0.0, variance=variance, drift=drift)
    return Timeline(seed, (first,))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """A timeline of up to nine regimes, sometimes with several at one step."""
    timeline = make_steady_timeline(draw(seeds), variance=draw(variances), drift=draw(drifts))
    step = 0
    for gap, variance, drift in draw(changes):
        step += gap
        timeline = change_timeline(timeline, step=step, variance=variance, drift=drift)
    return timeline


def find_governing_regime(timeline: Timeline, step: int) -> Regime:
    """The regime of the increment of `step`: the last one that starts before it."""
    return [regime for regime in timeline.regimes if regime.step < step][-1]


def find_greatest(timeline: Timeline) -> tuple[float, float]:
    """The largest |drift| and the largest variance of all regimes."""
    regimes = timeline.regimes
    return max(abs(regime.drift) for regime in regimes), max(r.variance for r in regimes)
