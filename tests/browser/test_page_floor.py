"""The oldest browsers that the page works in, and the narrowest windows."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.motion_page import expect_live, step_shown, until
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne

pytestmark = pytest.mark.browser

# What Chrome 100, Firefox 100 or Safari 15.4 lacks, and what they had only just got.
# `Object.hasOwn` stays: the chart's library needs it.
TAKE_AWAY = """(() => {
  const taken = [
    [Array, "fromAsync"], [AbortSignal, "any", "timeout"], [Object, "groupBy"], [Map, "groupBy"],
    [Promise, "withResolvers", "try"], [URL, "canParse", "parse"], [Response, "json"],
    [window, "structuredClone", "requestIdleCallback", "Iterator", "scheduler", "navigation"],
    [Set.prototype, "union", "intersection", "difference", "symmetricDifference", "isSubsetOf",
      "isSupersetOf", "isDisjointFrom"],
    [String.prototype, "isWellFormed", "toWellFormed"], [Element.prototype, "checkVisibility"],
    [HTMLElement.prototype, "popover", "inert", "showPopover", "hidePopover", "togglePopover"],
    [HTMLFormElement.prototype, "requestSubmit"], [Document.prototype, "startViewTransition"],
    ...[Array, Object.getPrototypeOf(Uint8Array)].map(({ prototype }) => [prototype, "at",
      "findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with"]),
  ];
  for (const [holder, ...names] of taken) for (const name of names) delete holder[name];
})();"""

NEW_STYLES = re.compile(r"color-mix\(|light-dark\(|@property|:has\(|(?<=\d)dvh")

COLOURS = """() => {
  const colour = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
  return {
    title: colour("h1", "color"),
    ground: colour("body", "backgroundColor"),
    card: colour(".card", "backgroundColor"),
    heading: colour(".card h2", "color"),
    field: colour("#variance", "borderTopColor"),
    pane: colour(".window .pane", "fill"),
    bars: colour("#theory-histogram path.bars", "fill"),
  };
}"""

NEWEST = """() => {
  const { x } = document.getElementById("chart").picture ?? { x: [] };
  return x[x.length - 1] ?? null;
}"""

# Of each button over the chart: does it leave the card, or lie over the one before it?
ASTRAY = """() => {
  const card = document.getElementById("plot").getBoundingClientRect();
  const shown = [...document.querySelectorAll(".tools button, .tools span#my-reset")]
    .map((element) => [element.id, element.getBoundingClientRect()])
    .filter(([, { width }]) => width > 0);
  const apart = (a, b) =>
    a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  return shown.filter(([, box], at) =>
    box.left < card.left || box.right > card.right ||
    shown.slice(0, at).some(([, other]) => !apart(box, other))).map(([id]) => id);
}"""

SENTENCE = "Your browser is too old for the live line."


def age(page: Page) -> None:
    """Make the browser one of spring 2022, as far as scripts and styles can see."""

    def serve(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=NEW_STYLES.sub("unknown", answer.text()))

    page.add_init_script(TAKE_AWAY)
    page.route("**/*.css", serve)


def test_page_works_whole_when_the_browser_is_of_early_2022(
    visitors: Visitors, daphne: Daphne
) -> None:
    page = visitors.arrive(color_scheme="dark", viewport={"width": 1240, "height": 900})
    age(page)
    visitors.visit(page, f"{daphne.url}/motions/aged/")

    expect_live(page)
    expect(page.locator("#too-old")).to_have_count(0)
    first = until(page, lambda: page.evaluate(NEWEST), "a line")
    until(page, lambda: page.evaluate(NEWEST) > first + 3, "a line that goes on")

    page.locator("#variance").fill("1.5")
    page.keyboard.press("Enter")
    expect(page.locator("#variance-label")).to_have_text("Variance: 1.5")
    expect(page.locator("#changes-list li")).not_to_have_count(0)
    page.locator("#freeze").click()
    expect(page.locator("#freeze")).to_have_attribute("aria-pressed", "true")

    page.locator("#theory").scroll_into_view_if_needed()
    expect(page.locator("#theory-histogram-fit")).not_to_be_empty()
    page.locator("#more-tools").click()
    page.locator("#open-export").click()
    with page.expect_download() as download:
        page.locator("#export-csv").click()
    assert download.value.suggested_filename.endswith(".csv")
    with page.expect_download() as image:
        page.locator("#export-png").click()
    assert image.value.suggested_filename.endswith(".png")

    colours = page.evaluate(COLOURS)
    assert colours["title"] != colours["ground"]
    assert colours["heading"] != colours["card"] != colours["field"]
    assert colours["card"] not in (colours["pane"], colours["bars"])
    assert "rgb(0, 0, 0)" not in colours.values()


def test_list_cards_move_when_the_browser_is_of_early_2022(
    visitors: Visitors, daphne: Daphne
) -> None:
    page = visitors.arrive()
    age(page)
    visitors.visit(page, f"{daphne.url}/motions/")
    line = page.locator(".miniature", has_text="0, an aged motion").locator("polyline")

    line.scroll_into_view_if_needed()
    first = line.get_attribute("points")
    until(page, lambda: line.get_attribute("points") != first, "a path that goes on")


def test_account_menu_opens_and_closes_without_popovers(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.arrive(chart=False)
    age(page)
    visitors.visit(page, f"{daphne.url}/accounts/signup/?next=/motions/aged/")
    page.get_by_label("Username").fill("of-2022")
    for label in ("Password", "Password (again)"):
        page.get_by_label(label, exact=True).fill("brown-motion-2022")
    page.keyboard.press("Enter")
    expect_live(page)
    menu = page.locator("#account-menu")
    # Only without the attribute does Chromium leave the menu to the script.
    menu.evaluate("menu => menu.removeAttribute('popover')")

    expect(menu).to_be_hidden()
    page.locator(".person").click()
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    page.locator(".person").click()
    page.locator("#title").click()
    expect(menu).to_be_hidden()


@pytest.mark.parametrize(
    ("body", "is_shown"),
    [("export const = of a later language;", True), (None, False)],
    ids=["module is not understood", "module does not arrive"],
)
def test_page_explains_a_browser_that_is_too_old(
    visitors: Visitors, daphne: Daphne, body: str | None, is_shown: bool
) -> None:
    visitors.expect("SyntaxError|Unexpected token|ERR_FAILED")
    page = visitors.arrive(chart=False)
    answer = {"body": body, "content_type": "text/javascript"}
    page.route(
        "**/motion-page.*.js",
        lambda route: route.fulfill(**answer) if body else route.abort("failed"),
    )
    visitors.visit(page, f"{daphne.url}/motions/aged/")
    page.wait_for_load_state("load")

    shown = page.locator("#too-old")
    expect(shown).to_contain_text(SENTENCE)
    expect(shown).to_be_visible(visible=is_shown)
    assert step_shown(page) >= 0


def test_chart_buttons_stay_in_their_card_at_every_width(
    visitors: Visitors, daphne: Daphne
) -> None:
    page = visitors.arrive(chart=False)
    visitors.visit(page, f"{daphne.url}/motions/aged/")
    expect_live(page)
    astray = {}

    for is_full in (False, True):
        if is_full:  # all that the row may hold
            page.evaluate("document.getElementById('my-reset').hidden = false")
        for width in (*range(320, 1_180, 60), *range(1_180, 1_400, 20), 1_600):
            page.set_viewport_size({"width": width, "height": 800})
            if names := page.evaluate(ASTRAY):
                astray[width, is_full] = names
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    for width, height in ((640, 360), (915, 412)):  # a phone on its side
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    assert astray == {}


BROKEN_WORDS = """() => {
  const text = document.getElementById("status").firstChild;
  return [...text.data.matchAll(/\\S+/g)].filter((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    return range.getClientRects().length > 1;
  }).map(String);
}"""


def test_status_breaks_no_word_on_a_student_s_phone(visitors: Visitors, daphne: Daphne) -> None:
    student = visitors.open(
        f"{daphne.url}/motions/titled/", viewport={"width": 320, "height": 640}, chart=False
    )

    student.evaluate("document.getElementById('motion').dataset.seat = ''")
    student.evaluate("document.getElementById('status').textContent = 'Paused, for everyone'")

    assert student.evaluate(BROKEN_WORDS) == []
