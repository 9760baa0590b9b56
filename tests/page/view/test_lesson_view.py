"""lesson-view.js: the view of a scene as the page opens it, and back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from motion.core.lesson_parser import read_view
from motion.core.lessons import Law, View, make_view
from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

VIEWS = [
    View(),
    View(mode="whole", up="increments", has_class=False, panels=()),
    View(mode="fixed", range=(0, 400), band=12, slice=100, has_changes=False),
    View(law=Law(name="barrier", low=-10.0, high=20.0), band="view", slice=None),
    View(across="clock", law=Law(name="maximum")),
]


def open_view(page: Page, view: View, *, last: int = 500) -> Any:
    script = "return m.readLessonView(a[0], { epoch: 7, last: a[1] })"
    return evaluate(page, "view/lesson-view", script, [make_view(view), last])


@pytest.mark.parametrize("view", VIEWS)
def test_write_lesson_view_is_inverse_to_read_lesson_view(modules: Page, view: View) -> None:
    linked = open_view(modules, view)

    written = evaluate(modules, "view/lesson-view", "return m.writeLessonView(a)", linked)

    assert read_view(written, "view") == view


def test_read_lesson_view_is_of_the_path_that_runs(modules: Page) -> None:
    linked = open_view(modules, View(mode="whole", law=Law(name="maximum"), panels=("moments",)))

    assert linked == {
        "epoch": 7,
        "mode": "all",
        "range": None,
        "since": None,
        "x": "step",
        "y": "position",
        "band": None,
        "marks": True,
        "ensemble": True,
        "slice": None,
        "lit": None,
        "law": {"name": "maximum", "low": None, "high": None},
        "panels": ["moments"],
    }


def test_read_lesson_view_places_steps_around_the_newest_one(modules: Page) -> None:
    linked = open_view(modules, View(mode="fixed", around=(100, 130)), last=240)

    assert (linked["mode"], linked["range"]) == ("fixed", [140, 370])


def test_read_lesson_view_shows_nothing_before_step_0(modules: Page) -> None:
    linked = open_view(modules, View(mode="fixed", around=(100, 130)), last=20)

    assert linked["range"] == [0, 150]


@pytest.mark.parametrize(
    ("range_", "steps"), [([-40.2, 99.6], [0, 100]), ([12.4, 12.5], [12, 13]), ([3.5, 9], [4, 9])]
)
def test_write_lesson_view_rounds_steps(modules: Page, range_: Any, steps: Any) -> None:
    linked = open_view(modules, View()) | {"mode": "fixed", "range": range_}

    written = evaluate(modules, "view/lesson-view", "return m.writeLessonView(a)", linked)

    assert written["range"] == steps
    assert read_view(written, "view").range == tuple(steps)
