"""Collected files."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from tree_sitter import Language, Node, Parser
from tree_sitter_javascript import language

from brownian_site.static import HashedModuleStorage, WholeFileStorage

FOLDER = Path(__file__).parents[2] / "static" / "motion"
JAVASCRIPT = Parser(Language(language()))


def walk(node: Node) -> Iterator[Node]:
    """The node, and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


def read_text(node: Node | None) -> str:
    return node.text.decode() if node and node.text else ""


def find_imports(source: bytes) -> list[str]:
    """The relative addresses of the modules that a module imports, or exports from."""
    root = JAVASCRIPT.parse(source).root_node
    addresses = [read_text(node.child_by_field_name("source"))[1:-1] for node in root.children]
    return [address for address in addresses if address.startswith(".")]


class Overlong(ContentFile):
    """More than the disk takes."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_manifest_stays_whole_when_the_disk_is_full(tmp_path: Path) -> None:
    storage = WholeFileStorage(location=tmp_path, allow_overwrite=True)
    storage._save("manifest", ContentFile(b"before"))

    for content, kept in [(Overlong(b""), b"before"), (ContentFile(b"after"), b"after")]:
        storage.delete("manifest")
        try:
            storage._save("manifest", content)
        except OSError:
            assert kept == b"before"
        assert (tmp_path / "manifest").read_bytes() == kept


def test_manifest_of_the_site_is_written_so() -> None:
    assert isinstance(HashedModuleStorage().manifest_storage, WholeFileStorage)


def test_imports_of_collected_modules_lead_to_collected_modules(
    settings: LazySettings, tmp_path: Path
) -> None:
    # Django hashes a path twice if a comment before the import begins with "export" or "import".
    settings.STATIC_ROOT = tmp_path
    storage = HashedModuleStorage()
    modules = [path.relative_to(FOLDER.parent).as_posix() for path in FOLDER.rglob("*.js")]
    for name in modules:
        storage.save(name, ContentFile((FOLDER.parent / name).read_bytes()))

    list(storage.post_process({name: (storage, name) for name in modules}))

    hashed = storage.hashed_files
    assert hashed.keys() == set(modules)
    for name in hashed.values():
        if "motion-page" in name:
            assert (tmp_path / name).read_text().startswith("const motion_")
        collected = tmp_path / name
        for address in find_imports(collected.read_bytes()):
            found = (collected.parent / address).resolve().relative_to(tmp_path).as_posix()
            assert found in hashed.values(), f"{name} imports {address}"


def test_sheet_of_a_page_is_collected_with_the_sheets_that_it_imports(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path
    storage = HashedModuleStorage()
    sheets = {"page": b'@import "a.css";\n@import "b.css";\n', "a": b"a {}", "b": b"b {}"}
    names = [storage.save(f"motion/css/{name}.css", ContentFile(sheets[name])) for name in sheets]

    list(storage.post_process({name: (storage, name) for name in names}))

    collected = tmp_path / storage.hashed_files[names[0]]
    assert collected.read_text() == "a {}\nb {}\n"


# --- the oldest browsers: Chrome 100, Firefox 100, Safari 15.4 ---------------------------------

NEW_METHODS = {
    *("with", "findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "hasOwn"),
    *("fromAsync", "groupBy", "withResolvers", "canParse", "isWellFormed", "toWellFormed"),
    *("union", "intersection", "difference", "symmetricDifference", "isSubsetOf"),
    *("isSupersetOf", "isDisjointFrom", "checkVisibility", "requestSubmit", "showPopover"),
    *("hidePopover", "togglePopover", "startViewTransition"),
}
NEW_NAMES = {"AbortSignal", "structuredClone", "requestIdleCallback", "inert"}
NEW_SYNTAX = {"class_static_block", "import_attribute"}


def find_new_features(source: bytes) -> list[str]:
    """What in a script the oldest browsers lack."""
    root = JAVASCRIPT.parse(source).root_node
    assert not root.has_error, "tree-sitter cannot parse it"
    return [read_text(node) for node in walk(root) if is_new(node)]


def is_new(node: Node) -> bool:
    text = read_text(node)
    match node.type:
        case "identifier" | "property_identifier":
            return text in NEW_NAMES
        case "string_fragment":
            return text in NEW_NAMES or ":has(" in text
        case "regex_pattern":
            return "(?<=" in text or "(?<!" in text
        case "regex_flags":
            return "v" in text
        case "member_expression":
            return text == "Response.json"
        case "call_expression":
            return is_new_call(node)
    return node.type in NEW_SYNTAX


def is_new_call(call: Node) -> bool:
    """Whether it calls a method that is new; our own `at` takes no number as it stands."""
    function, arguments = (call.child_by_field_name(name) for name in ("function", "arguments"))
    if function is None or function.type != "member_expression":
        return False
    name = read_text(function.child_by_field_name("property"))
    first = arguments.named_children[0].type if arguments and arguments.named_children else ""
    return name in NEW_METHODS or (name == "at" and first in {"number", "unary_expression"})


NEW_IN_STYLES = re.compile(
    r"light-dark\(|@property|@layer|@container|@scope|@starting-style|:has\(|subgrid|text-wrap"
    r"|[({;]\s*(?:rotate|translate|scale)\s*:|oklch|oklab|&|\(\s*(?:width|height)\s*[<>]"
)

MIXING = re.compile(r"@supports \(color: color-mix\(in srgb, red, blue\)\) \{.*?\n\}\n", re.DOTALL)


def read_styles() -> dict[str, str]:
    """The style sheets by their names, without comments."""
    return {
        path.name: re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for path in FOLDER.rglob("*.css")
    }


@pytest.mark.parametrize(
    "source",
    [
        *("a.at(-1)", "list.toReversed()", "AbortSignal.timeout(5)", "Object.hasOwn(a, b)"),
        *("/(?<=a)b/", "/[a--b]/v;", "class A { static { } }", "querySelector('p:has(b)')"),
        'import data from "./a.json" with { type: "json" };',
    ],
)
def test_find_new_features_finds_each_kind(source: str) -> None:
    assert len(find_new_features(source.encode())) == 1


def test_scripts_use_nothing_that_the_oldest_browsers_lack() -> None:
    found = {path.name: find_new_features(path.read_bytes()) for path in FOLDER.rglob("*.js")}

    assert len(found) > 50
    assert {name: matches for name, matches in found.items() if matches} == {}


def test_style_sheets_use_nothing_that_the_oldest_browsers_lack() -> None:
    found = {name: NEW_IN_STYLES.findall(sheet) for name, sheet in read_styles().items()}

    assert len(found) > 5
    assert {name: matches for name, matches in found.items() if matches} == {}


def test_mixed_colours_and_dynamic_heights_stand_beside_plain_ones() -> None:
    for name, sheet in read_styles().items():
        assert "color-mix(" not in MIXING.sub("", sheet), name
        for height in re.findall(r"^.*\d+dvh.*;", sheet, re.MULTILINE):
            assert f"{height.replace('dvh', 'vh')}\n{height}" in sheet, name


def test_mixtures_have_a_plain_colour_each() -> None:
    base = read_styles()["base.css"]
    mixed = re.findall(r"^ +(--[\w-]+): color-mix", base, re.MULTILINE)

    assert mixed
    for name in mixed:
        assert re.search(rf"^  {name}: var\(", base, re.MULTILINE), name


def test_dark_colours_are_the_same_by_system_and_by_choice() -> None:
    base = read_styles()["base.css"]
    by_system = re.search(r':root:not\(\[data-theme="light"\]\) \{([^}]*)\}', base)
    by_choice = re.search(r':root\[data-theme="dark"\] \{([^}]*)\}', base)

    assert by_system
    assert by_choice
    chosen = [line.strip() for line in by_choice[1].split("\n") if "color-scheme" not in line]
    assert [line.strip() for line in by_system[1].split("\n")] == chosen
    assert len(chosen) > 10


def test_slider_is_drawn_by_the_sheet_in_firefox() -> None:
    alone = re.search(
        r"@supports \(-moz-appearance: none\) \{.*?\n\}", read_styles()["panels.css"], re.S
    )

    assert alone
    assert "appearance: none;" in alone[0].split("::")[0]
    for part in ("track", "progress", "thumb"):
        assert f"::-moz-range-{part} {{" in alone[0]
