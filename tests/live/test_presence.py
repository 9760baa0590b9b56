"""Viewers: counted once, sent seldom, and gone when their server is gone."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from motion.live import presence
from motion.live.presence import MotionPresence, Viewers
from motion.models import Presence, make_person_id
from tests.support.factories import make_motion

ADA, BEN = Viewers({1: "ada"}), Viewers({2: "Ben"})


def make_crowd(people: int) -> Viewers:
    return Viewers({}, frozenset(map(str, range(people))))


def decode_viewers(frame: str | None) -> tuple[int, list[str]] | None:
    if frame is None:
        return None
    fields = json.loads(frame)
    return fields["count"], fields["names"]


# --- counting --------------------------------------------------------------------------------


def test_unite_counts_each_person_and_browser_once() -> None:
    here = Viewers({1: "ada", 2: "Ben"}, frozenset({"x", "y"}))
    there = Viewers({1: "ada"}, frozenset({"y", "z"}))

    assert presence.unite([here, there, here]).count == 5


def test_viewers_frame_has_thirty_sorted_names() -> None:
    many = Viewers({number: f"{'bA'[number % 2]}{number:02}" for number in range(40)})

    count, names = decode_viewers(many.encode(1)) or (0, [])

    assert (count, len(names)) == (40, 30)
    assert names[:2] == ["A01", "A03"]


def test_viewers_frame_has_different_ids_for_equal_names() -> None:
    frame = json.loads(Viewers({1: "ann@…", 2: "ann@…"}).encode(7))

    assert frame["names"] == ["ann@…", "ann@…"]
    assert frame["ids"] == [make_person_id(7, 1), make_person_id(7, 2)]


def test_viewers_frame_has_the_seats_of_those_who_watch() -> None:
    viewers = Viewers({1: "Mia", 2: "Jun", 3: "ada"}, frozenset("x"))

    frame = json.loads(viewers.encode(7, {1: 8, 2: 7, 4: 9}))

    assert (frame["seats"], frame["names"]) == ([[7, "Jun"], [8, "Mia"]], ["ada", "Jun", "Mia"])


def test_viewers_frame_has_at_most_500_seats() -> None:
    viewers = Viewers(dict.fromkeys(range(600), "x"))

    frame = json.loads(viewers.encode(7, {n: n + 1 for n in range(600)}))

    assert [number for number, _ in frame["seats"]] == list(range(1, 501))


def test_frame_is_sent_again_when_the_seats_changed() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)
    state.take_frame(100.0)

    seats = {1: 8}

    frames = [state.take_frame(moment, seats) for moment in (100.1, 102.0, 104.0)]

    assert [frame is not None for frame in frames] == [False, True, False]


def test_hash_cookie_is_short_and_stable() -> None:
    key = presence.hash_cookie("secret cookie")

    assert key == presence.hash_cookie("secret cookie") != presence.hash_cookie("another")
    assert len(key) == 12


# --- one process -----------------------------------------------------------------------------


def test_newcomer_is_written_and_sent_at_once() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)

    assert state.take_row(100.0) == ADA
    assert decode_viewers(state.take_frame(100.0)) == (1, ["ada"])
    state.set_written(ADA)
    assert state.is_settled


def test_take_row_repeats_a_row_that_was_not_written() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)
    state.take_row(100.0)

    assert not state.is_settled
    assert state.take_row(101.0) == ADA


def test_unchanged_viewers_are_not_written_or_sent_again() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)
    state.set_written(ADA)
    state.take_frame(100.0)

    state.set_here(ADA)

    assert (state.take_row(200.0), state.take_frame(200.0)) == (None, None)


def test_frame_counts_viewers_of_other_processes() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)
    state.set_elsewhere({"other": (1, ADA | BEN)})

    assert decode_viewers(state.take_frame(100.0)) == (2, ["ada", "Ben"])


def test_compare_marks_stale_when_a_row_differs() -> None:
    state = MotionPresence(1)
    state.is_stale = False
    state.set_elsewhere({"other": (1, ADA)})

    state.compare({"other": 1})
    as_before = state.is_stale
    state.compare({})

    assert (as_before, state.is_stale) == (False, True)


def test_forgotten_row_is_written_again() -> None:
    state = MotionPresence(1)
    state.set_here(ADA)
    state.set_written(ADA)

    state.forget_written()

    assert not state.is_settled
    assert state.take_row(101.0) == ADA


@pytest.mark.parametrize(("people", "pause_s"), [(200, 1.0), (202, 5.0), (10_000, 5.0)])
def test_writes_and_frames_keep_their_pause(people: int, pause_s: float) -> None:
    """Somebody comes every 10 ms for 20 s."""
    state = MotionPresence(1)
    state.set_elsewhere({"other": (1, make_crowd(people))})
    others = [{"other": (1, make_crowd(people - 1 - gone))} for gone in (0, 1)]
    written, sent = [], []
    for tick in range(2_000):
        moment = 100.0 + tick / 100
        state.set_here(Viewers({tick % 2: "somebody"}))
        if (audience := state.take_row(moment)) is not None:
            state.set_written(audience)
            written.append(moment)
        state.set_elsewhere(others[tick % 2])
        if state.take_frame(moment) is not None:
            sent.append(moment)

    for moments in (written, sent):
        assert len(moments) <= 20 / pause_s + 1
        assert all(later - earlier >= pause_s - 1e-6 for earlier, later in pairwise(moments))


# --- rows ------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_read_rows_returns_what_was_written() -> None:
    motion, quiet = make_motion(), make_motion()
    both = Viewers({1: "ada"}, frozenset({"x"}))
    presence.write_rows("one", {motion.pk: both, quiet.pk: Viewers()})
    presence.write_rows("two", {motion.pk: BEN})

    rows = presence.read_rows([motion.pk, quiet.pk], except_process="one")

    assert {pk: {name: who for name, (_, who) in row.items()} for pk, row in rows.items()} == {
        motion.pk: {"two": BEN}
    }
    assert presence.read_viewers([motion.pk, quiet.pk]) == {
        motion.pk: both | BEN,
        quiet.pk: Viewers(),
    }


@pytest.mark.django_db
def test_write_rows_gives_each_row_a_new_version() -> None:
    motion = make_motion()
    found = []
    for audience in (ADA, BEN, ADA):
        presence.write_rows("one", {motion.pk: audience})
        found.append(presence.read_versions([motion.pk])[motion.pk]["one"])

    assert found == sorted(set(found))


@pytest.mark.django_db
def test_renew_rows_deletes_rows_of_dead_processes(settings: Any) -> None:
    motion = make_motion()
    settings.MOTION_PRESENCE_LASTS_S = -1.0  # its time is over already
    presence.write_rows("dead", {motion.pk: ADA})
    settings.MOTION_PRESENCE_LASTS_S = 45.0
    presence.write_rows("alive", {motion.pk: BEN})

    seen = presence.read_viewers([motion.pk])
    seen_anywhere = presence.read_all_viewers()
    renewed = presence.renew_rows("alive")

    assert (seen, seen_anywhere, renewed) == ({motion.pk: BEN}, (BEN, 1), 1)
    assert list(Presence.objects.values_list("process", flat=True)) == ["alive"]


@pytest.mark.django_db
def test_renew_rows_revives_an_expired_row_of_its_process(settings: Any) -> None:
    motion = make_motion()
    settings.MOTION_PRESENCE_LASTS_S = -1.0  # as after a laptop's sleep
    presence.write_rows("alive", {motion.pk: ADA})
    settings.MOTION_PRESENCE_LASTS_S = 45.0
    expired = presence.read_viewers([motion.pk])

    renewed = presence.renew_rows("alive")

    assert (expired, renewed) == ({motion.pk: Viewers()}, 1)
    assert presence.read_viewers([motion.pk]) == {motion.pk: ADA}


@pytest.mark.django_db
def test_write_rows_ignores_a_deleted_motion() -> None:
    presence.write_rows("one", {0: ADA})

    assert not Presence.objects.exists()


@pytest.mark.django_db
def test_presence_takes_the_same_queries_for_any_number() -> None:
    def queries(audiences: dict[int, Viewers]) -> int:
        with CaptureQueriesContext(connection) as captured:
            presence.write_rows("one", audiences)
            presence.read_versions(audiences)
            presence.read_viewers(audiences)
        return len(captured)

    few = queries({make_motion().pk: ADA})
    many = queries({make_motion().pk: make_crowd(2_000) for _ in range(20)})

    assert many == few
