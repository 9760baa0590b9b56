"""The page on a real server: what it shows, and that every window shows the same."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.motion_page import (
    COUNT_DRAWINGS,
    FOLLOWED_STEPS,
    NEWEST_DRAWN,
    assert_true_path,
    assert_true_points,
    drawn,
    expect_live,
    let_page_draw,
    step_shown,
    until,
    wait_drawn,
)
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site

pytestmark = pytest.mark.browser

SKETCH = "#sketch polyline"
LOADED = "Boolean(window.Plotly) && document.readyState === 'complete'"


@pytest.fixture
def running(daphne: Daphne) -> str:
    return f"{daphne.url}/motions/running/"


def sketched(page: Page) -> str:
    return page.locator(SKETCH).get_attribute("points") or ""


def test_page_shows_the_path_before_any_script_has_run(visitors: Visitors, running: str) -> None:
    page = visitors.arrive(java_script_enabled=False)

    visitors.visit(page, running)

    expect(page.locator("#summary")).to_contain_text(f"at step {step_shown(page):,}.")
    expect(page.locator("#status")).to_have_text("Running")
    position = page.locator("#position").inner_text().removeprefix("+")
    expect(page.locator("#summary")).to_contain_text(f"position is {position} at")
    expect(page.locator("#law")).to_have_text("N(0, 1)")
    expect(page.locator("#deviation")).to_have_text("1.000")
    for dead in ("#theme", ".tools", ".axes", "#shared", "#theory", "#round-trip", "#increment"):
        expect(page.locator(dead)).to_be_hidden()
    # Playwright reads no text in <noscript>, and its switch leaves it unseen; a person's does not.
    noscript = page.locator(".head noscript").inner_html()
    assert "JavaScript to follow the motion. Turn it on, or reload" in noscript
    assert len(sketched(page).split()) == min(600, step_shown(page)) + 1


TRANSLATE = """() => {
  window.pieces = ["status", "announcement", "law", "deviation", "follow"].map((id) => {
    const element = document.getElementById(id);
    const words = document.createElement("font");
    words.textContent = "tradotto";
    element.replaceChildren(words);
    return words;
  });
}"""


def test_translation_of_the_page_stays_until_the_words_change(
    visitors: Visitors, running: str
) -> None:
    page = visitors.open(running, chart=False)
    expect_live(page)
    page.evaluate(TRANSLATE)

    step = step_shown(page)
    until(page, lambda: step_shown(page) >= step + 3, "steps")

    assert page.evaluate("pieces.map((words) => words.isConnected)") == [True] * 5


def test_page_lives_before_the_chart_has_come(visitors: Visitors, running: str) -> None:
    held: list[Route] = []
    page = visitors.arrive()
    page.route("**/plotly.min*.js", lambda route: held.append(route))

    visitors.visit(page, running, wait_until="commit")

    expect_live(page)
    step = step_shown(page)
    until(page, lambda: step_shown(page) >= step + 3, "the numbers to move")
    until(page, lambda: (page.evaluate(NEWEST_DRAWN) or 0) >= step + 3, "the line to move")
    expect(page.locator(SKETCH)).to_have_count(0)
    held[0].continue_()
    wait_drawn(page)


def test_sketch_stays_until_the_path_has_come(visitors: Visitors, running: str) -> None:
    held: list[WebSocketRoute] = []
    page = visitors.arrive()
    page.route_web_socket("**/ws/**", lambda socket: held.append(socket))
    visitors.visit(page, running)
    until(page, lambda: page.evaluate(LOADED), "the chart's library")

    let_page_draw(page)  # what must not come would come now

    assert len(sketched(page).split()) > 1
    assert drawn(page) == {}
    held[0].connect_to_server()
    assert len(wait_drawn(page)) > 1


def test_theme_can_be_chosen_before_the_chart_has_come(visitors: Visitors, running: str) -> None:
    held: list[Route] = []
    page = visitors.arrive()
    page.route("**/plotly.min*.js", lambda route: held.append(route))
    visitors.visit(page, running, wait_until="commit")
    expect_live(page)

    page.locator("#theme").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    held[0].continue_()


def test_line_grows_by_a_point_per_step(visitors: Visitors, running: str, site: Site) -> None:
    page = visitors.open(running)
    before = wait_drawn(page)

    after = wait_drawn(page, max(before) + 10)

    assert_true_path(site, "running", after)
    # Left of the view, points are thinned while it moves on; in it, none may be missing.
    kept = [step for step in before if step in after]
    assert [after[step] for step in kept] == [before[step] for step in kept]
    assert {step for step in before if step >= max(after) - FOLLOWED_STEPS} <= set(kept)


def test_every_window_holds_the_same_path(visitors: Visitors, running: str, site: Site) -> None:
    first, second = visitors.open(running), visitors.open(running)
    opened_at = max(wait_drawn(first))
    wait_drawn(second, opened_at + 10)
    late = visitors.open(running)

    paths = [wait_drawn(page, opened_at + 20) for page in (first, second, late)]

    for path in paths:
        assert_true_path(site, "running", path)
        assert min(path) <= opened_at
    common = set.intersection(*map(set, paths))
    assert len(common) >= 20
    for step in common:
        assert paths[0][step] == pytest.approx(paths[1][step], rel=1e-9, abs=1e-9)
        assert paths[0][step] == pytest.approx(paths[2][step], rel=1e-9, abs=1e-9)


def test_default_motion_is_at_the_root(visitors: Visitors, daphne: Daphne, site: Site) -> None:
    page = visitors.open(f"{daphne.url}/")

    path = wait_drawn(page, site.frontier()[1] + 1)

    assert_true_path(site, "brownian", path)
    expect(page.locator("h1")).to_have_text(page.title())


def test_long_path_is_shown_whole_in_few_points(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.open(f"{daphne.url}/motions/long/")
    near = wait_drawn(page, 1_500_000)
    page.locator("#all").click()

    whole = until(page, lambda: (path := drawn(page)) and min(path) == 0 and path, "the whole")

    assert_true_points(site, "long", near)
    assert_true_points(site, "long", whole)
    assert len(whole) <= 2_000
    assert max(b - a for a, b in zip(whole, list(whole)[1:], strict=False)) <= 4_096
    expect(page.locator("#step")).to_contain_text(",")


def test_readouts_agree_with_the_chart(visitors: Visitors, daphne: Daphne, site: Site) -> None:
    page = visitors.open(f"{daphne.url}/motions/still/")
    wait_drawn(page, 40)

    before, position = site.timeline("still").positions(39, 40)

    def written(value: float) -> str:
        return f"{value:+,.3f}".replace("-", "−")

    expect(page.locator("#position")).to_have_text(written(position))
    expect(page.locator("#increment")).to_have_text(written(position - before))
    expect(page.locator("#law")).to_have_text("N(0, 1)")
    expect(page.locator("#deviation")).to_have_text("1.000")


# The rates that the page has shown: on a busy machine the first may be gone when a test looks.
NOTE_RATES = """
  window.rates = [];
  new MutationObserver(() => {
    const rate = document.getElementById("rate")?.textContent;
    if (rate && rate !== "–" && rate !== rates[rates.length - 1]) rates.push(rate);
  }).observe(document, { childList: true, characterData: true, subtree: true });
