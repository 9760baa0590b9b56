"""Frames as bytes, compared with those of the websockets library."""

from __future__ import annotations

import pytest
from websockets.frames import Frame, Opcode

from brownian_site.server.frames import read_head, read_short_text, text_frame

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


@pytest.mark.parametrize("text", ["", "{}", "ä€🎲", "x" * 124, "x" * 125])
def test_read_short_text_agrees_with_websockets(text: str) -> None:
    assert read_short_text(Frame(Opcode.TEXT, text.encode()).serialize(mask=True)) == text


@pytest.mark.parametrize(
    "frame",
    [
        Frame(Opcode.TEXT, b"x" * 126).serialize(mask=True),
        Frame(Opcode.TEXT, b"x" * 65_536).serialize(mask=True),
        Frame(Opcode.TEXT, b"x").serialize(mask=False),
        Frame(Opcode.TEXT, b"x", fin=False).serialize(mask=True),
        bytes((0xC1, 0x81, 0, 0, 0, 0)) + b"x",  # a reserved bit
        Frame(Opcode.BINARY, b"x").serialize(mask=True),
        Frame(Opcode.CONT, b"x").serialize(mask=True),
        Frame(Opcode.PING, b"x").serialize(mask=True),
        Frame(Opcode.TEXT, b"\xff").serialize(mask=True),
        bytes((0x81, 0xFE, 0, 124, 0, 0, 0, 0)) + b"x" * 124,  # a length in too many bytes
        bytes((0x81, 0xFE, 0, 5, 0, 0, 0, 0)) + b"x" * 5,
        bytes((0x81, 0x80)),
    ],
    ids=range(12),  # masks are random, and each process of the tests must have the same names
)
def test_read_short_text_leaves_every_other_frame_to_autobahn(frame: bytes) -> None:
    assert read_short_text(frame) is None
