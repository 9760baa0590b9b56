"""Lessons: scenes with settings, a view, a question, and notes for the teacher. No I/O.

A lesson is one JSON object; docs/lessons.md describes it. Whatever comes from outside is checked
here, once. `parse_lesson(write_lesson(lesson))` is `lesson`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeGuard, TypeVar

from .errors import InvalidValueError, LessonError
from .format import write_number
from .law_report import LAWS
from .limits import ENSEMBLE_PATHS
from .names import TITLE_LENGTH, clean_text
from .parameters import LIMITS, STEP_LIMIT
from .presented_view import ACROSS, MODES, UP
from .questions import AHEAD, ANSWER_LIMIT, Draft, check_question

FORMAT: Final = 1
LESSON_BYTES: Final = 64 * 1024
SCENES: Final = 30
SUMMARY_LENGTH: Final = 300
MINUTES: Final = 600
SCENE_TITLE_LENGTH: Final = 80
NOTES_LENGTH: Final = 2_000

PANELS: Final = ("histogram", "moments", "quadratic", "displacement")
QUESTION_FIELDS: Final = {"steps ahead": "ahead", "correct answer": "correct"}
"""By the names that the errors of `check_question` give them."""


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
        again = _drop_nones(_merge_settings(reached))
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


# --- parsing -------------------------------------------------------------------------------


class _Object(dict[str, object]):
    """A JSON object that knows which of its names was given twice."""

    twice: str | None = None


def parse_lesson(data: bytes | str) -> Lesson:
    """The lesson in the text of a file.

    Raises:
        LessonError: it is no lesson; the error names the first place that is wrong.
    """
    data = data.encode("utf-8", "replace") if isinstance(data, str) else data
    check_size(data)
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_make_object)
    except (ValueError, RecursionError):
        raise LessonError("lesson", "must be one JSON object in UTF-8") from None
    lesson = read_lesson(content)
    check_size(write_lesson(lesson).encode())  # it grows by the blanks of its lines
    return lesson


def check_size(data: bytes) -> None:
    """Check the length of a file.

    Raises:
        LessonError.
    """
    if len(data) > LESSON_BYTES:
        raise LessonError("lesson", f"can have at most {LESSON_BYTES // 1024} KiB")


def _make_object(pairs: Sequence[tuple[str, object]]) -> _Object:
    made = _Object()
    for name, value in pairs:
        if name in made:
            made.twice = name
        made[name] = value
    return made


def read_lesson(content: object) -> Lesson:
    """The lesson in a parsed JSON object.

    Raises:
        LessonError.
    """
    fields = _Fields(content, "", "format", "title", "summary", "minutes", "settings", "scenes")
    fields.take("format", _read_format)
    return Lesson(
        title=fields.take("title", _text(TITLE_LENGTH)),
        summary=fields.take("summary", _text(SUMMARY_LENGTH, least=0), ""),
        minutes=fields.take("minutes", _optional(_whole(1, MINUTES)), None),
        settings=fields.take("settings", _read_settings, Settings()),
        scenes=fields.take("scenes", _list(_read_scene, 1, SCENES)),
    )


Result = TypeVar("Result")
Reader = Callable[[object, str], Result]
"""Makes something of a value at a place, or raises a `LessonError` with that place."""

REQUIRED: Final = object()


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

    def take(self, name: str, read: Reader[Result], default: object = REQUIRED) -> Result:
        if name in self.values:
            return read(self.values[name], self._find_place(name))
        if default is REQUIRED:
            raise LessonError(self._find_place(name), "is missing")
        return default  # type: ignore[return-value]

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
        title=fields.take("title", _text(SCENE_TITLE_LENGTH)),
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
        name=fields.take("name", _name(*LAWS)),
        low=fields.take("low", _optional(_read_number), None),
        high=fields.take("high", _optional(_read_number), None),
    )
    heights = [height for height in (law.low, law.high) if height is not None]
    fields.check("name", law.name == "barrier" or not heights, "has no low and high here")
    fields.check("low", len(heights) < 2 or heights[0] < heights[1], "must be less than high")
    return law


def _read_panels(value: object, place: str) -> tuple[str, ...]:
    panels = _list(_name(*PANELS), 0, len(PANELS))(value, place)
    _check_once(panels, place)
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
    if not isinstance(value, str) or len(value) > NOTES_LENGTH:
        raise LessonError(place, f"must be text of at most {write_number(NOTES_LENGTH)} characters")
    lines = [clean_text(line) for line in value.splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    return "\n".join(kept).strip()


def _read_flag(value: object, place: str) -> bool:
    if not isinstance(value, bool):
        raise LessonError(place, "must be true or false")
    return value


def _read_number(value: object, place: str) -> float:
    if not _is_number(value) or not -ANSWER_LIMIT <= value <= ANSWER_LIMIT:
        raise LessonError(place, "must be a number from −10¹² to 10¹²")
    return float(value) + 0.0  # −0.0 becomes 0.0


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_once(items: Iterable[str], place: str) -> None:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item in seen:
            raise LessonError(f"{place}[{index}]", "is there twice")
        seen.add(item)


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
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise LessonError(place, f"must be a whole number from {ends}")
        return value

    return read_whole


def _step_or(name: str) -> Reader[str | int]:
    read_step = _whole(0, STEP_LIMIT - 1)
    return lambda value, place: name if value == name else read_step(value, place)


def _parameter(name: str) -> Reader[float | None]:
    limits = LIMITS[name]

    def read_parameter(value: object, place: str) -> float:
        if not _is_number(value) or value not in limits:
            raise LessonError(place, f"must be {limits.requirement}")
        return float(value) + 0.0

    return _optional(read_parameter)
