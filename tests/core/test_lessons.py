"""A lesson parses and round-trips, or is refused with the place that is wrong."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.errors import ErrorCode, LessonError
from motion.core.lesson_parser import LESSON_BYTES, parse_lesson, read_lesson
from motion.core.lessons import (
    Law,
    Lesson,
    Scene,
    Settings,
    View,
    make_content,
    make_view,
    write_lesson,
)
from motion.core.questions import Draft, Kind

unhurried = settings(deadline=None)  # a busy machine may be slow

FULL: dict[str, Any] = {
    "format": 1,
    "title": "Law",
    "summary": "Short",
    "minutes": 10,
    "settings": {"variance": 1, "drift": 0, "interval": 0.5, "ensemble": 40},
    "scenes": [
        {"title": "First"},
        {
            "title": "Second",
            "notes": "Read this.\n\nThen ask.",
            "settings": {"variance": 4.0, "ensemble": 100},
            "restart": True,
            "paused": False,
            "view": {
                "mode": "fixed",
                "range": [0, 400],
                "across": "elapsed",
                "up": "increments",
                "band": "view",
                "changes": False,
                "class": False,
                "slice": 100,
                "law": {"name": "barrier", "low": -20.0, "high": 20.0},
                "panels": ["quadratic"],
            },
            "question": {"kind": "choice", "text": "Which?", "options": ["a", "b"], "correct": 1},
        },
        {
            "title": "Third",
            "view": {"mode": "fixed", "around": [100, 50]},
            "question": {"kind": "interval", "text": "Where?", "level": 0.5, "ahead": 100},
        },
    ],
}
SECOND = "scenes[1]"


def find(content: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        content = content[key]
    return content


def edit(place: tuple[Any, ...], value: Any) -> str:
    """The full lesson as JSON with another value at a place."""
    content = copy.deepcopy(FULL)
    find(content, place[:-1])[place[-1]] = value
    return json.dumps(content)


def test_parse_lesson_reads_every_field():
    lesson = parse_lesson(json.dumps(FULL))

    second = lesson.scenes[1]
    assert (lesson.title, lesson.summary, lesson.minutes) == ("Law", "Short", 10)
    assert lesson.settings == Settings(variance=1.0, drift=0.0, interval=0.5, ensemble=40)
    assert lesson.scenes[0] == Scene(title="First")
    assert second.notes == "Read this.\n\nThen ask."
    assert second.settings.parameters == {"variance": 4.0}
    assert (second.restart, second.paused) == (True, False)
    assert second.view == View(
        mode="fixed",
        range=(0, 400),
        across="elapsed",
        up="increments",
        band="view",
        has_changes=False,
        has_class=False,
        slice=100,
        law=Law(name="barrier", low=-20.0, high=20.0),
        panels=("quadratic",),
    )
    assert second.question == Draft(
        kind=Kind.CHOICE, text="Which?", options=("a", "b"), correct=1.0
    )
    assert lesson.scenes[2].view == View(mode="fixed", around=(100, 50))


def test_make_content_leaves_out_defaults():
    lesson = Lesson(title="T", scenes=(Scene(title="S", view=View()),))

    assert make_content(lesson) == {
        "format": 1,
        "title": "T",
        "scenes": [{"title": "S", "view": {}}],
    }


def test_write_lesson_and_parse_lesson_are_inverse():
    lesson = parse_lesson(json.dumps(FULL))

    assert parse_lesson(write_lesson(lesson)) == lesson
    assert make_content(lesson) == json.loads(json.dumps(FULL))


def test_make_view_has_every_field_of_the_frame():
    names = "mode range around across up band changes class slice law panels"

    assert make_view(View()).keys() == set(names.split())


@pytest.mark.parametrize(
    ("place", "value", "wrong"),
    [
        (("format",), 2, "format: must be 1"),
        (("format",), True, "format: must be 1"),
        (("title",), " \u200b ", "title: must be text of 1 to 120 visible characters"),
        (("minutes",), 0, "minutes: must be a whole number from 1 to 600"),
        (("minutes",), True, "minutes: must be"),
        (("author",), "me", "author: is unknown; known are format, title"),
        (("settings", "variance"), "1", "settings.variance: must be a number from 0 to 10,000"),
        (("settings", "variance"), float("nan"), "settings.variance: must be a number"),
        (("settings", "drift"), float("inf"), "settings.drift: must be a number"),
        (("settings", "interval"), 10**400, "settings.interval: must be a number"),
        (("settings", "ensemble"), 1001, "settings.ensemble: must be a whole number from 0"),
        (("scenes",), [], "scenes: must be a list of 1 to 30"),
        (("scenes",), [{"title": "x"}] * 31, "scenes: must be a list of 1 to 30"),
        (("scenes", 1, "title"), "x" * 81, f"{SECOND}.title: must be text of 1 to 80"),
        (("scenes", 1, "notes"), "x" * 2001, f"{SECOND}.notes: must be text of at most 2,000"),
        (("scenes", 1, "restart"), False, f"{SECOND}.settings.ensemble: holds from a restart on"),
        (("scenes", 1, "paused"), 1, f"{SECOND}.paused: must be true or false"),
        (("scenes", 1, "view"), [], f"{SECOND}.view: must be an object"),
        (("scenes", 1, "view", "mode"), "all", f"{SECOND}.view.mode: must be live, whole or"),
        (("scenes", 1, "view", "mode"), "live", f"{SECOND}.view.mode: fixed needs either"),
        (("scenes", 1, "view", "around"), [1, 1], f"{SECOND}.view.mode: fixed needs either"),
        (("scenes", 1, "view", "range"), [5, 5], f"{SECOND}.view.range: must be two steps"),
        (("scenes", 1, "view", "range"), [0, 2**40], f"{SECOND}.view.range[1]: must be a whole"),
        (("scenes", 1, "view", "slice"), "off", f"{SECOND}.view.slice: must be a whole"),
        (("scenes", 1, "view", "law", "low"), 30, f"{SECOND}.view.law.low: must be less than"),
        (("scenes", 1, "view", "law", "name"), "maximum", f"{SECOND}.view.law.name: has no low"),
        (("scenes", 1, "view", "panels"), ["moments"] * 2, f"{SECOND}.view.panels[1]: is there"),
        (("scenes", 1, "view", "pointer"), None, f"{SECOND}.view.pointer: is unknown"),
        (("scenes", 2, "question", "kind"), "guess", "scenes[2].question.kind: must be where,"),
        (("scenes", 2, "question", "level"), 0.7, "scenes[2].question.level: must be 0.5 or"),
        (("scenes", 2, "question", "ahead"), 0, "scenes[2].question.ahead: must be a whole"),
        (("scenes", 2, "question", "state"), "open", "scenes[2].question.state: is unknown"),
        (("scenes", 1, "question", "correct"), 2, f"{SECOND}.question.correct: must be the place"),
        (("scenes", 1, "question", "options"), ["a"], f"{SECOND}.question.options: must be 2"),
    ],
)
@pytest.mark.fault("a lesson that is malformed")
def test_parse_lesson_names_the_place_that_is_wrong(place, value, wrong):
    with pytest.raises(LessonError) as refusal:
        parse_lesson(edit(place, value))

    assert str(refusal.value).startswith(wrong)
    assert refusal.value.code == ErrorCode.INVALID


@pytest.mark.parametrize("place", [(), ("settings",), ("scenes", 1), ("scenes", 2, "question")])
def test_parse_lesson_refuses_a_name_that_is_there_twice(place):
    text = json.dumps(FULL)
    inner = json.dumps(find(FULL, place))
    name = next(iter(find(FULL, place)))
    twice = inner[:-1] + f", {json.dumps(name)}: 1}}"

    with pytest.raises(LessonError, match=rf"{name}: is there twice"):
        parse_lesson(text.replace(inner, twice))


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "null", "{", '"lesson"', "NaN", "[" * 20_000),
        pytest.param("9" * 5_000, id="digits"),
        b"\xff\xfe{}",
        b"\x00",
    ],
)
def test_parse_lesson_refuses_what_is_no_object(text):
    with pytest.raises(LessonError, match=r"^lesson: must be "):
        parse_lesson(text)


def test_parse_lesson_refuses_a_file_beyond_64_kib():
    text = json.dumps(FULL)

    parse_lesson(text + " " * (LESSON_BYTES - len(text)))
    with pytest.raises(LessonError, match="lesson: can have at most 64 KiB"):
        parse_lesson(text + " " * (LESSON_BYTES - len(text) + 1))


def test_parse_lesson_refuses_many_names_at_once_within_a_second():
    names = ",".join(f'"{n}":1' for n in range(6_000))
    began = time.process_time()

    with pytest.raises(LessonError):
        parse_lesson(f"{{{names}}}")
    assert time.process_time() - began < 1


def test_parse_lesson_names_the_place_of_a_number_with_thousands_of_digits():
    with pytest.raises(
        LessonError, match=r"^settings\.variance: must be a number from 0 to 10,000"
    ):
        parse_lesson(json.dumps(FULL).replace('"variance": 1', f'"variance": {"9" * 5_000}'))


def test_parse_lesson_measures_notes_after_cleaning():
    lesson = parse_lesson(edit(("scenes", 1, "notes"), "One.\r\n" * 400))

    assert lesson.scenes[1].notes == "\n".join(["One."] * 400)


def test_parse_lesson_cleans_texts():
    lesson = parse_lesson(edit(("scenes", 1, "notes"), "\u202eOne.  \r\n\n\n\n Two\x00 words. \n"))

    assert lesson.scenes[1].notes == "One.\n\nTwo words."


SOME_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["live", "fixed", "newest", "view", "where", "choice", "barrier"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=8,
)


def list_places(content: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner: Any = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list):
        inner = enumerate(content)
    below = [found for key, value in inner for found in list_places(value, (*place, key))]
    return [place, *below]


def check_outcome(text: str) -> None:
    refused = None
    try:
        lesson = parse_lesson(text)
    except LessonError as error:
        refused = error
    if refused is not None:
        assert all(refused.args)
        assert "\n" not in str(refused)
        return
    assert parse_lesson(write_lesson(lesson)) == lesson
    assert read_lesson(make_content(lesson)) == lesson


@unhurried
@given(SOME_JSON)
def test_parse_lesson_round_trips_or_refuses_any_json(value):
    check_outcome(json.dumps(value))


@unhurried
@given(st.text())
def test_parse_lesson_refuses_any_text_that_is_no_lesson(text):
    check_outcome(text)


@settings(deadline=None, max_examples=400)
@given(st.data())
def test_parse_lesson_round_trips_or_refuses_an_edited_lesson(data):
    content = copy.deepcopy(FULL)
    for _ in range(data.draw(st.integers(1, 3))):
        places = [place for place in list_places(content) if place]
        if not places:
            break
        place = data.draw(st.sampled_from(places))
        parent = find(content, place[:-1])
        match data.draw(st.sampled_from(["replace", "remove", "copy"])):
            case "replace":
                parent[place[-1]] = data.draw(SOME_JSON)
            case "remove":
                del parent[place[-1]]
            case "copy":
                other = data.draw(st.sampled_from(places))
                parent[place[-1]] = copy.deepcopy(find(content, other))

    check_outcome(json.dumps(content))
