"""Descriptions of events and settings."""

from __future__ import annotations

from typing import Any

import pytest

from motion.core.parameters import Parameters
from motion.models import Change, Motion
from motion.protocol.messages import ChangeRecord
from motion.queries import changelog
from motion.queries.snapshots import read_snapshot, read_state
from motion.services import motions
from tests.support.factories import change_often, make_motion, make_user


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (Parameters(variance=0.25), "variance 0.25 · 2 steps/s"),
        (Parameters(interval=1), "variance 1 · 1 step/s"),
        (Parameters(drift=-1, interval=3), "variance 1 · drift −1 · 0.333 steps/s"),
        (Parameters(interval=0.02, paused=True), "variance 1 · 50 steps/s · paused"),
        (Parameters(interval=3_600), "variance 1 · 0.000278 steps/s"),
    ],
)
def test_describe_settings_names_what_is_set(parameters: Parameters, words: str) -> None:
    assert changelog.describe_settings(parameters) == words


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Parameters(), Parameters(variance=0.25), "changed the variance 1 → 0.25"),
        (Parameters(), Parameters(interval=2), "changed the interval 0.5 → 2 s"),
        (Parameters(), Parameters(paused=True), "paused it"),
        (
            Parameters(paused=True),
            Parameters(variance=2, drift=1, interval=1),
            "changed the variance 1 → 2, the drift 0 → 1 and the interval 0.5 → 1 s,"
            " and resumed it",
        ),
    ],
)
def test_describe_difference_names_what_changed(
    before: Parameters, after: Parameters, words: str
) -> None:
    assert changelog.describe_difference(before, after) == words


# --- events ----------------------------------------------------------------------------------


def make_change(
    revision: int, step: int, parameters: Parameters, *, event: int | None = None
) -> ChangeRecord:
    return ChangeRecord(
        revision=revision,
        event=event or revision,
        kind="",
        step=step,
        position=0.0,
        parameters=parameters,
        at="",
        by=None,
        text="",
    )


FIRST = make_change(1, 0, Parameters())


def describe_last(*changes: ChangeRecord) -> str:
    return changelog.describe_changes([FIRST, *changes], path=2)[changes[-1].revision]


def test_describe_changes_names_both_values_and_the_step() -> None:
    assert describe_last(make_change(2, 14_162, Parameters(variance=0.25))) == (
        "changed the variance 1 → 0.25 at step 14,162"
    )


@pytest.mark.parametrize(
    ("paused", "action"), [(False, "started it"), (True, "started it, paused")]
)
def test_describe_changes_says_whether_the_beginning_is_paused(paused: bool, action: str) -> None:
    first = make_change(1, 0, Parameters(paused=paused))

    assert changelog.describe_changes([first], path=1) == {1: action}


@pytest.mark.parametrize(
    ("revision", "action"),
    [
        (1, "started it, with 40 paths for the class, paused"),
        (7, "restarted the motion: the 2nd path begins, with 40 paths for the class, paused"),
    ],
)
def test_describe_changes_names_the_paths_of_an_ensemble(revision: int, action: str) -> None:
    first = make_change(revision, 0, Parameters(paused=True))

    described = changelog.describe_changes([first], path=2, ensemble=40)

    assert described == {revision: action}


def test_describe_changes_joins_a_drag_from_first_to_last_value() -> None:
    drag = [
        make_change(at, 38 + at, Parameters(variance=1 + at / 10), event=2) for at in range(2, 6)
    ]

    assert describe_last(*drag) == "dragged the variance 1 → 1.5 at steps 40 to 43"
    assert describe_last(drag[0]) == "changed the variance 1 → 1.2 at step 40"


@pytest.mark.parametrize(
    ("values", "way"),
    [
        ([0.5, 2, 1.5], "1 → 1.5, between 0.5 and 2 on the way, at step 7"),
        ([2, 1], "1 → 1, between 1 and 2 on the way, at step 7"),
        ([1.1, 1.5], "1 → 1.5 at step 7"),
    ],
)
def test_describe_changes_names_extremes_beyond_the_ends_of_a_drag(
    values: list[float], way: str
) -> None:
    drag = [
        make_change(at, 7, Parameters(variance=one), event=2) for at, one in enumerate(values, 2)
    ]

    assert describe_last(*drag) == f"dragged the variance {way}"


