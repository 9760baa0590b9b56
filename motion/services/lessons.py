"""The lesson that a motion follows: each function is one transaction on the locked motion.

Open pages follow through `Motion.access_version`. `by` is as in members.py.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from ..core.errors import ConflictError, InvalidValueError, NoLessonError
from ..core.lesson_parser import SCENES, parse_lesson
from ..core.lessons import (
    Entry,
    Lesson,
    Scene,
    Settings,
    View,
    make_content,
    plan_entry,
    write_lesson,
)
from ..core.questions import Draft
from ..models import Lesson as LessonRow
from ..models import Motion, Question
from ..queries.lessons import load_lesson
from ..queries.questions import find_question, make_draft
from . import members, motions
from .motions import Actor
from .questions import close_question, prepare_question

READY: Final = Path(__file__).parents[1] / "lessons"


@cache
def load_ready_lessons() -> dict[str, Lesson]:
    """The lessons that come with the program, by name, in their order."""
    files = sorted(READY.glob("*.json"))
    return {path.stem: parse_lesson(path.read_bytes()) for path in files}


@transaction.atomic
def create_motion_with_lesson(owner: User, lesson: Lesson, *, key: str = "") -> Motion:
    """A new motion of `owner` that waits at step 0, in the first scene of `lesson`.

    A form that is sent twice, with one `key`, creates one motion.

    Raises:
        ForbiddenError: `owner` is a guest.
        TooManyMotionsError.
    """
    settings = plan_entry(lesson, 0, 1).settings
    motion = members.create_own_motion(
        owner,
        title=lesson.title,
        key=key,
        parameters={**settings.parameters, "paused": True},
        visibility=Motion.Visibility.UNLISTED,
        control=Motion.Control.CONTROLLERS,
        ensemble=settings.ensemble or 0,
    )
    if not motion.scenes:
        set_lesson(motion.pk, lesson, by=owner)
        motion.refresh_from_db()
    return motion


@transaction.atomic
def set_lesson(motion_id: int, lesson: Lesson, *, by: Actor = None) -> None:
    """Let the motion follow `lesson`, in the scene of the lesson before it or in the first.

    The motion moves as before: the settings of scenes hold when their scene begins.

    Raises:
        ForbiddenError, NoSuchMotionError, TooManyQuestionsError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    _store_lesson(motion, lesson, min(max(motion.scene, 1), len(lesson.scenes)))
    _prepare_question(motion_id, lesson.scenes[motion.scene - 1].question, by)


@transaction.atomic
def go_to_scene(motion_id: int, number: int, *, by: Actor = None) -> None:
    """Set what the scene sets, restart or pause as it says, and prepare its question.

    A later scene may show the answer: the question that is open is closed before it begins. In the
    scene where the motion is, nothing happens: two windows may both go to the next one.

    Raises:
        ForbiddenError, InvalidValueError, NoLessonError, NoSuchMotionError, TooManyQuestionsError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    lesson = _require_lesson(motion)
    _check_number(lesson, number)
    if number == motion.scene:
        return
    if number > motion.scene and motion.question:
        close_question(motion_id, motion.question, by=by)
    entry = plan_entry(lesson, motion.scene, number)
    motion.scene = number
    motion.save(update_fields=["scene"])
    motions.record_access_change(motion)
    _enter_scene(motion_id, entry, by)
    _prepare_question(motion_id, lesson.scenes[number - 1].question, by)


@transaction.atomic
def add_scene(
    motion_id: int, *, title: str, notes: str = "", view: View | None = None, by: Actor = None
) -> int:
    """Add a scene after the present one, and go to it: the motion as it is now.

    It sets the parameters of the motion, and asks the question that everyone sees. Returns its
    number. Without a lesson the motion gets one.

    Raises:
        ForbiddenError, InvalidValueError, NoSuchMotionError.
        LessonError: the lesson would become too large.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    shown = Question.objects.filter(motion=motion, number=motion.question).first()
    scene = Scene(
        title=title,
        notes=notes,
        settings=_read_settings(motion),
        paused=motion.paused,
        view=view,
        question=make_draft(shown) if shown else None,
    )
    lesson = load_lesson(motion_id) or Lesson(title=str(motion), scenes=())
    scenes = (*lesson.scenes[: motion.scene], scene, *lesson.scenes[motion.scene :])
    if len(scenes) > SCENES:
        raise InvalidValueError("number of scenes", f"at most {SCENES}")
    _store_lesson(motion, replace(lesson, scenes=scenes), motion.scene + 1)
    return motion.scene


