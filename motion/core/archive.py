"""Writes NumPy's .npz piece by piece, so no array is ever whole in memory."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

Pieces = Iterable[NDArray[np.generic]]

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first date that the format knows, so equal contents make equal files."""


def write_npz(
    columns: Mapping[str, tuple[DTypeLike, Pieces]],
    *,
    length: int,
    facts: Mapping[str, ArrayLike] = MappingProxyType({}),
) -> Iterator[bytes]:
    """The bytes of an .npz with an array of `length` values for each of `columns`, and `facts`.

    The arrays are stored, not compressed, as `np.savez` stores them, and `np.load` reads them
    without pickles. The size of each array follows it, since its checksum is known only then.

    Args:
        columns: by name, the type of a column, and its values in any number of pieces. A type
            such as ("f8", (3,)) makes an array with rows of three values.
        facts: by name, small values that are written at once.
    """
    sink = _Sink()
    with ZipFile(sink, "w") as archive:  # type: ignore[call-overload] # it needs no other method
        for name, (kind, pieces) in columns.items():
            with archive.open(ZipInfo(f"{name}.npy", _NO_DATE), "w", force_zip64=True) as entry:
                none = np.empty(0, kind)
                head = np.lib.format.header_data_from_array_1_0(none)
                shape = (length, *none.shape[1:])
                np.lib.format.write_array_header_1_0(entry, head | {"shape": shape})
                for piece in pieces:
                    entry.write(np.asarray(piece, none.dtype).tobytes())
                    yield sink.take()
        for name, value in facts.items():
            with archive.open(ZipInfo(f"{name}.npy", _NO_DATE), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(value), allow_pickle=False)
    yield sink.take()


class _Sink:
    """A file for a zip writer; it holds the bytes that were not taken yet."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """A zip writer calls it; here it has nothing to do."""

    def take(self) -> bytes:
        data = b"".join(self._written)
        self._written.clear()
        return data
