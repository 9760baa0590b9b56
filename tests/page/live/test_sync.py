"""sync.js and series.js: whatever the network does, the points shown are points of the path."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

few = st.integers(1, 40)
many = st.sampled_from([900, 1_999, 2_000, 2_001, 4_999, 7_000])

actions = st.one_of(
    st.tuples(st.sampled_from(["tick", "tick", "tick", "lose"]), few),
    st.tuples(st.sampled_from(["tick", "lose"]), many),
    st.tuples(st.sampled_from(["again", "change", "mute", "restart", "reconnect"]), st.just(0)),
    st.tuples(st.just("late"), st.integers(0, 50)),
    st.tuples(st.just("wait"), st.integers(1, 5)),
)


def run(modules: Page, schedule: list[tuple[str, int]]) -> dict[str, Any]:
    script = 'async (schedule) => (await import("/fake_server.js")).run(schedule)'
    found: dict[str, Any] = modules.evaluate(script, schedule)
    return found


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=st.lists(actions, max_size=30))
def test_any_schedule_ends_with_the_whole_path(
    modules: Page, schedule: list[tuple[str, int]]
) -> None:
    end = run(modules, [*schedule, ("change", 0)])  # by which a change that was lost is noticed

    assert end["epoch"][0] == end["epoch"][1]
    assert end["last"][0] == end["last"][1]
    assert end["fine"][0] == end["fine"][1]
    assert end["changes"][0] == end["changes"][1]


def test_a_lost_frame_is_asked_for_once(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2), *[("tick", 1)] * 5])

    assert end["syncs"] == [1, 1]
    assert end["last"] == [10, 10]


def test_the_last_frame_lost_is_noticed_by_the_pong(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2)])

    assert end["syncs"] == [0, 1]
    assert end["last"] == [5, 5]


@pytest.mark.parametrize("late", [0, 1])
def test_frames_of_an_older_epoch_are_dropped(modules: Page, late: int) -> None:
    end = run(modules, [("tick", 3), ("change", 0), ("restart", 0), ("tick", 2), ("late", late)])

    assert end["epoch"] == [2, 2]
    assert end["last"] == [2, 2]
    assert end["syncs"] == [0, 0]


def test_a_long_life_holds_few_points(modules: Page) -> None:
    end = run(modules, [("tick", 1_000)] * 200)

    assert end["points"] <= 5_000
    assert end["syncs"] == [0, 0]


@pytest.mark.parametrize(
    "schedule",
    [
        [("tick", 3), ("mute", 0), ("change", 0), ("tick", 1), ("change", 0)],
        [("tick", 3), ("mute", 0), ("reconnect", 0), ("tick", 1)],
        [("tick", 3), ("mute", 0), ("restart", 0), ("mute", 0), ("change", 0), ("tick", 1)],
    ],
    ids=["jump", "while-away", "after-a-restart"],
)
def test_changes_that_were_missed_are_asked_for_once(
    modules: Page, schedule: list[tuple[str, int]]
) -> None:
    end = run(modules, schedule)

    assert end["changes"][0] == end["changes"][1]
    assert end["syncs"] == [0, 1] or end["syncs"] == [1, 1]


def test_changes_that_came_one_by_one_are_not_asked_for(modules: Page) -> None:
    end = run(modules, [("tick", 3), *[("change", 0), ("tick", 1)] * 5, ("again", 0)])

    assert end["changes"][0] == end["changes"][1]
    assert len(end["changes"][0]) == 6
    assert end["syncs"] == [0, 0]


def test_a_restart_begins_the_changes_anew(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("change", 0), ("restart", 0), ("tick", 1), ("change", 0)])

    assert [(change["revision"], change["step"]) for change in end["changes"][0]] == [
        (3, 0),
        (4, 1),
    ]
    assert end["syncs"] == [0, 0]


def test_only_the_newest_changes_are_held(modules: Page) -> None:
    end = run(modules, [("change", 0)] * 1_200)

    assert len(end["changes"][0]) == 1_000
    assert end["changes"][0] == end["changes"][1]


# --- by the clock --------------------------------------------------------------------------

LINK = """async () => {
  const { Link, SILENCE_MS } = await import("/live/sync.js");
  const { Series } = await import("/live/series.js");
  const sent = [];
  const link = new Link(new Series(), (message) => sent.push(message.type));
  const state = (epoch, revision) =>
    link.receive({ type: "state", epoch, revision, step: 0, position: 0, paused: false }, now);
  const tell = (...revisions) => link.receive({ type: "history", epoch: link.series.epoch,
    first_step: 0, stride: 1, positions: [0], changes: revisions.map((revision) => ({ revision })),
  }, now);
  const tick = (first) => link.receive({ type: "increments", epoch: link.series.epoch,
    revision: 1, first_step: first, increments: [1], position: first }, now);
  const pong = (n, step) => link.receive({ type: "pong", n, step }, now);
  const syncs = () => sent.filter((type) => type === "sync").length;
  let now = 1_000;
  link.reset(now);
  state(5, 1);
  tell(1);
  BODY
}"""


def by_the_clock(modules: Page, body: str) -> Any:
    return modules.evaluate(LINK.replace("BODY", body))


def test_a_gap_is_asked_for_again_after_three_seconds(modules: Page) -> None:
    counts = by_the_clock(
        modules,
        """tick(1); tick(5); const counts = [syncs()];
        for (const wait of [100, 2_800, 200, 100]) { now += wait; tick(6); counts.push(syncs()); }
        return counts;""",
    )

    assert counts == [1, 1, 1, 2, 2]


def test_a_pong_far_ahead_for_three_seconds_is_a_gap(modules: Page) -> None:
    counts = by_the_clock(
        modules,
        """tick(1); const counts = [];
        for (let n = 1; n <= 5; n += 1) {
          link.ping(n, now); pong(n, 9); counts.push(syncs()); now += 1_000;
        }
        return counts;""",
    )

    assert counts == [0, 0, 0, 0, 1]


def test_a_pong_ahead_of_frames_on_their_way_is_none(modules: Page) -> None:
    count = by_the_clock(
        modules,
        """for (let n = 1; n <= 9; n += 1) {
          link.ping(n, now); pong(n, n); now += 500; tick(n); now += 500;
        }
        return syncs();""",
    )

    assert count == 0


def test_a_round_trip_is_from_its_own_ping(modules: Page) -> None:
    trips = by_the_clock(
        modules,
        """link.ping(1, now); now += 1_000; link.ping(2, now); now += 30;
        pong(2, 0); const trips = [link.roundTripMs]; pong(1, 0); trips.push(link.roundTripMs);
        link.reset(now); return [...trips, link.roundTripMs];""",
    )

    assert trips == [30, 30, None]


def test_silence_is_a_ping_without_an_answer(modules: Page) -> None:
    found = by_the_clock(
        modules,
        """const found = [];
        now += 60_000; found.push(link.isSilent(now));
        link.ping(1, now); now += SILENCE_MS; found.push(link.isSilent(now));
        now += 1; found.push(link.isSilent(now));
        pong(1, 0); found.push(link.isSilent(now));
        return [...found, SILENCE_MS];""",
    )

    assert found == [False, False, True, False, 10_000]


def test_a_standstill_is_over_with_a_step_or_a_change(modules: Page) -> None:
    found = by_the_clock(
        modules,
        """tick(1); now += 7_000; const found = [link.standstill(now)];
        pong(1, 1); found.push(link.standstill(now));
        state(5, 2); found.push(link.standstill(now));
        now += 6_000; tick(2); return [...found, link.standstill(now)];""",
    )

    assert found == [7_000, 7_000, 0, 0]


def test_a_state_of_the_past_changes_nothing(modules: Page) -> None:
    shown = by_the_clock(
        modules,
        """state(6, 3); tick(1);
        const news = [state(6, 2), state(5, 9)];
        return [news, link.state.epoch, link.state.revision, link.series.last];""",
    )

    assert shown == [[False, False], 6, 3, 1]


def test_a_change_missed_while_all_is_still_is_asked_for_by_and_by(modules: Page) -> None:
    counts = by_the_clock(
        modules,
        """const counts = []; state(5, 3);
        for (let n = 1; n <= 8; n += 1) {
          now += 1_000; link.ping(n, now); pong(n, 0); counts.push(syncs());
        }
        tell(1, 2, 3); now += 9_000; link.ping(9, now); return [...counts, syncs()];""",
    )

    assert counts == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_a_history_read_before_the_newest_change_leaves_it_missing(modules: Page) -> None:
    found = by_the_clock(
        modules,
        """state(5, 3); tell(1, 2); tick(1); const first = syncs();
        tell(1, 2, 3, 4); state(5, 4); state(5, 5); tick(2);
        return [first, syncs(), link.changes.items.map(({ revision }) => revision)];""",
    )

    assert found == [1, 1, [1, 2, 3, 4, 5]]


def test_a_history_is_drawn_with_the_steps_that_follow_and_a_pong_not_at_all(
    modules: Page,
) -> None:
    drawn = by_the_clock(
        modules,
        """const nothing = () => link.receive({ type: "increments", epoch: 5, revision: 1,
          first_step: 1, increments: [], position: 0 }, now);
        return [tell(1), nothing(), nothing(), tell(1), tick(1), tick(1), pong(1, 1)];""",
    )

    assert drawn == [False, True, False, False, True, False, False]
