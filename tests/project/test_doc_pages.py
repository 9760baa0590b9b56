"""The pages of the docs: files and names that they mention exist, and emphasis is whole."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.servers import ROOT

FRONT = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [page for name in FRONT if (page := ROOT / name).exists()] + sorted(
    ROOT.glob("docs/**/*.md")
)
FOLDERS = (
    *("bench", "brownian_site", "deploy", "docs", "motion", "requirements", "static"),
    *("templates", "tests", ".ci", ".github"),
)
ARCHITECTURE = ROOT / "docs/architecture.md"

SUFFIXES = (".py", ".js", ".css", ".html", ".md", ".json", ".yaml", ".conf", ".toml", ".txt")


def parse(page: Path) -> list[Token]:
    text = page.read_text(encoding="utf-8")
    return MarkdownIt("commonmark").enable("table").parse(text)


@cache
def list_tracked() -> frozenset[str]:
    """The files of the repository, and their folders with a slash at the end."""
    inside = (file for name in FOLDERS for file in (ROOT / name).rglob("*"))
    files = [
        file.relative_to(ROOT)
        for file in (*ROOT.iterdir(), *inside)
        if file.is_file() and file.suffix != ".pyc"
    ]
    folders = {f"{folder}/" for file in files for folder in file.parents if folder.name}
    return frozenset({*map(str, files), *folders})


def find_paths(text: str) -> Iterator[str]:
    """The words of `text` that look like a path of this repository."""
    for word in text.replace("/<br/>", "/").replace("<br/>", " ").split():
        path = word.strip("()[],;:.").split("::")[0]
        top, slash, _ = path.partition("/")
        is_plain = path.replace("/", "").replace(".", "").replace("-", "").isidentifier()
        if slash and top and is_plain and (path.endswith(SUFFIXES) or f"{top}/" in list_tracked()):
            yield path


def find_code(tokens: list[Token]) -> Iterator[str]:
    """Code spans and Mermaid's drawings; other blocks are commands and programs."""
    for token in tokens:
        if token.type == "fence" and token.info == "mermaid":
            yield token.content
        yield from (one.content for one in token.children or () if one.type == "code_inline")


def find_links(tokens: list[Token]) -> Iterator[str]:
    """The files that relative links and pictures name."""
    for child in (child for token in tokens for child in token.children or ()):
        address = str(child.attrGet("href") or child.attrGet("src") or "")
        path, _, _ = address.partition("#")
        if path and ":" not in path:
            yield path


def find_tree(tokens: list[Token]) -> Iterator[str]:
    """The paths of a drawing of folders, by their indentation."""
    (tree,) = (one.content for one in tokens if one.type == "fence" and not one.info)
    above: list[tuple[int, str]] = []
    for line in tree.splitlines():
        name, indent = line.split()[0], len(line) - len(line.lstrip())
        above = [*(one for one in above if one[0] < indent), (indent, name)]
        yield "".join(part for _, part in above)


def is_there(path: str) -> bool:
    """Whether it is a path, or the end of one."""
    ends = (path, f"{path}/")
    return any(
        known in ends or known.endswith(tuple(f"/{end}" for end in ends))
        for known in list_tracked()
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_names_files_that_exist(page: Path) -> None:
    tokens = parse(page)
    paths = {path for text in find_code(tokens) for path in find_paths(text)}
    unknown = {path for path in paths if not is_there(path)}
    broken = {path for path in find_links(tokens) if not (page.parent / path).exists()}

    assert (unknown, broken) == (set(), set())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_page_shows_no_asterisk_of_broken_emphasis(page: Path) -> None:
    children = [child for token in parse(page) for child in token.children or ()]
    texts = [child.content for child in children if child.type == "text"]

    assert [text for text in texts if "*" in text] == []


def test_map_names_folders_that_exist() -> None:
    paths = list(find_tree(parse(ARCHITECTURE)))

    assert "motion/core/" in paths
    assert [path for path in paths if path not in list_tracked()] == []


def test_answers_name_code_that_exists() -> None:
    """A name in brackets after a file is in that file."""
    cells = [token for token in parse(ARCHITECTURE) if token.type == "inline"]
    pairs = [
        (path, name)
        for cell in cells
        for path, name in pairwise(find_code([cell]))
        if f"`{path}` (`{name}`" in cell.content
    ]

    assert ("motion/services/motions.py", "change_motion") in pairs
    assert [pair for pair in pairs if pair[1] not in (ROOT / pair[0]).read_text("utf-8")] == []
