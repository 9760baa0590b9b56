"""The frames of docs/protocol.md, field by field, without NaN and infinity."""

import json
import math
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.core.errors import (
    ConflictError,
    ErrorCode,
    ForbiddenError,
    InvalidValueError,
    MalformedError,
    UnavailableError,
    UnknownTypeError,
)
from motion.core.parameters import Parameters
from motion.protocol import messages
from motion.protocol.messages import ChangeRecord, NamedPerson, State
from tests.core.presented_views import VIEW
from tests.protocol.frames import QUESTION, RESULTS

unhurried = settings(deadline=None)  # a busy machine may be slow

STATE = State(
    slug="default",
    title='Brown & "Perrin" </script> 🎲',
    epoch=1800000000,
    step=41,
    position=0.1 + 0.2,
    change=ChangeRecord(
        revision=3,
        step=40,
        position=0.1,
        parameters=Parameters(variance=2.0, drift=-0.5, interval=0.25, paused=True),
        at="2027-01-15T08:00:00Z",
        by="Ada",
        event=2,
        kind="",
        text="Ada paused it at step 40",
    ),
    owner=NamedPerson("1a", "Ada"),
    visibility="unlisted",
    control="controllers",
    controllers=(NamedPerson("2b", "Ben"), NamedPerson("3c", "Cy")),
    paths=40,
    ensemble=30,
    names_hidden=True,
    access_version=7,
    scene=2,
    scenes=6,
)
RECORD = ChangeRecord(
    revision=3,
    event=3,
    kind="",
    step=41,
    position=-1.5,
    parameters=Parameters(),
    at="2027-01-15T08:00:00Z",
    by=None,
    text="Started",
)
finite = st.floats(allow_nan=False, allow_infinity=False)


def test_encode_state_gives_the_documented_fields():
    assert json.loads(
        messages.encode_state(STATE, can_control=True, version="1.2-3f", now="2027-01-15T08:01:00Z")
    ) == {
        "type": "state",
        "slug": "default",
        "title": 'Brown & "Perrin" </script> 🎲',
        "epoch": 1800000000,
        "revision": 3,
        "step": 41,
        "position": 0.30000000000000004,
        "variance": 2.0,
        "drift": -0.5,
        "interval": 0.25,
        "paused": True,
        "by": "Ada",
        "at": "2027-01-15T08:00:00Z",
        "event": 2,
        "kind": "",
        "text": "Ada paused it at step 40",
        "owner": "Ada",
        "owner_id": "1a",
        "visibility": "unlisted",
        "control": "controllers",
        "controllers": ["Ben", "Cy"],
        "controller_ids": ["2b", "3c"],
        "paths": 40,
        "ensemble": 30,
        "names_hidden": True,
        "access_version": 7,
        "scene": 2,
        "scenes": 6,
        "can_control": True,
        "version": "1.2-3f",
        "now": "2027-01-15T08:01:00Z",
    }


@unhurried
@given(st.lists(finite), finite)
def test_encode_increments_keeps_every_digit(increments, position):
    frame = messages.encode_increments(
        epoch=1, revision=2, first_step=3, increments=increments, position=position
    )

    assert json.loads(frame) == {
        "type": "increments",
        "epoch": 1,
        "revision": 2,
        "first_step": 3,
        "increments": increments,
        "position": position,
    }


def test_encode_history_gives_the_documented_fields():
    frame = messages.encode_history(
        epoch=1, first_step=0, stride=4, positions=[0.0, 1e-300], changes=[RECORD]
    )

    change = {"revision": 3, "step": 41, "position": -1.5, "at": "2027-01-15T08:00:00Z", "by": None}
    change |= {"variance": 1.0, "drift": 0.0, "interval": 0.5, "paused": False}
    change |= {"event": 3, "kind": "", "text": "Started"}
    assert json.loads(frame) == {
        "type": "history",
        "epoch": 1,
        "first_step": 0,
        "stride": 4,
        "positions": [0.0, 1e-300],
        "changes": [change],
    }


def test_encode_pong_gives_the_documented_fields():
    assert json.loads(messages.encode_pong(n=7, step=41)) == {"type": "pong", "n": 7, "step": 41}


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=50))
def test_encode_ensemble_keeps_float32_of_each_position(positions):
    exact = np.array(positions)

    frame = json.loads(messages.encode_ensemble(epoch=3, step=7, positions=exact))

    sent = np.frombuffer(b64decode(frame.pop("positions")), dtype="<f4")
    assert sent.tolist() == exact.astype(np.float32).tolist()
    assert frame == {"type": "ensemble", "epoch": 3, "step": 7}


