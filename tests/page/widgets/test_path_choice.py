"""path-choice.js: the path in view, and the line that reports a choice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.view.test_tile_loader import evaluate

pytestmark = pytest.mark.browser

PLACED = """
  document.body.innerHTML = '<p></p><select aria-label="Path"></select>';
  const [line, select] = document.body.children;
  const note = new StatusLine(line);
  const choice = new PathChoice(select, {
    model, api, ordinal: 3,
    run: (name, value) => COMMANDS[name](model, value, 0), report: (text) => note.showMessage(text),
  });
  choice.follow(7);
"""


def test_path_choice_counts_a_restart(modules: Page) -> None:
    ordinals = evaluate(
        modules,
        PLACED
        + """
        const ordinals = [choice.ordinal];
        for (const epoch of [7, 8]) { choice.follow(epoch); ordinals.push(choice.ordinal); }
        return ordinals;""",
    )

    assert ordinals == [3, 3, 4]


def test_path_choice_opens_a_link_to_an_earlier_path(modules: Page) -> None:
    end = evaluate(
        modules,
        PLACED
        + """
        const rest = { items: [], ordinal: 2, endedAt: 0 };
        answers.path = (epoch) => ({ series: path(epoch, 400), ...rest });
        const visit = choice.open({ epoch: 6, range: [100, 200], since: null });
        const meanwhile = line.textContent;
        await visit; choice.show();
        return { meanwhile, then: line.textContent, range: model.view.range,
          ordinal: choice.ordinal, shown: select.value };""",
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
def test_path_choice_reports_why_a_path_cannot_be_loaded(
    modules: Page, status: int | None, expected: str
) -> None:
    reported, later, is_live = evaluate(
        modules,
        PLACED
        + f"""
        const failure = Object.assign(new Error(), {{ status: {status or "null"} }});
        answers.path = () => {{ throw failure; }};
        await choice.open({{ epoch: 6, range: [100, 200], since: null }});
        const reported = line.textContent;
        note.showNote("of the axis");
        return [reported, line.textContent, model.isLive];""",
    )

    assert reported == later == expected
    assert is_live


def test_path_choice_opens_a_link_to_a_reset_view(modules: Page) -> None:
    found = evaluate(
        modules,
        PLACED
        + """
        model.view.update(model.live);
        answers.position = (epoch, step) => epoch * 1_000 + step;
        await choice.open({ epoch: 7, range: null, since: 850 });
        const { origin, mode, range } = model.view;
        await choice.open({ epoch: 7, range: [860, 950], since: 850 });
        return [origin, mode, range[0], model.view.origin, model.view.range];""",
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
def test_path_choice_keeps_the_view_when_a_reset_cannot_be_shown(
    modules: Page, wish: str, expected: str
) -> None:
    found = evaluate(
        modules,
        f"{PLACED} await choice.open({{ {wish} }}); return [line.textContent, model.view.origin];",
    )

    assert found == [expected, None]


def test_status_line_shows_the_axis_without_a_report(modules: Page) -> None:
    lines = evaluate(
        modules,
        PLACED
        + """
        const [show, tell] = [(text) => note.showNote(text), (text) => note.showMessage(text)];
        return [[show, "axis"], [tell, "report"], [show, "axis"], [tell, ""], [show, "axis"]].map(
          ([say, text]) => { say(text); return line.textContent; });""",
    )

    assert lines == ["axis", "report", "report", "", "axis"]
