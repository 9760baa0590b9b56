"""Checks that the stored offsets of an epoch's ensemble agree with the paths of its seed."""

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from ..core.brownian import standard_path
from ..core.ensemble import Ensemble, EnsembleRegime, Offsets, decode_offsets, make_first_regime
from ..core.limits import ENSEMBLE_PATHS
from ..core.timeline import AGREEMENT
from ..models import Change, Epoch

CHUNK: Final = 100
"""Changes read at once: with the offsets of 1,000 paths, 800 KB."""


class EnsembleCheck:
    """Compares each change of an epoch with the change before it, of which it keeps only one."""

    def __init__(self, epoch: Epoch) -> None:
        self._epoch = epoch
        self._newest: Ensemble | None = None
        self._drift = self._variance = 0.0  # the largest so far

    def check_epoch(self) -> Iterator[str]:
        if not 0 <= self._epoch.paths <= ENSEMBLE_PATHS:
            yield f"its ensemble has {self._epoch.paths} paths"

    def check_change(self, row: Change) -> Iterator[str]:
        """The faults of the offsets of `row`, whose step and parameters can be computed.

        A change without offsets is none: a process of the version before made it.
        """
        if not self._epoch.paths:
            if row.offsets is not None:
                yield "it has offsets, but its path has no ensemble"
            return
        if self._newest is not None and row.step < self._newest.regimes[-1].step:
            return  # reported with its step
        regime = expected = self._compute_regime(row)
        if row.offsets is not None:
            try:
                offsets = decode_offsets(bytes(row.offsets), paths=self._epoch.paths)
            except ValueError as error:
                yield f"its offsets are damaged: {error}"
            else:
                yield from self._compare(offsets, expected)
                regime = expected._replace(offsets=offsets)
        self._drift = max(self._drift, abs(row.drift))
        self._variance = max(self._variance, row.variance)
        self._newest = Ensemble(self._epoch.seed, self._epoch.paths, (regime,))

    def check_end(self, step: int) -> Iterator[str]:
        """Whether the first and the last path at `step` are those that are computed alone."""
        if self._newest is None or step < self._newest.regimes[-1].step:
            return
        regime, positions = self._newest.regimes[-1], self._newest.positions_at(step)
        shift = regime.drift * (step - regime.step)
        for path in {1, self._epoch.paths}:
            (W,) = standard_path(self._epoch.seed, first=step, last=step, path=path)  # noqa: N806
            offset = regime.offsets.values[path - 1]
            if positions[path - 1] != (offset + shift) + np.sqrt(regime.variance) * W:
                yield f"at step {step} path {path} of its ensemble is not the path computed alone"

    def _compute_regime(self, row: Change) -> EnsembleRegime:
        law = {"variance": row.variance, "drift": row.drift}
        if self._newest is None:
            return make_first_regime(self._epoch.paths, **law)
        return self._newest.next_regime(row.step, **law)

    def _compare(self, found: Offsets, expected: EnsembleRegime) -> Iterator[str]:
        step, offsets = expected.step, expected.offsets
        spread = math.sqrt(max(self._variance, expected.variance) * step)
        unit = max(1.0, self._drift * step, spread)
        if not np.all(
            np.abs(found.values - offsets.values)
            <= AGREEMENT * np.maximum(unit, np.abs(offsets.values))
        ):
            yield f"at step {step} the recorded offsets are not those of the paths"
        is_close = abs(found.law_mean - offsets.law_mean) <= AGREEMENT * unit
        if not is_close or not math.isclose(
            found.law_variance, offsets.law_variance, rel_tol=AGREEMENT, abs_tol=AGREEMENT
        ):
            yield f"at step {step} the recorded law is not the sum over the changes before it"
