"""The shared controls: truthful on every screen, and careful with the hand that holds them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.browser.motion_page import drawn, expect_live, status, until, wait_drawn
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site, wait_for
from tests.support.stage import stored_changes

pytestmark = pytest.mark.browser

PAUSED = re.compile("^Paused( by admin)?, for everyone$")


@pytest.fixture
def open_motion(visitors: Visitors, daphne: Daphne) -> Any:
    def open_motion(slug: str, *, chart: bool = False) -> Page:
        page = visitors.open(f"{daphne.url}/motions/{slug}/", chart=chart)
        expect(page.locator("#pause")).to_be_enabled()
        return page

    return open_motion


def commands_of(page: Page, kind: str) -> list[dict[str, Any]]:
    """The messages of one type that the page will have sent."""
    sent: list[dict[str, Any]] = []

    def note(payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == kind:
            sent.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", note))
    return sent


def stored(site: Site, slug: str, name: str) -> Any:
    return site.execute(f"SELECT {name} FROM motion_motion WHERE slug = ?", slug)[0][0]


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Variance:")


def expect_variance(page: Page, text: str, stands_at: str) -> None:
    """Label, number field and slider all say the same."""
    expect(page.locator("#variance-label")).to_have_text(f"Variance: {float(text):,g}")
    expect(page.locator("#variance")).to_have_value(text)
    expect(slider(page)).to_have_value(stands_at)


def point_on(slider: Locator, value: float) -> tuple[float, float]:
    """Where on the screen the thumb stands at `value`, near enough."""
    box = slider.bounding_box()
    assert box
    inset = 8
    across = inset + (box["width"] - 2 * inset) * value / 2
    return box["x"] + across, box["y"] + box["height"] / 2


# --- variance ------------------------------------------------------------------------------


def test_slider_moves_every_other(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("dragged"), open_motion("dragged")

    mine.mouse.click(*point_on(slider(mine), 1.5))

    for page in (mine, other):
        expect_variance(page, "1.5", "1.5")
        expect(page.locator("#law")).to_have_text("N(0, 1.5)")
        expect(page.locator("#increment-law")).to_have_text("from N(0, 1)")
        expect(page.locator("#deviation")).to_have_text("1.225")
    assert stored(site, "dragged", "variance") == 1.5


def test_slider_moves_by_keyboard(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("stepped"), open_motion("stepped")
    slider(mine).focus()

    mine.keyboard.press("ArrowRight")
    mine.keyboard.press("ArrowRight")

    expect_variance(mine, "1.2", "1.2")
    expect_variance(other, "1.2", "1.2")
    expect(slider(mine)).to_have_attribute("aria-valuetext", "1.2")
    assert stored(site, "stepped", "variance") == 1.2


def test_slider_follows_after_a_right_click(open_motion: Any) -> None:
    mine = open_motion("gripped")
    mine.mouse.move(*point_on(slider(mine), 1))
    mine.mouse.down(button="right")  # a menu would keep the release from the page

    mine.locator("#variance").fill("0.5")
    mine.locator("#variance").press("Enter")

    expect_variance(mine, "0.5", "0.5")
    mine.mouse.up(button="right")


# The times of sending by the page's own clock: a busy machine reports them late.
NOTE_CHANGES = """
  const send = WebSocket.prototype.send;
  window.sentAt = [];
  WebSocket.prototype.send = function (text) {
    if (JSON.parse(text).type === "change") window.sentAt.push(performance.now());
    return send.call(this, text);
  };
