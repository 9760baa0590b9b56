"""reload-notice.js: when a page offers to reload, and when it reloads by itself."""

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
    assert evaluate(modules, "pages/reload-notice", body, {"history": history}) == [
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
    assert evaluate(modules, "pages/reload-notice", body, {}) == [False, True, False, True, False]


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
    assert evaluate(modules, "pages/reload-notice", body, {"store": None}) == [
        False,
        True,
        False,
        True,
    ]


NOTICE = """
  document.body.innerHTML = '<input id="name">';
  let now = 0, isBusy = false, kept = 0;
  performance.now = () => now;
  const notice = new m.ReloadNotice({ isBusy: () => isBusy, keep: () => (kept += 1) });
  const shown = () => {
    const found = document.querySelector(".upgrade");
    const parts = found && !found.hidden ? [...found.children] : [];
    return parts.filter((part) => !part.hidden).map((part) => part.textContent);
  };
  // A reload would end the test: the page has kept its view just before.
  const isReloaded = () => {
    kept = 0;
    try { notice.tick(); } catch {}
    return kept > 0;
  };
"""


@pytest.mark.parametrize(
    ("before", "reloads"),
    [
        ("", True),
        ("dispatchEvent(new Event('pointerdown')); now += 1_999;", False),
        ("dispatchEvent(new Event('pointerdown')); now += 2_000;", True),
        ("type('Mia');", False),
        ("type('Mia'); field.value = '';", True),
        ("type('Mia'); field.remove();", True),
        ("isBusy = true;", False),
        ("document.body.append(Object.assign(document.createElement('dialog'), { open: true }));",
            False),
        ("notice.explain('');", False),
    ],
)  # fmt: skip
def test_page_that_is_out_of_date_reloads_at_a_calm_moment(
    modules: Page, before: str, reloads: bool
) -> None:
    body = (
        NOTICE
        + """
      const field = document.querySelector("#name");
      const type = (text) => {
        field.value = text;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      };
      notice.keep = () => { kept += 1; throw new Error("a reload"); };
      notice.explain("You own this motion now.");
      BEFORE
      return [isReloaded(), shown()];""".replace("BEFORE", before)
    )

    found, text = evaluate(modules, "pages/reload-notice", body, None)

    assert found is reloads
    assert text == ([] if "explain('')" in before else ["You own this motion now.", "Reload"])


def test_notice_of_an_upgrade_can_wait_and_that_of_a_person_cannot(modules: Page) -> None:
    body = (
        NOTICE
        + """
      document.documentElement.dataset.version = "1";
      notice.upgrade.version = "1";
      notice.see("2");
      const texts = [shown()];
      notice.explain("You own this motion now.");
      texts.push(shown());
      notice.explain("");
      return [...texts, shown()];"""
    )

    found = evaluate(modules, "pages/reload-notice", body, None)

    upgrade = ["A new version is here.", "Reload", "Later"]
    assert found == [upgrade, ["You own this motion now.", "Reload"], upgrade]
