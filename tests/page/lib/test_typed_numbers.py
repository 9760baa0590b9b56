"""typed-numbers.js: numbers as people type them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.typed_numbers import AMBIGUOUS, MEANT, NO_NUMBERS, NOT_WHOLE, WHOLE

pytestmark = pytest.mark.browser


def test_read_number_reads_as_the_server(modules: Page) -> None:
    typed = [*MEANT, *AMBIGUOUS, *NO_NUMBERS, *WHOLE, *NOT_WHOLE]

    read, whole, explained = modules.evaluate(
        """async (typed) => {
          const { explainAmbiguity, readNumber, readWhole } = await import("/lib/typed-numbers.js");
          const read = (reader) => typed.map((text) => {
            const value = reader(text);
            return Number.isNaN(value) ? null : value;
          });
          return [read(readNumber), read(readWhole), typed.map(explainAmbiguity)];
        }""",
        typed,
    )

    numbers = dict(zip(typed, read, strict=True))
    wholes = dict(zip(typed, whole, strict=True))
    assert {text: numbers[text] for text in MEANT} == MEANT
    assert {numbers[text] for text in (*AMBIGUOUS, *NO_NUMBERS)} == {None}
    assert {text: wholes[text] for text in WHOLE} == WHOLE
    assert {wholes[text] for text in NOT_WHOLE} == {None}
    explanations = {text: words for text, words in zip(typed, explained, strict=True) if words}
    assert {text: explanations[text] for text in AMBIGUOUS} == AMBIGUOUS
    assert set(explanations) - set(AMBIGUOUS) <= set(WHOLE)
