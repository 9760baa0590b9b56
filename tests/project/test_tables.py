"""What stands in two languages says the same in both."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from motion.core.errors import CloseCode, ErrorCode
from tests.support.servers import ROOT

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PROTOCOL_JS = (ROOT / "static" / "motion" / "live" / "protocol.js").read_text()
PROTOCOL_MD = (ROOT / "docs" / "protocol.md").read_text()


def table_rows(heading: str) -> dict[str, str]:
    """First cell → last cell of the protocol's table whose first column is `heading`'s."""
    table = PROTOCOL_MD.split(f"| {heading} |")[1].split("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {cells[0].strip("`"): cells[-1] for cells in rows}


OURS = 4000
"""Codes below are those of the WebSocket protocol itself."""


def test_close_codes_are_the_same_in_the_page() -> None:
    entries = re.findall(r"^  (\d{4}): \{ comesBack: (true|false),", PROTOCOL_JS, re.MULTILINE)

    assert {int(code): comes_back == "true" for code, comes_back in entries} == {
        code.value: code.is_retried for code in CloseCode
    }


def test_close_codes_are_the_same_in_the_docs() -> None:
    rows = table_rows("code | why | comes back?")

    ours = {int(code): comes_back == "yes" for code, comes_back in rows.items()}
    assert {code: comes_back for code, comes_back in ours.items() if code >= OURS} == {
        code.value: code.is_retried for code in CloseCode
    }


def test_error_codes_are_the_same_in_the_docs() -> None:
    assert list(table_rows("code | means")) == [code.value for code in ErrorCode]


def test_frames_are_the_same_in_the_page_and_the_docs() -> None:
    change = PROTOCOL_JS.split("const CHANGE = {")[1].split("\n};")[0]
    frames = PROTOCOL_JS.split("const FIELDS = {")[1].split("\n};")[0]
    checked = frames.replace("...CHANGE,", change)
    fields = {
        kind: set(re.findall(r"(\w+): \w", body))
        for kind, body in re.findall(r"(\w+): \{(.*?)\}", checked, re.DOTALL)
    }

    written = {
        kind: set(re.findall(r"`(\w+)`", cells))
        for kind, cells in table_rows("type | fields").items()
    }
    # A page needs no `re`: it has one place where refusals are shown.
    assert fields | {"error": fields["error"] | {"re"}} == written


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_script_style_or_handler(template: Path) -> None:
    text = template.read_text()

    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if " src=" not in tag] == []
