"""sync.js and series.js: however frames are lost or late, the page has points of the path."""

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
def test_sync_completes_the_path_after_any_schedule(
    modules: Page, schedule: list[tuple[str, int]]
) -> None:
    end = run(modules, [*schedule, ("change", 0)])  # so that a lost change is noticed

    assert end["epoch"][0] == end["epoch"][1]
    assert end["last"][0] == end["last"][1]
    assert end["fine"][0] == end["fine"][1]
    assert end["changes"][0] == end["changes"][1]


def test_sync_requests_a_lost_frame_once(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2), *[("tick", 1)] * 5])

    assert end["syncs"] == [1, 1]
    assert end["last"] == [10, 10]


def test_sync_requests_the_last_frame_after_a_pong(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("lose", 2)])

    assert end["syncs"] == [0, 1]
    assert end["last"] == [5, 5]


@pytest.mark.parametrize("late", [0, 1])
def test_sync_drops_frames_of_an_older_epoch(modules: Page, late: int) -> None:
    end = run(modules, [("tick", 3), ("change", 0), ("restart", 0), ("tick", 2), ("late", late)])

    assert end["epoch"] == [2, 2]
    assert end["last"] == [2, 2]
    assert end["syncs"] == [0, 0]


def test_sync_keeps_few_points_of_a_long_path(modules: Page) -> None:
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
def test_sync_requests_missed_changes_once(modules: Page, schedule: list[tuple[str, int]]) -> None:
    end = run(modules, schedule)

    assert end["changes"][0] == end["changes"][1]
    assert end["syncs"] == [0, 1] or end["syncs"] == [1, 1]


def test_sync_requests_no_changes_that_it_has(modules: Page) -> None:
    end = run(modules, [("tick", 3), *[("change", 0), ("tick", 1)] * 5, ("again", 0)])

    assert end["changes"][0] == end["changes"][1]
    assert len(end["changes"][0]) == 6
    assert end["syncs"] == [0, 0]


def test_sync_replaces_the_changes_after_a_restart(modules: Page) -> None:
    end = run(modules, [("tick", 3), ("change", 0), ("restart", 0), ("tick", 1), ("change", 0)])

    assert [(change["revision"], change["step"]) for change in end["changes"][0]] == [
        (3, 0),
        (4, 1),
    ]
    assert end["syncs"] == [0, 0]


def test_sync_keeps_the_newest_changes(modules: Page) -> None:
    end = run(modules, [("change", 0)] * 1_200)

    assert len(end["changes"][0]) == 1_000
    assert end["changes"][0] == end["changes"][1]


# --- by the clock --------------------------------------------------------------------------

SYNC = """async () => {
  const { Sync, SILENCE_MS } = await import("/live/sync.js");
  const { Series } = await import("/live/series.js");
  const sent = [];
  const handled = [];
  const handlers = Object.fromEntries(["state", "history", "increments", "restart"].map(
    (name) => [name, () => handled.push(name)]));
  const sync = new Sync(new Series(), (message) => sent.push(message.type), handlers);
  const state = (epoch, revision) =>
    sync.receive({ type: "state", epoch, revision, step: 0, position: 0, paused: false }, now);
  const history = (...revisions) => sync.receive({ type: "history", epoch: sync.series.epoch,
    first_step: 0, stride: 1, positions: [0], changes: revisions.map((revision) => ({ revision })),
  }, now);
  const tick = (first) => sync.receive({ type: "increments", epoch: sync.series.epoch,
    revision: 1, first_step: first, increments: [1], position: first }, now);
  const pong = (n, step) => sync.receive({ type: "pong", n, step }, now);
  const syncs = () => sent.filter((type) => type === "sync").length;
  let now = 1_000;
  sync.reset(now);
  state(5, 1);
  history(1);
  handled.length = 0;
  BODY
}"""


def run_by_the_clock(modules: Page, body: str) -> Any:
    return modules.evaluate(SYNC.replace("BODY", body))


def test_sync_requests_a_gap_again_after_three_seconds(modules: Page) -> None:
    counts = run_by_the_clock(
        modules,
        """tick(1); tick(5); const counts = [syncs()];
        for (const wait of [100, 2_800, 200, 100]) { now += wait; tick(6); counts.push(syncs()); }
        return counts;""",
    )

    assert counts == [1, 1, 1, 2, 2]


