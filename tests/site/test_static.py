"""Collected files."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile

from brownian_site.static import HashedModuleStorage, WholeFileStorage

FOLDER = Path(__file__).parents[2] / "static" / "motion"
IMPORT = re.compile(r"""^(?:import|export|\}).*["'](\..*)["'];$""", re.MULTILINE)


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
        for address in IMPORT.findall(collected.read_text()):
            found = (collected.parent / address).resolve().relative_to(tmp_path).as_posix()
            assert found in hashed.values(), f"{name} imports {address}"


# --- the oldest browsers: Chrome 100, Firefox 100, Safari 15.4 ---------------------------------

NEW_IN_SCRIPTS = re.compile(
    r"""
    \.at\(-?\d | \. (?: with | findLast | findLastIndex | toReversed | toSorted | toSpliced | hasOwn
         | fromAsync | groupBy | withResolvers | canParse | isWellFormed | toWellFormed
         | union | intersection | difference | symmetricDifference | isSubsetOf | isSupersetOf
         | isDisjointFrom | checkVisibility | requestSubmit | showPopover | hidePopover
         | togglePopover | startViewTransition ) \(
    | \bAbortSignal\. | \bResponse\.json\b | \bstructuredClone\b | \brequestIdleCallback\b
    | :has\( | \binert\b | \(\?<[=!] | /[dgimsuy]*v[dgimsuy]*(?=[;,)]) | \bstatic\s*\{
    | \bimport\b [^;\n]* \b(?:with|assert)\s*\{
    """,
    re.VERBOSE,
)

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
def test_search_finds_features_that_old_browsers_lack(source: str) -> None:
    assert NEW_IN_SCRIPTS.search(source)


def test_scripts_use_nothing_that_the_oldest_browsers_lack() -> None:
    found = {
        path.name: [match[0] for match in NEW_IN_SCRIPTS.finditer(path.read_text())]
        for path in FOLDER.rglob("*.js")
    }

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
