"""When a motion steps: pure functions of its interval and the clock.

Times are Unix seconds, as the database's clock tells them.
"""

from __future__ import annotations

import math
from typing import Final

SHORTEST_PERIOD_S: Final = 0.05
"""No motion sends more than 20 frames a second."""


def steps_per_tick(interval_s: float) -> int:
    """How many steps one tick makes."""
    return max(1, math.ceil(SHORTEST_PERIOD_S / interval_s))


def period(interval_s: float) -> float:
    """Seconds between two ticks."""
    return steps_per_tick(interval_s) * interval_s


def after_tick(*, next_at: float, now: float, interval_s: float) -> float:
    """When the next tick is due: on the beat, or a period from now if the beat was lost.

    Never a burst to catch up, and no drift while ticks are less than a period late.
    """
    period_s = period(interval_s)
    on_the_beat = next_at <= now < next_at + period_s
    return next_at + period_s if on_the_beat else now + period_s


def after_change(*, next_at: float, now: float, interval_s: float, resumed: bool) -> float:
    """When the next tick is due after a change: a resumed motion waits a period of its own."""
    soonest = now + period(interval_s)
    return soonest if resumed else min(next_at, soonest)
