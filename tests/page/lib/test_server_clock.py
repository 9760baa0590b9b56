"""server-clock.js: the time of the server."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


def test_server_now_follows_the_newest_time_of_the_server(modules: Page) -> None:
    body = """
      const behind = () => Math.round((m.serverNow() - Date.now()) / 1_000);
      const at = (seconds) => new Date(Date.now() + 1_000 * seconds).toISOString();
      const found = [behind()];
      const frames = [[at(-600), null], [undefined, null], ["soon", 2], [at(90), 8_000]];
      for (const [moment, roundTrip] of frames) {
        m.setServerClock(moment, roundTrip);
        found.push(behind());
      }
      m.setServerClock(at(0), null);
      return found;
    """

    assert evaluate(modules, "lib/server-clock", body) == [0, -600, -600, -600, 94]
