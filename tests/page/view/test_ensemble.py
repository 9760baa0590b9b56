"""ensemble.js and its parts: what the page loads of a class, and how a view shows it."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

SCENE = """async (a) => {
  const { Follower, X, isTrue, answerWindow, VARIANCE } = await import("/ensemble_page.js");
  const page = new Follower(40);
  const { model } = page;
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SCENE.replace("BODY", body), argument)


def test_picture_has_no_class_without_an_ensemble(modules: Page) -> None:
    picture, asked, obstacle = evaluate(
        modules,
        """const alone = new Follower(0); alone.walk(900);
        return [alone.draw().ensemble, alone.load(), alone.model.ensemble.obstacle];""",
    )

    assert (picture, asked, obstacle) == (None, None, "")


def test_picture_continues_a_window_with_the_slices_of_the_socket(modules: Page) -> None:
    end = evaluate(
        modules,
        """page.walk(900, { isLost: true });
        const asked = page.load(); page.walk(30);
        const { x, thin, fan, law } = page.draw().ensemble;
        return { asked, x, seats: thin.map(({ seat }) => seat), isTrue: isTrue({ x, thin }),
          again: page.load(),
          sizes: [...Object.values(fan), law.low, law.high].map((y) => y.length),
          law: law.high };""",
    )

    window = {"epoch": 1, "first": 256, "last": 900, "stride": 4, "seats": end["seats"]}
    assert end["asked"] == window
    assert end["x"] == [*range(256, 901, 4), *range(904, 931, 4)]
    assert end["seats"] == list(range(1, 41))
    assert end["isTrue"]
    assert end["again"] is None
    assert end["sizes"] == [len(end["x"])] * 7
    assert np.allclose(end["law"], [1.6448536 * math.sqrt(4 * step) for step in end["x"]])


def test_window_is_loaded_again_after_some_strides_of_slices(modules: Page) -> None:
    asked = evaluate(
        modules,
        """page.walk(900); page.load();
        const asked = [];
        for (let step = 0; step < 400; step += 1) {
          page.walk(1);
          asked.push(page.load()?.last);
        }
        return asked.filter(Boolean);""",
    )

    assert asked
    assert len(asked) <= 4
    assert all(last % 64 == 0 for last in asked)  # pages that came at other times ask the same


def test_window_is_loaded_again_after_a_gap_between_slices(modules: Page) -> None:
    gap, before, closed = evaluate(
        modules,
        """page.walk(900); page.load();
        page.walk(60, { isLost: true }); page.walk(1);
        const hole = page.draw().ensemble.x;
        const gap = page.load();
        return [gap.last, hole.at(-1), page.draw().ensemble.x];""",
    )

    assert gap == 960
    assert before == 900  # no line over what is missing
    steps = [step for step in closed if step > 880]
    assert max(np.diff(steps)) <= 4
    assert steps[-1] == 960


def test_restart_shows_the_new_class_and_no_point_of_the_old(modules: Page) -> None:
    x, is_true, seats = evaluate(
        modules,
        """page.walk(900); page.load(); page.begin(2, 12); page.walk(3);
        const { ensemble } = page.draw();
        return [ensemble.x, isTrue(ensemble), ensemble.thin.length];""",
    )

    assert (x, is_true, seats) == ([1, 2, 3], True, 12)


def test_frozen_view_keeps_its_class_after_a_restart(modules: Page) -> None:
    before, after, asked, is_true = evaluate(
        modules,
        """page.walk(900); page.load(); model.freeze();
        const before = page.draw().ensemble.x;
        page.walk(50); page.begin(2, 0); page.walk(5);
        const asked = page.load();
        const { ensemble } = page.draw();
        return [before.at(-1), ensemble.x.at(-1), asked, isTrue(ensemble)];""",
    )

    assert (before, after, is_true) == (900, 900, True)
    assert asked is None


def test_zoom_into_the_past_loads_finer_points(modules: Page) -> None:
    strides, x = evaluate(
        modules,
        """page.walk(5_000, { isLost: true });
        model.view.showAll(); const all = page.load();
        model.view.setRange([1_000, 1_100]); const near = page.load();
        return [[all.stride, near.stride], page.draw().ensemble.x];""",
    )

    assert strides == [64, 1]
    assert x[0] <= 1_000
    assert x[-1] >= 1_100
    assert set(np.diff(x)) == {1}


