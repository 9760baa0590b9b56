"""Follow me: the owner presents a view, and all other pages show it until their reader leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import PASS_A_SECOND, let_page_draw, until
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

STEP = 400
PATHS = 40
SHOTS = os.environ.get("SHOTS", "")
BAR = "#presenter-text"
SLUGS = (
    "shown",
    "touched",
    "swiped",
    "late",
    "pointed",
    "replaced",
    "restarted",
    "reloaded",
    "handed",
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Motions of Ana's with a class, paused: what is drawn changes by a hand alone.

    One for each test, as a presenter who is gone is remembered for some seconds.
    """
    site = Site(tmp_path_factory.mktemp("site")).setup()
    shell(
        site,
        "ana = make_user('Ana')",
        f"for slug in {SLUGS!r}:",
        f"    motion = make_own_motion(ana, slug=slug, title='Shown', seed=5, step={STEP},",
        "        paused=True, visibility='unlisted')",
        f"    give_ensemble(motion, {PATHS})",
        "make_own_motion(ana, slug='running', title='Running', seed=5, step=900, interval=0.25,",
        "    visibility='unlisted')",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def ana(daphne: Daphne) -> str:
    return sign_in(daphne, "Ana").split("=", 1)[1]


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne, ana: str) -> Open:
    """A page of a motion, of a visitor or of Ana."""

    def enter(
        path: str,
        *,
        is_ana: bool = False,
        prepare: Callable[[Page], object] = str,
        **options: Any,
    ) -> Page:
        page = visitors.arrive(chart=False, **options)
        prepare(page)
        if is_ana:
            page.context.add_cookies([{"name": "sessionid", "value": ana, "url": daphne.url}])
        visitors.visit(page, f"{daphne.url}/motions/{path}")
        until(page, lambda: is_drawn(page), "a path")
        return page

    return enter


def is_drawn(page: Page) -> bool:
    return bool(page.evaluate("!!document.getElementById('chart').picture"))


def read(page: Page, what: str) -> Any:
    """A value of the picture that the page shows."""
    return page.evaluate(f"document.getElementById('chart').picture.{what}")


def present(page: Page) -> None:
    page.locator("#present").check()
    expect(page.locator("#followers")).to_be_visible()


def expect_following(page: Page) -> None:
    expect(page.locator(BAR)).to_have_text("Following Ana")


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page="wall" not in name)


def test_pages_show_what_the_presenter_does(enter: Open) -> None:
    presenter, phone = (
        enter("shown/", is_ana=True),
        enter("shown/", viewport={"width": 360, "height": 740}),
    )
    expect(phone.locator(BAR)).to_be_empty()
    present(presenter)
    expect_following(phone)
    expect(presenter.locator("#followers")).to_have_text("1 follower")

    presenter.locator(".slice-handle").press("PageDown")
    until(presenter, lambda: read(presenter, "ensemble.slice.step") < STEP, "a slice that moved")
    step = read(presenter, "ensemble.slice.step")
    until(phone, lambda: read(phone, "ensemble.slice?.step") == step, "the slice")
    for _ in range(3):
        presenter.keyboard.press("+")
    until(phone, lambda: read(phone, "range") == read(presenter, "range"), "the same steps")
    presenter.locator("#barrier").click()
    presenter.locator("#second-line").click()
    until(phone, lambda: read(phone, "ensemble.barriers.length") == 2, "two lines")
    presenter.locator("#time-above").click()
    expect(phone.locator("#law-title")).to_have_text("Time above zero")
    expect(phone.locator("#law-title")).to_be_in_viewport()
    presenter.locator("[data-panel=quadratic]").click()
    expect(phone.locator("#theory-quadratic")).to_be_in_viewport()
    presenter.locator("#band").click()
    expect(phone.locator("#band")).to_have_attribute("aria-pressed", "true")
    presenter.locator("#across").select_option("elapsed")
    expect(phone.locator("#across")).to_have_value("elapsed")
    presenter.locator("#reset").click()
    expect(phone.locator("#my-reset")).to_be_visible()
    until(phone, lambda: read(phone, "range") == read(presenter, "range"), "the new beginning")
    presenter.locator("#all").click()
    expect(phone.locator("#my-reset")).to_be_hidden()
    assert phone.evaluate("Object.keys(localStorage)") == ["session"]  # nothing is chosen
    assert "?" not in phone.url

    presenter.locator("#present").uncheck()

    expect(phone.locator(BAR)).to_be_empty()
    assert read(phone, "range") == read(presenter, "range")
    expect(phone.locator("#theory-quadratic")).to_be_visible()


