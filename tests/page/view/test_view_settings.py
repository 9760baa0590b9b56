"""view-settings.js by itself: what is kept, what a link asks for, what a link tells."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SWITCHES = """async (a) => {
  const { fromQuery, toQuery } = await import("/view/permalink.js");
  const { Changes } = await import("/live/changes.js");
  const { Scene } = await import("/view/view-model.js");
  const { Series } = await import("/live/series.js");
  const m = await import("/view/view-settings.js");
  const made = () => {
    const live = new Series();
    live.begin(7);
    live.append({ first_step: 1, increments: Array(900).fill(0.5), position: 450 });
    const scene = new Scene(live, new Changes());
    scene.view.attend(live);
    return scene;
  };
  const read = ({ across, up, band, showsChanges }) => ({ across, up, band, showsChanges });
  localStorage.clear();
  const scene = made();
  BODY
}"""

AT_FIRST = {"across": "step", "up": "position", "band": None, "showsChanges": True}


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SWITCHES.replace("BODY", body), argument)


def test_switches_come_back_as_they_were_left(modules: Page) -> None:
    left, found = evaluate(
        modules,
        """m.chooseAxis(scene, "across", "clock"); m.chooseAxis(scene, "up", "increments");
        m.toggleBand(scene); m.toggleChanges(scene);
        const next = made(); m.recall(next); return [read(scene), read(next)];""",
    )

    expected = {"across": "clock", "up": "increments", "band": 0, "showsChanges": False}
    assert (left, found) == (expected, expected)


def test_band_begins_where_my_view_counts_from(modules: Page) -> None:
    started = "scene.reset(); m.toggleBand(scene); const on = scene.band;"

    assert evaluate(modules, f"{started} m.toggleBand(scene); return [on, scene.band];") == [
        900,
        None,
    ]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("m.toggleBand(scene);", [0, 900, 0]),
        ("m.toggleBand(scene); scene.beginBand(300);", [300, 300, 300]),
        ("m.adopt(scene, fromQuery('?band=300'));", [300, 300, 300]),
        ("m.adopt(scene, fromQuery('?band=view'));", [0, 900, 0]),
        ("scene.beginBand(300); m.toggleBand(scene); m.toggleBand(scene);", [0, 900, 0]),
        ("localStorage.setItem('band', 'true'); m.recall(scene);", [0, 900, 0]),
        ("", [None, None, None]),
    ],
)
def test_band_begins_with_my_view_unless_a_step_was_chosen(
    modules: Page, chosen: str, expected: list[int | None]
) -> None:
    found = evaluate(
        modules,
        f"""{chosen}
        const before = scene.band; scene.reset(); const after = scene.band; scene.view.all();
        return [before, after, scene.band];""",
    )

    assert found == expected


def test_switches_are_at_first_what_cannot_be_remembered(modules: Page) -> None:
    found = evaluate(
        modules,
        """for (const name of ["across", "up"]) localStorage.setItem(name, '"feet"');
        m.recall(scene); return read(scene);""",
    )

    assert found == AT_FIRST


@pytest.mark.parametrize(
    "link",
    [
        "?view=all&x=clock&y=increments&band=0&marks=off",
        "?x=elapsed&band=12",
        "?epoch=7&from=200&to=800",
        "?view=all&band=view",
    ],
)
def test_link_tells_what_it_was_asked_for(modules: Page, link: str) -> None:
    told = evaluate(
        modules,
        """const wish = fromQuery(a); m.adopt(scene, wish);
        if (wish.range) scene.view.fix(wish.range);
        return toQuery({ ...m.told(scene, 0), panels: wish.panels });""",
        link,
    )

    assert told == link


def test_link_to_a_view_that_was_reset_tells_where_it_begins(modules: Page) -> None:
    links = evaluate(
        modules,
        """const link = () => toQuery({ ...m.told(scene, 0), panels: ["histogram", "moments"] });
        m.toggleBand(scene); scene.reset(); const links = [link()];
        scene.view.fix([850, 950]); links.push(link());
        scene.view.all(); return [...links, link()];""",
    )

    assert links == [
        "?epoch=7&since=900&band=view",
        "?epoch=7&from=850&to=950&since=900&band=view",  # with the room beyond the newest step
        "?view=all&band=view",
    ]


def test_what_a_link_asks_for_is_not_remembered(modules: Page) -> None:
    found = evaluate(
        modules,
        """m.adopt(scene, fromQuery("?x=clock&y=increments&band=3&marks=off"));
        const next = made(); m.recall(next); return read(next);""",
    )

    assert found == AT_FIRST
