"""The .npz that is written piece by piece is one that NumPy reads and would write."""

from __future__ import annotations

import io
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from motion.core.archive import write_npz


def write_archive(values: NDArray[Any], steps: int) -> list[bytes]:
    """Two columns of `values`, in pieces of `steps`."""
    pieces = [values[at : at + steps] for at in range(0, len(values), steps)]
    columns = {"step": (np.int64, pieces), "position": (np.float64, pieces)}
    return list(write_npz(columns, length=len(values)))


@given(st.integers(1, 500), st.integers(1, 600))
def test_write_npz_is_read_by_numpy_bit_for_bit(length: int, steps: int) -> None:
    values = np.random.default_rng(length).normal(scale=1e6, size=length)

    found = np.load(io.BytesIO(b"".join(write_archive(values, steps))), allow_pickle=False)

    assert found.files == ["step", "position"]
    assert found["position"].tobytes() == values.tobytes()
    assert found["step"].tobytes() == values.astype(np.int64).tobytes()


def test_write_npz_has_rows_of_several_values() -> None:
    values = np.arange(21.0).reshape(7, 3)
    columns = {"rows": (("f8", (3,)), [values[:5], values[5:]])}

    found = np.load(io.BytesIO(b"".join(write_npz(columns, length=7))), allow_pickle=False)

    assert found["rows"].tolist() == values.tolist()


def test_write_npz_has_the_headers_of_numpy() -> None:
    values = np.arange(100_000, dtype=np.int64)
    theirs = io.BytesIO()
    np.save(theirs, values)

    with ZipFile(io.BytesIO(b"".join(write_archive(values, 7_000)))) as ours:
        assert ours.read("step.npy") == theirs.getvalue()
        assert ours.testzip() is None


@pytest.mark.parametrize("length", [1_000, 100_000])
def test_write_npz_has_pieces_of_one_size_at_any_length(length: int) -> None:
    pieces = write_archive(np.zeros(length), 500)

    assert max(map(len, pieces)) < 500 * 8 + 1_000
