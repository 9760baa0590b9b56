"""QR codes as one SVG path, so that a page needs neither an image file nor a style of its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import qrcode

QUIET_ZONE = 4
"""Modules of white on each side, which the standard (ISO/IEC 18004) asks for."""


@dataclass(frozen=True, kw_only=True)
class QRCode:
    """Dark modules, one unit each, as the `d` of a path in a box of `size` × `size`."""

    size: int
    path: str


def qr_code(text: str) -> QRCode:
    made = qrcode.QRCode(border=QUIET_ZONE, error_correction=qrcode.ERROR_CORRECT_M)
    made.add_data(text)
    rows = made.get_matrix()
    path = "".join(_row(y, row) for y, row in enumerate(rows))
    return QRCode(size=len(rows), path=path)


def _row(y: int, modules: list[bool]) -> str:
    """A rectangle for each run of dark modules."""
    runs, x = [], 0
    for is_dark, run in groupby(modules):
        width = len(list(run))
        if is_dark:
            runs.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return "".join(runs)
