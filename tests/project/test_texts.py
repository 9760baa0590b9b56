"""Texts for people are in plain words: templates, strings of the code, docs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

# Words of our own dialect, for which there are plain ones: says, shows, anyone who, again.
DIALECT = re.compile(r"\b(told|tells?|whoever|anew|somebody who|those who)\b", re.IGNORECASE)

TEMPLATE_CODE = re.compile(r"{#.*?#}|{% comment.*?endcomment %}|{%.*?%}|{{.*?}}", re.DOTALL)
SCRIPT_PARTS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)""", re.DOTALL
)
EXPRESSION = re.compile(r"\${[^}]*}")


def texts_of_template(source: str) -> Iterator[str]:
    """The text between the tags, and the texts that `include` passes on."""
    yield TEMPLATE_CODE.sub("", source)
    for tag in re.findall(r"{% include .*? %}", source):
        yield from re.findall(r'="([^"]* [^"]*)"', tag)


def texts_of_script(source: str) -> Iterator[str]:
    """The strings of several words; a comment is none of them."""
    for string in SCRIPT_PARTS.findall(source):
        text = EXPRESSION.sub("…", string[1:-1])
        if " " in text:
            yield text


def texts_of_code(source: str) -> Iterator[str]:
    """The strings of several words; a docstring is none of them."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for node in strings:
        text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        if isinstance(text, str) and " " in text and id(node) not in alone:
            yield text


def texts_of_page(source: str) -> Iterator[str]:
    yield from source.splitlines()


READERS = {
    ".html": texts_of_template,
    ".js": texts_of_script,
    ".py": texts_of_code,
    ".md": texts_of_page,
}


def read_texts(pattern: str) -> Iterator[tuple[str, str]]:
    for path in sorted(ROOT.glob(pattern)):
        if "migrations" not in path.parts:  # they are history
            for text in READERS[path.suffix](path.read_text(encoding="utf-8")):
                yield str(path.relative_to(ROOT)), text


@pytest.mark.parametrize(
    ("pattern", "one_of_them"),
    [
        ("templates/**/*.html", "Join with a code"),
        ("static/motion/**/*.js", "You are signed out."),
        ("motion/**/*.py", "The worker has stopped."),
        ("brownian_site/**/*.py", "This form is out of date."),
        ("deploy/**/*.py", "Ctrl-C ends all of them."),
        ("docs/**/*.md", "# Security"),
        ("*.md", "# Changelog"),
    ],
)
def test_texts_are_in_plain_words(pattern: str, one_of_them: str) -> None:
    texts = list(read_texts(pattern))

    assert any(one_of_them in text for _, text in texts)
    assert [(path, text) for path, text in texts if DIALECT.search(text)] == []


def test_reader_of_templates_finds_what_include_passes_on() -> None:
    source = '<p>{% url "x y" %}</p>{% include "a.html" with name="one" title="You see it." %}'

    assert list(texts_of_template(source)) == ["<p></p>", "You see it."]


def test_reader_of_scripts_passes_comments_over() -> None:
    source = '// "told here"\nsay("You see it."); /* `told there` */ say(`It is ${told(x)} now`);'

    assert list(texts_of_script(source)) == ["You see it.", "It is … now"]


def test_reader_of_code_passes_docstrings_over() -> None:
    source = '"""Whoever asks."""\nsay(f"It is {told} now", "key")'

    assert list(texts_of_code(source)) == ["It is ", " now"]
