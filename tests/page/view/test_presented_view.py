"""presented-view.js: a view as a presenter sends it, and as other pages show it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from motion.core.presented_view import check_view

pytestmark = pytest.mark.browser

SETUP = """async (a) => {
  const { Changes } = await import("/live/changes.js");
  const { Series } = await import("/live/series.js");
  const { COMMANDS } = await import("/view/commands.js");
  const { ViewModel } = await import("/view/view-model.js");
  const { applyLink, describeView } = await import("/view/view-settings.js");
  const { readPresentedView, writePresentedView } = await import("/view/presented-view.js");
  const { PathPicker } = await import("/widgets/path-picker.js");
  const createModel = (last = 900) => {
    const live = new Series();
    live.begin(7);
    live.append({ first_step: 1, increments: Array(last).fill(0.5), position: last / 2 });
    const model = new ViewModel(live, new Changes());
    model.ensemble.live.follow({ epoch: 7, paths: 40 });
    model.view.update(live);
    return model;
  };
  const run = (model, name, value) =>
    COMMANDS[name](model, name === "path" ? earlier() : value, 0);
  const panels = ["quadratic"];
  const present = (model) => {
    const place = { page: 1, epoch: model.series.epoch, pointer: null };
    return writePresentedView({ ...describeView(model, 0), panels }, place);
  };
  const show = (model, view) => {
    const linked = readPresentedView(view);
    applyLink(model, linked);
    const command = (name, value) => run(model, name, value);
    const select = document.createElement("select");
    const report = (text) => reports.push(text);
    const paths = new PathPicker(select, { model, api, ordinal: 2, run: command, report });
    paths.follow(7);
    return paths.open(linked, command);
  };
  const reports = [];
  const earlier = () => {
    const series = new Series();
    series.replace({ epoch: 6, first_step: 0, stride: 1, positions: Array(301).fill(1) });
    return { series, items: [], ordinal: 1, endedAt: 0, paths: 40 };
  };
  const api = { loadPath: async () => earlier() };
  localStorage.clear();
  const presenter = createModel();
  const follower = createModel();
  BODY
}"""

AT_FIRST: dict[str, Any] = {
    "page": 1,
    "epoch": 7,
    "mode": "live",
    "range": None,
    "since": None,
    "across": "step",
    "up": "position",
    "band": None,
    "changes": True,
    "class": True,
    "slice": "newest",
    "lit": None,
    "law": None,
    "panels": ["quadratic"],
    "pointer": None,
}

COMMANDS: list[tuple[list[tuple[str, Any]], dict[str, Any]]] = [
    ([], {}),
    ([("all", None)], {"mode": "whole"}),
    ([("all", None), ("follow", None)], {}),
    ([("left", None)], {"mode": "fixed", "range": [176.39999999999998, 794.4]}),
    ([("left", None), ("right", None)], {"mode": "fixed", "range": [300, 918]}),
    ([("zoom-in", None)], {"mode": "fixed", "range": [403, 815]}),
    ([("zoom-out", None)], {"mode": "fixed", "range": [145.5, 1072.5]}),
    ([("step", 100)], {"mode": "fixed", "range": [-209, 409]}),
    ([("show-question", None)], {}),
    ([("reset", None)], {"since": 900}),
    ([("reset", None), ("all", None)], {"mode": "whole"}),
    ([("count-from", {"epoch": 7, "step": 850, "position": 425})], {"since": 850}),
    (
        [("reset", None), ("range", [850, 950])],
        {"mode": "fixed", "range": [850, 950], "since": 900},
    ),
    ([("path", None)], {"epoch": 6, "mode": "fixed", "range": [0, 300]}),
    ([("replay", None), ("seek", 450)], {"mode": "fixed", "range": [300, 450]}),
    ([("light", 7)], {"lit": 7}),
    ([("light", 7), ("light", 7)], {}),
    ([("range", [200, 450.5])], {"mode": "fixed", "range": [200, 450.5]}),
    ([("range", [-40, 960])], {"mode": "fixed", "range": [-40, 960]}),
    ([("freeze", None)], {"mode": "fixed", "range": [300, 900]}),
    ([("across", "clock"), ("up", "increments")], {"across": "clock", "up": "increments"}),
    ([("band", None)], {"band": "view"}),
    ([("band-from", 240)], {"band": 240}),
    ([("show-changes", None)], {"changes": False}),
    ([("class", None)], {"class": False}),
    ([("move-slice", 240)], {"slice": 240}),
    ([("slice", None)], {"slice": None}),
    ([("time-above", None)], {"law": {"name": "time-above", "low": None, "high": None}}),
    ([("maximum", None)], {"law": {"name": "maximum", "low": None, "high": None}}),
    (
        [("barrier", None), ("move-line", {"at": 0, "height": 12.5}), ("second-line", None)],
        {"law": {"name": "barrier", "low": -12.5, "high": 12.5}},
    ),
]


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SETUP.replace("BODY", body), argument)


@pytest.mark.parametrize(("commands", "difference"), COMMANDS)
def test_view_of_a_presenter_is_shown_by_another_page(
    modules: Page, commands: list[tuple[str, Any]], difference: dict[str, Any]
) -> None:
    sent, shown = evaluate(
        modules,
        """for (const [name, value] of a) run(presenter, name, value);
        await show(follower, present(presenter));
        return [present(presenter), present(follower)];""",
        commands,
    )

    assert sent == AT_FIRST | difference
    assert shown == sent
    assert check_view(sent) == sent  # the server accepts it


def test_follower_returns_from_each_view_to_the_first(modules: Page) -> None:
    shown = evaluate(
        modules,
        """const first = present(presenter);
        const shown = [];
        for (const commands of a) {
          const other = createModel();
          for (const [name, value] of commands) run(other, name, value);
          await show(follower, present(other));
          await show(follower, first);
          shown.push(present(follower));
        }
        return shown;""",
        [commands for commands, _ in COMMANDS],
    )

    assert shown == [AT_FIRST] * len(COMMANDS)


def test_follower_counts_from_the_step_of_the_presenters_reset(modules: Page) -> None:
    found = evaluate(
        modules,
        """run(presenter, "reset");
        presenter.live.append({ first_step: 901, increments: Array(50).fill(0.5), position: 475 });
        presenter.view.update(presenter.live);
        const late = createModel(960); // two pages have not always the same newest step
        await show(late, present(presenter));
        const { origin, range } = late.view;
        applyLink(late, readPresentedView(present(presenter))); // before anything is loaded
        return [origin, range, late.view.origin === origin, late.zero];""",
    )

    origin = {"epoch": 7, "step": 900, "position": 450}
    assert found == [origin, [900, 961.8], True, 450]


def test_follower_shows_the_live_path_after_a_view_of_its_own(modules: Page) -> None:
    found = evaluate(
        modules,
        """run(follower, "range", [100, 200]); run(follower, "freeze"); run(follower, "reset");
        run(follower, "freeze");
        await show(follower, present(presenter));
        return [follower.isLive, follower.view.origin, present(follower).mode];""",
    )

    assert found == [True, None, "live"]


def test_narrow_follower_shows_the_slice_that_the_presenter_has_moved(modules: Page) -> None:
    shown = evaluate(
        modules,
        """Object.assign(follower.ensemble, { hasRoom: false, hasSlice: false });
        const read = () => follower.ensemble.hasSlice;
        await show(follower, present(presenter));
        const newest = read();
        run(presenter, "move-slice", 240);
        await show(follower, present(presenter));
        return [newest, read(), follower.ensemble.pinned];""",
    )

    assert shown == [False, True, 240]


def test_view_of_a_presenter_is_not_stored(modules: Page) -> None:
    stored = evaluate(
        modules,
        """run(presenter, "band"); run(presenter, "maximum"); run(presenter, "across", "clock");
        const view = present(presenter);
        localStorage.clear();
        await show(follower, view);
        return localStorage.length;""",
    )

    assert stored == 0
