"""Lessons: scenes with settings, a view, a question, and notes for the teacher. No I/O.

A lesson is one JSON object; docs/lessons.md describes it. `lesson_parser` reads what is written
here: `parse_lesson(write_lesson(lesson))` is `lesson`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from .parameters import LIMITS, Parameters
from .questions import Draft

FORMAT: Final = 1


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the motion moves; None keeps what is set. `ensemble` holds from a restart on."""

    variance: float | None = None
    drift: float | None = None
    interval: float | None = None
    ensemble: int | None = None

    @property
    def parameters(self) -> dict[str, float]:
        """Those that are set, without the ensemble."""
        return {name: value for name, value in _drop_nones(self).items() if name != "ensemble"}


@dataclass(frozen=True, kw_only=True)
class Law:
    """A law of the class, and the heights of the barriers, if it is about barriers."""

    name: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, kw_only=True)
class View:
    """What everybody sees in a scene; the defaults are the view of a new page.

    Attributes:
        range: of the mode "fixed": the first and the last step.
        around: of the mode "fixed", instead: so many steps before the newest one and after it.
        band: the step at which the band begins, "view", or None for no band.
        slice: the step of the slice, "newest", or None for no slice.
    """

    mode: str = "live"
    range: tuple[int, int] | None = None
    around: tuple[int, int] | None = None
    across: str = "step"
    up: str = "position"
    band: str | int | None = None
    has_changes: bool = True
    has_class: bool = True
    slice: str | int | None = "newest"
    law: Law | None = None
    panels: tuple[str, ...] = ("histogram", "moments")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One page of a lesson. `paused` None keeps the motion running or paused."""

    title: str
    notes: str = ""
    settings: Settings = Settings()
    restart: bool = False
    paused: bool | None = None
    view: View | None = None
    question: Draft | None = None


@dataclass(frozen=True, kw_only=True)
class Lesson:
    title: str
    scenes: tuple[Scene, ...]
    summary: str = ""
    minutes: int | None = None
    settings: Settings = Settings()


# --- going through -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What happens to the motion on the way to a scene."""

    settings: Settings
    restart: bool
    paused: bool | None


NEW_MOTION: Final = Settings(**{name: getattr(Parameters(), name) for name in LIMITS})
"""The settings with which a lesson starts a motion if the lesson has none."""


def plan_entry(lesson: Lesson, before: int, number: int) -> Entry:
    """What happens on the way from scene `before` to scene `number`, 1 for the first.

    Forwards: what the scenes after `before` set, and a restart if one of them restarts; from scene
    0 the settings of the lesson come first. Backwards: nothing restarts, and what the scenes on the
    way have set is again as it was at `number`.
    """
    between = lesson.scenes[min(before, number) : max(before, number)]
    changed = [scene.settings for scene in between]
    reached = [lesson.settings, *(scene.settings for scene in lesson.scenes[:number])]
    settings = _merge_settings(changed if before else reached)
    if number < before:
        again = _drop_nones(_merge_settings([NEW_MOTION, *reached]))
        settings = Settings(**{name: again.get(name) for name in _drop_nones(settings)})  # type: ignore[arg-type]
    restart = number > before and any(scene.restart for scene in between)
    return Entry(settings=settings, restart=restart, paused=lesson.scenes[number - 1].paused)


def _merge_settings(several: Iterable[Settings]) -> Settings:
    """The last value of each."""
    merged: dict[str, float] = {}
    for settings in several:
        merged |= _drop_nones(settings)
    return Settings(**merged)  # type: ignore[arg-type] # the ensemble is an int


# --- writing -------------------------------------------------------------------------------


def make_content(lesson: Lesson) -> dict[str, object]:
    """The lesson as its JSON object, without fields that have their defaults."""
    content: dict[str, object] = {"format": FORMAT, "title": lesson.title}
    content |= _drop_empty({"summary": lesson.summary, "minutes": lesson.minutes})
    content |= _drop_empty({"settings": _drop_nones(lesson.settings)})
    return content | {"scenes": [_make_scene(scene) for scene in lesson.scenes]}


def write_lesson(lesson: Lesson) -> str:
    """The lesson as the text of a file."""
    return json.dumps(make_content(lesson), ensure_ascii=False, indent=2) + "\n"


def make_view(view: View) -> dict[str, object]:
    """All fields of a view as JSON has them."""
    fields = asdict(view)
    fields |= {"changes": fields.pop("has_changes"), "class": fields.pop("has_class")}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in fields.items()
    }


def make_question(question: Draft) -> dict[str, object]:
    """The fields of a question that its kind has."""
    return _drop_empty(asdict(question) | {"options": list(question.options)})


def _make_scene(scene: Scene) -> dict[str, object]:
    fields = {"title": scene.title} | _drop_empty({"notes": scene.notes})
    fields |= _drop_empty({"settings": _drop_nones(scene.settings)})
    fields |= {"restart": True} if scene.restart else {}
    fields |= {"paused": scene.paused} if scene.paused is not None else {}
    if scene.view:
        plain = make_view(View())
        shown = make_view(scene.view).items()
        fields["view"] = {name: value for name, value in shown if value != plain[name]}
    if scene.question:
        fields["question"] = make_question(scene.question)
    return fields


def _drop_nones(settings: Settings) -> dict[str, float]:
    return {name: value for name, value in asdict(settings).items() if value is not None}


def _drop_empty(fields: Mapping[str, object]) -> dict[str, object]:
    """A number is kept, also 0."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
