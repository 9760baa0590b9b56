"""path-picker.js: the list of paths, the path in view, and the line that reports a choice."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.page.view.test_tile_loader import evaluate

pytestmark = pytest.mark.browser


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { showPaths } = await import("/replay_page.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


LIVE = {"isPast": False}
SECOND = {"isPast": True}
EARLIER = ["2nd path · 21 Nov 2026, 18:22 · 14,402 steps", "1st path · 2 Nov 2026, 06:05 · 1 step"]


def open_paths(modules: Page, shown: dict[str, Any], *replies: str) -> None:
    given = f"[{', '.join(replies)}]" if replies else "undefined"
    run(modules, f"globalThis.choice = showPaths(a, {given})", shown)


def list_options(modules: Page) -> list[str]:
    texts: list[str] = modules.evaluate("[...choice.select.options].map((o) => o.textContent)")
    return texts


def read_choice(modules: Page) -> str:
    text: str = modules.evaluate("choice.select.selectedOptions[0].textContent")
    return text


def test_path_picker_is_hidden_with_one_path(modules: Page) -> None:
    open_paths(modules, {"epoch": 10, "ordinal": 1})
    expect(modules.locator("#paths")).to_be_hidden()

    modules.evaluate("choice.paths.follow(20)")

    expect(modules.locator("#paths")).to_be_visible()
    assert list_options(modules) == ["Live: the 2nd path"]


def test_path_picker_loads_earlier_paths_when_opened(modules: Page) -> None:
    open_paths(modules, LIVE)
    assert list_options(modules) == ["Live: the 3rd path"]
    assert modules.evaluate("choice.asked") == []

    modules.focus("#paths")
    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path", *EARLIER])
    modules.hover("#paths")
    modules.select_option("#paths", "20")
    modules.evaluate("choice.view(true)")
    modules.select_option("#paths", "")

    assert modules.evaluate("choice.asked") == ["/motions/walk/epochs.json"]
    assert modules.evaluate("choice.calls") == [["path", 20], ["follow"]]


def test_path_picker_shows_the_linked_path_before_it_loads(modules: Page) -> None:
    open_paths(modules, SECOND)
    assert list_options(modules) == ["Live: the 3rd path", "2nd path"]
    assert read_choice(modules) == "2nd path"

    modules.focus("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path", *EARLIER])
    assert read_choice(modules) == EARLIER[0]


def test_path_picker_keeps_the_choice_after_a_restart(modules: Page) -> None:
    third = """{
      epoch: 30, ordinal: 3, last_step: 9,
      began_at: "2026-11-22T10:00", ended_at: "2026-11-22T12:00",
    }"""
    fourth = '{ epoch: 40, ordinal: 4, began_at: "2026-11-22T12:00", ended_at: null }'
    open_paths(modules, SECOND, f"[{third}]", f"[{fourth}, {third}]")
    modules.focus("#paths")
    expect(modules.locator("#paths option")).to_have_count(3)

    modules.focus("#elsewhere")
    modules.evaluate("choice.paths.follow(40)")
    assert len(modules.evaluate("choice.asked")) == 1
    modules.focus("#paths")

    expect(modules.locator("#paths option").first).to_have_text("Live: the 4th path")
    assert read_choice(modules) == "2nd path"
    assert "3rd path · 22 Nov 2026, 10:00 · 9 steps" in list_options(modules)


def test_path_picker_loads_again_after_a_failure(modules: Page) -> None:
    open_paths(modules, LIVE, "503", "[]")

    modules.focus("#paths")
    note = modules.locator("#paths option").last
    expect(note).to_have_text("Loading failed. Close this list and open it again")
    expect(note).to_be_disabled()
    assert read_choice(modules) == "Live: the 3rd path"
    modules.hover("#paths")

    expect(modules.locator("#paths option")).to_have_text(["Live: the 3rd path"])


# --- the path in view ---

PLACED = """
  document.body.innerHTML = '<p></p><select aria-label="Path"></select>';
  const [line, select] = document.body.children;
  const note = new StatusLine(line);
  const run = (name, value) => COMMANDS[name](model, value, 0);
  const paths = new PathPicker(select, {
    model, api, ordinal: 3, run, report: (text) => note.showMessage(text),
  });
  paths.follow(7);
"""
COARSE = """
  model.live.replace({ epoch: 7, first_step: 0, stride: 4, positions: Array(226).fill(0.5) });
"""


def test_path_picker_counts_a_restart(modules: Page) -> None:
    ordinals = evaluate(
        modules,
        PLACED
        + """
        const ordinals = [paths.ordinal];
        for (const epoch of [7, 8]) { paths.follow(epoch); ordinals.push(paths.ordinal); }
        return ordinals;""",
    )

    assert ordinals == [3, 3, 4]


def test_path_picker_opens_a_link_to_an_earlier_path(modules: Page) -> None:
    end = evaluate(
        modules,
        PLACED
        + """
        const rest = { items: [], ordinal: 2, endedAt: 0 };
        answers.path = (epoch) => ({ series: path(epoch, 400), ...rest });
        const visit = paths.open({ epoch: 6, mode: "fixed", range: [100, 200], since: null }, run);
        const meanwhile = line.textContent;
        await visit; paths.show();
        return { meanwhile, then: line.textContent, range: model.view.range,
          ordinal: paths.ordinal, shown: select.value };""",
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
def test_path_picker_reports_why_a_path_cannot_be_loaded(
    modules: Page, status: int | None, expected: str
) -> None:
    reported, later, is_live = evaluate(
        modules,
        PLACED
        + f"""
        const failure = Object.assign(new Error(), {{ status: {status or "null"} }});
        answers.path = () => {{ throw failure; }};
        await paths.open({{ epoch: 6, mode: "fixed", range: [100, 200], since: null }}, run);
        const reported = line.textContent;
        note.showNote("of the axis");
        return [reported, line.textContent, model.isLive];""",
    )

    assert reported == later == expected
    assert is_live


def test_path_picker_opens_a_link_to_a_reset_view(modules: Page) -> None:
    found = evaluate(
        modules,
        PLACED
        + COARSE
        + """
        model.view.update(model.live);
        answers.position = (epoch, step) => epoch * 1_000 + step;
        await paths.open({ epoch: 7, mode: "follow", range: null, since: 850 }, run);
        const { origin, mode, range } = model.view;
        await paths.open({ epoch: 7, mode: "fixed", range: [860, 950], since: 850 }, run);
        const again = [model.view.origin, model.view.range];
        await paths.open({ epoch: 7, mode: "follow", range: null, since: 848 }, run);
        return [origin, mode, range[0], ...again, model.view.origin.position, asked];""",
    )

    origin = {"epoch": 7, "step": 850, "position": 7_850}
    assert found == [origin, "follow", 850, origin, [860, 950], 0.5, ["position"]]


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
def test_path_picker_keeps_the_view_when_reset_is_impossible(
    modules: Page, wish: str, expected: str
) -> None:
    found = evaluate(
        modules,
        f"""{PLACED} {COARSE} await paths.open({{ {wish} }}, run);
        return [line.textContent, model.view.origin];""",
    )

    assert found == [expected, None]


def test_status_line_shows_the_axis_without_a_report(modules: Page) -> None:
    lines = evaluate(
        modules,
        PLACED
        + """
        const [show, report] = [(text) => note.showNote(text), (text) => note.showMessage(text)];
        const axis = [show, "axis"];
        const calls = [axis, [report, "report"], axis, [report, ""], axis];
        return calls.map(([write, text]) => { write(text); return line.textContent; });""",
    )

    assert lines == ["axis", "report", "report", "", "axis"]
