"""path-choice.js: the path that a page shows, and the line that says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.view.test_tile_loader import evaluate

pytestmark = pytest.mark.browser

PLACED = """
  document.body.innerHTML = '<p></p><select aria-label="Path"></select>';
  const [line, select] = document.body.children;
  const note = new Note(line);
  const places = new Places(select, {
    scene, api, ordinal: 3,
    act: (change) => change(scene), tell: (text) => note.tell(text),
  });
  places.follow(7);
"""


def test_restart_makes_the_live_path_the_next_one(modules: Page) -> None:
    ordinals = evaluate(
        modules,
        PLACED
        + """
        const ordinals = [places.ordinal];
        for (const epoch of [7, 8]) { places.follow(epoch); ordinals.push(places.ordinal); }
        return ordinals;""",
    )

    assert ordinals == [3, 3, 4]


def test_link_leads_to_a_stretch_of_an_earlier_path(modules: Page) -> None:
    end = evaluate(
        modules,
        PLACED
        + """
        const rest = { items: [], ordinal: 2, endedAt: 0 };
        answers.path = (epoch) => ({ series: path(epoch, 400), ...rest });
        const visit = places.visit({ epoch: 6, range: [100, 200], since: null });
        const meanwhile = line.textContent;
        await visit; places.show();
        return { meanwhile, then: line.textContent, range: scene.view.range,
          ordinal: places.ordinal, shown: select.value };""",
    )

    assert end == {
        "meanwhile": "Loading the path…",
        "then": "",
        "range": [100, 200],
        "ordinal": 2,
        "shown": "6",
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, "This path no longer exists."),
        (503, "The path could not be loaded. Choose it again."),
        (None, "The path could not be loaded. Choose it again."),
    ],
)
def test_link_to_a_path_that_does_not_come_says_why(
    modules: Page, status: int | None, expected: str
) -> None:
    told, later, is_live = evaluate(
        modules,
        PLACED
        + f"""
        const failure = Object.assign(new Error(), {{ status: {status or "null"} }});
        answers.path = () => {{ throw failure; }};
        await places.visit({{ epoch: 6, range: [100, 200], since: null }});
        const told = line.textContent;
        note.show("of the axis");
        return [told, line.textContent, scene.isLive];""",
    )

    assert told == later == expected
    assert is_live


def test_link_leads_to_a_view_that_was_reset(modules: Page) -> None:
    found = evaluate(
        modules,
        PLACED
        + """
        scene.view.attend(scene.live);
        answers.position = (epoch, step) => epoch * 1_000 + step;
        await places.visit({ epoch: 7, range: null, since: 850 });
        const { origin, mode, range } = scene.view;
        await places.visit({ epoch: 7, range: [860, 950], since: 850 });
        return [origin, mode, range[0], scene.view.origin, scene.view.range];""",
    )

    origin = {"epoch": 7, "step": 850, "position": 7_850}
    assert found == [origin, "follow", 850, origin, [860, 950]]


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ("epoch: 6, range: null, since: 850", ""),
        ("epoch: 7, range: null, since: 901", ""),
        (
            "epoch: 7, range: null, since: 850",
            "The start of this view could not be loaded. Reload the page to try again.",
        ),
    ],
    ids=["another path runs", "the step has not happened", "no answer"],
)
def test_link_to_a_reset_that_cannot_be_shown_leaves_the_view(
    modules: Page, wish: str, expected: str
) -> None:
    found = evaluate(
        modules,
        f"{PLACED} await places.visit({{ {wish} }}); return [line.textContent, scene.view.origin];",
    )

    assert found == [expected, None]


def test_axis_has_the_line_while_nothing_is_told(modules: Page) -> None:
    lines = evaluate(
        modules,
        PLACED
        + """
        const [show, tell] = [(text) => note.show(text), (text) => note.tell(text)];
        return [[show, "axis"], [tell, "told"], [show, "axis"], [tell, ""], [show, "axis"]].map(
          ([say, text]) => { say(text); return line.textContent; });""",
    )

    assert lines == ["axis", "told", "told", "", "axis"]
