"""throttle.js: how often a drag sends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

# A clock of its own: time passes only when the test says so.
THROTTLE = """
  let now = 0;
  const due = [];
  const sent = [];
  const call = m.throttle((x) => sent.push([now, x]), 200, () => now,
    (run, wait) => due.push({ run, at: now + wait }));
  for (let at = 0; at <= 2000; at += 10) {
    now = at;
    while (due[0]?.at <= now) due.shift().run();
    if (at % a.every === 0 && at <= a.until) call(at);
  }
  return sent;
"""


def test_throttle_calls_five_times_a_second_and_at_the_end(modules: Page) -> None:
    sent = evaluate(modules, "lib/throttle", THROTTLE, {"every": 10, "until": 990})

    times = [time for time, _ in sent]
    assert len([time for time in times if time < 1_000]) == 5
    assert all(later - sooner >= 200 for sooner, later in pairwise(times))
    assert sent[-1][1] == 990


def test_throttle_makes_a_single_call_at_once(modules: Page) -> None:
    assert evaluate(modules, "lib/throttle", THROTTLE, {"every": 5_000, "until": 0}) == [[0, 0]]