"""

DRAG = """async (slider) => {
  for (let at = 0; at <= 75; at += 1) {
    slider.value = 2 - at / 50;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}"""


def test_drag_sends_five_changes_a_second_and_its_end(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.arrive(chart=False)
    page.add_init_script(NOTE_CHANGES)
    sent = commands_of(page, "change")
    visitors.visit(page, f"{daphne.url}/motions/paced/")
    expect(page.locator("#pause")).to_be_enabled()

    slider(page).evaluate(DRAG)  # in the page: no mouse of a test is as fast as a hand's

    until(page, lambda: stored(site, "paced", "variance") == 0.5, "the last value")
    until(page, lambda: sent[-1]["variance"] == 0.5, "its message")
    times = page.evaluate("sentAt")
    assert len(times) >= 5
    # On a busy machine the first may be late, but not all of them.
    assert len(times) - 2 <= (times[-1] - times[0]) / 200  # ms
    assert sent[0] == {"type": "change", "variance": 2, "drag": 1}
    assert sent[-1] == {"type": "change", "variance": 0.5, "drag": 1}


def test_slider_under_a_hand_is_left_to_it(open_motion: Any) -> None:
    mine, other = open_motion("held"), open_motion("held")
    mine.mouse.move(*point_on(slider(mine), 1.0))
    mine.mouse.down()

    other.locator("#variance").fill("0.3")
    other.keyboard.press("Enter")

    expect(mine.locator("#law")).to_have_text("N(0, 0.3)")
    expect(slider(mine)).to_have_value("1")
    mine.mouse.up()
    expect_variance(mine, "0.3", "0.3")


def test_number_field_takes_exact_and_larger_values(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("typed"), open_motion("typed")

    for typed, stands_at in [("0.123", "0.1"), ("10000", "2"), ("0", "0")]:
        mine.locator("#variance").fill(typed)
        mine.locator("#variance").press("Enter")

        expect_variance(other, typed, stands_at)
        expect_variance(mine, typed, stands_at)
        assert stored(site, "typed", "variance") == float(typed)


BAD = {
    "variance": (["-1", "10001", "", "x"], "Enter a number from 0 to 10,000."),
    "drift": (["-1000.5"], "Enter a number from −1,000 to 1,000."),
    "interval": (["0.01", "3601"], "Enter a number from 0.02 to 3,600."),
}


def test_bad_value_shows_an_error_and_is_not_sent(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.arrive(chart=False)
    sent = commands_of(page, "change")
    visitors.visit(page, f"{daphne.url}/motions/still/")
    expect(page.locator("#pause")).to_be_enabled()
    page.get_by_text("Drift and speed").click()

    for name, (bad, message) in BAD.items():
        field, error = page.locator(f"#{name}"), page.locator(f"#{name}-error")
        before = field.input_value()
        for typed in bad:
            field.fill(typed)
            field.press("Enter")

            expect(error).to_have_text(message)
            expect(field).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_accessible_description(message)
            field.press("Escape")
            expect(field).to_have_value(before)
            expect(error).to_be_hidden()
    assert sent == []
    assert len(stored_changes(site, "still")) == 1


def test_field_keeps_its_text_when_another_person_changes_it(open_motion: Any) -> None:
    mine, other = open_motion("written"), open_motion("written")
    mine.locator("#variance").fill("0.5")

    slider(other).focus()
    other.keyboard.press("End")

    expect(mine.locator("#variance-label")).to_have_text("Variance: 2")
    expect(mine.locator("#variance")).to_have_value("0.5")


def test_number_fields_take_a_decimal_comma(open_motion: Any, site: Site) -> None:
    page = open_motion("comma")
    page.get_by_text("Drift and speed").click()

    for name, typed, value in [
        ("variance", "0,5", 0.5),
        ("drift", "−2,25", -2.25),
        ("interval", "1 000,5", 1_000.5),
    ]:
        field = page.locator(f"#{name}")
        field.press("ControlOrMeta+a")
        field.press_sequentially(typed)
        field.press("Enter")

        expect(field).to_have_value(f"{value:g}")  # as the server has it
        wait_for(lambda name=name, value=value: stored(site, "comma", name) == value, f"{name}")


def test_ambiguous_number_is_refused_not_guessed(open_motion: Any, site: Site) -> None:
    page = open_motion("comma")
    before = len(stored_changes(site, "comma"))

    page.locator("#variance").fill("1,000")
    page.locator("#variance").press("Tab")

    expect(page.locator("#variance-error")).to_have_text(
        "Enter 1000 or 1.000: “1,000” can mean either."
    )
    page.locator("#variance").fill("1.000,5")
    page.locator("#variance").press("Enter")
    expect(page.locator("#variance-error")).to_be_hidden()
    wait_for(lambda: stored(site, "comma", "variance") == 1_000.5, "the next number")
    assert len(stored_changes(site, "comma")) == before + 1


def test_field_is_sent_again_when_another_person_undid_it(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("undone"), open_motion("undone")
    field = mine.locator("#variance")

    def enter(text: str) -> None:
        field.press("ControlOrMeta+a")
        field.press_sequentially(text)
        field.press("Enter")

    enter("3")
    expect_variance(other, "3", "2")
    other.locator("#variance").fill("1")
    other.locator("#variance").press("Enter")
    expect_variance(mine, "1", "1")  # although the focus is there: what was typed has been sent
    field.press("Escape")
    enter("3")

    expect_variance(other, "3", "2")
    other.locator("#variance").fill("1")
    other.locator("#variance").press("Enter")
    expect_variance(mine, "1", "1")
    before = len(stored_changes(site, "undone"))
    field.press("Tab")
    field.press("Enter")
    mine.locator("#variance").fill("1.5")
    mine.locator("#variance").press("Tab")
    expect_variance(other, "1.5", "1.5")
    assert len(stored_changes(site, "undone")) == before + 1  # to leave a field sends nothing


def test_arrow_keys_step_a_field_that_sends_when_left(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.arrive(chart=False)
    sent = commands_of(page, "change")
    visitors.visit(page, f"{daphne.url}/motions/arrows/")
    expect(page.locator("#pause")).to_be_enabled()
    field = page.locator("#variance")

    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        field.press(key)
    expect(field).to_have_value("1.2")
    field.dispatch_event("blur")  # as when the window loses the focus, and the field keeps it
    field.press("Tab")

    expect(page.locator("#variance-label")).to_have_text("Variance: 1.2")
    wait_for(lambda: stored(site, "arrows", "variance") == 1.2, "the value")
    assert sent == [{"type": "change", "variance": 1.2}]


def test_slider_returns_from_beyond_its_end_by_keys(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.arrive(chart=False)
    sent = commands_of(page, "change")
    visitors.visit(page, f"{daphne.url}/motions/beyond/")
    expect(page.locator("#pause")).to_be_enabled()

    for key in ("ArrowLeft", "ArrowRight", "PageDown"):
        page.locator("#variance").fill("5")
        page.locator("#variance").press("Enter")
        expect(slider(page)).to_have_attribute("aria-valuetext", "5, beyond the end of the slider")
        expect(slider(page)).to_have_attribute("data-beyond", "")
        wait_for(lambda: stored(site, "beyond", "variance") == 5, "5")

        slider(page).press(key)

        expect_variance(page, "2", "2")
        expect(slider(page)).to_have_attribute("aria-valuetext", "2")
        expect(slider(page)).not_to_have_attribute("data-beyond", "")
        wait_for(lambda: stored(site, "beyond", "variance") == 2, "2")
    slider(page).press("ArrowLeft")
    wait_for(lambda: stored(site, "beyond", "variance") == 1.9, "the next key press")
    until(page, lambda: len(sent) == 7, "seven messages")
    assert [message["variance"] for message in sent] == [5, 2, 5, 2, 5, 2, 1.9]


def test_value_is_sent_before_the_one_before_it_is_answered(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.arrive(chart=False)
    held: list[Any] = []

    def hold_answers(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: held.append(message) if holds else socket.send(message))

    holds = False
    page.route_web_socket("**/ws/**", hold_answers)
    visitors.visit(page, f"{daphne.url}/motions/typed/")
    expect(page.locator("#pause")).to_be_enabled()
    before = stored(site, "typed", "variance")
    holds = True

    for value in (before + 1, before):
        page.locator("#variance").fill(str(value))
        page.locator("#variance").press("Enter")
        until(page, lambda value=value: stored(site, "typed", "variance") == value, f"{value}")


# --- drift, speed, pause -------------------------------------------------------------------


def test_drift_and_speed_show_everywhere(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("tilted"), open_motion("tilted")
    mine.get_by_text("Drift and speed").click()
    other.get_by_text("Drift and speed").click()

    mine.get_by_label("Drift per step").fill("-0.25")
    mine.get_by_label("Seconds between steps").fill("0.125")
    mine.keyboard.press("Tab")

    expect(other.get_by_label("Drift per step")).to_have_value("-0.25")
    expect(other.get_by_label("Seconds between steps")).to_have_value("0.125")
    expect(other.locator("#law")).to_have_text("N(−0.25, 1)")
    assert stored(site, "tilted", "drift") == -0.25
    assert stored(site, "tilted", "interval") == 0.125


def test_pause_and_resume_are_shared(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("stopped", chart=True), open_motion("stopped", chart=True)
    before = max(wait_drawn(other))

    mine.get_by_role("button", name="Resume for everyone").click()
    expect_live(other)
    wait_drawn(other, before + 5)
    mine.get_by_role("button", name="Pause for everyone").click()

    for page in (mine, other):
        expect(status(page)).to_have_text(PAUSED)
        expect(page.locator("#pause")).to_have_text("Resume for everyone")
    last = site.frontier("stopped")[1]
    assert max(wait_drawn(mine, last)) == max(wait_drawn(other, last)) == last


@pytest.mark.fault("a doubled click, a retried command")
def test_double_click_pauses_once(open_motion: Any, site: Site) -> None:
    """A person's: the answer to the first click is there before the second."""
    page = open_motion("restarted")
    page.locator("#pause").hover()

    for click_count in (1, 2):
        page.mouse.down(click_count=click_count)
        page.mouse.up(click_count=click_count)
        expect(page.locator("#pause")).to_have_text("Resume for everyone")

    page.locator("#variance").fill("0.9")  # a change that comes after whatever the clicks sent
    page.keyboard.press("Enter")
    wait_for(lambda: stored(site, "restarted", "variance") == 0.9, "the later change")
    assert stored(site, "restarted", "paused") == 1
    page.locator("#pause").click(delay=1)
    expect_live(page)


def test_pause_in_the_admin_stops_every_page(
    visitors: Visitors, open_motion: Any, daphne: Daphne, site: Site
) -> None:
    pages = [open_motion("administered", chart=True) for _ in range(2)]
    for page in pages:
        wait_drawn(page, 5)
    admin = visitors.open(f"{daphne.url}/admin/motion/motion/")
    admin.locator("#id_login").fill("admin")
    admin.locator("#id_password").fill(site.admin_password)
    admin.locator("main button[type=submit]").click()
    link = admin.locator("a[href='/motions/administered/']")
    row = admin.get_by_role("row").filter(has=link)

    # Its motion moves on meanwhile: only what the person changed is changed.
    row.get_by_role("checkbox").last.check()
    admin.get_by_role("button", name="Save").click()

    for page in pages:
        expect(status(page)).to_have_text(PAUSED)
    last = site.frontier("administered")[1]
    for page in pages:
        assert max(wait_drawn(page, last)) == last
    elsewhere = site.frontier("running")[1]  # ten steps a second; the paused motion makes four
    until(page, lambda: site.frontier("running")[1] >= elsewhere + 8, "steps of another motion")
    assert site.frontier("administered")[1] == last
    assert all(max(drawn(page)) == last for page in pages)


# --- restart -------------------------------------------------------------------------------


def test_restart_keeps_the_path_when_the_dialog_is_cancelled(open_motion: Any, site: Site) -> None:
    page = open_motion("kept")
    before = site.frontier("kept")

    page.get_by_role("button", name="Restart…").click()
    dialog = page.get_by_role("dialog", name="Restart for everyone?")
    expect(dialog.get_by_role("button", name="Keep this path")).to_be_focused()
    dialog.get_by_role("button", name="Keep this path").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Restart…").click()
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Restart…")).to_be_focused()
    assert site.frontier("kept") == before
    assert len(stored_changes(site, "kept")) == 1


def test_restart_clears_every_page(open_motion: Any, site: Site) -> None:
    mine, other = open_motion("cleared", chart=True), open_motion("cleared", chart=True)
    wait_drawn(mine, 40)
    wait_drawn(other, 40)
    epoch, _ = site.frontier("cleared")

    mine.get_by_role("button", name="Restart…").click()
    mine.get_by_role("dialog").get_by_role("button", name="Restart").click()

    for page in (mine, other):
        until(page, lambda page=page: drawn(page) == {0: 0.0}, "a path at its beginning")
        expect(page.locator("#step")).to_have_text("0")
        expect(status(page)).to_have_text(PAUSED)
    assert site.frontier("cleared")[0] > epoch


def test_restart_moves_only_the_view_of_its_author(
    open_motion: Any,
) -> None:
    mine, other = open_motion("parted"), open_motion("parted")
    for page in (mine, other):
        page.locator("#chart").focus()
        page.keyboard.press("+")
        expect(page.locator("#follow")).to_have_attribute("aria-pressed", "false")

    mine.get_by_role("button", name="Restart…").click()
    mine.get_by_role("dialog").get_by_role("button", name="Restart").click()

    expect(mine.locator("#step")).to_have_text("0")
    expect(mine.locator("#follow")).to_have_attribute("aria-pressed", "true")
    expect(status(mine)).to_have_text(PAUSED)
    expect(status(other)).to_have_text("Frozen; the motion was restarted since then")
    other.locator("#follow").click()
    expect(status(other)).to_have_text(PAUSED)


def test_restart_dialog_closes_when_another_person_restarts(open_motion: Any) -> None:
    mine, other = open_motion("cleared"), open_motion("cleared")
    mine.get_by_role("button", name="Restart…").click()
    expect(mine.get_by_role("dialog")).to_be_visible()

    other.get_by_role("button", name="Restart…").click()
    other.get_by_role("dialog").get_by_role("button", name="Restart").click()

    expect(mine.get_by_role("dialog")).to_be_hidden()
    expect(mine.locator("#note")).to_have_text(
        re.compile(r"^Somebody restarted the motion: the \d(nd|rd|th) path begins, paused\.$")
    )


def test_restart_is_refused_when_another_person_made_a_change(
    visitors: Visitors, open_motion: Any, daphne: Daphne, site: Site
) -> None:
    """The page's network is slow: it restarts a motion as it was before another's change."""
    passing = True

    def connect(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(
            lambda text: socket.send(text) if passing or '"state"' not in str(text) else None
        )

    mine, other = visitors.arrive(chart=False), open_motion("contended")
    mine.route_web_socket("**/ws/**", connect)
    visitors.visit(mine, f"{daphne.url}/motions/contended/")
    expect(mine.locator("#pause")).to_be_enabled()
    epoch, _ = site.frontier("contended")
    passing = False
    other.locator("#variance").fill("0.5")
    other.keyboard.press("Enter")
    wait_for(lambda: stored(site, "contended", "variance") == 0.5, "the other's change")

    mine.get_by_role("button", name="Restart…").click()
    mine.get_by_role("dialog").get_by_role("button", name="Restart").click()

    expect(mine.locator("#note")).to_contain_text(
        "Your change was not made: somebody else changed this motion meanwhile"
    )
    expect(mine.get_by_role("status").filter(has_text="meanwhile")).to_be_visible()
    assert site.frontier("contended")[0] == epoch


# --- who may -------------------------------------------------------------------------------


def test_watcher_sees_one_line_in_place_of_the_controls(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/guarded/", chart=False)

    expect(page.locator("#terms")).to_have_text("Variance 1 · 2 steps/s · administrators control")
    expect(page.locator("#controls")).to_be_hidden()
    expect(page.locator("#note")).to_be_empty()
    page.locator("#reset").click()
    expect(page.locator("#my-reset")).to_be_visible()
