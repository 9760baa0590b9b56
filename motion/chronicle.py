"""Changes, and settings, in words: who did what to a motion, and how it is set.

`static/motion/changes.js`, `miniature.js` and `beginning.js` say the same in the browser.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from django.contrib.humanize.templatetags.humanize import ordinal

from .core.names import isolated
from .core.parameters import LIMITS, Parameters
from .models import Change, Motion, display_name

SOON_S: Final = 2
"""A first step that comes sooner needs no words."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change: somebody, what they did, and when."""

    who: str
    deed: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.who} {self.deed}"


def settings_in_words(parameters: Parameters) -> str:
    """As "variance 0.25 · 2 steps/s · paused"."""
    words = [f"variance {plain(parameters.variance)}"]
    if parameters.drift:
        words.append(f"drift {plain(parameters.drift)}")
    words.append(f"{plain(1 / parameters.interval, digits=3)} steps/s")
    return " · ".join([*words, "paused"] if parameters.paused else words)


def describe_beginning(state: Mapping[str, Any]) -> str:
    """Why the chart of a path without steps is empty, for a reader of a `state`; else ""."""
    if state["step"] > 0:
        return ""
    if not state["paused"]:
        interval = state["interval"]
        is_soon = interval < SOON_S
        return "" if is_soon else f"No steps yet: the first comes within {plain(interval)} s."
    if state["can_control"]:
        return "Paused at step 0. Press Resume to begin."
    by, owner = state["by"], state["owner"]
    who = by if by in state["controllers"] else owner or by
    waiting = f"; waiting for {isolated(who)}" if who else ""
    return f"This path has not begun yet{waiting}."


def plain(value: float, digits: int = 12) -> str:
    """A number as a person would write it: 1, 0.25, −0.5."""
    return f"{Decimal(f'{value:.{digits}g}'):f}".replace("-", "−")


def entries(changes: Sequence[Change], before: Change | None) -> Iterator[Entry]:
    """The changes of one motion, newest first and none left out, in words.

    Args:
        changes: with `epoch` and `by` read.
        before: the change that came before the last of them, if any did.
    """
    for after, earlier in pairwise([*changes, before]):
        assert after is not None
        who = display_name(after.by) if after.by else "Somebody"
        yield Entry(who=who, deed=deed(after, earlier), at=after.at)


def change_before(motion: Motion, changes: Sequence[Change]) -> Change | None:
    """What `entries` needs besides a page of changes."""
    if not changes:
        return None
    earlier = Change.objects.filter(motion=motion, revision__lt=changes[-1].revision)
    return earlier.select_related("epoch").order_by("-revision").first()


def deed(change: Change, before: Change | None) -> str:
    """What the one did who made `change`: "changed the variance 1 → 0.25 at step 7 of …"."""
    path = f"{ordinal(change.epoch.ordinal)} path"
    if before is None:
        return "created the motion"
    if before.epoch_id != change.epoch_id:
        return f"restarted it: the {path} begins{', paused' if change.paused else ''}"
    what = difference(before.parameters, change.parameters)
    return f"{what} at step {change.step:,} of the {path}"


def difference(before: Parameters, after: Parameters) -> str:
    """As "changed the variance 1 → 0.25 and the drift 0 → 1, and paused it"."""
    values = [
        f"the {name} {plain(getattr(before, name))} → {plain(getattr(after, name))}"
        + (" s" if name == "interval" else "")
        for name in LIMITS
        if getattr(before, name) != getattr(after, name)
    ]
    deeds = [f"changed {_listed(values)}"] if values else []
    if before.paused != after.paused:
        deeds.append("paused it" if after.paused else "resumed it")
    return ", and ".join(deeds) or "changed it"


def _listed(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
