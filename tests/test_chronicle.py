"""Changes and settings in words."""

from __future__ import annotations

import pytest

from motion import chronicle, control
from motion.core.parameters import Parameters
from motion.models import Change, Motion
from tests.factories import make_motion, make_user


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.25, "0.25"),
        (-0.5, "−0.5"),
        (1e-05, "0.00001"),
        (0.1 + 0.2, "0.3"),
        (10_000.0, "10000"),
    ],
)
def test_numbers_are_written_as_people_do(value: float, text: str) -> None:
    assert chronicle.plain(value) == text


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        (Parameters(variance=0.25), "variance 0.25 · 2 steps/s"),
        (Parameters(drift=-1, interval=3), "variance 1 · drift −1 · 0.333 steps/s"),
        (Parameters(interval=0.02, paused=True), "variance 1 · 50 steps/s · paused"),
        (Parameters(interval=3_600), "variance 1 · 0.000278 steps/s"),
    ],
)
def test_settings_in_words(parameters: Parameters, words: str) -> None:
    assert chronicle.settings_in_words(parameters) == words


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
def test_difference_names_what_changed(before: Parameters, after: Parameters, words: str) -> None:
    assert chronicle.difference(before, after) == words


@pytest.mark.django_db
def test_entries_say_who_did_what_on_all_paths() -> None:
    jm = make_user("JM")
    motion = make_motion()
    control.restart_motion(motion.pk)
    Motion.objects.filter(pk=motion.pk).update(step=14_162)
    control.change_motion(motion.pk, by=jm, values={"variance": 0.25})
    changes = list(Change.objects.filter(motion=motion).order_by("-revision"))

    whole = [str(entry) for entry in chronicle.entries(changes, None)]
    newest = changes[:1]
    page = [
        str(entry) for entry in chronicle.entries(newest, chronicle.change_before(motion, newest))
    ]

    assert whole == [
        "JM changed the variance 1 → 0.25 at step 14,162 of the 2nd path",
        "Somebody restarted it: the 2nd path begins",
        "Somebody created the motion",
    ]
    assert page == whole[:1]
