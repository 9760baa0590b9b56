"""The frame every server of the benchmark sends, so that all of them move the same bytes."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

EPOCH = 1_750_000_000  # epochs are Unix seconds; this one is only as long as a real one


def increments() -> Iterator[dict[str, Any]]:
    """The `increments` frames of a standard motion, one step each, without end."""
    position = 0.0
    for step in itertools.count(1):
        increment = random.gauss(0.0, 1.0)
        position += increment
        yield {
            "type": "increments",
            "epoch": EPOCH,
            "revision": 1,
            "first_step": step,
            "increments": [increment],
            "position": position,
        }
