"""A view as a presenter's page sends it, with a value in each field."""

from __future__ import annotations

from motion.core.presented_view import PresentedView

VIEW: PresentedView = {
    "page": 4096,
    "epoch": 1800000000,
    "mode": "fixed",
    "range": [0.5, 240],
    "since": None,
    "across": "elapsed",
    "up": "position",
    "band": 40,
    "changes": True,
    "class": True,
    "slice": "newest",
    "lit": 7,
    "law": {"name": "barrier", "low": None, "high": 12.5},
    "panels": ["histogram", "moments"],
    "pointer": [120, -3.5],
}
