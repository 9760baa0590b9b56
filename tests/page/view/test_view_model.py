"""view-model.js and picture.js: the path in view, live or still, and its picture."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page import evaluation

pytestmark = pytest.mark.browser

# X of a step is a function of it, exact in binary: what is drawn can be judged point by point.
SCENE = """async (a) => {
  const { Series } = await import("/live/series.js");
  const { Changes } = await import("/live/changes.js");
  const { ViewModel } = await import("/view/view-model.js");
  const X = (step) => step === 0 ? 0 : ((step * 7919) % 1013) / 8;
  const range = (count) => [...Array(count).keys()];
  const live = new Series();
  const changes = new Changes();
  const begin = (epoch) => {
    live.begin(epoch);
    changes.replace([{ revision: 1, event: 1, text: "Started", step: 0, position: 0,
      variance: 4, drift: 0, interval: 0.5, paused: false,
      at: "2026-11-22T12:00:00.000+00:00", by: null }]);
  };
  const grow = (count) => {
    const first = live.last + 1;
    const steps = range(count).map((at) => first + at);
    const increments = steps.map((s) => X(s) - X(s - 1));
    live.append({ first_step: first, increments, position: X(first + count - 1) });
  };
  const model = new ViewModel(live, changes);
  const draw = (now = 0) => model.pictures.create(now, 0.5);
  const isTrue = ({ steps, y }) => steps.every((step, at) => y[at] === X(step));
  begin(1);
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SCENE.replace("BODY", body), argument)


def test_live_picture_ends_at_the_newest_step(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); const { x, steps, newest } = draw();
        return { x, steps, newest, last: X(900), seen: model.getVisibleSteps(0) };""",
    )

    assert end["x"] == end["steps"]
    assert end["steps"][-601:] == list(range(300, 901))
    assert end["newest"] == [900, end["last"]]
    assert end["seen"] == {"epoch": 1, "first": 300, "last": 900, "isLive": True}


def test_frozen_view_stays_the_same_while_the_motion_goes_on(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); const before = draw(); model.freeze();
        for (let i = 0; i < 8; i += 1) grow(700);
        const after = draw(); const behind = model.missedSteps;
        const { isLive } = model.getVisibleSteps(0);
        model.follow();
        return { before, after, behind, isLive, back: draw().newest[0],
          left: model.missedSteps };""",
    )

    same = ("steps", "x", "y", "newest", "range", "yRange")
    assert {key: end["after"][key] for key in same} == {key: end["before"][key] for key in same}
    assert end["behind"] == 5_600
    assert not end["isLive"]
    assert (end["back"], end["left"]) == (6_500, 0)


def test_frozen_view_stays_after_a_restart(modules: Page) -> None:
    before, after, is_infinite = evaluate(
        modules,
        """grow(900); const before = draw().y; model.freeze(); begin(2); grow(5);
        return [before, draw().y, model.missedSteps === Infinity];""",
    )

    assert after == before
    assert is_infinite


@pytest.mark.parametrize(
    ("move", "held"),
    [("setRange([200, 400])", True), ("follow()", False), ("showAll()", False)],
)
def test_moved_view_is_frozen_at_a_restart(modules: Page, move: str, held: bool) -> None:
    before, after, is_live = evaluate(
        modules,
        f"""grow(900); model.view.{move}; const before = draw().y;
        model.freezeIfMoved(); begin(2); grow(5);
        return [before, draw().y, model.isLive];""",
    )

    assert (after == before) == held
    assert is_live != held


def test_replay_shows_the_view_step_by_step(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); draw(); model.view.setRange([200, 400]); draw();
        model.play(0); model.replay.setSpeed(10, 0);
        const seen = [0, 1_000, 5_000, 60_000].map((now) => {
          const { steps, newest, range } = draw(now);
          return { newest: newest[0], last: steps.at(-1), range,
            window: model.getVisibleSteps(now) };
        });
        grow(100);
        return { seen, behind: model.missedSteps, still: draw(60_000).newest[0] };""",
    )

    assert [each["newest"] for each in end["seen"]] == [200, 210, 250, 400]
    assert all(each["last"] == each["newest"] for each in end["seen"])
    assert {tuple(each["range"]) for each in end["seen"]} == {(200, 400)}
    assert [each["window"]["last"] for each in end["seen"]] == [200, 210, 250, 400]
    assert (end["behind"], end["still"]) == (100, 400)


def test_earlier_path_is_shown_as_a_whole(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); draw();
        const series = new Series();
        const positions = range(51).map((at) => X(8 * at));
        series.replace({ epoch: 77, first_step: 0, stride: 8, positions });
        model.showPast({ series, items: [], ordinal: 2, endedAt: 0 });
        const picture = draw();
        const missing = model.tiles.listMissing(model.series, model.view.range, 0);
        return { isTrue: isTrue(picture), newest: picture.newest[0], missing,
          pastOrdinal: model.pastOrdinal,
          seen: model.getVisibleSteps(0), isLive: model.isLive };""",
    )

    assert end["isTrue"]
    assert (end["newest"], end["pastOrdinal"], end["isLive"]) == (400, 2, False)
    assert end["seen"] == {"epoch": 77, "first": 0, "last": 400, "isLive": False}
    assert {tile["epoch"] for tile in end["missing"]} == {77}


