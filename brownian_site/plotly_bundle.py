"""Cuts `plotly.min.js` to what the page's chart can reach: a quarter of its bytes.

The bundle is one function. Its statements declare modules, which run when another module first
needs them, and functions. The last module registers all kinds of traces but `scatter`, which is in
Plotly's core: `register([bar(), …])`. With an empty list most modules are out of reach.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from pathlib import Path
from typing import Final

from tree_sitter import Language, Node, Parser, Query, QueryCursor
from tree_sitter_javascript import language

# The SHA-256 of a bundle, and of what `cut` leaves of it: all tests have passed with that.
TESTED: Final = {
    # plotly.js 4.1.1, of plotly 7.1.0
    "3b6e15d45dbb7fca5bd2094291e961ddc5472cd887009e6009a56dab668d721f": (
        "a5999bfe7baa638a1630ac728fb96ac0d7d3aa30518864f9f73296047609c5c0"
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
    *statements, last = _parse_statements(text)
    parts = [part for statement in statements for part in _split(statement)]
    reached = _find_reached(parts, last)
    kept = b"".join(_write(part) for part in parts if _get_name(part) in reached)
    return text[: statements[0].start_byte] + kept + text[last.start_byte :]


def _empty_list(bundle: bytes) -> bytes:
    before, register, after = bundle.rpartition(_REGISTER)
    return before + register + b"]" + after.partition(b"]")[2]


def _parse_statements(text: bytes) -> list[Node]:
    """The declarations of the bundle's function, and then `return root();`."""
    opened = text.find(_OPENING) + len(_OPENING)
    tree = Parser(_JAVASCRIPT).parse(text)
    block = tree.root_node.named_descendant_for_byte_range(opened - 1, opened)
    if block is None or block.named_children[-1].type != "return_statement":
        raise ValueError("The text is not built like Plotly's bundle.")
    return block.named_children


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
    return b"var " + text + b";" if part.type == "variable_declarator" else text


def _get_text(node: Node) -> bytes:
    return node.text or b""