def test_touch_leaves_and_a_tap_returns(enter: Open) -> None:
    views: list[dict[str, Any]] = []

    def hear(frame: str | bytes) -> None:
        if (view := json.loads(frame)).get("type") == "view":
            views.append(view["view"])

    presenter, reader = (
        enter("touched/", is_ana=True),
        enter(
            "touched/",
            prepare=lambda page: page.on("websocket", lambda ws: ws.on("framereceived", hear)),
            viewport={"width": 1280, "height": 800},
        ),
    )
    present(presenter)
    expect_following(reader)

    reader.locator("#chart").click()

    expect(reader.locator(BAR)).to_have_text("You left Ana's view")
    expect(presenter.locator("#followers")).to_have_text("0 followers")
    before = read(reader, "range")
    presenter.keyboard.press("-")
    presenter.locator("#all").click()
    presenter.keyboard.press("+")
    until(  # the presenter's range moves for a while
        reader,
        lambda: views and views[-1]["range"] == pytest.approx(read(presenter, "range")),
        "the view",
    )
    let_page_draw(reader)
    shoot(reader, "left")
    assert read(reader, "range") == before

    reader.locator("#presenter-button").click()

    expect_following(reader)
    expect(presenter.locator("#followers")).to_have_text("1 follower")
    until(reader, lambda: read(reader, "range") == read(presenter, "range"), "the same steps")
    reader.keyboard.press("b")
    expect(reader.locator(BAR)).to_have_text("You left Ana's view")
    reader.locator("#presenter-button").click()
    expect(reader.locator("#band")).to_have_attribute("aria-pressed", "false")
    reader.locator("[data-panel=displacement]").click()
    expect(reader.locator(BAR)).to_have_text("You left Ana's view")


