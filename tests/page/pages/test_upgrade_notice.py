"""upgrade-notice.js: when a page offers to reload, and when it reloads by itself."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser

UPGRADE = """
  const kept = {};
  const refuse = () => { throw new DOMException("The browser refuses storage.", "SecurityError"); };
  const store = {
    getItem: (key) => (a.store === null ? refuse() : (kept[key] ?? null)),
    setItem: (key, value) => { kept[key] = value; },
  };
  const upgrade = new m.Upgrade("1", store, 0);
  const minutes = (count) => count * 60_000;
"""


@pytest.mark.parametrize(
    ("history", "offers", "reloads"),
    [
        # (minute, version that a server says, or null for a touch); asked after ten minutes
        ([], False, False),
        ([[0, "1"]], False, False),
        ([[0, "2"]], True, True),
        ([[9.5, "2"]], True, False),  # not for a minute yet
        ([[0, "2"], [9.5, "3"]], True, False),
        ([[0, "2"], [9, "2"]], True, True),
        ([[0, "2"], [9, "1"], [9.5, "2"]], True, False),  # two servers, by turns
        ([[0, "2"], [9, "1"]], False, False),
        ([[0, "2"], [6, None]], True, False),  # it is used
        ([[0, "2"], [4, None]], True, True),
        ([[0, ""]], False, False),
    ],
)
def test_upgrade_reloads_when_nobody_uses_the_page(
    modules: Page, history: list[Any], offers: bool, reloads: bool
) -> None:
    body = (
        UPGRADE
        + """
      for (const [at, version] of a.history) {
        if (version === null) upgrade.touch(minutes(at));
        else upgrade.see(version, minutes(at));
      }
      return [upgrade.isOffered, upgrade.takeTurn(minutes(10), { isHidden: false })];
    """
    )
    assert evaluate(modules, "pages/upgrade-notice", body, {"history": history}) == [
        offers,
        reloads,
    ]


@pytest.mark.fault("an upgrade of the site under a page that stays open")
def test_upgrade_reloads_once_for_each_version(modules: Page) -> None:
    body = (
        UPGRADE
        + """
      const turns = [];
      const asks = (version, at, isHidden = true) => {
        const page = new m.Upgrade("1", upgrade.store, 0);
        page.see(version, 0);
        page.touch(0);
        turns.push(page.takeTurn(minutes(at), { isHidden }));
      };
      asks("2", 2, false); // a person has just used it
      asks("2", 2);
      asks("2", 2); // after the reload: an old server sent the old page again
      asks("3", 2);
      asks("2", 99);
      return turns;
    """
    )
    assert evaluate(modules, "pages/upgrade-notice", body, {}) == [False, True, False, True, False]


def test_upgrade_only_offers_without_storage_until_declined(
    modules: Page,
) -> None:
    body = (
        UPGRADE
        + """
      upgrade.see("2", 0);
      const found = [upgrade.takeTurn(minutes(99), { isHidden: true }), upgrade.isOffered];
      upgrade.decline();
      found.push(upgrade.isOffered);
      upgrade.see("3", 0);
      return [...found, upgrade.isOffered];
    """
    )
    assert evaluate(modules, "pages/upgrade-notice", body, {"store": None}) == [
        False,
        True,
        False,
        True,
    ]
