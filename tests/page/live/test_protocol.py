"""protocol.js: the frames that it takes, and the codes of the server."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Error, Page

from motion.core.errors import CloseCode
from motion.protocol import messages
from tests.page.evaluation import evaluate
from tests.protocol.frames import CHANGE, FRAMES, RESULTS

pytestmark = pytest.mark.browser


def test_close_codes_are_those_of_the_server(modules: Page) -> None:
    table = evaluate(modules, "live/protocol", "return m.CLOSE")

    assert {int(code): entry["comesBack"] for code, entry in table.items()} == {
        code.value: code.is_retried for code in CloseCode
    }
    assert all(entry["text"].endswith(".") for entry in table.values())


def test_fields_are_those_of_the_server(modules: Page) -> None:
    # The type checker takes the types of frames from this table.
    table = evaluate(
        modules,
        "live/protocol",
        "return Object.entries(m.FIELDS).map(([type, fields]) => [type, Object.keys(fields)])",
    )

    # The page shows each refusal in one place, and needs no `re`.
    assert {kind: set(fields) for kind, fields in table} == {
        frame["type"]: frame.keys() - {"type", "re"} for frame in map(json.loads, FRAMES)
    }


def test_fields_of_a_change_are_those_of_the_server(modules: Page) -> None:
    fields = evaluate(modules, "live/protocol", "return Object.keys(m.CHANGE)")

    assert set(fields) == messages.make_change_fields(CHANGE).keys()


def test_fields_of_results_are_those_of_the_server(modules: Page) -> None:
    assert (
        set(evaluate(modules, "live/protocol", "return Object.keys(m.RESULTS)"))
        == vars(RESULTS).keys()
    )


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: json.loads(frame)["type"])
def test_parse_frame_accepts_the_frames_of_the_server(modules: Page, frame: str) -> None:
    assert evaluate(modules, "live/protocol", "return m.parseFrame(a)", frame) == json.loads(frame)


def test_check_frame_adds_the_fields_that_an_earlier_server_leaves_out(modules: Page) -> None:
    script = "return [m.parseFrame(a[0]), m.parseFrame(a[1])]"
    state, viewers = json.loads(FRAMES[0]), {"type": "viewers", "count": 1, "names": [], "ids": []}
    names = ("paths", "ensemble", "names_hidden", "access_version", "scene", "scenes")
    added = {name: state.pop(name) for name in names} | {"visibility": ""}
    del state["visibility"]

    frames = evaluate(modules, "live/protocol", script, [json.dumps(state), json.dumps(viewers)])

    assert frames == [state | added, viewers | {"seats": [], "followers": 0}]


def test_check_frames_leaves_out_the_types_of_a_newer_server(modules: Page) -> None:
    sent = [json.loads(PONG), {"type": "surprise"}, {"type": "toString"}, None]

    frames = evaluate(modules, "live/protocol", "return m.checkFrames(a)", sent)

    assert frames == [json.loads(PONG)]


PONG = '{"type":"pong","n":1,"step":2}'


def test_parse_frame_returns_the_frame(modules: Page) -> None:
    frame = evaluate(modules, "live/protocol", "return m.parseFrame(a)", PONG)

    assert frame == {"type": "pong", "n": 1, "step": 2}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "[]",
        '{"type":"surprise"}',
        '{"type":"toString"}',
        '{"type":"pong","n":1}',
        '{"type":"pong","n":1.5,"step":2}',
        '{"type":"pong","n":1e300,"step":2}',
        '{"type":"increments","epoch":1,"revision":1,"first_step":1,"increments":["1"],"position":1}',
        '{"type":"answer","question":1,"low":"1","high":null}',
        '{"type":"view","by":"Ada","id":"1a","view":[]}',
        '{"type":"increments","epoch":1,"revision":1,"first_step":1,"increments":[1e999],"position":1}',
    ],
)
def test_parse_frame_throws_when_the_frame_is_unknown(modules: Page, data: str) -> None:
    with pytest.raises(Error, match=r"SyntaxError|TypeError"):
        evaluate(modules, "live/protocol", "return m.parseFrame(a)", data)