def test_page_scrolls_by_a_finger_on_the_chart_without_leaving(enter: Open) -> None:
    presenter = enter("swiped/", is_ana=True)
    phone = enter("swiped/", viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    present(presenter)
    expect_following(phone)
    box = phone.locator("#chart").bounding_box()
    assert box
    session = phone.context.new_cdp_session(phone)
    point = {"x": box["x"] + 100, "y": box["y"] + 80}

    def touch(kind: str, *points: dict[str, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", point)
    for pixels in range(10, 110, 10):
        touch("touchMove", point | {"y": point["y"] - pixels})
    touch("touchEnd")

    until(phone, lambda: phone.evaluate("scrollY") > 20, "a page that scrolled")
    expect_following(phone)
    phone.locator("#chart").tap()
    expect(phone.locator(BAR)).to_have_text("You left Ana's view")


def test_latecomer_and_wall_follow_from_the_beginning(enter: Open) -> None:
    presenter = enter("late/", is_ana=True)
    present(presenter)
    for _ in range(3):
        presenter.keyboard.press("+")

    late = enter("late/?view=all")
    wall = enter("late/?wall", is_ana=True, viewport={"width": 1280, "height": 800})

    expect_following(late)
    expect_following(wall)
    expect(wall.locator("#presenter-button")).to_be_hidden()
    for page in (late, wall):
        until(page, lambda page=page: read(page, "range") == read(presenter, "range"), "the steps")
    expect(presenter.locator("#followers")).to_have_text("2 followers")
    shoot(wall, "wall")
    wall.keyboard.press("f")
    expect(wall.locator(BAR)).to_have_text("You left Ana's view")
    wall.locator("#presenter-button").click()
    expect_following(wall)


def test_pointer_of_the_presenter_is_over_the_same_point(enter: Open) -> None:
    presenter = enter("pointed/", is_ana=True, viewport={"width": 1280, "height": 800})
    phone = enter("pointed/", viewport={"width": 360, "height": 740})
    present(presenter)
    expect_following(phone)
    dot = phone.locator(".presented i")
    expect(dot).to_be_hidden()

    box = presenter.locator("#chart").bounding_box()
    assert box
    presenter.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)

    expect(dot).to_be_visible()
    expect(phone.locator(".presented bdi")).to_have_text("Ana")
    shoot(phone, "pointer-360")
    shoot(presenter, "presenter")
    presenter.mouse.move(box["x"] + box["width"] / 2, box["y"] - 40)
    expect(dot).to_be_hidden()
    expect(presenter.locator(".presented")).to_be_hidden()


def test_live_view_moves_on_with_the_path(enter: Open) -> None:
    presenter = enter("running/", is_ana=True)
    reader = enter("running/?view=all")
    present(presenter)
    expect_following(reader)

    until(reader, lambda: read(reader, "range[0]") > 300, "the newest 600 steps")
    first = read(reader, "range[0]")
    until(reader, lambda: read(reader, "range[0]") > first, "more steps")

    presenter.locator("#freeze").click()
    expect(presenter.locator("#status")).to_contain_text("View frozen")
    let_page_draw(presenter)
    steps = [read(presenter, "range[0]"), read(presenter, "steps.at(-1)")]
    until(reader, lambda: read(reader, "range") == steps, "the same steps")
    expect(reader.locator("#status")).to_contain_text("Viewing steps")


def test_newest_presenter_replaces_the_others(enter: Open) -> None:
    laptop, phone = (
        enter("replaced/", is_ana=True),
        enter("replaced/", is_ana=True, viewport={"width": 360, "height": 740}),
    )
    present(laptop)
    expect_following(phone)
    laptop.evaluate(PASS_A_SECOND)

    phone.locator("#present").check()

    expect(laptop.locator("#present")).not_to_be_checked()
    expect_following(laptop)
    expect(phone.locator(BAR)).to_be_empty()
    expect(phone.locator("#followers")).to_have_text("1 follower")


def test_earlier_path_of_the_presenter_is_loaded_after_a_failure(
    enter: Open, visitors: Visitors
) -> None:
    visitors.expect("ERR_FAILED")
    presenter, reader = enter("restarted/", is_ana=True), enter("restarted/")
    reader.route("**/epochs.json", lambda route: route.abort(), times=1)
    presenter.locator("#restart").click()
    presenter.locator("#restart-dialog [value=restart]").click()
    until(reader, lambda: read(reader, "steps.at(-1)") == 0, "a path that begins")
    present(presenter)
    expect_following(reader)

    presenter.locator("#paths").focus()
    expect(presenter.locator("#paths option")).to_have_count(2)
    presenter.locator("#paths").select_option(index=1)

    expect(reader.locator("#status")).to_contain_text("Earlier path (1st)")
    until(reader, lambda: read(reader, "steps.at(-1)") == STEP, "the earlier path")
    presenter.locator("#follow").click()
    until(reader, lambda: read(reader, "steps.at(-1)") == 0, "the live path")
    expect(reader.locator("#status")).not_to_contain_text("Earlier path")


def test_followers_keep_the_view_when_the_presenter_reloads(enter: Open) -> None:
    presenter, reader = enter("reloaded/", is_ana=True), enter("reloaded/")
    present(presenter)
    for _ in range(3):
        presenter.keyboard.press("+")
    until(reader, lambda: read(reader, "range") == read(presenter, "range"), "the same steps")
    before = read(reader, "range")

    presenter.reload()

    expect(presenter.locator("#present")).not_to_be_checked()
    expect(reader.locator(BAR)).to_be_empty()
    expect(presenter.locator(BAR)).to_be_empty()
    assert read(reader, "range") == before


def test_owner_who_hands_the_motion_over_stops_presenting(enter: Open, site: Site) -> None:
    presenter = enter("handed/", is_ana=True)
    present(presenter)

    shell(
        site,
        "from django.contrib.auth.models import User",
        "motion, ana = Motion.objects.get(slug='handed'), User.objects.get(username='Ana')",
        "members.set_role(motion.pk, make_user('Ben'), 'viewer')",
        "members.transfer_ownership(motion.pk, User.objects.get(username='Ben'), by=ana)",
    )

    expect(presenter.locator("#owner-tools")).to_be_hidden()
    expect(presenter.locator("#present")).not_to_be_checked()
    expect(presenter.locator("#note")).to_be_empty()
