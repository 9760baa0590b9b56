"""Each fault has a test that makes it happen, and each limit of docs/protocol.md its test."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from brownian_site import settings
from brownian_site.server import limits as server_limits
from motion.core import limits as core_limits
from tests.faults.register import FAULTS
from tests.support.doc_pages import DOCS, Page


def test_each_fault_has_a_test_and_each_mark_a_fault(all_tests: list[pytest.Item]) -> None:
    marked = {mark.args[0] for item in all_tests for mark in item.iter_markers("fault")}

    assert marked == set(FAULTS)


def test_each_limit_in_the_docs_has_its_test(all_tests: list[pytest.Item]) -> None:
    names = {item.nodeid.partition("[")[0].removeprefix("tests/") for item in all_tests}

    assert {row.test for row in read_rows()} - names == set()


# --- limits -------------------------------------------------------------------------------------


CONSTANTS = {
    name: value
    for module in (server_limits, core_limits)
    for name, value in vars(module).items()
    if name.isupper()
}


class Row(NamedTuple):
    """One of the table in docs/protocol.md."""

    what: str
    limit: str
    names: list[str]
    beyond: str
    test: str


def read_rows() -> list[Row]:
    table = Page(DOCS / "protocol.md").find_table("Limits", "what")
    return [
        Row(what.text, limit.text, names.text.split(), beyond.text, test.text)
        for what, limit, names, beyond, test, _ in table
        if limit.text
    ]


@pytest.mark.parametrize("row", read_rows(), ids=lambda row: row.what)
def test_limit_in_the_docs_is_the_limit_in_the_code(row: Row) -> None:
    values = [
        CONSTANTS[name] if name in CONSTANTS else getattr(settings, name) for name in row.names
    ]

    assert row.beyond
    for value in values:
        assert re.search(rf"(?<![\d,]){write_limit(value)}(?![\d,]*\d)", row.limit), (
            row.limit,
            value,
        )


def test_every_constant_limit_is_in_the_docs() -> None:
    named = {name for row in read_rows() for name in row.names}

    assert set(CONSTANTS) <= named


def write_limit(value: float) -> str:
    """How a number stands in the table."""
    whole = int(value)
    if whole and whole % (1 << 20) == 0:
        return f"{whole >> 20} MiB"
    return f"{whole >> 10} KiB" if whole and whole % 1024 == 0 else f"{whole:,}"
