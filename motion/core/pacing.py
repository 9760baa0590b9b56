"""When a motion steps: pure functions of its interval and the clock.

Times are Unix seconds of the database's clock.
"""

import math
from typing import Final

SHORTEST_PERIOD_S: Final = 0.05
"""A motion sends at most 20 frames a second."""


ENSEMBLE_PERIOD_S: Final = 0.1
"""A motion sends at most 10 frames a second with all positions of its ensemble."""


def steps_per_tick(interval_s: float) -> int:
    """The steps that one tick makes."""
    return max(1, math.ceil(SHORTEST_PERIOD_S / interval_s))


def tick_period(interval_s: float) -> float:
    """Seconds between two ticks."""
    return steps_per_tick(interval_s) * interval_s


def has_ensemble_turn(step: int, interval_s: float) -> bool:
    """Whether the tick that reaches `step` sends the ensemble too: each one, or every second one.

    It depends on the step alone, so any workers may make the ticks.
    """
    ticks = math.ceil(ENSEMBLE_PERIOD_S / tick_period(interval_s) - 1e-9)  # 0.1 / 0.1 may exceed 1
    return step // steps_per_tick(interval_s) % ticks == 0


def schedule_after_tick(*, next_at: float, now: float, interval_s: float) -> float:
    """When the next tick is due: a period after this one was due, or a period from now.

    Ticks keep their schedule while they are less than a period late. After a longer delay the
    schedule starts again, so a late motion never catches up in a burst.
    """
    period_s = tick_period(interval_s)
    is_on_schedule = next_at <= now < next_at + period_s
    return next_at + period_s if is_on_schedule else now + period_s


def schedule_after_change(*, next_at: float, now: float, interval_s: float, resumed: bool) -> float:
    """When the next tick is due after a change; a resumed motion waits for a whole period."""
    soonest = now + tick_period(interval_s)
    return soonest if resumed else min(next_at, soonest)
