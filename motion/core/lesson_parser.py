"""Parses lessons: checks what comes from outside, once, and names the place that is wrong. No I/O.

docs/lessons.md describes the fields.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from .errors import InvalidValueError, LessonError
from .format import write_number
from .law_report import LAWS
from .lessons import FORMAT, Law, Lesson, Scene, Settings, View, write_lesson
from .limits import ENSEMBLE_PATHS
from .names import TITLE_LENGTH, clean_text
from .parameters import LIMITS, STEP_LIMIT, check_parameter
from .presented_view import ACROSS, MODES, UP
from .questions import AHEAD, ANSWER_LIMIT, NUMBER_REQUIREMENT, Draft, check_question
from .typed import is_number, is_whole

LESSON_BYTES: Final = 64 * 1024
SCENES: Final = 30
SUMMARY_LENGTH: Final = 300
MINUTES: Final = 600
SCENE_TITLE_LENGTH: Final = 80
NOTES_LENGTH: Final = 2_000

PANELS: Final = ("histogram", "moments", "quadratic", "displacement")
QUESTION_FIELDS: Final = {"steps ahead": "ahead", "correct answer": "correct"}
"""By the names that the errors of `check_question` give them."""


def parse_lesson(data: bytes | str) -> Lesson:
    """The lesson in the text of a file.

    Raises:
        LessonError: it is no lesson; the error names the first place that is wrong.
    """
    data = data.encode("utf-8", "replace") if isinstance(data, str) else data
    _check_size(data)
    lesson = read_lesson(_parse_json(data, "lesson"))
    _check_size(write_lesson(lesson).encode())  # it grows by the blanks of its lines
    return lesson


def parse_view(text: str) -> View:
    """The view in a text.

    Raises:
        LessonError.
    """
    return read_view(_parse_json(text.encode("utf-8", "replace"), "view"), "view")


def read_lesson(content: object) -> Lesson:
    """The lesson in a parsed JSON object.

    Raises:
        LessonError.
    """
    fields = _Fields(content, "", "format", "title", "summary", "minutes", "settings", "scenes")
    fields.require("format", _read_format)
    return Lesson(
        title=fields.require("title", _text(TITLE_LENGTH)),
        summary=fields.take("summary", _text(SUMMARY_LENGTH, least=0), ""),
        minutes=fields.take("minutes", _optional(_whole(1, MINUTES)), None),
        settings=fields.take("settings", _read_settings, Settings()),
        scenes=fields.require("scenes", _list(_read_scene, 1, SCENES)),
    )


Result = TypeVar("Result")
Reader = Callable[[object, str], Result]
"""Makes something of a value at a place, or raises a `LessonError` with that place."""

Default = TypeVar("Default")


class _Fields:
    """The fields of an object at a place, which has no others."""

    def __init__(self, value: object, place: str, *names: str) -> None:
        self._place = place
        if not isinstance(value, dict):
            raise LessonError(place or "lesson", "must be an object, {…}")
        if isinstance(value, _Object) and value.twice is not None:
            raise LessonError(self._find_place(value.twice), "is there twice")
        for name in value:
            if name not in names:
                known = ", ".join(names)
                raise LessonError(self._find_place(name), f"is unknown; known are {known}")
        self.values = value

    def require(self, name: str, read: Reader[Result]) -> Result:
        self.check(name, name in self.values, "is missing")
        return read(self.values[name], self._find_place(name))

    def take(self, name: str, read: Reader[Result], default: Default) -> Result | Default:
        return self.require(name, read) if name in self.values else default

    def check(self, name: str, is_right: bool, problem: str) -> None:
        """Check how a field fits the others."""
        if not is_right:
            raise LessonError(self._find_place(name), problem)

    def _find_place(self, name: object) -> str:
        shown = clean_text(str(name)[:40]) or "“”"
        return f"{self._place}.{shown}" if self._place else shown


def _read_format(value: object, place: str) -> int:
    if isinstance(value, bool) or value != FORMAT:
        raise LessonError(place, f"must be {FORMAT}")
    return FORMAT


def _read_settings(value: object, place: str) -> Settings:
    fields = _Fields(value, place, *LIMITS, "ensemble")
    return Settings(
        **{name: fields.take(name, _parameter(name), None) for name in LIMITS},
        ensemble=fields.take("ensemble", _whole(0, ENSEMBLE_PATHS), None),
    )


def _read_scene(value: object, place: str) -> Scene:
    names = ("title", "notes", "settings", "restart", "paused", "view", "question")
    fields = _Fields(value, place, *names)
    scene = Scene(
        title=fields.require("title", _text(SCENE_TITLE_LENGTH)),
        notes=fields.take("notes", _read_notes, ""),
        settings=fields.take("settings", _read_settings, Settings()),
        restart=fields.take("restart", _read_flag, False),
        paused=fields.take("paused", _optional(_read_flag), None),
        view=fields.take("view", _optional(read_view), None),
        question=fields.take("question", _optional(_read_question), None),
    )
    is_right = scene.restart or scene.settings.ensemble is None
    fields.check("settings.ensemble", is_right, 'holds from a restart on; add "restart": true')
    return scene


def read_view(value: object, place: str) -> View:
    """A view in a parsed JSON object, which is at `place` in its lesson.

    Raises:
        LessonError.
    """
    shared = ("mode", "range", "around", "across", "up", "band")
    fields = _Fields(value, place, *shared, "changes", "class", "slice", "law", "panels")
    plain = View()
    view = View(
        mode=fields.take("mode", _name(*MODES), plain.mode),
        range=fields.take("range", _optional(_read_range), None),
        around=fields.take("around", _optional(_read_around), None),
        across=fields.take("across", _name(*ACROSS), plain.across),
        up=fields.take("up", _name(*UP), plain.up),
        band=fields.take("band", _optional(_step_or("view")), None),
        has_changes=fields.take("changes", _read_flag, plain.has_changes),
        has_class=fields.take("class", _read_flag, plain.has_class),
        slice=fields.take("slice", _optional(_step_or("newest")), plain.slice),
        law=fields.take("law", _optional(_read_law), None),
        panels=fields.take("panels", _read_panels, plain.panels),
    )
    spans = [span for span in (view.range, view.around) if span is not None]
    is_right = len(spans) == (view.mode == "fixed")
    fields.check("mode", is_right, "fixed needs either range or around; live and whole have none")
    return view


def _read_range(value: object, place: str) -> tuple[int, int]:
    first, last = _list(_whole(0, STEP_LIMIT - 1), 2, 2)(value, place)
    if first >= last:
        raise LessonError(place, "must be two steps, the smaller one first")
    return first, last


def _read_around(value: object, place: str) -> tuple[int, int]:
    before, after = _list(_whole(0, AHEAD[1]), 2, 2)(value, place)
    if not before + after:
        raise LessonError(place, "must be two numbers of steps, not both 0")
    return before, after


def _read_law(value: object, place: str) -> Law:
    fields = _Fields(value, place, "name", "low", "high")
    law = Law(
        name=fields.require("name", _name(*LAWS)),
        low=fields.take("low", _optional(_read_number), None),
        high=fields.take("high", _optional(_read_number), None),
    )
    heights = [height for height in (law.low, law.high) if height is not None]
    fields.check("name", law.name == "barrier" or not heights, "has no low and high here")
    fields.check("low", len(heights) < 2 or heights[0] < heights[1], "must be less than high")
    return law


def _read_panels(value: object, place: str) -> tuple[str, ...]:
    panels = _list(_name(*PANELS), 0, len(PANELS))(value, place)
    for index, panel in enumerate(panels):
        if panel in panels[:index]:
            raise LessonError(f"{place}[{index}]", "is there twice")
    return panels


def _read_question(value: object, place: str) -> Draft:
    fields = _Fields(value, place, *Draft.__dataclass_fields__)
    try:
        return check_question(fields.values)
    except InvalidValueError as error:
        name, requirement = error.args
        raise LessonError(
            f"{place}.{QUESTION_FIELDS.get(name, name)}", f"must be {requirement}"
        ) from None


def _read_notes(value: object, place: str) -> str:
    """Paragraphs of clean text, with one empty line between them at most."""
    lines = [clean_text(line) for line in value.splitlines()] if isinstance(value, str) else []
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    notes = "\n".join(kept).strip()
    if not isinstance(value, str) or len(notes) > NOTES_LENGTH:
        raise LessonError(place, f"must be text of at most {write_number(NOTES_LENGTH)} characters")
    return notes


def _read_flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise LessonError(place, "must be true or false")
    return value


def _read_number(value: object, place: str) -> float:
    if not is_number(value, ANSWER_LIMIT):
        raise LessonError(place, f"must be {NUMBER_REQUIREMENT}")
    return value + 0.0  # −0.0 becomes 0.0


# --- readers of a kind of value ------------------------------------------------------------


def _optional(read: Reader[Result]) -> Reader[Result | None]:
    return lambda value, place: None if value is None else read(value, place)


def _list(read: Reader[Result], least: int, most: int) -> Reader[tuple[Result, ...]]:
    length = f"{least}" if least == most else f"{least} to {most}"

    def read_list(value: object, place: str) -> tuple[Result, ...]:
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise LessonError(place, f"must be a list of {length}")
        return tuple(read(item, f"{place}[{index}]") for index, item in enumerate(value))

    return read_list


def _text(most: int, *, least: int = 1) -> Reader[str]:
    def read_text(value: object, place: str) -> str:
        text = clean_text(value) if isinstance(value, str) and len(value) <= 4 * most else None
        if text is None or not least <= len(text) <= most:
            raise LessonError(place, f"must be text of {least} to {most} visible characters")
        return text

    return read_text


def _name(*names: str) -> Reader[str]:
    def read_name(value: object, place: str) -> str:
        if not isinstance(value, str) or value not in names:
            raise LessonError(place, f"must be {', '.join(names[:-1])} or {names[-1]}")
        return value

    return read_name


def _whole(least: int, most: int) -> Reader[int]:
    ends = f"{write_number(least)} to {write_number(most)}"

    def read_whole(value: object, place: str) -> int:
        if not is_whole(value, least, most):
            raise LessonError(place, f"must be a whole number from {ends}")
        return value

    return read_whole


def _step_or(name: str) -> Reader[str | int]:
    read_step = _whole(0, STEP_LIMIT - 1)
    return lambda value, place: name if value == name else read_step(value, place)


def _parameter(name: str) -> Reader[float | None]:
    def read_parameter(value: object, place: str) -> float:
        try:
            return check_parameter(name, value)
        except InvalidValueError as error:
            raise LessonError(place, f"must be {error.args[1]}") from None

    return _optional(read_parameter)


# --- JSON ----------------------------------------------------------------------------------


class _Object(dict[str, object]):
    """A JSON object that knows which of its names was given twice."""

    twice: str | None = None


def _parse_json(data: bytes, place: str) -> object:
    try:
        return json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_make_object, parse_int=_parse_integer
        )
    except (ValueError, RecursionError):
        raise LessonError(place, "must be one JSON object in UTF-8") from None


def _make_object(pairs: Sequence[tuple[str, object]]) -> _Object:
    made = _Object()
    for name, value in pairs:
        if name in made:
            made.twice = name
        made[name] = value
    return made


def _parse_integer(digits: str) -> float:
    """Of thousands of digits Python makes no int, so that nobody would learn where they are."""
    return int(digits) if len(digits) < 20 else float(digits)


def _check_size(data: bytes) -> None:
    if len(data) > LESSON_BYTES:
        raise LessonError("lesson", f"can have at most {LESSON_BYTES // 1024} KiB")
