"""A page of the docs: its blocks of code by their headings, and its tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.servers import ROOT

DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A block of code; `text` is as it is printed."""

    heading: str
    language: str
    text: str


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text, and the code in it."""

    text: str
    codes: tuple[str, ...]

    @classmethod
    def from_token(cls, token: Token) -> Cell:
        parts = [child for child in token.children or () if child.type in {"text", "code_inline"}]
        codes = (part.content for part in parts if part.type == "code_inline")
        return cls("".join(part.content for part in parts), tuple(codes))


@dataclass
class Page:
    """A page, and which of its blocks were taken from it to be run."""

    path: Path
    taken: set[Block] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.blocks: list[Block] = []
        self.headings: list[str] = []
        self.tables: list[tuple[str, list[list[Cell]]]] = []
        heading = ""
        tokens = MarkdownIt("commonmark").enable("table").parse(self.path.read_text())
        for before, token in zip([None, *tokens], tokens, strict=False):
            if before and before.type == "heading_open":
                heading = token.content
                self.headings.append(heading)
            if token.type == "table_open":
                self.tables.append((heading, []))
            if token.type == "tr_open":
                self.tables[-1][1].append([])
            if before and before.type in {"th_open", "td_open"}:
                self.tables[-1][1][-1].append(Cell.from_token(token))
            if token.type in {"code_block", "fence"}:
                self.blocks.append(Block(heading, token.info, token.content))

    def take(self, heading: str, beginning: str = "") -> list[str]:
        """The blocks under `heading` that have a line with such a beginning."""
        found = [
            block
            for block in self.blocks
            if block.heading == heading
            and any(line.startswith(beginning) for line in block.text.splitlines())
        ]
        assert found, f"{self.path.name}, {heading}: no block begins with {beginning}"
        self.taken.update(found)
        return [block.text for block in found]

    def find_table(self, heading: str, column: str) -> list[list[Cell]]:
        """The rows of the table under `heading` whose first column has that name."""
        (found,) = (
            table for above, table in self.tables if above == heading and table[0][0].text == column
        )
        return found[1:]
