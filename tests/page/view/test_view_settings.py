"""view-settings.js by itself: settings in this browser, and in links."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SETUP = """async (a) => {
  const { readQuery, writeQuery } = await import("/view/permalink.js");
  const { Changes } = await import("/live/changes.js");
  const { ViewModel } = await import("/view/view-model.js");
  const { Series } = await import("/live/series.js");
  const m = await import("/view/view-settings.js");
  const createModel = () => {
    const live = new Series();
    live.begin(7);
    live.append({ first_step: 1, increments: Array(900).fill(0.5), position: 450 });
    const model = new ViewModel(live, new Changes());
    model.view.update(live);
    return model;
  };
  const read = ({ across, up, bandStart, hasMarkers }) => ({ across, up, bandStart, hasMarkers });
  localStorage.clear();
  const model = createModel();
  BODY
}"""

AT_FIRST = {"across": "step", "up": "position", "bandStart": None, "hasMarkers": True}


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SETUP.replace("BODY", body), argument)


def test_settings_are_restored(modules: Page) -> None:
    left, found = evaluate(
        modules,
        """m.chooseAxis(model, "across", "clock"); m.chooseAxis(model, "up", "increments");
        m.toggleBand(model); m.toggleMarkers(model);
        const next = createModel(); m.restoreSettings(next); return [read(model), read(next)];""",
    )

    expected = {"across": "clock", "up": "increments", "bandStart": 0, "hasMarkers": False}
    assert (left, found) == (expected, expected)


def test_band_begins_at_the_reset_of_the_view(modules: Page) -> None:
    started = "model.reset(); m.toggleBand(model); const on = model.bandStart;"

    assert evaluate(modules, f"{started} m.toggleBand(model); return [on, model.bandStart];") == [
        900,
        None,
    ]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("m.toggleBand(model);", [0, 900, 0]),
        ("m.toggleBand(model); model.beginBand(300);", [300, 300, 300]),
        ("m.applyLink(model, readQuery('?band=300'));", [300, 300, 300]),
        ("m.applyLink(model, readQuery('?band=view'));", [0, 900, 0]),
        ("model.beginBand(300); m.toggleBand(model); m.toggleBand(model);", [0, 900, 0]),
        ("localStorage.setItem('band', 'true'); m.restoreSettings(model);", [0, 900, 0]),
        ("", [None, None, None]),
    ],
)
def test_band_begins_with_the_view_unless_a_step_was_chosen(
    modules: Page, chosen: str, expected: list[int | None]
) -> None:
    found = evaluate(
        modules,
        f"""{chosen}
        const before = model.bandStart; model.reset(); const after = model.bandStart;
        model.view.showAll();
        return [before, after, model.bandStart];""",
    )

    assert found == expected


def test_settings_are_the_defaults_when_stored_ones_are_unknown(modules: Page) -> None:
    found = evaluate(
        modules,
        """for (const name of ["across", "up"]) localStorage.setItem(name, '"feet"');
        m.restoreSettings(model); return read(model);""",
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
def test_link_of_a_view_equals_the_link_that_opened_it(modules: Page, link: str) -> None:
    found = evaluate(
        modules,
        """const linked = readQuery(a); m.applyLink(model, linked);
        if (linked.range) model.view.setRange(linked.range);
        return writeQuery({ ...m.describeView(model, 0), panels: linked.panels });""",
        link,
    )

    assert found == link


def test_link_of_a_view_has_the_step_of_its_reset(modules: Page) -> None:
    links = evaluate(
        modules,
        """const panels = ["histogram", "moments"];
        const link = () => writeQuery({ ...m.describeView(model, 0), panels });
        m.toggleBand(model); model.reset(); const links = [link()];
        model.view.setRange([850, 950]); links.push(link());
        model.view.showAll(); return [...links, link()];""",
    )

    assert links == [
        "?epoch=7&since=900&band=view",
        "?epoch=7&from=850&to=950&since=900&band=view",  # with the space right of the newest step
        "?view=all&band=view",
    ]


def test_settings_of_a_link_are_not_stored(modules: Page) -> None:
    found = evaluate(
        modules,
        """m.applyLink(model, readQuery("?x=clock&y=increments&band=3&marks=off"));
        const next = createModel(); m.restoreSettings(next); return read(next);""",
    )

    assert found == AT_FIRST


@pytest.mark.parametrize(
    "link",
    ["?law=maximum", "?law=barrier&high=20", "?law=barrier&low=-8&high=12.5", "?view=follow"],
)
def test_law_of_a_link_is_shown_and_not_stored(modules: Page, link: str) -> None:
    found = evaluate(
        modules,
        """const withClass = () => {
          const next = createModel();
          next.ensemble.live.follow({ epoch: 7, paths: 40 });
          m.restoreSettings(next);
          return next;
        };
        const panels = ["histogram", "moments"];
        const link = (model) => writeQuery({ ...m.describeView(model, 0), panels });
        const own = withClass();
        own.ensemble.laws.toggle("time-above", 1);
        const linked = withClass();
        m.applyLink(linked, readQuery(a)); m.applyLink(model, readQuery(a));
        return [link(linked), link(withClass()), link(model)];""",
        link,
    )

    without_a_class = "?view=follow"
    assert found == [link, "?law=time-above", without_a_class]


def test_class_and_slice_are_restored_and_linked(modules: Page) -> None:
    links, restored, narrow = evaluate(
        modules,
        """const panels = ["histogram", "moments"];
        const withClass = (options) => {
          const next = createModel();
          next.ensemble.live.follow({ epoch: 7, paths: 40 });
          m.restoreSettings(next, options);
          return next;
        };
        const link = (model) => writeQuery({ ...m.describeView(model, 0), panels });
        const onPhone = withClass({ isNarrow: true });
        const phone = onPhone.ensemble;
        const one = withClass();
        const links = [link(one)];
        one.ensemble.moveSlice(240); links.push(link(one));
        m.toggleSlice(one); m.toggleClass(one); links.push(link(one), link(model));
        const { isOn, hasSlice } = withClass().ensemble;
        return [links, [isOn, hasSlice], [phone.hasSlice, phone.mostThin, link(onPhone)]];""",
    )

    assert links == [
        "?view=follow",
        "?epoch=7&slice=240",
        "?epoch=7&class=off&slice=off",
        "?view=follow",
    ]
    assert restored == [False, False]
    assert narrow == [False, 30, "?view=follow"]  # what has no room is no part of a link
