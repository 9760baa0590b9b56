"""One tick: it moves the due motions that no other worker holds, in one transaction.

A motion that nobody watches and nobody edited costs only its row: a few columns are read, and two
are written back with those of all others. Only for the rest does a tick compute a path.
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F

from .. import publishing
from ..core import pacing
from ..core.ensemble import Ensemble
from ..core.parameters import NAMES, STEP_LIMIT
from ..models import Change, Motion, Move, move_frontiers, now
from ..protocol.messages import encode_ensemble, encode_increments
from ..publishing import Increments
from ..queries.ensembles import load_newest_ensemble
from ..services.motions import adopt_external_edit
from ..telemetry import metrics

logger = logging.getLogger(__name__)

BATCH = 500
"""Motions in one transaction."""

REMEMBERED_PARAMETERS = 200_000
REMEMBERED_CHANGES = 20_000
REMEMBERED_ENSEMBLES: Final = 1_000
"""Each has up to 8 KB."""


Recorded = tuple[int, float, float, float, bool]
"""The revision of a change, and its variance, drift, interval and paused."""


class Due(NamedTuple):
    """The columns that a tick reads of a due motion."""

    id: int
    revision: int
    variance: float
    drift: float
    interval: float
    paused: bool
    step: int
    next_at: float
    watched_until: float

    @property
    def parameters(self) -> Recorded:
        """Equal to `NewestChanges.load_parameters`, unless the row was edited from outside."""
        return self[1:6]

    def compute_move(self, moment: float) -> Move:
        return Move(
            self.id,
            min(self.step + pacing.steps_per_tick(self.interval), STEP_LIMIT - 1),
            pacing.schedule_after_tick(next_at=self.next_at, now=moment, interval_s=self.interval),
        )


class NewestChanges:
    """The newest change of each motion; a change is never edited, so each is read once."""

    def __init__(self) -> None:
        self._parameters: dict[int, Recorded] = {}
        self._changes: OrderedDict[tuple[int, int], Change] = OrderedDict()
        self._ensembles: OrderedDict[int, Ensemble] = OrderedDict()  # by change

    def load_parameters(self, due: Iterable[Due]) -> dict[int, Recorded]:
        """What the newest changes say, by motion; one query for all that are not known yet."""
        known = self._parameters
        unknown = [row.id for row in due if known.get(row.id, (None,))[0] != row.revision]
        if unknown:
            if len(known) > REMEMBERED_PARAMETERS:
                known.clear()
            newest = Change.objects.filter(motion__in=unknown, revision=F("motion__revision"))
            for motion_id, *recorded in newest.values_list("motion", "revision", *NAMES):
                known[motion_id] = tuple(recorded)
        return known

    def load_changes(self, motions: Iterable[Motion]) -> dict[int, Change]:
        """The newest changes, by motion; one query for all that are not known yet."""
        wanted = {(motion.pk, motion.revision) for motion in motions}
        unknown = [motion_id for motion_id, revision in wanted - self._changes.keys()]
        if unknown:
            for change in Change.objects.filter(
                motion__in=unknown, revision=F("motion__revision")
            ).select_related("epoch"):
                self._changes[change.motion_id, change.revision] = change
        found = {key[0]: self._changes[key] for key in wanted if key in self._changes}
        while len(self._changes) > REMEMBERED_CHANGES:
            self._changes.popitem(last=False)
        return found

    def load_ensemble(self, change: Change) -> Ensemble | None:
        """The ensemble from `change` on, without a query if its epoch has none or it is known."""
        if change.epoch.paths and change.pk not in self._ensembles:
            ensemble = load_newest_ensemble(change)
            assert ensemble is not None
            self._ensembles[change.pk] = ensemble
            if len(self._ensembles) > REMEMBERED_ENSEMBLES:
                self._ensembles.popitem(last=False)
        return self._ensembles.get(change.pk)


class Sent(NamedTuple):
    """What a tick publishes of a motion once it has committed."""

    increments: Increments
    ensemble: Ensemble | None
    """The ensemble whose positions go with them."""

    def complete(self, *, moment: float, ahead_s: float) -> Increments:
        """The message to publish; its `due` is by our clock, which is `ahead_s` ahead."""
        increments, ensemble = self
        text = None
        if ensemble is not None:
            text = encode_ensemble(
                epoch=increments.epoch,
                step=increments.last,
                positions=ensemble.positions_at(increments.last),
            )
        due = (increments.due or moment) + ahead_s
        return replace(increments, due=due, ensemble=text)


class PostponedMotions:
    """The motions whose tick raised an error here, until their next attempt.

    Their `next_at` alone would look to the sweep as if the clock had gone back.
    """

    def __init__(self) -> None:
        self._until: dict[int, float] = {}

    def add(self, motion_id: int) -> None:
        self._until[motion_id] = time.monotonic() + settings.MOTION_PUT_OFF_S

    def list_ids(self) -> list[int]:
        now_s = time.monotonic()
        self._until = {pk: until for pk, until in self._until.items() if until > now_s}
        return list(self._until)


def lock_due_motions(moment: float, postponed: PostponedMotions) -> list[Due]:
    """Running motions that are due and that no worker holds, locked; at most `BATCH`."""
    due = (
        Motion.objects.filter(next_at__lte=moment, paused=False, step__lt=STEP_LIMIT - 1)
        .exclude(pk__in=postponed.list_ids())
        .order_by("next_at")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    )
    return [Due._make(row) for row in due.values_list(*Due._fields)[:BATCH]]


def tick(newest: NewestChanges, postponed: PostponedMotions | None = None) -> int:
    """Move the due motions, at most `BATCH` of them; returns how many there were."""
    postponed = postponed or PostponedMotions()
    began = time.perf_counter()
    with transaction.atomic():
        moment = now()
        ahead_s = time.time() - moment  # of our clock; servers know nothing of the database's
        due = lock_due_motions(moment, postponed)
        recorded = newest.load_parameters(due)
        apart, moves = [], []
        for row in due:
            if row.watched_until >= moment or recorded.get(row.id) != row.parameters:
                apart.append(row.id)
            else:
                moves.append(row.compute_move(moment))
        motions = list(Motion.objects.filter(pk__in=apart).order_by("next_at")) if apart else []
        sent = _advance_all(motions, newest, postponed, moment)
        moves += [Move(motion.pk, motion.step, motion.next_at) for motion in motions]
        move_frontiers(moves)
    if due:
        _measure(due, moves, moment, time.perf_counter() - began)
    # After the commit: to compute positions of a new block takes 10 ms, in which rows were locked.
    publishing.publish_increments([each.complete(moment=moment, ahead_s=ahead_s) for each in sent])
    return len(due)


def _measure(due: Sequence[Due], moves: Sequence[Move], moment: float, took_s: float) -> None:
    metrics.record_tick(
        steps_made=sum(move.step for move in moves) - sum(row.step for row in due),
        late_s=[moment - row.next_at for row in due],
        took_s=took_s,
    )


def _advance_all(
    motions: Sequence[Motion], newest: NewestChanges, postponed: PostponedMotions, moment: float
) -> list[Sent]:
    """Make the steps of motions that are watched or were edited; returns what to publish."""
    changes = newest.load_changes(motions)
    sent = [_advance_or_postpone(motion, changes, newest, postponed, moment) for motion in motions]
    return [each for each in sent if each is not None]


def _advance_or_postpone(
    motion: Motion,
    changes: dict[int, Change],
    newest: NewestChanges,
    postponed: PostponedMotions,
    moment: float,
) -> Sent | None:
    """One motion's part of a tick; an error postpones this motion and stops no other."""
    step = motion.step
    try:
        return _advance(motion, changes[motion.pk], newest, moment)
    except DatabaseError:
        raise
    except Exception:
        fields = {"motion_id": motion.pk}
        logger.exception(
            "Motion %s failed; trying again later", motion.pk, extra={"fields": fields}
        )
        motion.step = step
        motion.next_at = moment + settings.MOTION_PUT_OFF_S
        postponed.add(motion.pk)
        metrics.put_off.inc()
        return None


