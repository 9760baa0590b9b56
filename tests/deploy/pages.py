"""The commands that a page of the docs prints, by the heading that they stand under."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

from tests.support.servers import ROOT

DOCS = ROOT / "docs"


@dataclass(frozen=True)
class Block:
    """A block of code; `text` is as it is printed."""

    heading: str
    text: str


@dataclass
class Page:
    """A page, and which of its blocks were taken from it to be run."""

    path: Path
    taken: set[Block] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.blocks: list[Block] = []
        heading = ""
        tokens = MarkdownIt("commonmark").parse(self.path.read_text())
        for before, token in zip([None, *tokens], tokens, strict=False):
            if before and before.type == "heading_open":
                heading = token.content
            if token.type in {"code_block", "fence"}:
                self.blocks.append(Block(heading, token.content))

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
