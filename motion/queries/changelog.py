"""Events, and settings, in words: what happened to a motion, who did it, and how it is set.

An event is one change, of parameters or of who controls, or all changes of one drag of the slider.
What is said of it here is said everywhere: on the motion's page, which gets the sentence with each
change, in the list of all changes, and in the admin. `settings-text.js` and `beginning-text.js`
word settings in the browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, Final, Protocol

from django.db.models import Q, QuerySet

from ..core.format import write_number, write_ordinal
from ..core.names import isolated
from ..core.parameters import LIMITS, Parameters
from ..models import Change, display_name

EVENT_CHANGES: Final = 50
"""So many changes are one event at most: ten seconds of a dragged slider."""

STARTED: Final = "started it"
STARTED_PAUSED: Final = "started it, paused"
BEGINNINGS: Final = {STARTED: "Started{by}", STARTED_PAUSED: "Started{by}, paused"}
"""The sentences of how a motion began, by the deed."""


Kind = Change.Kind
HANDED: Final[dict[str, str]] = {
    Kind.LET: "handed the controls to {whom}",
    Kind.TAKE_BACK: "took the controls back from {whom}",
    Kind.ONLY_ME: "switched “Only I control” on",
    Kind.ONLY_ME_OFF: "switched “Only I control” off",
    Kind.EVERYONE: "let everyone control the motion",
    Kind.SIGNED_IN: "let everyone who is signed in control the motion",
    Kind.CONTROLLERS: "let only chosen people control the motion",
    Kind.OWNER: "made {whom} the owner",
}


class Made(Protocol):
    """A change, from the database or as it is sent."""

    @property
    def revision(self) -> int: ...
    @property
    def event(self) -> int | None: ...
    @property
    def step(self) -> int: ...
    @property
    def parameters(self) -> Parameters: ...
    @property
    def kind(self) -> str: ...


SOON_S: Final = 2
"""A first step that comes sooner needs no words."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event of a list: what happened, on which path, and when."""

    text: str
    path: int
    at: datetime


def settings_in_words(parameters: Parameters) -> str:
    """As "variance 0.25 · 2 steps/s · paused"."""
    words = [f"variance {write_number(parameters.variance)}"]
    if parameters.drift:
        words.append(f"drift {write_number(parameters.drift)}")
    speed = write_number(1 / parameters.interval, digits=3)
    words.append(f"{speed} {'step' if speed == '1' else 'steps'}/s")
    return " · ".join([*words, "paused"] if parameters.paused else words)


def describe_beginning(state: Mapping[str, Any]) -> str:
    """Why the chart of a path without steps is empty, for a reader of a `state`; else ""."""
    if state["step"] > 0:
        return ""
    if not state["paused"]:
        if state["interval"] < SOON_S:
            return ""
        return f"No steps yet: the first comes within {write_number(state['interval'])} s."
    if state["can_control"]:
        return "Paused at step 0. Press Resume to begin."
    by, owner = state["by"], state["owner"]
    who = by if by in state["controllers"] else owner or by
    waiting = f"; waiting for {isolated(who)}" if who else ""
    return f"This path has not begun yet{waiting}."


# --- events ----------------------------------------------------------------------------------


def event_of(change: Made) -> int:
    """The revision of the first change of its event."""
    return change.event or change.revision


def describe_changes(changes: Sequence[Made], *, path: int, skip: int = 0) -> dict[int, str]:
    """What was done, by revision: each change of an event with those before it in the event.

    Args:
        changes: of one path, oldest first. Each has the one before it beside it, unless it began
            the path or is one of the first `skip`, of which nothing is said.
        path: its ordinal.
    """
    deeds: dict[int, str] = {}
    begins, before = 0, None
    for index, change in enumerate(changes):
        if index and event_of(change) != event_of(changes[index - 1]):
            begins, before = index, changes[index - 1]
        if index >= skip:
            deeds[change.revision] = _deed(changes[begins : index + 1], before, path)
    return deeds


def say(deed: str, by: str | None) -> str:
    """The whole sentence: "JM paused it at step 9", "Started by JM"."""
    if deed in BEGINNINGS:
        return BEGINNINGS[deed].format(by=f" by {isolated(by)}" if by else "")
    return f"{isolated(by) if by else 'Somebody'} {deed}"


