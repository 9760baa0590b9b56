"""The change log in words: what happened to a motion, who did it, and how it is set.

An event is one change, of parameters or of control, or all changes of one drag of the slider.
The page, the page of all changes and the admin all use the sentences written here.
`changelog-text.js` writes the same texts of settings in the browser.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, Final

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from ..core.format import write_count, write_number, write_ordinal
from ..core.names import isolate_text
from ..core.parameters import LIMITS, NAMES, Parameters
from ..models import Change, Motion, display_name, shown_name
from ..protocol.messages import ChangeRecord

EVENT_CHANGES: Final = 50
"""The most changes of one event: ten seconds of a dragged slider."""

BEGINNING: Final = "started it"
"""How the action begins that begins a motion; its sentence begins with "Started by JM"."""

Kind = Change.Kind
CONTROL_ACTIONS: Final[dict[str, str]] = {
    Kind.LET: "handed the controls to {whom}",
    Kind.TAKE_BACK: "took the controls back from {whom}",
    Kind.ONLY_ME: "switched “Only I control” on",
    Kind.ONLY_ME_OFF: "switched “Only I control” off",
    Kind.EVERYONE: "let everyone control the motion",
    Kind.SIGNED_IN: "let everyone with an account control the motion",
    Kind.CONTROLLERS: "let only chosen people control the motion",
    Kind.OWNER: "made {whom} the owner",
}

SOON_S: Final = 2
"""If the first step comes sooner, the page does not announce it."""


AnyChange = Change | ChangeRecord
Namer = Callable[[User], str]
"""Gives a person the name that readers see."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One event in a list: what happened, on which path, and when."""

    text: str
    path: int
    at: datetime


def describe_settings(parameters: Parameters) -> str:
    """For example "variance 0.25 · 2 steps/s · paused"."""
    words = [f"variance {write_number(parameters.variance)}"]
    if parameters.drift:
        words.append(f"drift {write_number(parameters.drift)}")
    speed = write_number(1 / parameters.interval, digits=3)
    words.append(f"{speed} {'step' if speed == '1' else 'steps'}/s")
    return " · ".join([*words, "paused"] if parameters.paused else words)


def describe_beginning(state: Mapping[str, Any]) -> str:
    """Why the chart of a path without steps is empty, for the reader of a `state`; else ""."""
    if state["step"] > 0:
        return ""
    if not state["paused"]:
        if state["interval"] < SOON_S:
            return ""
        return f"No steps yet: the first comes within {write_number(state['interval'])} s."
    if state["can_control"]:
        return "Paused at step 0. Press Resume to begin."
    by, owner = state["by"], state["owner"]
    person = by if by in state["controllers"] else owner or by
    waiting = f"; waiting for {isolate_text(person)}" if person else ""
    return f"This path has not begun yet{waiting}."


# --- events ----------------------------------------------------------------------------------


def get_event(change: AnyChange) -> int:
    """The revision of the first change of its event."""
    return change.event or change.revision


def describe_changes(
    changes: Sequence[AnyChange],
    *,
    path: int,
    ensemble: int = 0,
    skip: int = 0,
    name: Namer = display_name,
) -> dict[int, str]:
    """What each change did, by revision, for example "paused it at step 9".

    The description of a change covers the changes before it in its event.

    Args:
        changes: of one path, oldest first. For each change but the first `skip`, they have the
            changes before it in its event and the one before the event, if the path has them.
        path: its ordinal.
        ensemble: how many paths its ensemble has.
        name: how people are called.
    """
    actions: dict[int, str] = {}
    start, before = 0, None
    for index, change in enumerate(changes):
        if index and get_event(change) != get_event(changes[index - 1]):
            start, before = index, changes[index - 1]
        if index >= skip:
            event = changes[start : index + 1]
            actions[change.revision] = (
                _describe_event(event, before, name)
                if before
                else _describe_first(event, path, ensemble)
            )
    return actions


def write_sentence(action: str, by: str | None) -> str:
    """The whole sentence: "JM paused it at step 9", "Started by JM"."""
    if action.startswith(BEGINNING):
        started = f"Started by {isolate_text(by)}" if by else "Started"
        return started + action.removeprefix(BEGINNING)
    return f"{isolate_text(by) if by else 'Somebody'} {action}"


def write_nameless_sentence(action: str) -> str:
    """The sentence for readers who must not see names: "Paused it at step 9"."""
    if action.startswith(BEGINNING):
        return write_sentence(action, None)
    return action[0].upper() + action[1:]


def make_record(change: Any, *, by: str | None = None, text: str = "") -> ChangeRecord:
    """A change as clients get it.

    Args:
        change: a `Change`, or a row with its columns.
        by: the display name of the person who made it.
        text: the whole sentence.
    """
    return ChangeRecord(
        revision=change.revision,
        event=get_event(change),
        kind=change.kind,
        step=change.step,
        position=change.position,
        parameters=Parameters(**{name: getattr(change, name) for name in NAMES}),
        at=change.at.isoformat(timespec="milliseconds"),
        by=by,
        text=text,
    )


