"""What stands in two languages says the same in both."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from motion.core.errors import CloseCode, ErrorCode
from tests.protocol.frames import FRAMES
from tests.support.doc_pages import DOCS, Page
from tests.support.servers import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PROTOCOL = Page(DOCS / "protocol.md")


class InlineCode(HTMLParser):
    """Finds what a content security policy refuses; Django's tags pass as text or attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_inline = tag == "style" or (tag == "script" and "src" not in dict(attrs))
        handlers = [name for name, _ in attrs if name == "style" or name.startswith("on")]
        links = [value for _, value in attrs if (value or "").startswith("javascript:")]
        if is_inline or handlers or links:
            self.found.append(self.get_starttag_text() or tag)


OURS = 4000
"""Codes below are those of the WebSocket protocol itself."""


def test_close_codes_are_the_same_in_the_docs() -> None:
    rows = PROTOCOL.find_table("Limits, and closing", "code")

    ours = {int(code.text): comes_back.text == "yes" for code, _, comes_back in rows}
    assert {code: comes_back for code, comes_back in ours.items() if code >= OURS} == {
        code.value: code.is_retried for code in CloseCode
    }


def test_error_codes_are_the_same_in_the_docs() -> None:
    rows = PROTOCOL.find_table("From the server", "code")

    assert [row[0].text for row in rows] == [code.value for code in ErrorCode]


def test_frames_are_the_same_in_the_docs() -> None:
    rows = PROTOCOL.find_table("From the server", "type")
    fields = {frame["type"]: frame.keys() - {"type"} for frame in map(json.loads, FRAMES)}

    assert {kind.text: set(cell.codes) for kind, cell, *_ in rows} == fields


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_script_style_or_handler(template: Path) -> None:
    finder = InlineCode()
    finder.feed(template.read_text())

    assert finder.found == []