def test_replay_draws_the_class_up_to_its_step(modules: Page) -> None:
    ends = evaluate(
        modules,
        """page.walk(900); page.load(); model.play(0); model.replay.setSpeed(100, 0);
        return [0, 1_000, 2_000, 60_000].map((now) => {
          const { ensemble, newest } = page.draw(now);
          return [ensemble.x.at(-1) <= newest[0], ensemble.slice.step === newest[0]];
        });""",
    )

    assert ends == [[True, True]] * 4


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ("model.up = 'increments'", "increments"),
        ("model.reset()", "reset"),
        ("model.showPast({ series: page.series.copy(), items: [], paths: 0 })", "no class"),
    ],
)
def test_view_that_cannot_show_the_class_says_why(
    modules: Page, change: str, obstacle: str
) -> None:
    ensemble, text = evaluate(
        modules,
        f"""page.walk(900); page.load(); {change};
        return [page.draw().ensemble, model.ensemble.obstacle];""",
    )

    assert ensemble is None
    assert obstacle in text


def test_own_and_lit_path_are_loaded_beyond_the_thin_ones(modules: Page) -> None:
    asked, mine, lit, thin, is_true = evaluate(
        modules,
        """page.walk(300); model.ensemble.mostThin = 10;
        page.ensemble.takeSeat({ number: 7, name: "Mia" });
        page.ensemble.names = new Map([[31, "Jun"]]);
        model.ensemble.light(31);
        const { seats } = page.load();
        const { ensemble } = page.draw();
        return [seats, ensemble.mine.name, ensemble.lit.name, ensemble.thin.map(({ seat }) => seat),
          isTrue(ensemble)];""",
    )

    assert asked == [*range(1, 11), 31]
    assert (mine, lit) == ("Mia", "Jun")
    assert thin == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert is_true


def test_own_path_has_every_step_of_the_socket(modules: Page) -> None:
    own, others = evaluate(
        modules,
        """page.walk(900, { isLost: true }); page.ensemble.takeSeat({ number: 7, name: "Mia" });
        page.load(); page.walk(11);
        const { mine, x } = page.draw().ensemble;
        return [mine.x.slice(-12), x.slice(-3)];""",
    )

    assert own == list(range(900, 912))
    assert others == [900, 904, 908]


def test_lit_path_ends_at_the_slice(modules: Page) -> None:
    end, slice_at, is_true = evaluate(
        modules,
        """page.walk(900, { isLost: true }); model.ensemble.light(7);
        page.load(); page.walk(11);
        const { ensemble } = page.draw();
        return [ensemble.lit.x.at(-1), ensemble.slice.x, isTrue(ensemble)];""",
    )

    assert (end, slice_at, is_true) == (911, 911, True)


def test_lit_path_goes_out_when_it_is_chosen_again(modules: Page) -> None:
    lit = evaluate(
        modules,
        """const { ensemble } = model;
        return [3, 5, 5].map((seat) => (ensemble.light(seat), ensemble.lit));""",
    )

    assert lit == [3, 5, None]


def test_seat_beyond_the_paths_has_no_path(modules: Page) -> None:
    assert evaluate(
        modules,
        """page.walk(300); page.ensemble.takeSeat({ number: 41, name: "Mia" }); page.load();
        return page.draw().ensemble.mine === null;""",
    )


def test_picture_of_a_stretch_has_the_class_between_its_ends(modules: Page) -> None:
    within, is_true, whole = evaluate(
        modules,
        """page.walk(900, { isLost: true }); page.ensemble.takeSeat({ number: 7, name: "Mia" });
        page.load(); page.walk(11);
        const cut = (...span) => model.copy(0).pictures.createStretch(span, 0.5).ensemble;
        const { x, mine, slice, ...others } = cut(400, 800);
        const ends = [x, mine.x].map((places) => [places[0], places.at(-1)]);
        return [[...ends, slice.step], isTrue({ x, mine, slice, ...others }), cut(0, 911)];""",
    )

    assert within == [[400, 800], [400, 800], 911]  # the slice that the screen shows
    assert is_true
    assert whole is None  # the page has loaded the newest steps alone