def _describe_first(changes: Sequence[AnyChange], path: int, ensemble: int) -> str:
    """For example "restarted the motion: the 3rd path begins, with 40 paths for the class"."""
    last = changes[-1]
    restarted = f"restarted the motion: the {write_ordinal(path)} path begins"
    action = BEGINNING if last.revision == 1 else restarted
    if ensemble:
        action += f", with {write_count(ensemble, 'path')} for the class"
    return f"{action}, paused" if last.parameters.paused else action


def _describe_event(changes: Sequence[AnyChange], before: AnyChange, name: Namer) -> str:
    """For example "changed the variance 1 → 0.25 at step 7"."""
    last = changes[-1]
    if len(changes) > 1:
        dragged = [change.parameters for change in changes]
        return _describe_drag(before.parameters, dragged) + _describe_steps(changes)
    difference = describe_difference(before.parameters, last.parameters)
    action = _describe_control(last, name) if last.kind else difference
    return f"{action} at step {write_number(last.step)}"


def _describe_control(change: AnyChange, name: Namer) -> str:
    """A `ChangeRecord` has no person, so its readers see "somebody"."""
    whom = change.whom if isinstance(change, Change) else None
    text = CONTROL_ACTIONS.get(change.kind, "changed who controls the motion")
    return text.format(whom=isolate_text(name(whom)) if whom else "somebody")


def _describe_drag(before: Parameters, dragged: Sequence[Parameters]) -> str:
    """Only the variance; names the extremes if the slider went beyond both ends of the move."""
    old, new = before.variance, dragged[-1].variance
    low, high = (extreme(one.variance for one in dragged) for extreme in (min, max))
    text = f"dragged the variance {write_number(old)} → {write_number(new)}"
    if min(old, new) <= low and high <= max(old, new):
        return text
    return f"{text}, between {write_number(low)} and {write_number(high)} on the way,"


def _describe_steps(changes: Sequence[AnyChange]) -> str:
    first, last = (write_number(changes[at].step) for at in (0, -1))
    return f" at step {last}" if first == last else f" at steps {first} to {last}"


def describe_difference(before: Parameters, after: Parameters) -> str:
    """For example "changed the variance 1 → 0.25 and the drift 0 → 1, and paused it"."""
    values = [
        f"the {name} {write_number(getattr(before, name))} → {write_number(getattr(after, name))}"
        + (" s" if name == "interval" else "")
        for name in LIMITS
        if getattr(before, name) != getattr(after, name)
    ]
    together = ", ".join([*values[:-2], " and ".join(values[-2:])])
    actions = [f"changed {together}"] if values else []
    if before.paused != after.paused:
        actions.append("paused it" if after.paused else "resumed it")
    return ", and ".join(actions) or "changed it"


# --- reading ---------------------------------------------------------------------------------


def find_preceding(changes: Iterable[tuple[int, int, int | None]]) -> QuerySet[Change]:
    """The changes that `describe_changes` needs besides: back to the one before each event.

    An event has few changes, so these are few as long as most of `changes` follow each other.

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


def load_namer(motion: Motion) -> Namer:
    """How people are called in the changes of a motion, in one query where names are hidden."""
    if not motion.names_hidden:
        return display_name
    seats = dict(motion.memberships.values_list("user", "seat"))
    return lambda user: shown_name(user, seats.get(user.pk), hidden=True)


def describe_rows(rows: Sequence[Change], *, name: Namer = display_name) -> dict[int, str]:
    """What each change did, by its primary key.

    Args:
        rows: with `epoch`, of any motions, in any order.
        name: how people are called.
    """
    places = ((row.motion_id, row.revision, row.event) for row in rows)
    preceding = find_preceding(places).select_related("epoch", "whom")
    ordered = sorted({*rows, *preceding}, key=lambda row: (row.motion_id, row.revision))
    actions: dict[int, str] = {}
    for _, group in groupby(ordered, key=lambda row: row.epoch_id):
        path = list(group)
        epoch = path[0].epoch
        described = describe_changes(path, path=epoch.ordinal, ensemble=epoch.paths, name=name)
        actions |= {row.pk: described[row.revision] for row in path}
    return actions


def list_events(rows: Sequence[Change], *, name: Namer = display_name) -> Iterator[Entry]:
    """The events of one motion whose last change is in `rows`, newest first.

    Args:
        rows: with `epoch` and `by`, newest first, without gaps.
        name: how people are called.
    """
    if not rows:
        return
    actions = describe_rows(rows, name=name)
    after = Change.objects.filter(motion=rows[0].motion_id, revision=rows[0].revision + 1).first()
    newer = get_event(after) if after else None
    for event, changes in groupby(rows, key=get_event):
        if event == newer:
            continue
        last = next(changes)
        by = name(last.by) if last.by else None
        yield Entry(text=write_sentence(actions[last.pk], by), path=last.epoch.ordinal, at=last.at)