"""


def test_rate_and_pong_are_measured(visitors: Visitors, running: str) -> None:
    page = visitors.arrive()
    page.add_init_script(NOTE_RATES)
    visitors.visit(page, running)

    # As it should be from the start, and as measured once there is enough to measure.
    assert until(page, lambda: page.evaluate("rates"), "a rate")[0] == "10.0"
    until(page, lambda: int(page.locator("#pong").inner_text().replace("–", "0")) >= 7, "7 pongs")
    rate = page.locator("#rate")  # a busy machine may be slower for a while
    until(page, lambda: 4.0 <= float(rate.inner_text().replace("–", "0")) <= 12.0, "ten a second")
    assert int(page.locator("#round-trip").inner_text().replace(",", "").removesuffix(" ms")) >= 0


# A headless browser hides no tab. What a hidden one lacks for this page is animation frames.
HIDEABLE = """() => {
  const request = requestAnimationFrame;
  let waiting = [];
  let hidden = false;
  window.requestAnimationFrame = (act) => (hidden ? waiting.push(act) : request(act));
  window.hide = () => new Promise((resolve) => {
    hidden = true;
    // After the frame that was already asked for.
    request(() => request(() => resolve(void (window.drawings = 0))));
  });
  window.show = () => new Promise((resolve) => {
    hidden = false;
    for (const act of waiting) request(act);
    request(() => request(() => resolve(window.drawings)));
  });
}"""


@pytest.mark.fault("a hidden, throttled tab; a laptop asleep")
def test_hidden_tab_catches_up_in_one_redraw(visitors: Visitors, running: str, site: Site) -> None:
    page = visitors.arrive()
    page.add_init_script(f"({HIDEABLE})()")
    visitors.visit(page, running)
    hidden_at = max(wait_drawn(page, 1))
    page.evaluate(COUNT_DRAWINGS)
    page.evaluate("hide()")
    until(page, lambda: site.frontier("running")[1] >= hidden_at + 30, "steps unseen")
    assert page.evaluate("drawings") == 0

    drawings = page.evaluate("show()")

    assert 1 <= drawings <= 2  # a step may come between two frames
    path = wait_drawn(page, hidden_at + 30)
    assert_true_path(site, "running", path)


def test_missing_page_shows_our_error_page(visitors: Visitors, daphne: Daphne) -> None:
    visitors.expect("status of 404")

    page = visitors.open(f"{daphne.url}/motions/nothing/")

    expect(page.locator("h1")).to_have_text("Page not found.")
    page.get_by_role("link", name="Open the live motion").click()
    expect_live(page)