def test_range_of_an_earlier_path_is_kept_before_it_is_drawn(modules: Page) -> None:
    shown = evaluate(
        modules,
        """draw();
        const series = new Series();
        series.replace({ epoch: 77, first_step: 0, stride: 1, positions: range(401).map(X) });
        model.showPast({ series, items: [], ordinal: 1, endedAt: 0 });
        model.view.setRange([100, 400]);
        draw();
        return model.view.range;""",
    )

    assert shown == [100, 400]


def test_increments_are_differences_of_the_path(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); model.up = "increments"; model.bandChoice = 0; const picture = draw();
        const right = picture.steps.every((s, at) => picture.y[at] === X(s) - X(s - 1));
        return { ...picture, isTrue: right };""",
    )

    assert end["isTrue"]
    assert end["stride"] == 1
    assert set(end["band"]["high"]) == {1.96 * 2}


def test_reset_counts_from_now(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(1_001); draw(); model.reset(); grow(3); model.view.pan(-0.5);
        const { x, y, newest } = draw();
        return { x, y, newest, ground: X(1_001), end: X(1_004) };""",
    )

    assert end["x"] == [0, 1, 2, 3]
    assert end["y"][0] == 0
    assert end["newest"] == [3, end["end"] - end["ground"]]


def test_band_begins_at_a_point_that_was_loaded(modules: Page) -> None:
    end = evaluate(
        modules,
        """for (let i = 0; i < 9; i += 1) grow(1_000);
        model.view.showAll(); model.bandChoice = 1_001;
        const before = draw().band; const unknown = model.missingPlace;
        model.setLoadedPlace({ ...unknown, position: X(1_001) });
        const { band } = draw();
        const first = [band.steps[0], band.mean[0]];
        return { before, unknown, known: model.missingPlace, first, X: X(1_001) };""",
    )

    assert end["before"] is None
    assert end["unknown"] == {"epoch": 1, "step": 1_001}
    assert end["known"] is None
    assert end["first"] == [1_001, end["X"]]


def test_drawn_points_stay_while_the_path_grows(modules: Page) -> None:
    before, after = evaluate(
        modules,
        """for (let i = 0; i < 3; i += 1) grow(1_000);
        model.view.showAll(); const before = draw().steps;
        grow(5); return [before, draw().steps];""",
    )

    assert before[0] == after[0] == 0
    assert (before[-1], after[-1]) == (3_000, 3_005)
    assert len(before) <= 1_000
    assert after[: len(before) - 1] == before[:-1]


def test_few_points_are_drawn_in_any_view(modules: Page) -> None:
    counts = evaluate(
        modules,
        """for (let i = 0; i < 40; i += 1) grow(1_000);
        model.bandChoice = 0;
        return [10, 100, 1_000, 10_000, 100_000].map((width) => {
          model.view.setRange([39_000 - width, 39_000]); const { x, band } = draw();
          return x.length + 3 * band.x.length;
        });""",
    )

    assert max(counts) <= 2_000


@pytest.mark.parametrize(
    ("asked", "begun"),
    [(0, 0), (200, 200), (901, 900), (None, 7), (-1, 7), (0.5, 7)],
)
def test_band_begins_at_a_whole_step_of_the_path(
    modules: Page, asked: float | None, begun: int | None
) -> None:
    body = "grow(900); model.bandChoice = 7; model.beginBand(a); return model.bandStart;"

    assert evaluate(modules, body, asked) == begun


def test_reset_does_nothing_without_a_path(modules: Page) -> None:
    origin = evaluate(
        modules,
        """const empty = new ViewModel(new Series(), changes);
        empty.reset(); return empty.view.origin;""",
    )

    assert origin is None


def test_toggle_freeze_twice_follows_again(modules: Page) -> None:
    seen = evaluate(
        modules,
        """grow(900);
        const press = () => { model.toggleFreeze(); return [model.isFrozen, model.isLive]; };
        return [press(), press()];""",
    )

    assert seen == [[True, False], [False, True]]


def test_only_the_live_path_is_frozen(modules: Page) -> None:
    played, past = evaluate(
        modules,
        """grow(900); draw(); model.play(0); const played = model.isFrozen;
        model.showPast({ series: live.copy(), items: changes.items, ordinal: 1, endedAt: 0 });
        return [played, model.isFrozen];""",
    )

    assert (played, past) == (False, False)


