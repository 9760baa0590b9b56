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
        ("m.formatCount(14402)", "14,402"),
        ("m.formatCount(-3)", "−3"),
        ("m.formatDecimal(-0.1126)", "−0.113"),
        ("m.formatDecimal(0.775, 3, true)", "+0.775"),
        ("m.formatDecimal(-0.0001, 3, true)", "0.000"),
        ("m.formatDecimal(0, 3, true)", "0.000"),
        ("m.formatDecimal(12345.678)", "12,345.678"),
        ("m.formatCounted(1, 'step')", "1 step"),
        ("m.formatNumber(0.1 + 0.2)", "0.3"),
        ("m.formatPace(19.98)", "20.0"),
        ("m.formatPace(1 / 3600)", "0.00028"),
        ("m.formatPace(0)", "0.0"),
        ("m.formatNumber(-0.5)", "−0.5"),
        ("m.formatOrdinal(1)", "1st"),
        ("m.formatOrdinal(2)", "2nd"),
        ("m.formatOrdinal(3)", "3rd"),
        ("m.formatOrdinal(4)", "4th"),
        ("m.formatOrdinal(11)", "11th"),
        ("m.formatOrdinal(22)", "22nd"),
        ("m.formatOrdinal(1013)", "1,013th"),
    ],
)
def test_format_writes_numbers_for_people(modules: Page, call: str, expected: str) -> None:
    assert evaluate(modules, "lib/format", f"return {call}") == expected


SAME = {
    "write_number": "formatNumber",
    "write_decimal": "formatDecimal",
    "write_ordinal": "formatOrdinal",
}


def test_format_writes_numbers_as_the_server(modules: Page) -> None:
    calls = [[SAME[name], arguments] for name, arguments, _ in NUMBERS]

    body = "return a.map(([name, given]) => m[name](...given));"
    written = evaluate(modules, "lib/format", body, calls)

    assert written == [text for *_, text in NUMBERS]


def test_clock_has_the_day_unless_it_is_today(modules: Page) -> None:
    script = """async () => {
      const { formatClock } = await import("/lib/format.js");
      const at = (...parts) => new Date(2026, 10, ...parts);
      const moment = at(22, 9, 5, 7).toISOString();
      const nows = [at(22, 23, 0), at(23, 0, 1)];
      return [...nows.map((now) => formatClock(moment, now)), formatClock("never")];
    }"""

    assert modules.evaluate(script) == ["09:05:07", "22 Nov 2026, 09:05:07", ""]


def test_local_time_writes_months_as_the_server(modules: Page) -> None:
    script = """async (moments) => {
      const { formatLocalTime } = await import("/lib/format.js");
      return moments.map((at) => formatLocalTime(at, "day"));
    }"""
    moments = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in range(1, 13)]

    written = modules.evaluate(script, [at.isoformat() for at in moments])

    assert written == [write_time(at, "day") for at in moments]
