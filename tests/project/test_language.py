"""The check of words in `make check`."""

from __future__ import annotations

import pytest

from tests import language


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The page is told.", "told"),
        ("It Tells", "Tells"),
        ("whoever asks", "whoever"),
        ("is made anew", "anew"),
        ("def is_told():", "told"),
        ("TOLD_CHANGES = 3", "TOLD"),
        ("wasTold(x)", "Told"),
        ("toldChanges(x)", "told"),
        ("this.#told = 3", "told"),
        ("for somebody who\n    # is late", "somebody who"),
        ("for those\n * who are late", "those * who"),
        ("what is asked for", "what is asked for"),
        ('"""Who comes late gets a history."""', "Who comes late gets a history."),
        ("It is late. Who comes\nnow: nothing", "Who comes now:"),
        ("a change of who controls", "of who"),
        ("for # who is late", "for # who"),
        ("the name; and who asked", "; and who"),
        ("the server is asked, who answers", "asked, who"),
    ],
)
def test_find_reports_a_word_of_the_list(text: str, words: str) -> None:
    assert [found for _, found, _ in language.find(text)] == [words]


@pytest.mark.parametrize(
    "text",
    [
        "Who can see it?",
        "## Who may do what\n\nThe owner decides.",
        '<label>Who may see it</label> <p class="help">Everyone.</p>',
        'label="Who may see it", required=True',
        "anyone who is late, a person who asks",
        "for who in PEOPLE:",
        "a storyteller untold hotels retell",
    ],
)
def test_find_passes_plain_words(text: str) -> None:
    assert list(language.find(text)) == []


def test_find_reports_the_line() -> None:
    assert [line for line, _, _ in language.find("one\n\nit is told\n")] == [3]


def test_read_texts_has_product_tests_and_docs() -> None:
    paths = {path for path, _ in language.read_texts()}

    assert {"motion/apps.py", "templates/base.html", "docs/glossary.md", "README.md"} <= paths
    assert {"tests/conftest.py", "static/motion/live/sync.js", "Makefile"} <= paths
