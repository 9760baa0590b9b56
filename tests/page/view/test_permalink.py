"""permalink.js: the link to a view."""

from __future__ import annotations

import random
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.support.markup import parse_html
from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

MOTION = ROOT / "templates" / "motion"


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { writeQuery, readQuery, PANELS, FIRST_VIEW } = await import("/view/permalink.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


PANELS = ["histogram", "moments", "quadratic", "displacement"]

FIRST: dict[str, Any] = {
    "epoch": None,
    "mode": "follow",
    "range": None,
    "since": None,
    "x": "step",
    "y": "position",
    "band": None,
    "marks": True,
    "ensemble": True,
    "slice": None,
    "lit": None,
    "law": None,
    "panels": PANELS[:2],
}


LAWS = [
    None,
    {"name": "time-above", "low": None, "high": None},
    {"name": "maximum", "low": None, "high": None},
    {"name": "barrier", "low": None, "high": 20},
    {"name": "barrier", "low": -0.000000001, "high": None},
    {"name": "barrier", "low": -(10**12), "high": 12.5},
]


def make_view(chance: random.Random) -> dict[str, Any]:
    """Any view a page may have: a place in a path, only where the path is named."""
    epoch = chance.choice([None, 1, 1_763_812_345, 2**53 - 1])
    left = chance.randrange(-1_000, 2**40 - 1)
    is_fixed = epoch is not None and chance.random() < 0.5
    return FIRST | {
        "epoch": epoch,
        "mode": "fixed" if is_fixed else chance.choice(["follow", "all"]),
        "range": [left, chance.randrange(left + 1, 2**40)] if is_fixed else None,
        "x": chance.choice(["step", "elapsed", "clock"]),
        "y": chance.choice(["position", "increments"]),
        "band": chance.choice([None, "view", 0, 14_402, 2**40]),
        "marks": chance.random() < 0.5,
        "ensemble": chance.random() < 0.5,
        "slice": chance.choice([None, "off", *([] if epoch is None else [0, 14_402])]),
        "law": chance.choice(LAWS),
        "panels": [name for name in PANELS if chance.random() < 0.5],
        "since": None if epoch is None else chance.choice([None, 0, 14_402]),
    }


def test_query_of_a_view_opens_the_same_view(modules: Page) -> None:
    chance = random.Random(4)
    views = [FIRST, *(make_view(chance) for _ in range(500))]

    queries = run(modules, "return a.map(writeQuery)", views)

    assert run(modules, "return a.map(readQuery)", queries) == views
    assert queries[0] == "?view=follow"  # else the page would be as they left it who open the link
    assert max(map(len, queries)) < 240


@pytest.mark.parametrize(
    ("view", "query"),
    [
        ({"mode": "all"}, "?view=all"),
        ({"range": [3, 9]}, "?view=follow"),
        ({"mode": "fixed", "range": [3, 9]}, "?view=follow"),
        (
            {"epoch": 7, "mode": "fixed", "range": [199.6, 800.2]},
            "?epoch=7&from=200&to=800",
        ),
        (
            {"epoch": 7, "since": 500, "x": "clock", "y": "increments", "band": 0, "marks": False},
            "?epoch=7&since=500&x=clock&y=increments&band=0&marks=off",
        ),
        ({"since": 500, "band": "view"}, "?band=view"),
        ({"law": LAWS[1]}, "?law=time-above"),
        ({"law": LAWS[5]}, "?law=barrier&low=-1000000000000&high=12.5"),
        ({"panels": []}, "?panels=none"),
        ({"panels": ["moments", "quadratic"]}, "?panels=moments,quadratic"),
    ],
)
def test_query_has_only_what_differs(modules: Page, view: dict[str, Any], query: str) -> None:
    assert run(modules, "return writeQuery(a)", FIRST | view) == query


@pytest.mark.parametrize(
    ("query", "difference"),
    [
        ("", None),
        ("?preview&next=/", None),
        ("view=all", {"mode": "all"}),
        ("?view=all&from=3&to=9", {"mode": "all"}),
        ("?epoch=7&from=9&to=3", {"epoch": 7}),
        ("?epoch=7&from=3&to=9&to=10", {"epoch": 7}),
        ("?epoch=0&from=3&to=9&since=5", None),
        ("?epoch=9007199254740992", None),
        ("?epoch=1e3&x=feet&y=&band=-1&marks=constructor&panels=pie", None),
        ("?law=barrier", None),
        ("?law=barrier&low=1e3&high=Infinity&y=increments", {"y": "increments"}),
        ("?law=barrier&low=20&high=20", None),
        ("?law=barrier&low=20&high=-20", None),
        ("?law=barrier&low=9999999999999", None),
        (
            "?law=barrier&low=-8&high=2&high=3",
            {"law": {"name": "barrier", "low": -8, "high": None}},
        ),
        ("?law=maximum&low=-8", {"law": {"name": "maximum", "low": None, "high": None}}),
        ("?law=constructor&marks=off", {"marks": False}),
        ("?panels=moments,pie&marks=off", {"marks": False}),
        ("?panels=moments,histogram,moments&band=3", {"band": 3}),
        (f"?band={2**40 + 1}&view=fixed&x=clock", {"x": "clock"}),
        ("?epoch=７&since=５&view=all%00", None),
        ("?%&%ff=%ff&x=%E0%A4%A&y=increments", {"y": "increments"}),
    ],
)
def test_query_ignores_invalid_values(
    modules: Page, query: str, difference: dict[str, Any] | None
) -> None:
    expected = None if difference is None else FIRST | difference

    assert run(modules, "return readQuery(a)", query) == expected


def test_panels_are_those_of_the_page(modules: Page) -> None:
    page = parse_html(render_to_string("motion/theory.html"))

    assert run(modules, "return PANELS") == [
        chip["data-panel"] for chip in page.find_all(data_panel=True)
    ]