def test_picture_of_a_stretch_has_no_slice_without_its_numbers(modules: Page) -> None:
    found = evaluate(
        modules,
        """page.walk(900, { isLost: true }); page.load();
        page.ensemble.slices = []; model.ensemble.moveSlice(777);
        const { slice } = model.copy(0).pictures.createStretch([400, 900], 0.5).ensemble;
        return [slice, model.ensemble.hasNumbersAt(777)];""",
    )

    assert found == [None, False]


def test_vertical_range_holds_every_path_in_view(modules: Page) -> None:
    assert evaluate(
        modules,
        """page.walk(300); page.load();
        const { yRange: [low, high], ensemble: { thin, law } } = page.draw();
        const values = [...thin.map(({ y }) => y), law.low, law.high].flat();
        return values.every((y) => y >= low && y <= high);""",
    )


def test_pause_on_a_clock_axis_repeats_the_positions_there(modules: Page) -> None:
    at, values, x = evaluate(
        modules,
        """page.walk(300); page.load();
        const { createEnsemblePicture } = await import("/view/ensemble-picture.js");
        const pause = { step: 100, position: 0, from: 100, to: 140 };
        const toX = (step) => (step > 100 ? step + 40 : step);
        const { x, thin } = createEnsemblePicture(model.ensemble, 300, { pauses: [pause], toX });
        const at = x.indexOf(100);
        return [at, [thin[4].y[at], thin[4].y[at + 1], X(5, 100)], x.slice(at, at + 3)];""",
    )

    assert at > 0
    assert len(set(values)) == 1
    assert x == [100, 140, 142]


# --- the slice ---


def test_slice_follows_the_newest_step_until_it_is_moved(modules: Page) -> None:
    steps = evaluate(
        modules,
        """page.walk(300); page.load();
        const { ensemble } = model;
        const step = () => page.draw().ensemble.slice.step;
        const steps = [step()];
        ensemble.moveSlice(120.4); page.walk(1); steps.push(step());
        ensemble.moveSlice(-5); steps.push(step());
        ensemble.moveSlice(500); page.walk(1); steps.push(step());
        return steps;""",
    )

    assert steps == [300, 120, 0, 302]


def test_slice_counts_every_path_once(modules: Page) -> None:
    for end in evaluate(
        modules,
        """page.walk(300); page.load();
        return [null, 120, 121, 0].map((step) => {
          model.ensemble.moveSlice(step);
          const { edges, counts, density, step: at } = page.draw().ensemble.slice;
          const positions = [...Array(40).keys()].map((index) => X(index + 1, at));
          return { edges, counts, density, at, positions };
        });""",
    ):
        if end["at"] == 0:  # all at one place
            assert end["counts"] == []
            continue
        width = end["edges"][1] - end["edges"][0]
        assert np.allclose(np.diff(end["edges"]), width)
        if end["at"] in (300, 120):
            expected = np.histogram(end["positions"], end["edges"])[0]
            assert end["counts"] == expected.tolist()
        assert sum(end["counts"]) == 40
        expected_paths = np.trapezoid(
            [point["p"] for point in end["density"]], [point["y"] for point in end["density"]]
        )
        assert math.isclose(expected_paths / width, 40, rel_tol=0.01)


def test_slice_takes_the_answer_of_the_server_where_the_page_lacks_positions(
    modules: Page,
) -> None:
    before, counts, other = evaluate(
        modules,
        """page.walk(900, { isLost: true }); model.ensemble.mostThin = 10; page.load();
        model.ensemble.moveSlice(333);
        const slice = () => page.draw().ensemble.slice;
        const before = slice().counts;
        model.ensemble.setAnswer({ epoch: 1, step: 333, count: 40, law: { mean: 0, variance: 9 },
          edges: [0, 1, 2], counts: [30, 10] });
        const { counts } = slice();
        return [before, counts, model.ensemble.getAnswer(334)];""",
    )

    assert before == []
    assert counts == [30, 10]
    assert other is None


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    positions=st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60),
    variance=st.sampled_from([0.0, 1e-6, 1.0, 400.0, 1e12]),
)
def test_histogram_has_few_bins_that_hold_every_position(
    modules: Page, positions: list[float], variance: float
) -> None:
    edges, counts = modules.evaluate(
        """async ([positions, variance]) => {
          const { chooseEdges, countPositions } = await import("/view/slice.js");
          const edges = chooseEdges(positions, { mean: 0, variance });
          return [edges, countPositions(positions, edges)];
        }""",
        [positions, variance],
    )

    assert sum(counts) == len(positions)
    assert 1 <= len(counts) <= 600
    slack = 1e-9 * (edges[-1] - edges[0] + abs(edges[0]))
    assert edges[0] - slack <= min(positions)
    assert max(positions) <= edges[-1] + slack


