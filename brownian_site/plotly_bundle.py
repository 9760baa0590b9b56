"""Cuts `plotly.min.js` to what the page's chart can reach: a fifth of its bytes.

The bundle is one function. Its statements declare modules, which run when another module first
needs them, and functions. The last module registers all kinds of traces but `scatter`, which is in
Plotly's core: `register([bar(), …])`. With an empty list most modules are out of reach.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tree_sitter import Language, Node, Parser, Query, QueryCursor
from tree_sitter_javascript import language

# The SHA-256 of a bundle, and of what `cut` leaves of it: all tests have passed with that.
TESTED: Final = {
    # plotly.js 4.1.1, of plotly 7.1.0
    "3b6e15d45dbb7fca5bd2094291e961ddc5472cd887009e6009a56dab668d721f": (
        "97db837d59798f19f4bdc4bd3b079d0dfef01182936f6e5196e7d4293a4c51d2"
    ),
}

_OPENING: Final = b"var Plotly=(()=>{"
_REGISTER: Final = b".register(["
_MAP_STYLES: Final = b".maplibregl-map{"  # 83 KB in a module of the core that only a map runs
_JAVASCRIPT: Final = Language(language())
_NAMES: Final = Query(_JAVASCRIPT, "[(identifier) (shorthand_property_identifier)] @name")


class UntestedBundleError(ValueError):
    """Nobody has tested the page with what is left of this bundle."""


def write_cut(bundle: Path, target: Path) -> None:
    """Write what is left of a bundle, unless it is there.

    Raises:
        UntestedBundleError: the bundle is not a tested one, or this parser cuts it differently.
    """
    text = bundle.read_bytes()
    tested = TESTED.get(compute_sha256(text))
    if tested and target.exists() and compute_sha256(target.read_bytes()) == tested:
        return
    if tested is None or compute_sha256(rest := cut(text)) != tested:
        raise UntestedBundleError
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    unfinished.write_bytes(rest)
    unfinished.replace(target)


def compute_sha256(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


def cut(bundle: bytes) -> bytes:
    """A bundle without the kinds of traces that it registers, and without what only they need.

    Raises:
        ValueError: it is not built like Plotly's bundle.
    """
    text = _empty_list(bundle)
    factory, *statements, last = _parse(text)
    parts = [part for statement in statements for part in _split(statement)]
    reached = _find_reached(parts, last)
    kept = b"".join(_write(part) for part in parts if _get_name(part) in reached)
    begin = text[factory.start_byte : statements[0].start_byte]
    end = text[last.start_byte : factory.end_byte]
    return text[: factory.start_byte] + _mark(begin + kept + end) + text[factory.end_byte :]


def _empty_list(bundle: bytes) -> bytes:
    before, register, after = bundle.rpartition(_REGISTER)
    return before + register + b"]" + after.partition(b"]")[2]


def _parse(text: bytes) -> list[Node]:
    """The script's function, then the bundle's statements: declarations, and `return root()`."""
    opened = text.find(_OPENING) + len(_OPENING)
    script = Parser(_JAVASCRIPT).parse(text).root_node
    block = script.named_descendant_for_byte_range(opened - 1, opened)
    functions = list(_find_functions_around(block))
    if not block or not functions or block.named_children[-1].type != "return_statement":
        raise ValueError("The text is not built like Plotly's bundle.")
    return [functions[-1], *block.named_children]


def _find_functions_around(node: Node | None) -> Iterator[Node]:
    while node := node and node.parent:
        if node.type == "arrow_function":
            yield node


def _mark(function: bytes) -> bytes:
    """A function in parentheses, by which a browser knows that it runs at the start.

    The browser compiles it beside the main thread, while the file arrives. Without them it would
    parse most of the file twice more, on the main thread: 66 ms instead of 3.
    """
    return b"(" + function + b")"


def _split(statement: Node) -> list[Node]:
    """The parts of a statement that can be kept or left out one by one."""
    return statement.named_children if statement.type == "variable_declaration" else [statement]


def _find_reached(parts: list[Node], root: Node) -> set[bytes]:
    """The names that the root needs, and that what it needs needs."""
    by_name = defaultdict(list)
    for part in parts:
        by_name[_get_name(part)].append(part)
    reached: set[bytes] = set()
    waiting = [root]
    while waiting:
        new = _find_names(waiting.pop()) & by_name.keys() - reached
        reached |= new
        waiting += [part for name in new for part in by_name[name]]
    return reached


def _get_name(part: Node) -> bytes:
    """The name that a part declares, or of the object that it fills: `fill(name, …)`."""
    node = part.named_children[0]
    if node.type == "call_expression":
        node = node.named_children[1].named_children[0]
    return _get_text(node)


def _find_names(part: Node) -> set[bytes]:
    """All names in a part. Those of local variables keep a little more than necessary."""
    return {_get_text(node) for node in QueryCursor(_NAMES).captures(part).get("name", [])}


def _write(part: Node) -> bytes:
    text = _get_text(part)
    if _MAP_STYLES in text:
        return b"function " + _get_name(part) + b"(){}"
    if part.type != "variable_declarator":
        return text
    module = part.named_children[-1].child_by_field_name("arguments")
    if module and module.named_children[0].type == "arrow_function":
        function = _get_text(module.named_children[0])
        text = text.replace(function, _mark(function))
    return b"var " + text + b";"


def _get_text(node: Node) -> bytes:
    return node.text or b""
