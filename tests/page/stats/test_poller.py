"""poller.js: which window is requested, and when."""

from __future__ import annotations

import math
import random

import pytest
from playwright.sync_api import Page

from bench import statistics
from tests.page.stats.answers import run

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1, 40, 600, 12_345, 2_000_000_000])
def test_align_window_changes_when_the_view_moves_a_64th(modules: Page, width: int) -> None:
    chance = random.Random(width)
    unit = 2 ** max(0, math.floor(math.log2(width / 64)))
    block = unit * (10**10 // unit)
    lasts = [block + chance.randrange(unit) for _ in range(20)]

    windows = run(
        modules,
        "return a.map(([first, last]) => alignWindow({ epoch: 1, first, last }))",
        [[last - width, last] for last in lasts],
    )

    expected = {"epoch": 1, "first": (block - width) // unit * unit, "last": block}
    assert all(
        window in (expected, expected | {"first": expected["first"] + unit}) for window in windows
    )
    assert len({tuple(window.values()) for window in windows}) <= 2
    assert width % unit or len({tuple(window.values()) for window in windows}) == 1
    assert unit <= max(1, width / 64)


@pytest.mark.parametrize("pace", statistics.PACES)
def test_benchmark_of_sessions_has_the_windows_of_the_page(modules: Page, pace: int) -> None:
    lasts = range(2 * pace, 600 * pace + 1, 2 * pace)

    windows = run(
        modules,
        "return a.map(([first, last]) => alignWindow({ epoch: 1, first, last }))",
        [[max(0, last - 600), last] for last in lasts],
    )

    asked = dict.fromkeys((window["first"], window["last"]) for window in windows)
    assert list(asked) == statistics.windows_of_session(pace, 600)


def test_align_window_never_begins_before_the_reset(modules: Page) -> None:
    window = run(
        modules, "return alignWindow({ epoch: 1, first: 1_003, last: 1_900, start: 1_003 })"
    )

    assert window == {"epoch": 1, "first": 1_003, "last": 1_896}


def test_poller_requests_a_live_window_every_two_seconds(modules: Page) -> None:
    asked = run(
        modules,
        """const { clock, asked, poller, reply } = createPoller();
        for (let step = 1; step <= 100; step += 1) {
          poller.setWindow({ epoch: 1, first: 0, last: step }, true);
          await clock.pass(100);
          if (asked.length) await reply(asked.length - 1, {});
        }
        return asked.map(({ at, window }) => [at, window.last]);""",
    )

    assert asked == [[0, 1], [2_000, 20], [4_000, 40], [6_000, 60], [8_000, 80], [10_000, 100]]


def test_poller_waits_two_seconds_at_most_when_the_reader_moves(modules: Page) -> None:
    asked = run(
        modules,
        """const { clock, asked, poller } = createPoller();
        for (let last = 1; last <= 30; last += 1) {
          poller.setWindow({ epoch: 1, first: 0, last }, false);
          await clock.pass(100);
        }
        await clock.pass(1_000);
        return asked.map(({ at, window, signal }) => [at, window.last, signal.aborted]);""",
    )

    assert asked == [[2_000, 20, True], [3_150, 30, False]]


def test_poller_sends_one_request_at_a_time(modules: Page) -> None:
    before, after, given = run(
        modules,
        """const { clock, asked, given, poller, reply } = createPoller();
        for (let last = 1; last <= 50; last += 1) {
          poller.setWindow({ epoch: 1, first: 0, last }, true);
          await clock.pass(100);
        }
        const before = asked.length;
        await reply(0, "late, and not in vain");
        await clock.pass(0);
        return [before, asked.map(({ window }) => window.last), given];""",
    )

    assert before == 1
    assert after == [1, 50]
    assert given == ["late, and not in vain"]


@pytest.mark.parametrize(
    ("window", "is_live"),
    [({"epoch": 1, "first": 5, "last": 9}, False), ({"epoch": 2, "first": 0, "last": 9}, True)],
)
def test_poller_drops_an_answer_of_a_window_out_of_view(
    modules: Page, window: dict[str, int], is_live: bool
) -> None:
    given = run(
        modules,
        """const { clock, given, poller, reply } = createPoller();
        poller.setWindow({ epoch: 1, first: 0, last: 9 }, true);
        await clock.pass(0);
        poller.setWindow(...a);
        await reply(0, "old");
        await clock.pass(5_000);
        await reply(1, "new");
        return given;""",
        [window, is_live],
    )

    assert given == ["new"]


def test_poller_requests_a_window_once_when_the_reader_returns(modules: Page) -> None:
    given, count = run(
        modules,
        """const { clock, asked, given, poller, reply } = createPoller();
        const [one, other] = [{ epoch: 1, first: 0, last: 9 }, { epoch: 1, first: 0, last: 7 }];
        poller.setWindow(one, false); await clock.pass(300); await reply(0, "one");
        poller.setWindow(other, false); await clock.pass(300);
        poller.setWindow(one, false); await clock.pass(100); await reply(1, "other");
        await clock.pass(5_000);
        return [given, asked.length];""",
    )

    assert (given, count) == (["one"], 2)


def test_poller_backs_off_when_the_server_fails(modules: Page) -> None:
    gaps, given = run(
        modules,
        """const { clock, asked, given, poller, reply } = createPoller();
        const random = Math.random;
        Math.random = () => 1;
        poller.setWindow({ epoch: 1, first: 0, last: 9 }, true);
        for (let at = 0; at < 4; at += 1) {
          while (asked.length <= at) await clock.pass(100);
          await reply(at, at < 3 ? "failed" : "well");
        }
        Math.random = random;
        await clock.pass(60_000);
        return [asked.map(({ at }, index) => at - (asked[index - 1]?.at ?? 0)), given];""",
    )

    assert given == ["failed", "failed", "failed", "well"]
    assert len(gaps) == 4
    assert gaps[0] == 0
    assert gaps[1] >= 2_000
    assert gaps[1] < gaps[2] < gaps[3]
