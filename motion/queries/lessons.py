"""The lesson of a motion, and the questions of its scenes."""

from ..core.lesson_parser import read_lesson
from ..core.lessons import Lesson, make_question, make_view
from ..core.questions import Draft
from ..models import Lesson as LessonRow
from ..models import Motion
from .questions import find_question


def load_lesson(motion_id: int) -> Lesson | None:
    """The lesson that a motion follows, or None."""
    row = LessonRow.objects.filter(motion=motion_id).first()
    return read_lesson(row.content) if row else None


def describe_scene(motion: Motion) -> dict[str, object]:
    """Where a motion is in its lesson, as the manager's page gets it; `lesson` is None without one.

    The `question` has the `number` and the `state` of the newest question that is like it, or None
    and "" if that was removed.
    """
    lesson = load_lesson(motion.pk)
    if lesson is None or not 1 <= motion.scene <= len(lesson.scenes):  # removed between the queries
        return {"lesson": None, "scene": 0, "scenes": 0}
    scene = lesson.scenes[motion.scene - 1]
    return {
        "lesson": lesson.title,
        "scene": motion.scene,
        "scenes": len(lesson.scenes),
        "titles": [each.title for each in lesson.scenes],
        "title": scene.title,
        "notes": scene.notes,
        "view": make_view(scene.view) if scene.view else None,
        "question": _describe_question(motion.pk, scene.question) if scene.question else None,
    }


def _describe_question(motion_id: int, draft: Draft) -> dict[str, object]:
    found = find_question(motion_id, draft)
    number, state = (found.number, found.state) if found else (None, "")
    return {**make_question(draft), "number": number, "state": state}