@pytest.mark.parametrize("up", ["position", "increments"])
def test_few_points_are_drawn_when_there_are_very_many_changes(modules: Page, up: str) -> None:
    counts = evaluate(
        modules,
        """for (let i = 0; i < 10; i += 1) grow(1_000);
        changes.replace(range(999).map((at) => ({ ...changes.items[0], revision: at + 1,
          step: 10 * at, position: X(10 * at), variance: 1 + at % 5 })));
        model.bandChoice = 0; model.up = a;
        return [100, 1_000, 10_000].map((width) => {
          model.view.setRange([10_000 - width, 10_000]); const { x, band, markers } = draw();
          return x.length + 3 * band.x.length + markers.length + 1;
        });""",
        up,
    )

    assert max(counts) <= 5_000


def test_copy_stays_the_same_when_motion_and_view_change(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); draw(); model.across = "step"; model.bandChoice = "view";
        const copy = model.copy(0);
        grow(50); begin(2); grow(5); model.up = "increments"; model.bandChoice = null; draw();
        const { steps, newest, up, band } = copy.pictures.createStretch([300, 900], 0.5);
        return { steps, newest, up, hasBand: band !== null, x: X(900), live: model.live.last };""",
    )

    assert end["steps"] == list(range(300, 901))
    assert end["newest"] == [900, end["x"]]
    assert (end["up"], end["hasBand"], end["live"]) == ("position", True, 5)


def test_picture_of_steps_has_no_other_points(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900);
        changes.replace([changes.items[0], ...[100, 250, 700].map((step, at) => ({
          ...changes.items[0], revision: at + 2, event: at + 2, step, position: X(step),
          variance: at + 5,
        }))]);
        draw();
        const { markers, ...picture } = model.copy(0).pictures.createStretch([200, 300], 0.5);
        return { ...picture, axis: null, markers: markers.map(({ step }) => step) };""",
    )

    assert end["steps"] == list(range(200, 301))
    assert end["range"] == [198, 302]
    assert end["newest"] is None  # the path goes on
    assert end["markers"] == [250]


def test_picture_of_steps_counts_from_the_start_after_reset(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(700); draw(); model.bandChoice = "view"; model.reset(); grow(50); draw();
        const picture = model.copy(0).pictures.createStretch([700, 750], 0.5);
        return { isTrue: isTrue(picture), x: picture.x, counted: picture.isCounted,
          band: picture.band.steps[0], middle: picture.band.mean[0], at: X(700) };""",
    )

    assert end["isTrue"]
    assert end["x"] == list(range(700, 751))
    assert end["counted"] is False
    assert (end["band"], end["middle"]) == (700, end["at"])


def test_copy_of_a_replay_ends_at_its_step(modules: Page) -> None:
    end = evaluate(
        modules,
        """grow(900); draw(); model.play(0); model.replay.seek(500, 0); model.replay.pause(0);
        draw(0);
        const { first, last } = model.getVisibleSteps(0);
        const { steps } = model.copy(0).pictures.createStretch([first, last], 0.5);
        return { last, steps };""",
    )

    assert end["last"] == 500
    assert end["steps"][-1] == 500


VIEW = """
  const { Series } = await import("/live/series.js");
  const series = new Series();
  series.begin(7);
  const grow = (count) => series.append({
    first_step: series.last + 1,
    increments: Array(count).fill(0.5),
    position: series.position + count / 2,
  });
  const model = new m.ViewModel(series, { items: [] });
  const { view } = model;
  const draw = () => model.pictures.create(0, 1);
"""


def evaluate_view(modules: Page, body: str) -> Any:
    return evaluation.evaluate(modules, "view/view-model", VIEW + body)


def test_follow_shows_the_newest_steps(modules: Page) -> None:
    [from_, to], newest = evaluate_view(
        modules, "grow(2000); const p = draw(); return [p.range, p.newest]"
    )

    assert from_ == 1_400
    assert 2_000 < to < 2_050
    assert newest == [2_000, 1_000]


def test_follow_moves_on_and_a_fixed_view_stays(modules: Page) -> None:
    before, after = evaluate_view(
        modules,
        "grow(2000); draw(); view.zoom(0.5); const before = draw().range;"
        "grow(300); return [before, draw().range]",
    )

    assert before == after
    assert evaluate_view(modules, "grow(900); draw(); grow(9); return draw().range[0]") == 309


def test_reset_counts_from_zero_until_show_all_or_a_restart(modules: Page) -> None:
    reset, everything, restarted = evaluate_view(
        modules,
        "grow(1000); model.reset(); grow(10); const shape = () => {"
        "  const p = draw(); return [p.x[0], p.y[0], ...p.newest, p.x.length] };"
        "const reset = shape(); view.showAll(); const all = shape();"
        "model.reset(); series.begin(8); grow(5); return [reset, all, shape()]",
    )

    assert reset == [0, 0, 10, 5, 11]
    assert everything == [0, 0, 1_010, 505, 506]
    assert restarted == [0, 0, 5, 2.5, 6]


def test_few_points_are_drawn_of_a_long_path(modules: Page) -> None:
    count, last = evaluate_view(
        modules,
        "for (let i = 0; i < 900; i += 1) grow(1000); view.showAll();"
        "const p = draw(); return [p.x.length, p.x.at(-1)]",
    )

    assert count <= 2_000
    assert last == 900_000
