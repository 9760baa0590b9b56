"""The lesson of a motion, and the questions of its scenes."""

from ..core.lessons import Lesson, read_lesson
from ..core.questions import Draft
from ..models import Lesson as LessonRow
from ..models import Question
from .questions import make_draft


def load_lesson(motion_id: int) -> Lesson | None:
    """The lesson that a motion follows, or None."""
    row = LessonRow.objects.filter(motion=motion_id).first()
    return read_lesson(row.content) if row else None


def find_planned_question(motion_id: int, draft: Draft) -> Question | None:
    """The newest question of a motion that is like `draft`, prepared or asked, or None."""
    rows = Question.objects.filter(motion=motion_id, kind=draft.kind, text=draft.text)
    return next((row for row in rows.order_by("-number") if make_draft(row) == draft), None)
