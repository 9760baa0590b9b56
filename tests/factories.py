"""Things in the database, made the way the program makes them."""

from __future__ import annotations

from itertools import count
from typing import Any

from django.contrib.auth import get_user_model

from motion import control, people
from motion.models import Epoch, Motion

_numbers = count(1)


def make_motion(*, step: int = 0, seed: int | None = None, **values: Any) -> Motion:
    """A motion whose frontier is at `step`; parameters and description by name."""
    description = {name: values.pop(name) for name in control.DESCRIPTION & values.keys()}
    description.setdefault("slug", f"motion-{next(_numbers)}")
    description.setdefault("title", "A motion")
    motion = control.create_motion(**description, parameters=values)
    if seed is not None:
        Epoch.objects.filter(motion=motion).update(seed=seed)
    Motion.objects.filter(pk=motion.pk).update(step=step)
    motion.refresh_from_db()
    return motion


def make_own_motion(owner: Any, **values: Any) -> Motion:
    """A motion that belongs to `owner`, with what `make_motion` takes."""
    motion = make_motion(**values)
    people.transfer_ownership(motion.pk, owner)
    motion.refresh_from_db()
    return motion


def make_user(username: str, **values: Any) -> Any:
    return get_user_model().objects.create_user(username=username, password="secret", **values)
