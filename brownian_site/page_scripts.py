"""Links the modules that a page's script imports into that script.

They stay single files for developers and tests. But a visitor would wait for seventy of them over
six connections: on a phone a second, on slow 4G more than two. So each module becomes a function
that returns its exports, behind the functions of the modules that it imports:

    const motion_lib_dom_js = (() => { function find() { … } return { find }; })();
    const motion_pages_form_js = (() => { const { find } = motion_lib_dom_js; … return {  }; })();

This works for modules without circles of imports, which `make check` holds, that export functions,
classes and constants where they declare them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Final

from tree_sitter import Language, Node, Parser, Query, QueryCursor
from tree_sitter_javascript import language

_JAVASCRIPT: Final = Language(language())
_COMMENTS: Final = Query(_JAVASCRIPT, "(comment) @comment")


class UnknownFormError(ValueError):
    """An import or export that is written as no module of ours was before."""

    def __init__(self, module: str, statement: str) -> None:
        super().__init__(f"{module}: page_scripts.py cannot link {statement!r}")


def link(script: str, read: Callable[[str], bytes]) -> bytes | None:
    """A script with the modules that it needs; None if it imports none, or is itself imported.

    Args:
        script: its path in the static files, as `read` takes it.

    Raises:
        UnknownFormError: a module has an import or export that this cannot link.
    """
    root = Module(script, read(script))
    if root.exports or not root.imports:
        return None
    linked: dict[str, str] = {}
    _add(root, read, linked)
    return "".join(linked.values()).encode()


def _add(module: Module, read: Callable[[str], bytes], linked: dict[str, str]) -> None:
    """Add a module behind those that it imports, each once, in a browser's own order."""
    for name in module.imports:
        if name not in linked:
            _add(Module(name, read(name)), read, linked)
    linked[module.name] = module.write()


class Module:
    """A module of JavaScript.

    Attributes:
        imports: the paths of modules in the static files.
        exports: names.
    """

    def __init__(self, name: str, source: bytes) -> None:
        self.name = name
        self.imports: list[str] = []
        self.exports: list[str] = []
        self._source = source
        self._edits: list[tuple[int, int, str]] = []  # from byte, to byte, text instead
        root = Parser(_JAVASCRIPT).parse(source).root_node
        for statement in root.named_children:
            if statement.type == "import_statement":
                self._change_import(statement)
            elif statement.type == "export_statement":
                self._change_export(statement)
        # Types in comments look like imports to Django.
        for comment in QueryCursor(_COMMENTS).captures(root).get("comment", []):
            self._edits.append((comment.start_byte, comment.end_byte, ""))

    def write(self) -> str:
        """The module as a function that runs at once, and a variable with its exports."""
        parts, end = [], 0
        for start, after, text in sorted(self._edits):
            parts += [self._source[end:start].decode(), text]
            end = after
        parts.append(self._source[end:].decode())
        variable, body, exports = _name_variable(self.name), "".join(parts), ", ".join(self.exports)
        return f"const {variable} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"

    def _change_import(self, statement: Node) -> None:
        """`import { a, b as c } from "./d.js"` becomes `const { a, b: c } = d_js`."""
        path = _get_text(statement.child_by_field_name("source"))[1:-1]
        imported = posixpath.normpath(posixpath.join(posixpath.dirname(self.name), path))
        self.imports.append(imported)
        names = statement.named_children[0].named_child(0)  # None: `import "./d.js"`
        if names and names.type == "namespace_import":
            pattern = _get_text(names.named_child(0))
        elif names and names.type == "named_imports":
            pattern = _get_text(names).replace(" as ", ": ")
        else:
            raise UnknownFormError(self.name, _get_text(statement))
        text = f"const {pattern} = {_name_variable(imported)};"
        self._edits.append((statement.start_byte, statement.end_byte, text))

    def _change_export(self, statement: Node) -> None:
        """`export const a = 1` becomes `const a = 1`."""
        declaration = statement.child_by_field_name("declaration")
        if declaration is None or _get_text(declaration).startswith("let "):
            raise UnknownFormError(self.name, _get_text(statement))
        if declaration.type == "lexical_declaration":
            declared = declaration.named_children
        else:
            declared = [declaration]
        self.exports += [_get_text(part.child_by_field_name("name")) for part in declared]
        self._edits.append((statement.start_byte, declaration.start_byte, ""))


def _name_variable(module: str) -> str:
    return re.sub(r"\W", "_", module)


def _get_text(node: Node | None) -> str:
    return ((node and node.text) or b"").decode()