@transaction.atomic
def remove_scene(motion_id: int, number: int, *, of: int, by: Actor = None) -> None:
    """Remove a scene; the motion stays as it is. Without its last scene it has no lesson.

    Args:
        of: how many scenes the caller has seen; another number means that the numbers of the
            scenes may have changed meanwhile, as in a second window.

    Raises:
        ConflictError: the lesson has another number of scenes.
        ForbiddenError, InvalidValueError, NoLessonError, NoSuchMotionError.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    lesson = _require_lesson(motion)
    _check_number(lesson, number)
    if of != len(lesson.scenes):
        raise ConflictError
    scenes = (*lesson.scenes[: number - 1], *lesson.scenes[number:])
    if scenes:
        kept = motion.scene - (number < motion.scene)
        _store_lesson(motion, replace(lesson, scenes=scenes), min(kept, len(scenes)))
    else:
        _clear_lesson(motion)


@transaction.atomic
def remove_lesson(motion_id: int, *, by: Actor = None) -> None:
    """Let the motion follow no lesson; its questions stay.

    Raises:
        ForbiddenError, NoSuchMotionError.
    """
    _clear_lesson(motions.lock_managed_motion(motion_id, by))


@transaction.atomic
def make_lesson(motion_id: int, *, by: Actor = None) -> None:
    """Make a lesson of the motion: its settings, and a scene for each of its questions.

    Raises:
        ForbiddenError, NoSuchMotionError.
        LessonError: it would be too large.
    """
    motion = motions.lock_managed_motion(motion_id, by)
    drafts = dict.fromkeys(make_draft(row) for row in motion.questions.order_by("number"))
    scenes = [
        Scene(title=f"Question {number}", paused=draft.kind.has_step or None, question=draft)
        for number, draft in enumerate(drafts, start=1)
    ]
    lesson = Lesson(
        title=str(motion),
        settings=replace(_read_settings(motion), ensemble=motion.ensemble),
        scenes=tuple(scenes[:SCENES]) or (Scene(title="Scene 1"),),
    )
    _store_lesson(motion, lesson, 1)


def _require_lesson(motion: Motion) -> Lesson:
    lesson = load_lesson(motion.pk)
    if lesson is None:
        raise NoLessonError
    return lesson


def _check_number(lesson: Lesson, number: int) -> None:
    if not 1 <= number <= len(lesson.scenes):
        raise InvalidValueError("scene", f"a whole number from 1 to {len(lesson.scenes)}")


def _read_settings(motion: Motion) -> Settings:
    return Settings(variance=motion.variance, drift=motion.drift, interval=motion.interval)


def _store_lesson(motion: Motion, lesson: Lesson, scene: int) -> None:
    """Give a locked motion a lesson, checked as if it came from a file."""
    content = make_content(parse_lesson(write_lesson(lesson)))
    LessonRow.objects.update_or_create(motion=motion, defaults={"content": content})
    _set_scene(motion, scene, len(lesson.scenes))


def _clear_lesson(motion: Motion) -> None:
    LessonRow.objects.filter(motion=motion).delete()
    _set_scene(motion, 0, 0)


def _set_scene(motion: Motion, scene: int, scenes: int) -> None:
    motion.scene, motion.scenes = scene, scenes
    motion.save(update_fields=["scene", "scenes"])
    motions.record_access_change(motion)


def _enter_scene(motion_id: int, entry: Entry, by: Actor) -> None:
    """Set, restart and pause the motion, which this transaction has locked."""
    if entry.settings.ensemble is not None:
        motions.update_description(motion_id, by=by, ensemble=entry.settings.ensemble)
    values: dict[str, float | bool] = {**entry.settings.parameters}
    if entry.paused is not None:
        values["paused"] = entry.paused
    if entry.restart:
        motions.restart_motion(motion_id, by=by, under_policy=False, values=values)
    else:
        motions.change_motion(motion_id, by=by, under_policy=False, values=values)


def _prepare_question(motion_id: int, draft: Draft | None, by: Actor) -> None:
    """Prepare the question of a scene, unless the motion has had it before."""
    if draft and find_question(motion_id, draft) is None:
        prepare_question(motion_id, draft, by=by)
