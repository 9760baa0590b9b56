"""HTML as a tree of elements, for tests of what a page holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
"""Elements that have no end tag."""

OPTION = "option"
"""Its end tag may be left out."""


@dataclass
class Element:
    """An element; an attribute without a value has the empty string."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    @property
    def descendants(self) -> Iterator[Element]:
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.descendants

    @property
    def text(self) -> str:
        """All of its text in one line."""
        return " ".join("".join(self.list_texts()).split())

    def list_texts(self, without: frozenset[str] = frozenset()) -> list[str]:
        """The texts in it, without those in elements with such a tag."""
        texts: list[str] = []
        for child in self.children:
            if isinstance(child, str):
                texts.append(child)
            elif child.tag not in without:
                texts += child.list_texts(without)
        return texts

    def find_all(self, tag: str = "", **attributes: str | bool) -> list[Element]:
        """The elements in it with that tag and these attributes, in their order.

        An attribute is given with _ for -, and `class_`; its value is the whole one, for a class
        one of its words, or whether the element has it.
        """
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.descendants
            if tag in {"", element.tag}
            and all(element.has(name, value) for name, value in wanted.items())
        ]

    def find(self, tag: str = "", **attributes: str | bool) -> Element:
        """The only one of `find_all`."""
        found = self.find_all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def has(self, name: str, value: str | bool) -> bool:
        if isinstance(value, bool):
            return (name in self.attributes) == value
        held = self.attributes.get(name)
        return held == value or (name == "class" and value in (held or "").split())


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == OPTION == self._open[-1].tag:
            self._open.pop()
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if tag != OPTION == self._open[-1].tag:
            self._open.pop()
        assert self._open[-1].tag == tag, f"</{tag}> ends <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def parse_html(text: str) -> Element:
    """The root of a page, whose end tags must fit."""
    builder = _TreeBuilder()
    builder.feed(text)
    builder.close()
    assert builder._open == [builder.root], f"<{builder._open[-1].tag}> has no end"
    return builder.root


def read_page(response: object) -> Element:
    """The page in a response of Django."""
    return parse_html(response.content.decode())  # type: ignore[attr-defined]
