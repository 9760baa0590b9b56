"""Laws of the class: the switches, the line to drag, the card, on a phone and on the wall."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import let_page_draw, until
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser

STEP = 400
PATHS = 60
SHOTS = os.environ.get("SHOTS", "")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site")).setup()
    shell(
        site,
        f"motion = make_motion(slug='laws', seed=5, step={STEP}, paused=True, variance=1)",
        f"give_ensemble(motion, {PATHS})",
        f"Motion.objects.filter(pk=motion.pk).update(ensemble={PATHS})",
        "make_motion(slug='plain', seed=5, step=40, paused=True)",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne) -> Open:
    def enter(path: str = "laws/", **options: Any) -> Page:
        page = visitors.arrive(chart=False, **options)
        visitors.visit(page, f"{daphne.url}/motions/{path}")
        return page

    return enter


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page="wall" not in name)


def count_crossed(page: Page) -> int:
    thin = "document.getElementById('chart').picture?.ensemble?.thin ?? []"
    return int(page.evaluate(f"({thin}).filter(({{ hasCrossed }}) => hasCrossed).length"))


def wait_for_card(page: Page) -> None:
    expect(page.locator("#law-card")).to_be_visible()
    expect(page.locator("#law-fit")).not_to_contain_text("computing")


def get_height(page: Page) -> float:
    return float(page.locator(".barrier").first.get_attribute("aria-valuenow") or "nan")


def test_switch_shows_a_law_with_a_sentence(enter: Open) -> None:
    page = enter(viewport={"width": 1440, "height": 900})

    page.locator("#time-above").click()

    wait_for_card(page)
    expect(page.locator("#law-fit")).to_contain_text("60 paths")
    expect(page.locator("#law-fit")).to_contain_text("the arcsine law")
    expect(page.locator("#law-more")).to_contain_text("Never above:")
    shoot(page, "time-above")
    page.locator("#maximum").click()
    expect(page.locator("#law-title")).to_have_text("Place of the maximum")
    expect(page.locator("#time-above")).to_have_attribute("aria-pressed", "false")
    page.locator("#maximum").click()
    expect(page.locator("#law-card")).to_be_hidden()


def test_barrier_moves_by_mouse_and_keys_and_paths_change_colour(enter: Open) -> None:
    page = enter(viewport={"width": 1440, "height": 900})
    page.locator("#barrier").click()
    wait_for_card(page)
    assert get_height(page) == 20
    until(page, lambda: count_crossed(page), "paths that crossed")
    before = count_crossed(page)
    shoot(page, "barrier")

    box = page.locator(".barrier").first.bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 200, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, y + 20, steps=5)
    page.mouse.up()
    let_page_draw(page)

    until(page, lambda: get_height(page) < 20, "a line that is lower")
    until(page, lambda: count_crossed(page) > before, "more paths that crossed")
    height = get_height(page)
    page.locator(".barrier").first.focus()
    page.keyboard.press("ArrowUp")
    until(page, lambda: get_height(page) > height, "a line that is higher")
    value = page.locator(".barrier").first.get_attribute("aria-valuetext")
    assert value == f"at {get_height(page):g}"


def test_second_line_makes_gamblers_ruin(enter: Open) -> None:
    page = enter(viewport={"width": 360, "height": 740})
    page.locator("#more-tools").click()
    page.locator("#barrier").click()
    page.keyboard.press("Escape")

    page.locator("#second-line").click()

    expect(page.locator(".barrier").nth(1)).to_be_visible()
    expect(page.locator("#law-fit")).to_contain_text("reached −20 first")
    expect(page.locator("#law-more")).to_contain_text("In the long run")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    shoot(page, "ruin-360")


GRIPS = """(barriers) => barriers.map((barrier) => {
  const { height, width } = getComputedStyle(barrier, "::after");
  return [parseFloat(width), parseFloat(height)];
})"""


def test_grips_are_small_for_the_eye_and_large_for_a_finger(enter: Open) -> None:
    viewport = {"width": 360, "height": 740}
    page = enter(viewport=viewport, is_mobile=True, has_touch=True)
    page.goto(f"{page.url.partition('?')[0]}?law=barrier&low=-2&high=2")
    barriers = page.locator(".barrier")
    expect(barriers.nth(1)).to_be_visible()

    boxes = [box for box in (barriers.nth(at).bounding_box() for at in range(2)) if box]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
    grips = barriers.evaluate_all(GRIPS)
    assert max(width for width, _ in grips) < 44
    assert max(height for _, height in grips) <= 24
    left, right = sorted(boxes, key=lambda box: box["x"])
    assert left["x"] + left["width"] <= right["x"]  # the lines are less than a finger apart


def test_link_shows_a_barrier_with_its_lines(enter: Open) -> None:
    page = enter(viewport={"width": 1440, "height": 900})
    page.locator("#barrier").click()
    page.locator("#second-line").click()
    until(page, lambda: "high=20" in page.url, "an address with the lines")

    friend = enter(f"laws/{page.url.partition('laws/')[2]}")

    wait_for_card(friend)
    expect(friend.locator("#law-fit")).to_contain_text("reached −20 first")
    assert get_height(friend) == -20


def test_wall_shows_the_law_in_large_type(enter: Open) -> None:
    page = enter("laws/?wall", viewport={"width": 1280, "height": 800})
    until(
        page,
        lambda: page.evaluate("!!document.getElementById('chart').picture?.ensemble"),
        "a class",
    )

    page.keyboard.press("l")

    wait_for_card(page)
    sizes = page.locator("#law-card :is(h3, #law-fit, button)").evaluate_all(
        "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 24
    shoot(page, "wall")


def test_motion_without_a_class_has_no_laws(enter: Open) -> None:
    page = enter("plain/")

    for name in ("#time-above", "#maximum", "#barrier", "#law-card", ".barrier"):
        expect(page.locator(name).first).to_be_hidden()