def say_without_name(deed: str) -> str:
    """The same for readers who do not learn who did it: "Paused it at step 9"."""
    return say(deed, None) if deed in BEGINNINGS else deed[0].upper() + deed[1:]


def _deed(changes: Sequence[Made], before: Made | None, path: int) -> str:
    """What an event did: "changed the variance 1 → 0.25 at step 7"."""
    last = changes[-1]
    if before is None:
        return _start(last) if last.revision == 1 else _restart(last, path)
    what = _hand_over(last) if last.kind else difference(before.parameters, last.parameters)
    if len(changes) == 1:
        return f"{what} at step {write_number(last.step)}"
    return _drag(before.parameters, [change.parameters for change in changes]) + _stretch(changes)


def _hand_over(change: Made) -> str:
    """Readers who learn no names get a change that is none of the database."""
    whom = change.whom if isinstance(change, Change) else None
    text = HANDED.get(change.kind, "changed who controls the motion")
    return text.format(whom=isolated(display_name(whom)) if whom else "somebody")


def _start(change: Made) -> str:
    return STARTED_PAUSED if change.parameters.paused else STARTED


def _restart(change: Made, path: int) -> str:
    begins = f"restarted the motion: the {write_ordinal(path)} path begins"
    return f"{begins}, paused" if change.parameters.paused else begins


def _drag(before: Parameters, dragged: Sequence[Parameters]) -> str:
    """A slider moves the variance alone; values beyond both ends of the move are not lost."""
    old, new = before.variance, dragged[-1].variance
    low, high = (end(one.variance for one in dragged) for end in (min, max))
    text = f"dragged the variance {write_number(old)} → {write_number(new)}"
    if min(old, new) <= low and high <= max(old, new):
        return text
    return f"{text}, between {write_number(low)} and {write_number(high)} on the way,"


def _stretch(changes: Sequence[Made]) -> str:
    first, last = (write_number(changes[at].step) for at in (0, -1))
    return f" at step {last}" if first == last else f" at steps {first} to {last}"


def difference(before: Parameters, after: Parameters) -> str:
    """As "changed the variance 1 → 0.25 and the drift 0 → 1, and paused it"."""
    values = [
        f"the {name} {write_number(getattr(before, name))} → {write_number(getattr(after, name))}"
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


# --- reading ---------------------------------------------------------------------------------


def find_preceding(changes: Iterable[tuple[int, int, int | None]]) -> QuerySet[Change]:
    """Those that `describe_changes` needs besides: back to the one before each event begins.

    An event has few changes, so these are few as long as most of `changes` lie side by side.

    Args:
        changes: the motion, the revision and the event of each.
    """
    given = list(changes)
    known = {(motion, revision) for motion, revision, _ in given}
    places = [
        Q(motion=motion, revision__gte=(event or revision) - 1, revision__lt=revision)
        for motion, revision, event in given
        if (motion, revision - 1) not in known
    ]
    return Change.objects.filter(reduce(or_, places)) if places else Change.objects.none()


def describe_rows(rows: Sequence[Change]) -> dict[int, str]:
    """What each did, by its primary key; `rows`, with `epoch` read, may be of several motions."""
    places = ((row.motion_id, row.revision, row.event) for row in rows)
    preceding = find_preceding(places).select_related("epoch", "whom")
    ordered = sorted({*rows, *preceding}, key=lambda row: (row.motion_id, row.revision))
    deeds: dict[int, str] = {}
    for _, group in groupby(ordered, key=lambda row: row.epoch_id):
        path = list(group)
        said = describe_changes(path, path=path[0].epoch.ordinal)
        deeds |= {row.pk: said[row.revision] for row in path}
    return deeds


def entries(rows: Sequence[Change]) -> Iterator[Entry]:
    """The events of one motion whose last change is among `rows`, newest first.

    Args:
        rows: with `epoch` and `by` read, newest first, none between them left out.
    """
    if not rows:
        return
    deeds = describe_rows(rows)
    after = Change.objects.filter(motion=rows[0].motion_id, revision=rows[0].revision + 1).first()
    newer = event_of(after) if after else None
    for event, changes in groupby(rows, key=event_of):
        if event == newer:
            continue
        last = next(changes)
        by = display_name(last.by) if last.by else None
        yield Entry(text=say(deeds[last.pk], by), path=last.epoch.ordinal, at=last.at)
