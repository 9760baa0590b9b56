"""Frames as bytes, compared with those of the websockets library."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from brownian_site.server.frames import read_head, text_frame

LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 65_537]


@pytest.mark.parametrize("length", LENGTHS)
def test_text_frame_agrees_with_websockets(length: int) -> None:
    text = "x" * length

    assert text_frame(text) == Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("is_masked", [False, True])
def test_read_head_measures_a_frame_once_its_length_is_known(length: int, is_masked: bool) -> None:
    frame = Frame(Opcode.CONT, b"x" * length, fin=False).serialize(mask=is_masked)
    head = len(frame) - length - 4 * is_masked

    assert read_head(b"??" + frame[: head - 1], 2) is None
    assert read_head(b"??" + frame[:head], 2) == (Opcode.CONT, False, length, len(frame))
