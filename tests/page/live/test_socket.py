"""socket.js: when a page reconnects, with the browser's sockets and timers replaced."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# Each retry is [milliseconds, close code, attempts]; a random number of 0.5 halves each limit.
CONNECTION = """async () => {
  const { Connection } = await import("/live/socket.js");
  const own = { WebSocket, setTimeout, clearTimeout };
  const [random, sockets, retries, timers] = [Math.random, [], [], new Map()];
  let number = 0;
  Math.random = () => 0.5;
  Object.assign(globalThis, {
    WebSocket: class {
      constructor() { sockets.push(this); }
      close() {}
    },
    setTimeout: (work) => (timers.set(++number, work), number),
    clearTimeout: (id) => timers.delete(id),
  });
  const [ended, frames, unreadable] = [[], [], []];
  const connection = new Connection(() => "/ws/", {
    open() {}, frame: ({ type }) => frames.push(type), unreadable: () => unreadable.push(1),
    end: (code) => ended.push(code), retry: (...retry) => retries.push(retry),
  });
  const current = () => sockets[sockets.length - 1];
  const lose = (code = 1006) => current().onclose({ code });
  const wait = () => { for (const [id, work] of [...timers]) { timers.delete(id); work(); } };
  const take = (data) => current().onmessage({ data });
  const frame = () => take('{"type":"pong","n":1,"step":1}');
  try {
    connection.open();
    BODY
  } finally {
    connection.close();
    Object.assign(globalThis, own);
    Math.random = random;
  }
}"""


def run(modules: Page, body: str) -> Any:
    return modules.evaluate(CONNECTION.replace("BODY", body))


def test_connection_waits_longer_after_each_attempt_until_a_frame_comes(modules: Page) -> None:
    retries = run(
        modules,
        """lose(); wait(); lose(); wait(); current().onopen(); lose(); wait();
        current().onopen(); frame(); lose();
        return retries;""",
    )

    assert retries == [[250, 1006, 1], [500, 1006, 2], [1_000, 1006, 3], [250, 1006, 1]]


def test_connection_reconnects_at_once_when_the_network_is_back(modules: Page) -> None:
    counts = run(
        modules,
        """const counts = [];
        for (const act of [() => {}, lose, () => {}]) {
          act(); dispatchEvent(new Event("online")); counts.push(sockets.length);
        }
        return counts;""",
    )

    assert counts == [1, 2, 2]  # it has a socket, it waits for an attempt, it has a socket


def test_connection_stays_closed_when_the_server_refuses_for_good(modules: Page) -> None:
    found = run(
        modules,
        """lose(4404); wait(); dispatchEvent(new Event("online"));
        return [ended, retries, sockets.length];""",
    )

    assert found == [[4404], [], 1]


def test_connection_goes_on_after_frames_of_a_type_that_it_does_not_know(modules: Page) -> None:
    later = '{"type":"of-a-later-version","number":1}'

    found = run(modules, f"take('{later}'); take('{later}'); frame(); return [frames, unreadable];")

    assert found == [["pong"], [1]]  # it offers once to reload