def test_sync_requests_steps_after_pongs_are_ahead_for_three_seconds(modules: Page) -> None:
    counts = run_by_the_clock(
        modules,
        """tick(1); const counts = [];
        for (let n = 1; n <= 5; n += 1) {
          sync.ping(n, now); pong(n, 9); counts.push(syncs()); now += 1_000;
        }
        return counts;""",
    )

    assert counts == [0, 0, 0, 0, 1]


def test_sync_requests_nothing_when_frames_follow_a_pong(modules: Page) -> None:
    count = run_by_the_clock(
        modules,
        """for (let n = 1; n <= 9; n += 1) {
          sync.ping(n, now); pong(n, n); now += 500; tick(n); now += 500;
        }
        return syncs();""",
    )

    assert count == 0


def test_round_trip_is_measured_from_its_own_ping(modules: Page) -> None:
    trips = run_by_the_clock(
        modules,
        """sync.ping(1, now); now += 1_000; sync.ping(2, now); now += 30;
        pong(2, 0); const trips = [sync.roundTripMs]; pong(1, 0); trips.push(sync.roundTripMs);
        sync.reset(now); return [...trips, sync.roundTripMs];""",
    )

    assert trips == [30, 30, None]


def test_is_silent_means_an_unanswered_ping(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """const found = [];
        now += 60_000; found.push(sync.isSilent(now));
        sync.ping(1, now); now += SILENCE_MS; found.push(sync.isSilent(now));
        now += 1; found.push(sync.isSilent(now));
        pong(1, 0); found.push(sync.isSilent(now));
        return [...found, SILENCE_MS];""",
    )

    assert found == [False, False, True, False, 10_000]


def test_standstill_ends_with_a_step_or_a_change(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """tick(1); now += 7_000; const found = [sync.standstill(now)];
        pong(1, 1); found.push(sync.standstill(now));
        state(5, 2); found.push(sync.standstill(now));
        now += 6_000; tick(2); return [...found, sync.standstill(now)];""",
    )

    assert found == [7_000, 7_000, 0, 0]


def test_sync_ignores_an_older_state(modules: Page) -> None:
    shown = run_by_the_clock(
        modules,
        """state(6, 3); tick(1); handled.length = 0;
        state(6, 2); state(5, 9);
        return [handled, sync.state.epoch, sync.state.revision, sync.series.last];""",
    )

    assert shown == [[], 6, 3, 1]


def test_sync_ignores_a_history_of_an_older_epoch(modules: Page) -> None:
    shown = run_by_the_clock(
        modules,
        """state(6, 3); tick(1); handled.length = 0;
        sync.receive({ type: "history", epoch: 5, first_step: 0, stride: 1,
          positions: [0, 1, 2], changes: [{ revision: 9 }] }, now);
        return [handled, sync.series.epoch, sync.series.last];""",
    )

    assert shown == [[], 6, 1]