def test_encode_ensemble_takes_at_most_6_kb_for_1000_paths():
    frame = messages.encode_ensemble(epoch=2**40, step=2**40, positions=np.full(1_000, -1e15))

    assert len(frame) <= 6_000


def test_encode_seat_gives_the_documented_fields():
    assert json.loads(messages.encode_seat(number=7, name="Mia")) == {
        "type": "seat",
        "number": 7,
        "name": "Mia",
    }
    assert json.loads(messages.encode_seat(number=None, name="Mia"))["number"] is None


def test_encode_viewers_gives_the_documented_fields():
    frame = messages.encode_viewers(
        count=2, people=[NamedPerson("1a", "Ada")], seats=[(7, "Mia"), (8, "Jun")], followers=1
    )

    assert json.loads(frame) == {
        "type": "viewers",
        "count": 2,
        "names": ["Ada"],
        "ids": ["1a"],
        "seats": [[7, "Mia"], [8, "Jun"]],
        "followers": 1,
    }


def test_encode_question_gives_the_documented_fields():
    assert json.loads(messages.encode_question(QUESTION, results=RESULTS, answered=3, of=4)) == {
        "type": "question",
        "number": 3,
        "kind": "interval",
        "text": "Where will we be in 100 steps?",
        "options": [],
        "level": 0.5,
        "epoch": 1,
        "step": 240,
        "state": "revealed",
        "opened_at": "2026-11-26T06:17:00.250+00:00",
        "answered": 3,
        "of": 4,
        "results": {
            "edges": [-1.0, 0.0, 1.0],
            "counts": [1, 2],
            "median": 0.25,
            "intervals": [[-1.0, 0.0], [0.0, 0.5], [0.5, 1.0]],
            "outcome": 0.5,
            "ended": False,
            "contained": 2,
            "mean_score": 1.5,
            "names": [["Mia", -1.0, 0.0]],
        },
    }


def test_encode_question_has_zero_values_when_there_is_none():
    assert json.loads(messages.encode_question(None)) == {
        "type": "question",
        "number": 0,
        "kind": "",
        "text": "",
        "options": [],
        "level": None,
        "epoch": None,
        "step": None,
        "state": "",
        "opened_at": "",
        "answered": 0,
        "of": 0,
        "results": None,
    }


@pytest.mark.parametrize(("low", "high"), [(-1.5, 0.1 + 0.2), (None, None)])
def test_encode_answer_gives_the_documented_fields(low, high):
    frame = json.loads(messages.encode_answer(question=3, low=low, high=high))

    assert frame == {"type": "answer", "question": 3, "low": low, "high": high}


@pytest.mark.parametrize("view", [VIEW, None])
def test_encode_view_gives_the_documented_fields(view):
    frame = json.loads(messages.encode_view(view, by=NamedPerson("1a", "Ada")))

    assert frame == {"type": "view", "by": "Ada", "id": "1a", "view": view}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MalformedError("A message needs a type."), ErrorCode.MALFORMED),
        (UnknownTypeError(), ErrorCode.UNKNOWN_TYPE),
        (InvalidValueError("drift", "a number"), ErrorCode.INVALID),
        (ForbiddenError(), ErrorCode.FORBIDDEN),
        (ConflictError(), ErrorCode.CONFLICT),
        (UnavailableError(), ErrorCode.UNAVAILABLE),
    ],
)
def test_encode_error_gives_the_code_and_a_sentence(error, code):
    frame = json.loads(messages.encode_error(error, re="change"))

    assert frame == {"type": "error", "code": code, "message": str(error), "re": "change"}
    assert frame["message"].endswith(".")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_encode_raises_when_json_has_no_such_number(value):
    frame = {"epoch": 1, "revision": 1, "first_step": 1}

    with pytest.raises(ValueError, match="JSON"):
        messages.encode_increments(**frame, increments=[value], position=0.0)
    with pytest.raises(ValueError, match="JSON"):
        messages.encode_increments(**frame, increments=[], position=value)
    with pytest.raises(ValueError, match="JSON"):
        messages.encode_history(epoch=1, first_step=0, stride=1, positions=[value], changes=[])
