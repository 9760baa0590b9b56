"""Lessons: started, gone through, extended and removed; each at once or not at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from motion.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidValueError,
    LessonError,
    NoLessonError,
    TooManyMotionsError,
)
from motion.core.lesson_parser import NOTES_LENGTH, SCENES
from motion.core.lessons import Lesson, Scene, Settings, View
from motion.models import Epoch, Membership, Motion, Question
from motion.models import Lesson as LessonRow
from motion.queries.lessons import load_lesson
from motion.services import lessons, motions, questions
from tests.support.asking import CHOICE, NUMBER, WHERE, ask, join
from tests.support.factories import reload

pytestmark = pytest.mark.django_db

LESSON = Lesson(
    title="Twice as far",
    settings=Settings(variance=1.0, interval=0.25, ensemble=40),
    scenes=(
        Scene(title="First", notes="Hello.", question=CHOICE, paused=True),
        Scene(title="Second", settings=Settings(variance=4.0), paused=False),
        Scene(
            title="Third",
            settings=Settings(variance=9.0, ensemble=100),
            restart=True,
            paused=True,
            question=WHERE,
        ),
        Scene(title="Fourth"),
    ),
)


@pytest.fixture
def lesson_motion(ada: Any) -> Motion:
    return lessons.create_motion_with_lesson(ada, LESSON)


def read_questions(motion: Motion) -> list[tuple[int, str, str]]:
    rows = Question.objects.filter(motion=motion).order_by("number")
    return list(rows.values_list("number", "text", "state"))


def move_frontier(motion: Motion, step: int) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=step)


# --- starting ----------------------------------------------------------------------------------


def test_create_motion_with_lesson_waits_in_the_first_scene(lesson_motion: Motion, ada: Any):
    motion = lesson_motion

    assert (motion.title, motion.visibility, motion.control) == (
        "Twice as far",
        "unlisted",
        "controllers",
    )
    assert (motion.variance, motion.interval, motion.paused, motion.step) == (1.0, 0.25, True, 0)
    assert (motion.scene, motion.scenes) == (1, 4)
    assert Epoch.objects.get(motion=motion).paths == 40
    assert Membership.objects.get(motion=motion).user == ada
    assert load_lesson(motion.pk) == LESSON
    assert read_questions(motion) == [(1, CHOICE.text, "prepared")]


def test_create_motion_with_lesson_begins_with_the_settings_of_its_first_scene(ada: Any):
    first = Scene(title="First", settings=Settings(variance=4.0), paused=False)

    motion = lessons.create_motion_with_lesson(
        ada, Lesson(title="L", settings=Settings(variance=2.0, drift=1.0), scenes=(first,))
    )

    assert (motion.variance, motion.drift, motion.ensemble) == (4.0, 1.0, 0)
    assert motion.paused


def test_create_motion_with_lesson_makes_one_motion_of_two_clicks(ada: Any):
    key = motions.make_key()

    first = lessons.create_motion_with_lesson(ada, LESSON, key=key)
    lessons.go_to_scene(first.pk, 2, by=ada)
    second = lessons.create_motion_with_lesson(ada, LESSON, key=key)

    assert (second.pk, second.scene) == (first.pk, 2)


def test_create_motion_with_lesson_leaves_nothing_behind_when_it_fails(ada: Any, settings: Any):
    settings.MOTION_LIMIT_PER_PERSON = 0

    with pytest.raises(TooManyMotionsError):
        lessons.create_motion_with_lesson(ada, LESSON)
    assert not Motion.objects.exists()
    assert not LessonRow.objects.exists()


@pytest.mark.parametrize("lesson", lessons.load_ready_lessons().values())
def test_ready_lesson_goes_through_all_its_scenes(ada: Any, lesson: Lesson):
    motion = lessons.create_motion_with_lesson(ada, lesson)

    for number, scene in enumerate(lesson.scenes[1:], start=2):
        lessons.go_to_scene(motion.pk, number, by=ada)
        now = reload(motion)
        assert now.scene == number
        assert scene.paused is None or now.paused == scene.paused
    asked = [scene.question.text for scene in lesson.scenes if scene.question]
    assert [text for _, text, _ in read_questions(motion)] == asked


# --- going through -----------------------------------------------------------------------------


def test_go_to_scene_sets_what_the_scene_sets(lesson_motion: Motion, ada: Any):
    move_frontier(lesson_motion, 50)

    lessons.go_to_scene(lesson_motion.pk, 2, by=ada)

    motion = reload(lesson_motion)
    assert (motion.scene, motion.variance, motion.paused) == (2, 4.0, False)
    assert (motion.epoch, motion.step) == (lesson_motion.epoch, 50)
    assert motion.access_version > lesson_motion.access_version


def test_go_to_scene_restarts_with_its_settings_and_ensemble(lesson_motion: Motion, ada: Any):
    move_frontier(lesson_motion, 50)
    lessons.go_to_scene(lesson_motion.pk, 2, by=ada)

    lessons.go_to_scene(lesson_motion.pk, 3, by=ada)

    motion = reload(lesson_motion)
    epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
    assert (motion.variance, motion.paused, motion.step) == (9.0, True, 0)
    assert (epoch.ordinal, epoch.paths) == (2, 100)
    assert motion.changes.filter(epoch=epoch).get().variance == 9.0
    assert read_questions(motion)[1] == (2, WHERE.text, "prepared")


def test_go_to_scene_does_nothing_in_the_same_scene(lesson_motion: Motion, ada: Any):
    lessons.go_to_scene(lesson_motion.pk, 3, by=ada)
    before = reload(lesson_motion)

    lessons.go_to_scene(lesson_motion.pk, 3, by=ada)

    after = reload(lesson_motion)
    assert (after.epoch, after.revision, after.access_version) == (
        before.epoch,
        before.revision,
        before.access_version,
    )


def test_go_to_scene_backwards_restores_settings_and_restarts_nothing(
    lesson_motion: Motion, ada: Any
):
    lessons.go_to_scene(lesson_motion.pk, 4, by=ada)
    epoch = reload(lesson_motion).epoch
    motions.change_motion(lesson_motion.pk, by=ada, values={"interval": 2.0})
    move_frontier(lesson_motion, 20)

    lessons.go_to_scene(lesson_motion.pk, 1, by=ada)

    motion = reload(lesson_motion)
    assert (motion.epoch, motion.step) == (epoch, 20)
    assert (motion.variance, motion.interval, motion.ensemble) == (1.0, 2.0, 40)
    assert motion.paused


def test_go_to_scene_backwards_undoes_what_nothing_before_has_set(motion: Motion, ada: Any):
    drifts = Scene(title="Drift", settings=Settings(drift=0.5))
    lessons.set_lesson(motion.pk, Lesson(title="L", scenes=(Scene(title="A"), drifts)), by=ada)

    lessons.go_to_scene(motion.pk, 2, by=ada)
    assert reload(motion).drift == 0.5
    lessons.go_to_scene(motion.pk, 1, by=ada)

    assert reload(motion).drift == 0.0


@pytest.mark.parametrize(
    "make", [lambda pk: lessons.make_lesson(pk), lambda pk: lessons.add_scene(pk, title="Mine")]
)
def test_lesson_of_a_motion_with_an_old_title_has_the_one_that_pages_show(
    motion: Motion, make: Callable[[int], object]
):
    Motion.objects.filter(pk=motion.pk).update(title="\u200b")

    make(motion.pk)

    lesson = load_lesson(motion.pk)
    assert lesson is not None
    assert lesson.title == "Untitled"


def test_go_to_scene_keeps_what_the_owner_has_set(lesson_motion: Motion, ada: Any):
    motions.change_motion(lesson_motion.pk, by=ada, values={"interval": 2.0})

    lessons.go_to_scene(lesson_motion.pk, 2, by=ada)

    assert reload(lesson_motion).interval == 2.0


def test_go_to_scene_prepares_a_question_once(lesson_motion: Motion, ada: Any):
    questions.open_question(lesson_motion.pk, 1, by=ada)
    for number in (2, 1, 2, 1):
        lessons.go_to_scene(lesson_motion.pk, number, by=ada)

    assert read_questions(lesson_motion) == [(1, CHOICE.text, "closed")]


def test_go_to_scene_closes_the_open_question_when_it_goes_ahead(lesson_motion: Motion, ada: Any):
    questions.open_question(lesson_motion.pk, 1, by=ada)

    lessons.go_to_scene(lesson_motion.pk, 2, by=ada)

    assert read_questions(lesson_motion) == [(1, CHOICE.text, "closed")]
    assert reload(lesson_motion).question == 1


def test_go_to_scene_leaves_the_question_open_when_it_goes_back(lesson_motion: Motion, ada: Any):
    lessons.go_to_scene(lesson_motion.pk, 2, by=ada)
    questions.open_question(lesson_motion.pk, 1, by=ada)

    lessons.go_to_scene(lesson_motion.pk, 1, by=ada)

    assert read_questions(lesson_motion) == [(1, CHOICE.text, "open")]


@pytest.mark.parametrize("number", [0, 5, -1])
def test_go_to_scene_refuses_a_scene_that_is_not_there(
    lesson_motion: Motion, ada: Any, number: int
):
    with pytest.raises(InvalidValueError, match="The scene must be a whole number from 1 to 4"):
        lessons.go_to_scene(lesson_motion.pk, number, by=ada)
    assert reload(lesson_motion).scene == 1


def test_go_to_scene_refuses_a_motion_without_a_lesson(motion: Motion, ada: Any):
    with pytest.raises(NoLessonError):
        lessons.go_to_scene(motion.pk, 1, by=ada)


@pytest.mark.parametrize(
    "act",
    [
        lambda motion, by: lessons.go_to_scene(motion.pk, 2, by=by),
        lambda motion, by: lessons.set_lesson(motion.pk, LESSON, by=by),
        lambda motion, by: lessons.add_scene(motion.pk, title="Mine", by=by),
        lambda motion, by: lessons.remove_scene(motion.pk, 1, of=1, by=by),
        lambda motion, by: lessons.remove_lesson(motion.pk, by=by),
        lambda motion, by: lessons.make_lesson(motion.pk, by=by),
    ],
)
@pytest.mark.parametrize("who", ["ben", "guest", "controller"])
def test_lesson_is_changed_by_managers_only(
    lesson_motion: Motion, ada: Any, ben: Any, act: Any, who: str
):
    by = join(lesson_motion, "Mia") if who == "guest" else ben
    if who == "controller":
        Membership.objects.create(motion=lesson_motion, user=ben, role="controller")

    with pytest.raises(ForbiddenError):
        act(lesson_motion, by)
    assert reload(lesson_motion).scene == 1
    assert load_lesson(lesson_motion.pk) == LESSON


# --- changing it -------------------------------------------------------------------------------


def test_set_lesson_leaves_the_motion_as_it_moves(motion: Motion, ada: Any):
    move_frontier(motion, 50)

    lessons.set_lesson(motion.pk, LESSON, by=ada)

    now = reload(motion)
    assert (now.scene, now.scenes, now.step, now.revision) == (1, 4, 50, motion.revision)
    assert (now.paused, now.ensemble) == (False, 0)
    assert read_questions(motion) == [(1, CHOICE.text, "prepared")]


def test_set_lesson_stays_in_its_scene_when_it_is_replaced(lesson_motion: Motion, ada: Any):
    lessons.go_to_scene(lesson_motion.pk, 4, by=ada)
    shorter = Lesson(title="Shorter", scenes=LESSON.scenes[:2])

    lessons.set_lesson(lesson_motion.pk, shorter, by=ada)

    motion = reload(lesson_motion)
    assert (motion.scene, motion.scenes, motion.title) == (2, 2, "Twice as far")


def test_add_scene_takes_settings_and_the_shown_question(lesson_motion: Motion, ada: Any):
    motions.change_motion(lesson_motion.pk, by=ada, values={"variance": 2.5, "paused": False})
    ask(lesson_motion, NUMBER)
    view = View(mode="whole", panels=())

    number = lessons.add_scene(lesson_motion.pk, title="Mine", notes="Say.", view=view, by=ada)

    lesson = load_lesson(lesson_motion.pk)
    assert lesson is not None
    assert [scene.title for scene in lesson.scenes[:3]] == ["First", "Mine", "Second"]
    assert lesson.scenes[number - 1] == Scene(
        title="Mine",
        notes="Say.",
        settings=Settings(variance=2.5, drift=0.0, interval=0.25),
        paused=False,
        view=view,
        question=NUMBER,
    )
    motion = reload(lesson_motion)
    assert (motion.scene, motion.scenes) == (2, 5)


def test_add_scene_makes_a_lesson_of_a_motion_without_one(motion: Motion, ada: Any):
    assert lessons.add_scene(motion.pk, title="Mine", by=ada) == 1

    lesson = load_lesson(motion.pk)
    assert lesson is not None
    assert (lesson.title, len(lesson.scenes)) == (motion.title, 1)


def test_add_scene_refuses_one_too_many(motion: Motion, ada: Any):
    full = Lesson(title="Full", scenes=(Scene(title="S"),) * SCENES)
    lessons.set_lesson(motion.pk, full, by=ada)

    with pytest.raises(InvalidValueError, match="at most 30"):
        lessons.add_scene(motion.pk, title="One more", by=ada)
    assert reload(motion).scenes == SCENES


def test_add_scene_refuses_what_could_not_be_imported_again(motion: Motion, ada: Any):
    notes = "😀" * NOTES_LENGTH
    large = Lesson(title="Large", scenes=(Scene(title="S", notes=notes),) * 8)
    lessons.set_lesson(motion.pk, large, by=ada)

    with pytest.raises(LessonError, match="at most 64 KiB"):
        lessons.add_scene(motion.pk, title="One more", notes=notes, by=ada)
    with pytest.raises(LessonError, match="title: must be text"):
        lessons.add_scene(motion.pk, title=" ", by=ada)
    assert load_lesson(motion.pk) == large


@pytest.mark.parametrize(
    ("at", "removed", "then"), [(3, 1, 2), (3, 3, 3), (4, 4, 3), (1, 1, 1), (1, 4, 1)]
)
def test_remove_scene_stays_where_the_lesson_is(
    lesson_motion: Motion, ada: Any, at: int, removed: int, then: int
):
    lessons.go_to_scene(lesson_motion.pk, at, by=ada)

    lessons.remove_scene(lesson_motion.pk, removed, of=4, by=ada)

    motion = reload(lesson_motion)
    assert (motion.scene, motion.scenes) == (then, 3)


def test_remove_scene_removes_one_scene_when_two_windows_ask_for_it(
    lesson_motion: Motion, ada: Any
):
    lessons.remove_scene(lesson_motion.pk, 2, of=4, by=ada)

    with pytest.raises(ConflictError):
        lessons.remove_scene(lesson_motion.pk, 2, of=4, by=ada)
    assert reload(lesson_motion).scenes == 3


def test_remove_scene_removes_the_lesson_with_its_last_scene(motion: Motion, ada: Any):
    lessons.add_scene(motion.pk, title="Mine", by=ada)

    lessons.remove_scene(motion.pk, 1, of=1, by=ada)

    assert load_lesson(motion.pk) is None
    assert (reload(motion).scene, reload(motion).scenes) == (0, 0)


def test_remove_lesson_keeps_questions(lesson_motion: Motion, ada: Any):
    lessons.remove_lesson(lesson_motion.pk, by=ada)

    motion = reload(lesson_motion)
    assert (motion.scene, motion.scenes) == (0, 0)
    assert not LessonRow.objects.exists()
    assert read_questions(motion) == [(1, CHOICE.text, "prepared")]


def test_make_lesson_takes_settings_and_each_question_once(motion: Motion, ada: Any):
    motions.change_motion(motion.pk, by=ada, values={"variance": 4.0})
    motions.update_description(motion.pk, ensemble=30)
    questions.prepare_question(motion.pk, WHERE)
    number = ask(motion, CHOICE)
    questions.reveal_question(motion.pk, number)
    questions.ask_again(motion.pk, number)

    lessons.make_lesson(motion.pk, by=ada)

    lesson = load_lesson(motion.pk)
    assert lesson is not None
    assert lesson.settings == Settings(variance=4.0, drift=0.0, interval=0.5, ensemble=30)
    assert [(scene.title, scene.question, scene.paused) for scene in lesson.scenes] == [
        ("Question 1", WHERE, True),
        ("Question 2", CHOICE, None),
    ]
    assert reload(motion).scene == 1


def test_make_lesson_of_a_motion_without_questions_has_one_scene(motion: Motion, ada: Any):
    lessons.make_lesson(motion.pk, by=ada)

    lesson = load_lesson(motion.pk)
    assert lesson is not None
    assert lesson.scenes == (Scene(title="Scene 1"),)