def test_describe_changes_separates_different_events() -> None:
    changes = [
        make_change(2, 7, Parameters(variance=1_000)),
        make_change(3, 7, Parameters(variance=1.5)),
    ]

    assert [describe_last(*changes[:at]) for at in (1, 2)] == [
        "changed the variance 1 → 1,000 at step 7",
        "changed the variance 1,000 → 1.5 at step 7",
    ]


@pytest.mark.parametrize(
    ("action", "by", "text", "nameless"),
    [
        ("started it", None, "Started", "Started"),
        ("started it", "Ada", "Started by Ada", "Started"),
        ("started it, paused", "Ada", "Started by Ada, paused", "Started, paused"),
        (
            "started it, with 1 path for the class",
            "Ada",
            "Started by Ada, with 1 path for the class",
            "Started, with 1 path for the class",
        ),
        ("paused it at step 9", "JM", "JM paused it at step 9", "Paused it at step 9"),
        ("paused it at step 9", None, "Somebody paused it at step 9", "Paused it at step 9"),
        ("paused it", "علی", "\u2068علی\u2069 paused it", "Paused it"),
    ],
)
def test_write_sentence_names_the_person(
    action: str, by: str | None, text: str, nameless: str
) -> None:
    assert (changelog.write_sentence(action, by), changelog.write_nameless_sentence(action)) == (
        text,
        nameless,
    )


@pytest.mark.django_db
def test_event_has_one_sentence_everywhere() -> None:
    jm = make_user("JM")
    motion = make_motion()
    motions.restart_motion(motion.pk)
    Motion.objects.filter(pk=motion.pk).update(step=14_162)
    drag(motion, 0.5, 0.25, by=jm)
    rows = list(Change.objects.filter(motion=motion).order_by("-revision"))

    entries = [(entry.text, entry.path) for entry in changelog.list_events(rows)]
    snapshot = read_snapshot(motion.pk)
    motion.refresh_from_db()
    state = read_state(motion)

    sentence = "JM dragged the variance 1 → 0.25 at step 14,162"
    assert entries == [
        (sentence, 2),
        ("Somebody restarted the motion: the 2nd path begins", 2),
        ("Started", 1),
    ]
    assert snapshot
    assert snapshot.changes[-1].text == sentence
    assert state
    assert state[0].change.text == sentence
    assert changelog.describe_rows(rows)[rows[0].pk] == sentence.removeprefix("JM ")


@pytest.mark.django_db
def test_describe_rows_reads_earlier_changes_and_names_in_one_query(
    django_assert_max_num_queries: Any,
) -> None:
    motion = make_motion()
    for at in range(4):
        motions.record_hand_over(
            motions.lock_motion(motion.pk), Change.Kind.LET, by=None, whom=make_user(f"pupil{at}")
        )
        motions.change_motion(motion.pk, values={"variance": 2 + at})
    rows = list(Change.objects.filter(motion=motion, kind="").select_related("epoch"))

    with django_assert_max_num_queries(1):
        changelog.describe_rows(rows)


@pytest.mark.django_db
def test_list_events_does_not_split_an_event_between_pages() -> None:
    motion = make_motion()
    drag(motion, *range(2, 12))
    rows = list(Change.objects.filter(motion=motion).order_by("-revision"))

    pages = [[entry.text for entry in changelog.list_events(rows[at : at + 4])] for at in (0, 4, 8)]

    assert pages == [["Somebody dragged the variance 1 → 11 at step 0"], [], ["Started"]]


@pytest.mark.django_db
def test_sentence_is_the_same_in_updated_and_truncated_snapshots() -> None:
    motion = make_motion()
    change_often(motion, [0] * 1_100)
    known = read_snapshot(motion.pk)
    drag(motion, 2, 3, 4)

    whole, later = read_snapshot(motion.pk), read_snapshot(motion.pk, known)

    assert known
    assert known.changes[0].revision == 102
    assert known.changes[0].text == (
        "Somebody changed the variance 4 → 5 and the drift −1 → 0 at step 0"
    )
    assert whole == later
    assert whole
    assert whole.changes[-1].text == "Somebody dragged the variance 1 → 4 at step 0"


def drag(motion: Motion, *values: float, by: Any = None) -> None:
    """Change the variance as one socket does with the slider."""
    revision = None
    for value in values:
        change = motions.change_motion(
            motion.pk, by=by, values={"variance": value}, goes_on_from=revision
        )
        revision = change.revision if change else revision
