"""For every eye, hand and screen: themes, phones, keyboards, screen readers; and no third party."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import (
    expect_live,
    let_steps_pass,
    middle_of,
    status,
    until,
    wait_drawn,
)
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
OPERABLE = {"button", "link", "slider", "textbox", "checkbox", "DisclosureTriangle"}

COLOURS = """() => {
  const chart = document.getElementById("chart");
  const hex = (colour) => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d");
    canvas.fillStyle = colour;
    return canvas.fillStyle;
  };
  return {
    ground: hex(getComputedStyle(document.body).backgroundColor),
    line: hex(chart.data[0].line.color),
    accent: hex(getComputedStyle(chart).getPropertyValue("--accent").trim()),
  };
}"""

SMALL_TARGETS = """() => [...document.querySelectorAll("a, button, input, summary")]
  .filter((element) => element.checkVisibility())
  .map((element) => [element.id || element.textContent.trim(), element.getBoundingClientRect()])
  .filter(([, { width, height }]) => width < 44 || height < 44)
  .map(([name, { width, height }]) => `${name}: ${width} × ${height}`)"""

FOCUSED = """() => {
  const { id, tagName, textContent } = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  const name = id || (tagName === "BODY" ? "" : textContent.trim());
  return [name, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""


@pytest.fixture
def url(daphne: Daphne) -> str:
    return f"{daphne.url}/motions/running/"


def brightness(colour: str) -> float:
    return sum(int(colour[at : at + 2], 16) for at in (1, 3, 5)) / (3 * 255)


def named_nodes(page: Page) -> list[tuple[str, str]]:
    """(role, name) of each node that a screen reader announces."""
    session = page.context.new_cdp_session(page)
    nodes: list[dict[str, Any]] = session.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in nodes
        if not node["ignored"]
    ]


# --- themes --------------------------------------------------------------------------------


def test_colours_are_those_of_a_dark_system(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, color_scheme="dark")
    wait_drawn(page)

    colours = page.evaluate(COLOURS)

    assert brightness(colours["ground"]) < 0.5
    assert colours["line"] == colours["accent"]


def test_chart_follows_a_system_that_turns_dark(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, color_scheme="light")
    wait_drawn(page)
    before = page.evaluate(COLOURS)
    assert brightness(before["ground"]) > 0.5
    assert before["line"] == before["accent"]

    page.emulate_media(color_scheme="dark")

    let_steps_pass(page)
    after = page.evaluate(COLOURS)
    assert after["line"] == after["accent"] != before["line"]
    assert brightness(after["ground"]) < 0.5


def test_chosen_theme_is_remembered(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, color_scheme="light")
    wait_drawn(page)
    light = page.evaluate(COLOURS)

    page.locator("#theme").click()
    page.locator("#theme").click()

    expect(page.locator("#theme")).to_contain_text("dark")
    let_steps_pass(page)
    dark = page.evaluate(COLOURS)
    page.reload(wait_until="commit")
    wait_drawn(page)
    assert page.evaluate(COLOURS) == dark
    assert dark["line"] == dark["accent"] != light["accent"]
    assert brightness(dark["ground"]) < 0.5


# --- small screens -------------------------------------------------------------------------


def test_phone_shows_the_path_and_its_control_at_once(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, **PHONE)
    wait_drawn(page)

    for name in ("#chart", "#variance-slider", "#variance", "#status"):
        box = page.locator(name).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360, name
        assert box["y"] + box["height"] <= 740, name
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_phone_has_targets_for_fingers(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, **PHONE)
    wait_drawn(page)
    page.get_by_text("Drift and speed").tap()
    page.get_by_role("button", name="More").tap()
    expect(page.get_by_role("button", name="Reset my view")).to_be_visible()

    assert page.evaluate(SMALL_TARGETS) == []


def test_phone_menu_closes_after_a_choice(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, **PHONE)
    wait_drawn(page, 3)
    more, reset = (page.get_by_role("button", name=name) for name in ("More", "Reset my view"))
    ways = {
        "elsewhere": lambda: page.locator("#title").tap(),
        "escape": lambda: page.keyboard.press("Escape"),
        "pick": lambda: reset.tap(),
    }

    for name, go_away in ways.items():
        more.tap()
        expect(reset).to_be_visible()
        go_away()

        expect(reset).to_be_hidden()
        expect(more).to_have_attribute("aria-expanded", "false")
        expect(page.locator("#my-reset")).to_be_visible(visible=name == "pick")


@pytest.mark.parametrize("screen", [PHONE, {}], ids=["phone", "desk"])
def test_long_title_makes_nothing_scroll_sideways(
    visitors: Visitors, daphne: Daphne, screen: dict[str, Any]
) -> None:
    page = visitors.open(f"{daphne.url}/motions/titled/", **screen)
    wait_drawn(page)

    box = page.locator("h1").bounding_box()

    wide = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") == wide
    assert box
    assert box["x"] + box["width"] <= wide


# --- what it is, and whose buttons are whose -----------------------------------------------


def test_page_explains_itself_in_a_line_and_a_dialog(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, chart=False, **PHONE)
    expect_live(page)
    ask, dialog = page.locator("#ask"), page.get_by_role("dialog", name="What is this?")
    expect(page.locator(".lead")).to_contain_text("A Brownian motion, live from the server.")
    expect(ask).to_be_in_viewport()

    ask.press("Enter")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    expect(dialog).to_contain_text("N(drift, variance)")
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(ask).to_be_focused()
    ask.tap()
    dialog.get_by_role("link").tap()
    expect(dialog).to_be_hidden()
    expect(page.locator("#theory-title")).to_be_in_viewport()


BUTTONS = """(group) => [...group.querySelectorAll("button")]
  .filter((button) => !button.closest("[hidden]")).map(({ textContent }) => textContent.trim())"""


def test_buttons_for_me_and_for_everyone_stand_apart(visitors: Visitors, url: str) -> None:
    page = visitors.open(url, chart=False)
    expect_live(page)

    groups = {
        name: page.get_by_role(role, name=name, exact=True).evaluate(BUTTONS)
        for role, name in (("group", "My view"), ("form", "For everyone"))
    }

    assert {"Go live", "Show all", "Freeze", "Export", "Reset my view"} <= set(groups["My view"])
    assert groups["For everyone"] == ["Pause for everyone", "Restart…"]
    for name in groups:
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


# --- keyboards and screen readers ----------------------------------------------------------


def test_everything_operable_has_a_name(visitors: Visitors, url: str) -> None:
    page = visitors.open(url)
    wait_drawn(page)
    page.get_by_text("Drift and speed").click()

    nodes = named_nodes(page)

    operable = [(role, name) for role, name in nodes if role in OPERABLE]
    assert len(operable) >= 12
    assert [role for role, name in operable if not name] == []
    assert ("textbox", "Variance, exact") in operable
    assert len([role for role, _ in nodes if role == "main"]) == 1
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


def test_state_is_announced(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/still/")

    announced = page.get_by_role("status").filter(has_text="Paused, for everyone")

    expect(announced).to_have_count(1)
    expect(status(page)).to_have_text("Paused, for everyone")


def test_focus_is_visible_on_every_element(visitors: Visitors, url: str) -> None:
    page = visitors.open(url)
    wait_drawn(page)

    seen = {}
    for _ in range(24):
        page.keyboard.press("Tab")
        name, is_visible = page.evaluate(FOCUSED)
        seen[name] = is_visible

    stops = {"theme", "follow", "all", "reset", "chart", "variance", "variance-slider", "pause"}
    assert stops <= seen.keys()
    assert [name for name, is_visible in seen.items() if name and not is_visible] == []


# --- what it asks for ----------------------------------------------------------------------

ASKED_FOR = """() => {
  const ours = (names) => names.filter((name) => /motion.*[.]js$/.test(name)).sort();
  return [
    ours(performance.getEntriesByType("resource").map(({ name }) => name)),
    ours([...document.scripts].map(({ src }) => src)),
  ];
}"""


def test_page_loads_the_scripts_of_its_head_alone_and_once(visitors: Visitors, url: str) -> None:
    # Blocking service workers changes nothing here, but gives a new browser: one does
    # not report scripts that it has in memory from an earlier page.
    page = visitors.open(url, chart=False, service_workers="block")
    expect_live(page)

    def is_each_loaded_once() -> bool:
        loaded, named = page.evaluate(ASKED_FOR)
        return bool(loaded == named != [])

    until(page, is_each_loaded_once, "the browser to report what it loaded")


# --- nobody else ---------------------------------------------------------------------------


def test_chart_keeps_the_policy_and_sends_nothing_away(visitors: Visitors, url: str) -> None:
    """Hovered, zoomed, themed, resized: any violation is in the console, and fails the test."""
    page = visitors.open(url)
    wait_drawn(page, 20)

    page.mouse.move(*middle_of(page))
    expect(page.locator(".hoverlayer .hovertext")).not_to_have_count(0)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.locator("#theme").click()
    page.set_viewport_size({"width": 900, "height": 700})
    let_steps_pass(page)

    config = page.evaluate("document.getElementById('chart')._context")
    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""
    assert config["displayModeBar"] is False


# --- full screen -----------------------------------------------------------------------------

TURN_WHEEL = """() => !document.getElementById("chart").dispatchEvent(
    new WheelEvent("wheel", { deltaY: -100, bubbles: true, cancelable: true }))"""


def resize_screen(page: Page, width: int, height: int) -> None:
    """Also while it is full, when Playwright's way, which resizes the window, is refused."""
    session = page.context.new_cdp_session(page)
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", size)


@pytest.mark.parametrize("browser_can", [True, False], ids=["can", "cannot"])
def test_full_screen_shows_chart_and_state(
    visitors: Visitors, daphne: Daphne, browser_can: bool
) -> None:
    """Also where the browser has no such method, as on an iPhone: in the whole window."""
    page = visitors.arrive(chart=False, viewport={"width": 1440, "height": 900})
    if not browser_can:
        page.add_init_script("delete Element.prototype.requestFullscreen")
    visitors.visit(page, f"{daphne.url}/motions/still/")
    expect(page.locator("#pause")).to_be_enabled()  # the page as it is sent has no scripts yet
    expect(status(page)).to_have_text("Paused, for everyone")
    expect(page.locator(".pill")).to_have_attribute("data-tone", "warn")  # the modules have run
    button = page.locator("#full-screen")

    button.click()

    expect(button).to_have_text("Leave full screen")
    page.wait_for_function("(can) => Boolean(document.fullscreenElement) === can", arg=browser_can)
    expect(status(page)).to_be_in_viewport()
    expect(page.locator("#shared")).to_be_hidden()
    box = page.locator("#chart").bounding_box()
    assert box
    assert box["height"] > 0.6 * page.evaluate("innerHeight")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert page.evaluate(TURN_WHEEL), "there is no page to scroll, so the wheel zooms"

    resize_screen(page, 360, 780)
    page.locator("#more-tools").click()  # the button to leave is in this menu
    page.wait_for_function("() => chart.offsetHeight > 0.4 * innerHeight")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    resize_screen(page, 780, 300)
    expect(button).to_be_in_viewport(ratio=1)

    button.click()

    expect(button).to_have_text("Full screen")
    expect(page.locator("#shared")).to_be_visible()
    page.wait_for_function("() => !document.fullscreenElement")


# --- what a step paints ----------------------------------------------------------------------

PAINTED = """(moving) => moving.map((selector) => {
  const around = [];
  let element = document.querySelector(selector);
  for (; element; element = element.parentElement) around.push(getComputedStyle(element));
  const has = (kind) => around.some(({ contain }) => contain.includes(kind));
  const isFlat = around.every(({ boxShadow }) => boxShadow === "none");
  return [selector, isFlat, has("strict") || has("content")];
})"""


def test_step_paints_no_shadow_and_nothing_beside_its_box(
    visitors: Visitors, daphne: Daphne
) -> None:
    moving = {
        "/motions/still/": ["#chart", ".strip svg", "#position"],
        "/motions/": [".miniature svg"],
    }
    page = visitors.arrive(chart=False)
    for path, selectors in moving.items():
        visitors.visit(page, f"{daphne.url}{path}")
        page.locator(selectors[0]).first.wait_for()
        page.wait_for_load_state()  # the style sheets too

        painted = page.evaluate(PAINTED, selectors)

        assert painted == [[selector, True, True] for selector in selectors]


NUMBERS = ["step", "rate", "round-trip", "position", "increment", "pong"]

BOXES = """(ids) => ids.map((id) => document.getElementById(id)).map((box) => {
  const text = document.createRange();
  text.selectNodeContents(box);
  const [outer, inner] = [box, text].map((part) => part.getBoundingClientRect());
  const fits = inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
  return [box.id, getComputedStyle(box).contain, fits];
})"""


def test_number_lays_out_its_box_alone_and_fits_into_it(visitors: Visitors, url: str) -> None:
    page = visitors.open(url)
    wait_drawn(page)
    expect(page.locator("#pong")).not_to_have_text("–")

    boxes = page.evaluate(BOXES, NUMBERS)

    assert boxes == [[name, "strict", True] for name in NUMBERS]
