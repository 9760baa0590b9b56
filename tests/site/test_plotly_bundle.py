"""What is served of Plotly's file."""

from __future__ import annotations

import logging
from importlib.resources import files
from pathlib import Path

import pytest
from django.conf import LazySettings
from tree_sitter import Language, Parser
from tree_sitter_javascript import language

from brownian_site import plotly_bundle
from brownian_site.static import PLOTLY_FILE, PlotlyFinder

BUNDLE = Path(str(files("plotly") / "package_data" / PLOTLY_FILE))

WHAT_TO_DO = """
The locked plotly, or tree-sitter, is not the one with which the page was tested, so visitors get
all of Plotly's file, 1.5 MB instead of 0.3. To cut it again:

1. In brownian_site/plotly_bundle.py, replace the entry of TESTED by these two hashes:
   {bundle}
   {rest}
2. Run `make static` and all tests: those in tests/browser use the cut file.
3. If they pass, commit the new hashes with the new locks.
"""

SMALL = (
    b"/* licence */(function(root, factory) {root.moduleName = factory()})(this, () => {"
    b"var Plotly=(()=>{"
    b"var lazy=f=>f,line=lazy(()=>1),bar=lazy(()=>barOnly()),unset;function barOnly(){}"
    b"function fill(to,from){}var colors={};fill(colors,{red:()=>red});function red(){}"
    b"var maps={};fill(maps,{});var core=lazy(()=>{line();let shorthand={colors};styles()});"
    b"var styles=lazy(()=>{e.textContent='.maplibregl-map{top:0}'});"
    b"var root=lazy(()=>{core().register([bar(),maps]);return core()});return root();})();"
    b"/* more licences */return Plotly;});"
)


@pytest.fixture(scope="module")
def rest() -> bytes:
    """What is left of Plotly's own file."""
    return plotly_bundle.cut(BUNDLE.read_bytes())


def test_cut_leaves_what_the_root_reaches_without_the_registered_traces() -> None:
    assert plotly_bundle.cut(SMALL) == (
        b"/* licence */(function(root, factory) {root.moduleName = factory()})(this, (() => {"
        b"var Plotly=(()=>{"
        b"var lazy=f=>f;var line=lazy((()=>1));"
        b"function fill(to,from){}var colors={};fill(colors,{red:()=>red});function red(){}"
        b"var core=lazy((()=>{line();let shorthand={colors};styles()}));"
        b"function styles(){}"
        b"var root=lazy((()=>{core().register([]);return core()}));return root();})();"
        b"/* more licences */return Plotly;}));"
    )


@pytest.mark.parametrize("text", [b"", SMALL.replace(b"return root();", b"")])
def test_cut_refuses_a_text_that_is_no_bundle(text: bytes) -> None:
    with pytest.raises(ValueError, match="not built like Plotly's bundle"):
        plotly_bundle.cut(text)


def test_tested_hashes_are_those_of_the_locked_plotly(rest: bytes) -> None:
    bundle = plotly_bundle.compute_sha256(BUNDLE.read_bytes())
    after = plotly_bundle.compute_sha256(rest)

    if plotly_bundle.TESTED.get(bundle) != after:
        pytest.fail(WHAT_TO_DO.format(bundle=bundle, rest=after))


def test_rest_is_small_parses_and_names_its_licences(rest: bytes) -> None:
    assert len(rest) < 1_000_000
    assert not Parser(Language(language())).parse(rest).root_node.has_error
    assert rest.startswith(b"/**\n* plotly.js v")
    for licence in (b"Licensed under the MIT license", b"Bundled license information:"):
        assert licence in rest


def test_finder_finds_the_rest_and_writes_it_once(
    settings: LazySettings, tmp_path: Path, rest: bytes
) -> None:
    settings.VAR_DIR = tmp_path

    found = Path(PlotlyFinder().find(PLOTLY_FILE))
    written = found.stat()

    assert found.read_bytes() == rest
    assert Path(PlotlyFinder().find(PLOTLY_FILE)).stat() == written
    assert [path.name for path in found.parent.iterdir()] == [PLOTLY_FILE]


def test_finder_replaces_a_file_that_is_not_the_rest(
    settings: LazySettings, tmp_path: Path, rest: bytes
) -> None:
    settings.VAR_DIR = tmp_path
    (tmp_path / "plotly").mkdir()
    (tmp_path / "plotly" / PLOTLY_FILE).write_bytes(rest[:1000])

    assert Path(PlotlyFinder().find(PLOTLY_FILE)).read_bytes() == rest


@pytest.mark.parametrize("tested", [{}, {plotly_bundle.compute_sha256(BUNDLE.read_bytes()): "0"}])
def test_finder_finds_all_of_plotly_when_its_rest_is_untested(
    settings: LazySettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tested: dict[str, str],
) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(plotly_bundle, "TESTED", tested)
    monkeypatch.setattr(logging.getLogger("brownian_site"), "propagate", True)
    finder = PlotlyFinder()

    assert [finder.find(PLOTLY_FILE), finder.find("other.js")] == [str(BUNDLE), []]
    assert [(name, storage.path(name)) for name, storage in finder.list(None)] == [
        (PLOTLY_FILE, str(BUNDLE))
    ]
    (line,) = caplog.messages
    assert "plotly_bundle.py" in line
    assert not list(tmp_path.rglob("*.js"))