@pytest.mark.fault("a state lost while the motion is paused")
def test_sync_requests_a_missed_change_without_steps(modules: Page) -> None:
    counts = run_by_the_clock(
        modules,
        """const counts = []; state(5, 3);
        for (let n = 1; n <= 8; n += 1) {
          now += 1_000; sync.ping(n, now); pong(n, 0); counts.push(syncs());
        }
        history(1, 2, 3); now += 9_000; sync.ping(9, now); return [...counts, syncs()];""",
    )

    assert counts == [0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_sync_requests_a_history_when_it_comes_back_after_a_rename(modules: Page) -> None:
    counts = run_by_the_clock(
        modules,
        """const counts = [];
        const renamed = (access_version) => sync.receive({ ...sync.state, access_version }, now);
        for (const [isBack, version] of [[false, 1], [true, 1], [true, 2], [false, 3]]) {
          now += 5_000;
          if (isBack) sync.reset(now);
          renamed(version);
          counts.push(syncs());
        }
        return counts;""",
    )

    assert counts == [0, 0, 1, 1]


def test_sync_misses_a_change_that_is_newer_than_the_history(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """state(5, 3); history(1, 2); tick(1); const first = syncs();
        history(1, 2, 3, 4); state(5, 4); state(5, 5); tick(2);
        return [first, syncs(), sync.changes.items.map(({ revision }) => revision)];""",
    )

    assert found == [1, 1, [1, 2, 3, 4, 5]]


def test_receive_reads_a_history_and_its_first_steps(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """const nothing = () => sync.receive({ type: "increments", epoch: 5, revision: 1,
          first_step: 1, increments: [], position: 0 }, now);
        const found = [];
        for (const frame of [() => history(1), nothing, nothing, () => history(1), () => tick(1),
          () => tick(1), () => pong(1, 1)]) {
          frame();
          found.push([handled.pop() ?? "", sync.isUndrawn]);
        }
        return found;""",
    )

    assert found == [
        ["history", True],
        ["increments", False],
        ["", False],
        ["history", True],
        ["increments", False],
        ["", False],
        ["", False],
    ]


def test_receive_announces_a_restart_before_the_old_path_is_gone(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """tick(1); tick(2); const found = [];
        sync.handlers.restart = () => found.push(sync.series.epoch, sync.series.last);
        state(6, 2); state(6, 3);
        return [...found, sync.series.last];""",
    )

    assert found == [5, 2, 0]


def test_ping_if_due_pings_once_a_period_and_socket(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """const pings = () => sent.filter((type) => type === "ping").length;
        const found = [];
        for (const wait of [0, 900, 100]) {
          now += wait; sync.pingIfDue(now, 1_000); found.push(pings());
        }
        sync.reset(now); sync.pingIfDue(now, 1_000);
        return [...found, pings(), [...sync.pings.keys()]];""",
    )

    assert found == [1, 1, 2, 3, [3]]


def test_reset_forgets_requests_and_pings_of_the_old_socket(modules: Page) -> None:
    found = run_by_the_clock(
        modules,
        """tick(1); sync.ping(1, now); pong(1, 9); sync.ping(2, now);
        now += SILENCE_MS + 1; sync.reset(now); sync.ping(3, now); const counts = [syncs()];
        tick(5); counts.push(syncs());
        sync.reset(now); tick(5); counts.push(syncs());
        return [counts, sync.pings.size, sync.isSilent(now + SILENCE_MS)];""",
    )

    assert found == [[0, 1, 2], 0, False]


def test_sync_takes_in_the_class_of_its_epoch(modules: Page) -> None:
    calls, newest, seat, name = modules.evaluate(
        """async () => {
          const { Sync } = await import("/live/sync.js");
          const { Series } = await import("/live/series.js");
          const { makeFrame } = await import("/ensemble_page.js");
          const calls = [];
          const handlers = {
            ensemble: ({ step }) => calls.push(step),
            seat: () => calls.push("seat"),
          };
          const sync = new Sync(new Series(), () => {}, handlers);
          const state = (epoch, paths) => {
            return { type: "state", epoch, revision: epoch, step: 0, paths };
          };
          const frames = [
            ...[makeFrame(40, 5), state(1, 40), makeFrame(40, 6), makeFrame(40, 6)],
            { type: "seat", number: 7, name: "Mia" },
            { type: "viewers", count: 2, names: [], ids: [], seats: [[7, "Mia"], [8, "Jun"]] },
            ...[state(2, 30), makeFrame(40, 9), makeFrame(30, 1, 2)],
          ];
          for (const frame of frames) sync.receive(frame, 0);
          const { newest, seat } = sync.ensemble;
          return [calls, newest.step, seat, sync.ensemble.getName(8)];
        }"""
    )

    assert calls == [6, "seat", 1]
    assert (newest, seat, name) == (1, {"number": 7, "name": "Mia"}, "Jun")


def test_sync_takes_in_the_question_and_the_answer_to_it(modules: Page) -> None:
    calls, number, stored, can_answer = modules.evaluate(
        """async () => {
          const { Sync } = await import("/live/sync.js");
          const { Series } = await import("/live/series.js");
          const calls = [];
          const note = ({ type }) => calls.push(type);
          const sync = new Sync(new Series(), () => {}, { question: note, answer: note });
          sync.questions.reader = "me";
          const frames = [
            { type: "state", epoch: 1, revision: 1, step: 0, paths: 0, owner_id: "me" },
            { type: "question", number: 3, state: "open", step: null },
            { type: "answer", question: 3, low: 1, high: 2 },
          ];
          for (const frame of frames) sync.receive(frame, 0);
          const { shown, stored, canAnswer } = sync.questions;
          return [calls, shown.number, stored, canAnswer];
        }"""
    )

    assert calls == ["question", "answer"]
    assert (number, stored, can_answer) == (3, {"low": 1, "high": 2}, False)