def _advance(motion: Motion, change: Change, newest: NewestChanges, moment: float) -> Sent | None:
    """Make the steps of one tick; returns what to publish if somebody watches."""
    governing = adopt_external_edit(motion, change)
    first, due = motion.step + 1, motion.next_at
    motion.step = min(motion.step + pacing.steps_per_tick(motion.interval), STEP_LIMIT - 1)
    motion.next_at = pacing.schedule_after_tick(
        next_at=motion.next_at, now=moment, interval_s=motion.interval
    )
    if motion.watched_until < moment:
        return None
    has_turn = pacing.has_ensemble_turn(motion.step, motion.interval)
    ensemble = newest.load_ensemble(governing) if has_turn else None
    return Sent(build_increments(motion, governing, first, due), ensemble)


def build_increments(motion: Motion, governing: Change, first: int, due: float) -> Increments:
    """The message of the steps from `first` to the motion's frontier, which were due at `due`."""
    timeline = governing.timeline
    return Increments(
        motion_id=motion.pk,
        epoch=motion.epoch,
        revision=motion.revision,
        first=first,
        last=motion.step,
        text=encode_increments(
            epoch=motion.epoch,
            revision=motion.revision,
            first_step=first,
            increments=timeline.increments(first, motion.step).tolist(),
            position=timeline.position(motion.step),
        ),
        due=due,
    )
