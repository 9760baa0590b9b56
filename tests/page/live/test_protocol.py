"""protocol.js: the frames that it takes, and the codes of the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page

from motion.core.errors import CloseCode, ErrorCode
from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


def test_close_codes_are_those_of_the_server(modules: Page) -> None:
    table = evaluate(modules, "live/protocol", "return m.CLOSE")

    assert {int(code): entry["comesBack"] for code, entry in table.items()} == {
        code.value: code.comes_back for code in CloseCode
    }
    assert all(entry["text"].endswith(".") for entry in table.values())


def test_error_codes_are_those_of_the_server(modules: Page) -> None:
    assert evaluate(modules, "live/protocol", "return m.ERROR_CODES") == [
        code.value for code in ErrorCode
    ]


PONG = '{"type":"pong","n":1,"step":2}'


def test_parse_gives_the_frame(modules: Page) -> None:
    frame = evaluate(modules, "live/protocol", "return m.parse(a)", PONG)

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
        '{"type":"increments","epoch":1,"revision":1,"first_step":1,"increments":[1e999],"position":1}',
    ],
)
def test_parse_throws_on_what_it_does_not_know(modules: Page, data: str) -> None:
    with pytest.raises(Error, match=r"SyntaxError|TypeError"):
        evaluate(modules, "live/protocol", "return m.parse(a)", data)
