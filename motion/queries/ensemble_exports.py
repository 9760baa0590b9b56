"""An ensemble, or a part of it, as a file: every step of every path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..core.ensemble import Ensemble
from ..core.limits import ENSEMBLE_FILE_POSITIONS
from ..models import Epoch, Motion
from .ensembles import load_ensemble
from .exports import Facts, File, find_piece, read_facts
from .timelines import StepRange
from .windows import check_bounds

CSV_POSITIONS: Final = 1 << 13
NPZ_POSITIONS: Final = 1 << 16
"""The positions of a file that are computed in one turn, in about 5 ms, or at least one step."""


@dataclass(frozen=True, kw_only=True)
class EnsembleFacts(Facts):
    """What a file is about; `paths` is the number of its paths."""

    paths: int

    kind = "ensemble-"

    def describe_columns(self, name: str) -> Iterator[str]:
        yield f"paths: {self.paths}, independent, with the parameters above"
        yield "path_1, path_2, …: the position of each path after the step"
        yield f"pandas: pd.read_csv('{name}', comment='#', index_col='step')"
        yield f"R: read.csv('{name}', comment.char='#')"
        yield f"NumPy: rows = np.loadtxt('{name}', delimiter=',', comments=('#', 'step'), ndmin=2)"

    def make_arrays(self, made: datetime) -> dict[str, NDArray[np.generic]]:
        return super().make_arrays(made) | {"paths": np.array(self.paths)}


@dataclass(frozen=True, kw_only=True)
class EnsembleExport(File):
    """An ensemble as a file: `positions` has a row for each step and a column for each path."""

    ensemble: Ensemble

    @property
    def columns(self) -> Mapping[str, DTypeLike]:
        return {"step": "i8", "positions": ("f8", (self.ensemble.paths,))}

    @property
    def names(self) -> str:
        paths = range(1, self.ensemble.paths + 1)
        return ",".join(["step", *(f"path_{path}" for path in paths)]) + "\n"

    @property
    def turns(self) -> tuple[int, int]:
        paths = self.ensemble.paths
        return max(1, CSV_POSITIONS // paths), max(1, NPZ_POSITIONS // paths)

    def compute_column(self, name: str, first: int, last: int) -> NDArray[np.generic]:
        if name == "step":
            return np.arange(first, last + 1, dtype=np.int64)
        return self.ensemble.positions(first, last).T

    def write_rows(self, first: int, last: int) -> str:
        rows = self.ensemble.positions(first, last).T.tolist()
        return "".join(
            f"{step},{','.join(map(repr, row))}\n" for step, row in enumerate(rows, first)
        )


def read_ensemble_export(
    motion: Motion,
    epoch: Epoch,
    *,
    first: int,
    last: int | None,
    piece: int | None,
    address: str,
) -> EnsembleExport:
    """The steps first … last of the ensemble of `epoch` as one file, or one piece of it.

    A piece has at most `ENSEMBLE_FILE_POSITIONS` positions. Arguments are those of `read_export`,
    and it raises as that does; `epoch` has an ensemble.
    """
    end, is_past = check_bounds(motion, epoch, first=first, last=last)
    most = ENSEMBLE_FILE_POSITIONS // epoch.paths
    begin, until = find_piece(first, end, piece, most=most)
    facts = read_facts(motion, epoch, first=first, last=end, address=address)
    ensemble = load_ensemble(epoch, StepRange(epoch.pk, begin, until, 1, motion.revision))
    assert ensemble is not None
    return EnsembleExport(
        facts=EnsembleFacts(**vars(facts), paths=epoch.paths),
        first=begin,
        last=until,
        has_head=piece in (None, 1),
        is_past=is_past,
        ensemble=ensemble,
    )
