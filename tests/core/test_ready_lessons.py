"""The ready lessons: they parse, students predict before they see, and their figures are true."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from scipy import special

from motion.core.laws import (
    compute_arcsine_law,
    compute_passage,
    compute_ruin,
    compute_staying_positive,
)
from motion.core.lesson_parser import parse_lesson
from motion.core.lessons import Lesson, write_lesson
from motion.core.questions import Kind

FILES = sorted((Path(__file__).parents[2] / "motion" / "lessons").iterdir())
LESSONS = {path.stem: parse_lesson(path.read_bytes()) for path in FILES}

normal = NormalDist()


def test_ready_lessons_are_six():
    assert [path.suffix for path in FILES] == [".json"] * 6
    assert len({lesson.title for lesson in LESSONS.values()}) == 6


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_ready_lesson_is_written_as_export_writes_it(path):
    assert path.read_text() == write_lesson(parse_lesson(path.read_bytes()))


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_ready_lesson_has_a_class_of_forty_and_begins_paused(lesson):
    assert lesson.settings.ensemble == 40
    assert lesson.scenes[0].paused
    assert not lesson.scenes[0].restart
    assert lesson.summary
    assert lesson.minutes


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_ready_lesson_asks_before_it_shows(lesson):
    scenes = lesson.scenes
    assert 4 <= len(scenes) <= 7
    for scene in scenes:
        assert scene.notes
        assert scene.view
    predicting = [n for n, scene in enumerate(scenes) if scene.title.startswith("Predict")]
    assert len(predicting) >= 2
    for number in predicting:
        assert scenes[number].question
        assert scenes[number].paused  # there is time to answer
        assert scenes[number + 1].title.startswith("See")
        assert not scenes[number + 1].question


def read_notes(lesson: Lesson) -> str:
    return " ".join(scene.notes for scene in lesson.scenes)


def count_of_forty(chance: float) -> float:
    return 40 * chance


def pass_by(step: int, *, low: float, high: float) -> tuple[float, float]:
    """The chances of a walk to have left (−low, high) upwards and downwards by a step."""
    ends = (np.array([low]), np.array([high]))
    up, down = compute_passage(*ends, np.array([step]), deviation=1.0)
    return float(up[0, 0]), float(down[0, 0])


def write(value: float, digits: int = 0) -> str:
    return f"{value:.{digits}f}"


Z50, Z90, Z95 = (normal.inv_cdf(0.5 + level / 2) for level in (0.5, 0.9, 0.95))
ARCSINE = compute_arcsine_law(200)
CHI_100, CHI_400 = (special.chdtri(steps, [0.975, 0.025]) for steps in (100, 400))
WIN, LENGTH = compute_ruin(10, 20, deviation=1.0)

FIGURES: dict[str, Sequence[tuple[str, str]]] = {
    "1-square-root-law": [
        ("at −{} and +16.4", write(Z90 * 10, 1)),
        ("{} of our 40 paths", write(count_of_forty(2 * normal.cdf(1) - 1))),
        ("are at ±{}", write(Z90 * 20, 1)),
        ("twice as far again, at ±{}?", write(Z90 * math.sqrt(1600))),
    ],
    "2-variance": [
        ("between −{} and", write(Z95, 2)),
        ("between −{} and", write(Z95 * 2, 2)),
        ("between −{} and", write(Z95 * 3, 2)),
        ("are at ±{} after 100 steps", write(Z90 * 10)),
        ("the lines are at ±{}", write(Z90 * math.sqrt(400), 1)),
    ],
    "3-quadratic-variation": [
        ("between −{} and +39", write(Z95 * 20)),
        ("between {} and", write(CHI_400[0])),
        ("and {}, in 95", write(CHI_400[1])),
        ("between {} and", write(4 * CHI_100[0])),
        ("and {} in 95", write(4 * CHI_100[1])),
    ],
    "4-arcsine-law": [
        ("about {} are ahead", write(count_of_forty(ARCSINE[:21].sum() + ARCSINE[180:].sum()))),
        ("about {} of 40 are ahead", write(count_of_forty(ARCSINE[80:121].sum()))),
        ("About {} of 40 paths", write(count_of_forty(ARCSINE[:41].sum() + ARCSINE[160:].sum()))),
        ("expects {} of 40", write(count_of_forty(compute_staying_positive(100)[100]), 2)),
        ("1 player of {} is", write(1 / compute_staying_positive(100)[100])),
    ],
    "5-barrier-and-ruin": [
        ("about {} of 40 paths are above 10", write(count_of_forty(1 - normal.cdf(1)))),
        ("expects {} of 40", write(count_of_forty(pass_by(100, low=math.inf, high=10)[0]), 1)),
        ("expects {} of 40, by", write(count_of_forty(pass_by(400, low=math.inf, high=10)[0]))),
        ("only {}.", write(count_of_forty(pass_by(1000, low=math.inf, high=10)[0]))),
        ("about {} of 40 games", write(count_of_forty(sum(pass_by(600, low=10, high=20))))),
        ("{} of 100 players win", write(100 * WIN)),
        ("win, {} lose", write(100 - 100 * WIN)),
        ("takes {} steps", write(LENGTH)),
    ],
    "6-how-sure-are-you": [
        ("{} down and 6.7 up", write(Z50 * 10, 1)),
        ("That is {} times", write(Z50, 2)),
        ("{} down and 13.5 up", write(Z50 * 20, 1)),
    ],
}


@pytest.mark.parametrize("name", LESSONS)
def test_ready_lesson_has_true_figures_in_its_notes(name):
    notes = read_notes(LESSONS[name])

    for text, figure in FIGURES[name]:
        assert text.format(figure) in notes, (text, figure)


def list_correct(name: str) -> list[str | float]:
    """The right answers of a lesson, of a choice as text."""
    questions = [scene.question for scene in LESSONS[name].scenes if scene.question]
    return [
        question.options[int(question.correct or 0)]
        if question.kind == Kind.CHOICE
        else (question.correct or 0.0)
        for question in questions
        if question.kind in {Kind.CHOICE, Kind.NUMBER}
    ]


def find_number(text: str | float) -> float:
    found = re.search(r"\d+", str(text))
    assert found
    return float(found[0])


def test_ready_lessons_know_the_right_answers():
    typical, at_400, at_66 = list_correct("1-square-root-law")
    assert find_number(typical) == math.sqrt(100)
    assert find_number(at_400) == round(Z90 * math.sqrt(400))
    assert round(Z90 * math.sqrt(find_number(at_66))) == 66

    longer, variance, wide = list_correct("2-variance")
    assert longer == "Twice as long"
    assert math.sqrt(find_number(variance)) == 3
    assert find_number(wide) == round(Z90 * math.sqrt(100 * 4))

    squares, _, slope = list_correct("3-quadratic-variation")
    assert squares == 400
    assert "four times" in str(slope)

    never = list_correct("4-arcsine-law")[-1]
    assert never == round(count_of_forty(compute_staying_positive(100)[100]))

    touched, _, chance = list_correct("5-barrier-and-ruin")
    assert touched == round(count_of_forty(pass_by(100, low=math.inf, high=10)[0]))
    assert chance == f"About 1 in {1 / WIN:.0f}"
