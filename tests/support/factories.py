"""Things in the database, made the way the program makes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.signals import post_init

from motion.core.ensemble import Ensemble, encode_offsets, make_first_regime
from motion.core.timeline import Timeline
from motion.models import Change, Epoch, Membership, Motion
from motion.queries.snapshots import Snapshot, read_snapshot
from motion.services import members, motions

_numbers = count(1)


def make_motion(*, step: int = 0, seed: int | None = None, **values: Any) -> Motion:
    """A motion whose frontier is at `step`; parameters and description by name."""
    description = {name: values.pop(name) for name in motions.DESCRIPTION & values.keys()}
    description.setdefault("slug", f"motion-{next(_numbers)}")
    description.setdefault("title", "A motion")
    motion = motions.create_motion(**description, parameters=values)
    if seed is not None:
        Epoch.objects.filter(motion=motion).update(seed=seed)
    Motion.objects.filter(pk=motion.pk).update(step=step)
    motion.refresh_from_db()
    return motion


def reload(motion: Motion) -> Motion:
    """The motion as the database has it now."""
    return Motion.objects.get(pk=motion.pk)


def make_own_motion(owner: Any, **values: Any) -> Motion:
    """A motion that belongs to `owner`, with what `make_motion` takes."""
    motion = make_motion(**values)
    members.transfer_ownership(motion.pk, owner, is_new=True)
    motion.refresh_from_db()
    return motion


def take_snapshot(motion: Motion, known: Snapshot | None = None) -> Snapshot:
    snapshot = read_snapshot(motion.pk, known)
    assert snapshot is not None
    return snapshot


def change_often(motion: Motion, steps: Sequence[int]) -> Epoch:
    """Give a new motion a change at each of `steps`, in rows as the program appends them.

    But for their positions, which are 0.
    """
    epoch = Epoch.objects.get(motion=motion)
    path = Timeline(epoch.seed, (Change.objects.get(motion=motion).regime,))
    rows = [
        Change(
            motion=motion,
            epoch=epoch,
            revision=revision,
            step=step,
            position=0.0,
            standard=path.standard(step),
            variance=float(1 + revision % 7),
            drift=float(revision % 5 - 2),
        )
        for revision, step in enumerate(steps, start=2)
    ]
    Change.objects.bulk_create(rows)
    Motion.objects.filter(pk=motion.pk).update(revision=len(rows) + 1)
    return epoch


def give_ensemble(motion: Motion, paths: int) -> Ensemble:
    """Give the running epoch of a motion an ensemble, as if it had begun with it.

    Returns:
        The whole ensemble, with all regimes.
    """
    epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
    Epoch.objects.filter(pk=epoch.pk).update(paths=paths)
    regimes = []
    for change in epoch.changes.order_by("revision"):
        law = {"variance": change.variance, "drift": change.drift}
        if regimes:
            before = Ensemble(epoch.seed, paths, (regimes[-1],))
            regimes.append(before.next_regime(change.step, **law))
        else:
            regimes.append(make_first_regime(paths, **law))
        data = encode_offsets(regimes[-1].offsets)
        Change.objects.filter(pk=change.pk).update(offsets=data)
    return Ensemble(epoch.seed, paths, tuple(regimes))


def change_very_often(motion: Motion, changes: int, *, a_step: int) -> None:
    """Give a new motion so many changes, `a_step` of them at each step, within a second.

    Their positions are made up, so that it shows which of them governs a step.
    """
    columns = "motion_id, epoch_id, revision, step, position, standard, variance, drift"
    epoch = Epoch.objects.get(motion=motion)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO motion_change ({columns}, interval, paused, at)"
            " WITH RECURSIVE n (r) AS (SELECT 2 UNION ALL SELECT r + 1 FROM n WHERE r <= %s)"
            " SELECT %s, %s, r, (r - 2) / %s, r %% 1009, 0, 1 + r %% 7, 0, 0.5, %s, %s FROM n",
            [changes, motion.pk, epoch.pk, a_step, False, epoch.began_at],
        )
    Motion.objects.filter(pk=motion.pk).update(revision=changes + 1, step=changes // a_step)
    motion.refresh_from_db()


def make_user(username: str, **values: Any) -> Any:
    return get_user_model().objects.create_user(username=username, password="secret", **values)


@contextmanager
def rows_made(model: Any) -> Iterator[list[Any]]:
    """The instances of `model` that are made meanwhile."""
    rows: list[Any] = []

    def note(instance: Any, **signal: Any) -> None:
        rows.append(instance)

    post_init.connect(note, sender=model)
    try:
        yield rows
    finally:
        post_init.disconnect(note, sender=model)


def read_roles(motion: Motion) -> dict[str, str]:
    rows = Membership.objects.filter(motion=motion)
    return dict(rows.values_list("user__username", "role"))
