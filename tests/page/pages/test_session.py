"""session.js: a page that stays open, and the sessions of newer pages in other tabs."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.page.evaluation import evaluate

pytestmark = pytest.mark.browser


def test_renew_session_requests_the_head_of_the_page(modules: Page) -> None:
    requested = modules.evaluate(
        """async () => {
          const requested = [];
          window.fetch = async (url, { method }) => {
            requested.push([url, method]);
            throw new Error();
          };
          (await import("/pages/session.js")).renewSession();
          return requested;
        }"""
    )

    assert requested == [[modules.evaluate("location.pathname"), "HEAD"]]


WATCH = """
  localStorage.clear();
  document.documentElement.dataset.session = "a1";
  const seen = [];
  m.watchSession((mark) => seen.push(mark));
  const announce = (mark, key = "session") => {
    localStorage.setItem(key, JSON.stringify(mark));
    dispatchEvent(new StorageEvent("storage", { key }));
  };
"""


def test_watch_session_reports_the_session_of_a_newer_page(modules: Page) -> None:
    kept, seen = evaluate(
        modules,
        "pages/session",
        WATCH
        + """const kept = localStorage.getItem("session");
        announce("a1"); announce("b2"); announce("b2", "across"); announce("");
        document.documentElement.dataset.session = "";
        document.dispatchEvent(new Event("visibilitychange"));
        return [kept, seen];""",
    )

    assert kept == '"a1"'
    assert seen == ["b2", ""]


PAGE = """<html data-session="{mark}"><header><div class="right"><button id="theme">Theme</button>
{who}</div></header><main><form>
<input name="csrfmiddlewaretoken" value="{token}"></form></main></html>"""


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        (
            PAGE.format(mark="p1-b2", who="<b>mia_miller</b>", token="new"),
            [True, "new", "p1-b2", "Theme mia_miller"],
        ),
        (
            PAGE.format(mark="p2-b2", who="<b>jun</b>", token="new"),
            [False, "old", "p1-a1", "Theme Mia"],
        ),
        ("<h1>Page not found</h1>", [False, "old", "p1-a1", "Theme Mia"]),
    ],
    ids=["the same person", "another person", "no page"],
)
def test_page_adopts_a_session_of_the_same_person(
    modules: Page, newer: str, expected: list[Any]
) -> None:
    here = PAGE.format(mark="p1-a1", who="<b>Mia</b>", token="old")

    found = evaluate(
        modules,
        "pages/session",
        """const [here, newer] = a;
        const page = new DOMParser().parseFromString(here, "text/html");
        document.body.replaceChildren(...page.body.childNodes);
        document.documentElement.dataset.session = "p1-a1";
        window.fetch = async () => new Response(newer);
        const isAdopted = await m.adoptSession("/motions/walk/");
        const token = new FormData(document.querySelector("form")).get("csrfmiddlewaretoken");
        const shown = document.querySelector(".right").innerText.replace(/\\s+/g, " ").trim();
        return [isAdopted, token, document.documentElement.dataset.session, shown];""",
        [here, newer],
    )

    assert found == expected
