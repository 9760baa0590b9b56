"""The list of motions in a real browser: alive where somebody looks, asleep elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from motion.queries.previews import PREVIEW_STEPS
from tests.browser.motion_page import until
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions, shell

pytestmark = pytest.mark.browser

# Titles that stand first in the list; the site's other motions are called "A motion" at least.
LISTED: dict[str, dict[str, Any]] = {
    "listed": {"title": "0 listed", "interval": 0.1, "step": 300},
    "listed-doomed": {"title": "1 doomed", "step": 300},
    "listed-restarted": {"title": "2 restarted", "interval": 0.1, "step": 5_000},
}


@pytest.fixture(scope="module")
def listed(site: Site) -> None:
    make_motions(site, **{slug.replace("-", "_"): values for slug, values in LISTED.items()})


def open_list(visitors: Visitors, daphne: Daphne, **options: Any) -> Page:
    return visitors.open(f"{daphne.url}/motions/", **options)


def card(page: Page, title: str) -> Locator:
    return page.locator(".miniature", has_text=title)


def wait_alive(page: Page, shown: Locator) -> None:
    """Its socket is open: the path goes on."""
    first = points(shown)
    until(page, lambda: points(shown) != first, "the path to go on")


def points(card: Locator) -> list[str]:
    return (card.locator("polyline").get_attribute("points") or "").split()


def test_miniature_moves(visitors: Visitors, daphne: Daphne, listed: None) -> None:
    page = open_list(visitors, daphne)
    shown = card(page, "0 listed")
    first = points(shown)

    until(page, lambda: points(shown) != first, "the path to go on")
    second = points(shown)
    until(page, lambda: points(shown) != second, "the path to go further")

    assert len(points(shown)) == PREVIEW_STEPS + 1
    assert points(shown)[0].startswith("0.0,")
    assert points(shown)[-1].startswith("1000.0,")


def test_miniature_is_sent_no_more_than_it_shows(
    visitors: Visitors, daphne: Daphne, listed: None
) -> None:
    page = visitors.arrive()
    got: dict[str, list[dict[str, Any]]] = {}

    def hear(socket: Any) -> None:
        frames = got.setdefault(socket.url.split("/ws/motions/")[1].split("/")[0], [])
        socket.on("framereceived", lambda payload: frames.append(json.loads(payload)))

    page.on("websocket", hear)
    visitors.visit(page, f"{daphne.url}/motions/")
    until(page, lambda: "pong" in {frame["type"] for frame in got.get("listed", [])}, "a pong")

    frames = got["listed"]
    assert {frame["type"] for frame in frames} <= {"state", "increments", "viewers", "pong"}
    first = next(frame for frame in frames if frame["type"] == "increments")
    assert PREVIEW_STEPS <= len(first["increments"]) < 2 * PREVIEW_STEPS


def test_card_shows_changes_and_viewers_live(
    visitors: Visitors, daphne: Daphne, listed: None
) -> None:
    page = open_list(visitors, daphne)
    shown = card(page, "0 listed")
    expect(shown.locator(".watching")).to_have_text("0 watching")
    expect(shown.locator(".settings")).to_have_text("variance 1 · 10 steps/s")

    other = visitors.open(f"{daphne.url}/motions/listed/")
    expect(shown.locator(".watching")).to_have_text("1 watching")
    other.get_by_role("button", name="Pause for everyone").click()
    expect(shown.locator(".settings")).to_have_text("variance 1 · 10 steps/s · paused")
    other.get_by_role("button", name="Resume for everyone").click()
    expect(shown.locator(".settings")).to_have_text("variance 1 · 10 steps/s")
    other.goto("about:blank")

    expect(shown.locator(".watching")).to_have_text("0 watching")


def test_card_of_a_deleted_motion_says_so(
    visitors: Visitors, daphne: Daphne, site: Site, listed: None
) -> None:
    page = open_list(visitors, daphne)
    shown = card(page, "1 doomed")
    wait_alive(page, shown)
    expect(shown.locator(".over")).to_be_hidden()

    shell(site, "motions.delete_motion(Motion.objects.get(slug='listed-doomed').pk)")

    emptied = page.locator(".miniature:not(:has(h3))")
    expect(emptied).to_have_text("This motion was deleted, or you may no longer watch it.")


def test_card_follows_a_new_title_and_a_new_path(
    visitors: Visitors, daphne: Daphne, site: Site, listed: None
) -> None:
    page = open_list(visitors, daphne)
    wait_alive(page, card(page, "2 restarted"))

    shell(
        site,
        "motion = Motion.objects.get(slug='listed-restarted')",
        "motions.restart_motion(motion.pk)",
        "motions.update_description(motion.pk, title='3 renamed', slug='listed-renamed')",
    )

    renamed = card(page, "3 renamed").locator("h3 a")
    expect(renamed).to_have_attribute("href", "/motions/listed-renamed/")
    until(page, lambda: 1 < len(points(card(page, "3 renamed"))) < 200, "a short path")


def sockets_of(page: Page) -> set[str]:
    """The slugs that `page`, which is empty yet, will have sockets on, always up to date."""
    alive: set[str] = set()

    def opened(socket: Any) -> None:
        slug = socket.url.split("/ws/motions/")[1].split("/")[0]
        assert "?preview&" in socket.url
        alive.add(slug)
        socket.on("close", lambda _: alive.discard(slug))

    page.on("websocket", opened)
    return alive


# A headless browser hides no tab.
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_hidden_list_sleeps(visitors: Visitors, daphne: Daphne, listed: None) -> None:
    page = visitors.arrive()
    alive = sockets_of(page)
    visitors.visit(page, f"{daphne.url}/motions/")
    until(page, lambda: "listed" in alive, "the first to wake")

    page.evaluate(HIDE, True)
    until(page, lambda: not alive, "all to sleep")
    before = points(card(page, "0 listed"))
    page.evaluate(HIDE, False)

    until(page, lambda: "listed" in alive, "the first to wake again")
    until(page, lambda: points(card(page, "0 listed")) != before, "the path to go on")


def test_card_has_a_socket_only_when_it_is_visible(
    visitors: Visitors, daphne: Daphne, listed: None
) -> None:
    page = visitors.arrive(viewport={"width": 360, "height": 500})
    alive = sockets_of(page)
    visitors.visit(page, f"{daphne.url}/motions/")

    until(page, lambda: "listed" in alive, "the first to wake")
    assert len(alive) < page.locator(".miniature").count() / 2
    page.locator(".miniature").last.scroll_into_view_if_needed()
    until(page, lambda: alive and "listed" not in alive, "the first to sleep")
    page.locator(".miniature").first.scroll_into_view_if_needed()
    until(page, lambda: "listed" in alive, "the first to wake again")


def test_list_fits_a_phone_and_reads_without_scripts(
    visitors: Visitors, daphne: Daphne, listed: None
) -> None:
    page = open_list(
        visitors, daphne, viewport={"width": 360, "height": 740}, java_script_enabled=False
    )

    expect(card(page, "0 listed").locator(".settings")).to_contain_text("10 steps/s")
    assert len(points(card(page, "0 listed"))) == PREVIEW_STEPS + 1
    assert page.locator("main").bounding_box()["width"] <= 360  # type: ignore[index]