def test_histogram_of_hundred_paths_has_a_dozen_bins(modules: Page) -> None:
    deviation = 14.2
    quantiles = [NormalDist(0, deviation).inv_cdf((at + 0.5) / 100) for at in range(100)]

    edges = modules.evaluate(
        """async ([positions, variance]) => {
          const { chooseEdges } = await import("/view/slice.js");
          return chooseEdges(positions, { mean: 0, variance });
        }""",
        [quantiles, deviation**2],
    )

    assert np.diff(edges) == pytest.approx(5)
    assert 12 <= len(edges) - 1 <= 18


# --- convergence ---

actions = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["walk", "lose"]), st.integers(1, 300)),
        st.tuples(st.just("restart"), st.sampled_from([0, 5, 40])),
        st.tuples(st.sampled_from(["load", "all", "follow", "freeze", "zoom"]), st.just(0)),
    ),
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=actions)
def test_class_converges_after_any_schedule(modules: Page, schedule: list[tuple[str, int]]) -> None:
    end = evaluate(
        modules,
        """page.walk(10);
        for (const [action, value] of a) {
          if (action === "walk") page.walk(value);
          else if (action === "lose") page.walk(value, { isLost: true });
          else if (action === "restart") page.begin(page.series.epoch + 1, value);
          else if (action === "load") page.load();
          else if (action === "all") model.view.showAll();
          else if (action === "follow") model.follow();
          else if (action === "freeze") model.freeze();
          else model.view.setRange([5, 40]);
        }
        page.walk(20);
        const loads = [page.load(), page.load(), page.load()].map((asked) => asked !== null);
        const { ensemble, range } = page.draw();
        const last = model.getLastStep(0);
        return { loads, paths: model.paths, last, range,
          x: ensemble?.x ?? null, isTrue: ensemble === null || isTrue(ensemble) };""",
        schedule,
    )

    assert end["isTrue"]
    assert end["loads"][2] is False  # two answers are enough
    if not end["paths"] or end["last"] < 1:
        return
    low, high = max(0, end["range"][0]), min(end["last"], end["range"][1])
    stride = 2 ** max(0, math.ceil(math.log2((end["range"][1] - end["range"][0]) / 160)))
    within = [step for step in end["x"] if low - stride <= step <= high + stride]
    assert within
    assert within[0] <= low + stride
    gap = max(8 * stride, 32)
    assert within[-1] >= high - gap
    assert max(np.diff(within), default=0) <= gap


# --- a path under the pointer ---


@pytest.mark.parametrize(
    ("point", "reach", "seat"),
    [
        ([100, 0.2], 5, 3),
        ([150, 10], 5, 4),  # between two points of its line
        ([150, 10], 0.5, None),
        ([250, 0], 50, None),
        ([-1, 0], 50, None),
        ([0, 40], 50, 7),
        ([180, 60], 5, 7),  # its points are not those of the thin lines
    ],
)
def test_find_seat_finds_the_nearest_path(
    modules: Page, point: list[float], reach: float, seat: int | None
) -> None:
    found = modules.evaluate(
        """async ([[x, y], reach]) => {
          const { findSeat } = await import("/view/ensemble-picture.js");
          const thin = [{ seat: 3, y: [1, 0, -30] }, { seat: 4, y: [-40, -2, 20] }];
          const mine = { seat: 7, x: [0, 50, 100, 200], y: [30, 45, 60, 60] };
          return findSeat({ x: [0, 100, 200], thin, mine }, { x, y }, reach);
        }""",
        [point, reach],
    )

    assert found == seat
