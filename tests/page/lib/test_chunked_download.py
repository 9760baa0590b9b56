"""chunked-download.js: pieces joined as one file."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SENTENCE = "last step must be a step that has happened, at most 5."
NEVER = "new Promise(() => {})"


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { collect, csv } = await import("/export_page.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


def test_load_in_pieces_joins_one_file(modules: Page) -> None:
    got = run(
        modules,
        """const { text, ...rest } = await collect({ first: 50, last: 250_049 });
        return { same: text === csv(50, 250_049), ...rest };""",
    )

    assert got == {
        "same": True,
        "type": "text/csv;charset=utf-8",
        "asked": [
            "/path.csv?first=50&last=250049&piece=1",
            "/path.csv?first=50&last=250049&piece=2",
            "/path.csv?first=50&last=250049&piece=3",
        ],
        "waited": [],
        "progress": [[100_000, 250_000], [200_000, 250_000], [250_000, 250_000]],
    }


def test_load_in_pieces_retries_a_failed_piece(modules: Page) -> None:
    same, asked, waited = run(
        modules,
        """const faults = [null, "gone", 503, "cut", "short", "headless"];
        const fault = (number) => faults[number];
        const { text, asked, waited } = await collect({ first: 0, last: 100_500, fault });
        return [text === csv(0, 100_500), asked, waited];""",
    )

    assert same
    assert asked[1:] == ["/path.csv?first=0&last=100500&piece=2"] * 6
    assert [0 <= pause <= 500 * 2**tries for tries, pause in enumerate(waited)] == [True] * 5


@pytest.mark.parametrize("fault", ["gone", 429, "short"])
def test_load_in_pieces_stops_after_six_failures(modules: Page, fault: str | int) -> None:
    got = run(modules, "return collect({ first: 0, last: 200_000, fault: () => a })", fault)

    assert len(got["asked"]) == 6
    assert len(got["waited"]) == 5
    assert got["progress"] == []
    assert re.match("(Type)?Error: |Busy: 429 ", got["error"])


@pytest.mark.parametrize("status", [400, 404])
def test_load_in_pieces_throws_the_refusal_of_the_server(modules: Page, status: int) -> None:
    got = run(
        modules,
        "return collect({ first: 0, last: 300_000, fault: (number) => number === 1 && a })",
        status,
    )

    assert got["error"] == f"Refusal: {SENTENCE}"
    assert len(got["asked"]) == 2
    assert got["waited"] == []


def test_load_in_pieces_stops_within_a_piece_when_cancelled(modules: Page) -> None:
    got = run(
        modules,
        f"""const fault = (number) => (number === 1 ? {NEVER} : null);
        return collect({{ first: 0, last: 300_000, fault, abortAt: 1 }});""",
    )

    assert got["name"] == "AbortError"
    assert len(got["asked"]) == 2


def test_load_file_stops_between_attempts_when_cancelled(modules: Page) -> None:
    name, asked = run(
        modules,
        """const { loadFile } = await import("/lib/chunked-download.js");
        const job = new AbortController();
        const { random } = Math;
        Math.random = () => 1; // the longest pause
        let asked = 0;
        globalThis.fetch = async () => {
          asked += 1;
          setTimeout(() => job.abort());
          throw new TypeError("Failed to fetch");
        };
        const taken = loadFile({ address: () => "/", signal: job.signal });
        const name = await taken.catch(({ name }) => name).finally(() => (Math.random = random));
        return [name, asked];""",
    )

    assert (name, asked) == ("AbortError", 1)
