"""The folders of the page's modules: which may import which, and which touch the outside world."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.servers import ROOT

MOTION: Final = ROOT / "static" / "motion"
FOLDERS: Final = ("pages", "widgets", "stats", "view", "chart", "live", "lib")
"""A module imports from its own folder and from folders to the right of it."""
MODULES: Final = {path.relative_to(MOTION).as_posix(): path for path in MOTION.rglob("*.js")}

IMPORT = re.compile(
    r"""^(?:import|export)\b[^"();]*"(\.[^"]+)" | \bimport\(\s*["'`]([^"'`]+)""",
    re.MULTILINE | re.VERBOSE,
)
OUTSIDE = re.compile(
    r"""
    \b (?: document | window | globalThis | navigator | location | performance
        | localStorage | sessionStorage ) (?: \??\. | \[ )
    | \b (?: Date\.now | new\ WebSocket | new\ Worker | new\ XMLHttpRequest ) \b
    | \b new\ Date (?: \(\) | ; )
    | (?<![\w.\#]) (?: fetch | setTimeout | setInterval | requestAnimationFrame
        | addEventListener | matchMedia ) \(
    | \b innerHTML \b
    """,
    re.VERBOSE,
)
PURE_FOLDERS: Final = ("stats", "view", "chart", "live")
TOUCHING: Final = {
    "chart/chart.js",  # the element that Plotly draws in
    "chart/wheel.js",  # the hint, and its timer
    "live/http-fallback.js",  # requests frames while no socket opens, unless the tab is hidden
    "live/socket.js",
    "live/windows.js",  # requests stretches of the path
    "stats/poller.js",  # its clock, which tests replace
    "stats/theory.js",  # the section of the page
    "view/tile-loader.js",  # reads the clock when a tile fails
}
"""The modules of the pure folders that touch the document, the network or a clock."""


def without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", script, flags=re.DOTALL)


def imports(name: str) -> set[str]:
    """The modules that a module imports, as paths inside static/motion."""
    found = {match[1] or match[2] for match in IMPORT.finditer(MODULES[name].read_text())}
    return {
        (MOTION / name).parent.joinpath(path).resolve().relative_to(MOTION).as_posix()
        for path in found
    }


def place(name: str) -> int:
    return FOLDERS.index(Path(name).parts[0])


def test_every_module_is_in_one_of_the_folders() -> None:
    assert {Path(name).parent.as_posix() for name in MODULES} == set(FOLDERS)


def test_imports_go_to_the_same_folder_or_to_the_right() -> None:
    edges = [(name, imported) for name in MODULES for imported in imports(name)]

    assert len(edges) > len(MODULES)
    assert {imported for _, imported in edges} <= set(MODULES)
    assert [(name, to) for name, to in edges if place(to) < place(name)] == []


def test_pure_folders_touch_neither_the_document_nor_a_clock() -> None:
    pure = [name for name in MODULES if Path(name).parts[0] in PURE_FOLDERS]
    scripts = {name: without_comments(MODULES[name].read_text()) for name in pure}

    assert {name for name, script in scripts.items() if OUTSIDE.search(script)} == TOUCHING
