"""The list of a motion's paths, as the page asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from motion.models import Epoch, Motion
from motion.services import motions
from motion.views import path
from tests.support.factories import make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db


def get(motion: Motion, **headers: str) -> Any:
    return Client().get(f"/motions/{motion.slug}/epochs.json", headers=headers)


def make_restarted_motion(*last_steps: int) -> Motion:
    """A motion whose epochs ended at `last_steps`, its current one at step 7."""
    motion = make_motion(seed=8_131_415_926_535_897)
    for step in last_steps:
        Motion.objects.filter(pk=motion.pk).update(step=step)
        motions.restart_motion(motion.pk, by=None)
    Motion.objects.filter(pk=motion.pk).update(step=7)
    motion.refresh_from_db()
    return motion


def read_epochs(motion: Motion) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = get(motion).json()["epochs"]
    return found


def test_epochs_are_listed_newest_first() -> None:
    motion = make_restarted_motion(900, 1)

    newest, *earlier = read_epochs(motion)

    rows = list(Epoch.objects.filter(motion=motion).order_by("-number"))
    assert newest == {
        "epoch": motion.epoch,
        "ordinal": 3,
        "began_at": rows[0].began_at.isoformat(timespec="milliseconds"),
        "ended_at": None,
        "last_step": 7,
        "paths": 0,
    }
    assert [(epoch["ordinal"], epoch["last_step"]) for epoch in earlier] == [(2, 1), (1, 900)]
    assert [epoch["epoch"] for epoch in earlier] == [row.number for row in rows[1:]]
    assert earlier[0]["ended_at"] == rows[1].ended_at.isoformat(timespec="milliseconds")


def test_epochs_are_of_one_motion_without_seeds_and_people() -> None:
    motion = make_restarted_motion(5)
    make_restarted_motion(6)

    body = get(motion).content.decode()

    assert len(read_epochs(motion)) == 2
    assert not any(str(seed) in body for seed in Epoch.objects.values_list("seed", flat=True))
    newest = read_epochs(motion)[0]
    assert newest.keys() == {
        "epoch",
        "ordinal",
        "began_at",
        "ended_at",
        "last_step",
        "paths",
    }


def test_epochs_are_limited(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(path, "MAX_SENT_EPOCHS", 2)
    motion = make_restarted_motion(1, 2, 3)

    with django_assert_num_queries(2):
        found = read_epochs(motion)

    assert [epoch["ordinal"] for epoch in found] == [4, 3]


def test_epochs_are_revalidated_and_sent_only_when_they_differ() -> None:
    motion = make_restarted_motion(5)
    first = get(motion)

    same = get(motion, **{"If-None-Match": first["ETag"]})
    motions.restart_motion(motion.pk)
    other = get(motion, **{"If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == same["Cache-Control"] == "private, no-cache"
    assert (same.status_code, other.status_code) == (304, 200)


def test_epochs_of_a_private_motion_are_hidden_from_visitors() -> None:
    owner = make_user("owner")
    motion = make_own_motion(owner, visibility="private")
    client = Client()
    client.force_login(owner)

    assert get(motion).status_code == 404
    assert client.get(f"/motions/{motion.slug}/epochs.json").status_code == 200
