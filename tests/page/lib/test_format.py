"""format.js: numbers and moments as the server writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from motion.templatetags.moments import write_time
from tests.core.test_format import NUMBERS
from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("m.count(14402)", "14,402"),
        ("m.count(-3)", "−3"),
        ("m.decimal(-0.1126)", "−0.113"),
        ("m.decimal(0.775, 3, true)", "+0.775"),
        ("m.decimal(-0.0001, 3, true)", "0.000"),
        ("m.decimal(0, 3, true)", "0.000"),
        ("m.decimal(12345.678)", "12,345.678"),
        ("m.counted(1, 'step')", "1 step"),
        ("m.plain(0.1 + 0.2)", "0.3"),
        ("m.pace(19.98)", "20.0"),
        ("m.pace(1 / 3600)", "0.00028"),
        ("m.pace(0)", "0.0"),
        ("m.plain(-0.5)", "−0.5"),
        ("m.ordinal(1)", "1st"),
        ("m.ordinal(2)", "2nd"),
        ("m.ordinal(3)", "3rd"),
        ("m.ordinal(4)", "4th"),
        ("m.ordinal(11)", "11th"),
        ("m.ordinal(22)", "22nd"),
        ("m.ordinal(1013)", "1,013th"),
    ],
)
def test_format_writes_numbers_for_people(modules: Page, call: str, expected: str) -> None:
    assert evaluate(modules, "lib/format", f"return {call}") == expected


SAME = {"write_number": "plain", "write_decimal": "decimal", "write_ordinal": "ordinal"}


def test_format_writes_numbers_as_the_server(modules: Page) -> None:
    calls = [[SAME[name], arguments] for name, arguments, _ in NUMBERS]

    body = "return a.map(([name, given]) => m[name](...given));"
    written = evaluate(modules, "lib/format", body, calls)

    assert written == [text for *_, text in NUMBERS]


def test_clock_has_the_day_unless_it_is_today(modules: Page) -> None:
    script = """async () => {
      const { clock } = await import("/lib/format.js");
      const at = (...parts) => new Date(2026, 10, ...parts);
      const moment = at(22, 9, 5, 7).toISOString();
      return [clock(moment, at(22, 23, 0)), clock(moment, at(23, 0, 1)), clock("never")];
    }"""

    assert modules.evaluate(script) == ["09:05:07", "22 Nov 2026, 09:05:07", ""]


def test_local_time_writes_months_as_the_server(modules: Page) -> None:
    script = """async (moments) => {
      const { localTime } = await import("/lib/format.js");
      return moments.map((at) => localTime(at, "day"));
    }"""
    moments = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]

    written = modules.evaluate(script, [at.isoformat() for at in moments])

    assert written == [write_time(at, "day") for at in moments]
