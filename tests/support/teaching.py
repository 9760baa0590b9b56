"""A class that goes through a ready lesson and answers its questions, for pictures."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User

from motion.core.questions import Draft, Kind
from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Epoch, Motion
from motion.queries.questions import find_question
from motion.services import guests, invitations, lessons, motions, questions

STUDENTS = ("Mia", "Jun", "Ana", "Leo", "Zoe", "Kim", "Ida", "Ben", "Eva", "Max", "Lou", "Tim")


def go_through(name: str, scene: int, frontiers: Mapping[int, int], *, seed: int) -> str:
    """Start a ready lesson of ada's, and stop it at the end of a scene; the motion's address."""
    ada = User.objects.get(username="ada")
    lesson = lessons.load_ready_lessons()[name]
    motion = lessons.create_motion_with_lesson(ada, lesson)
    token = invitations.create_invitation(motion.pk, by=ada).token
    students = [guests.join_as_guest(token, student, key=student) for student in STUDENTS]
    for number, planned in enumerate(lesson.scenes[:scene], start=1):
        lessons.go_to_scene(motion.pk, number, by=ada)
        Epoch.objects.filter(motion=motion, last_step=None).update(seed=seed)
        motions.change_motion(motion.pk, by=ada, values={"paused": True})
        if planned.question:
            _ask(motion, planned.question, students)
        if number in frontiers:
            Motion.objects.filter(pk=motion.pk).update(step=frontiers[number])
    watching = {student.pk: student.first_name for student in students}
    presence.write_rows("class", {motion.pk: Viewers(watching)})
    return motion.get_absolute_url()


def _ask(motion: Motion, draft: Draft, students: list[Any]) -> None:
    """Ask, answer and reveal a question of the present scene."""
    question = find_question(motion.pk, draft)
    assert question is not None
    questions.open_question(motion.pk, question.number)
    chance = random.Random(question.text)  # the same answers in each picture
    for student in students:
        low, high = _guess(draft, chance)
        questions.store_answer(motion.pk, question.number, low, high, by=student)
    questions.reveal_question(motion.pk, question.number)


def _guess(draft: Draft, chance: random.Random) -> tuple[float, float]:
    if draft.kind == Kind.INTERVAL:
        middle, half = round(chance.gauss(0, 4), 1), round(chance.uniform(1.5, 7), 1)
        return middle - half, middle + half
    if draft.kind == Kind.CHOICE:
        option = chance.choice([*range(len(draft.options)), int(draft.correct or 0)])
        return float(option), float(option)
    number = round((draft.correct or 0) * chance.uniform(0.4, 1.5))
    return float(number), float(number)
