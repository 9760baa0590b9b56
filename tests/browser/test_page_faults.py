"""The page when the server dies, the worker is gone, or the motion is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Page, Request, WebSocketRoute, expect

from tests.browser.motion_page import (
    assert_true_path,
    assert_true_view,
    expect_live,
    read_view,
    status,
    step_shown,
    until,
    wait_drawn,
)
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.proxy import Proxy
from tests.support.servers import Daphne, Site, is_listening, wait_for
from tests.support.stage import make_motions, shell, sign_in, stored_changes

pytestmark = pytest.mark.browser

WAITING = re.compile(r"^(The server is not available\. )?Reconnecting( in \d+ s|…)$")

LATER = """() => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + 400_000;
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(
        site, running={"interval": 0.1}, doomed={"interval": 0.1}, barred={"interval": 0.1}
    )
    shell(site, "make_user('pia')")
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture
def pages(visitors: Visitors, daphne: Daphne) -> list[Page]:
    """Two people on a running motion."""
    visitors.expect(SERVER_GONE)
    pages = [visitors.open(f"{daphne.url}/motions/running/") for _ in range(2)]
    for page in pages:
        wait_drawn(page, 10)
    return pages


def kill(daphne: Daphne) -> None:
    daphne.process.kill()
    wait_for(lambda: not is_listening(daphne.port), "the server to be gone")


def restart(site: Site, daphne: Daphne) -> None:
    """Again on the same port."""
    daphne.process = site.start_daphne(daphne.port).process


def pongs(page: Page) -> int:
    return int(page.locator("#pong").inner_text().replace(",", "").replace("–", "0"))


@pytest.mark.fault("an upgrade of the site under a page that stays open")
def test_pages_come_back_by_themselves_with_the_whole_path(
    pages: list[Page], site: Site, daphne: Daphne
) -> None:
    mine, other = pages
    mine.locator("#reset").click()
    expect(mine.locator("#my-reset")).to_be_visible()
    until(mine, lambda: max(read_view(mine)[1]) >= 5, "a few steps since the reset")
    origin, _ = read_view(mine)
    before = max(wait_drawn(other))

    kill(daphne)
    for page in pages:
        expect(status(page)).to_have_text(WAITING)
        expect(page.locator("#pause")).to_be_disabled()
        expect(page.locator("#note")).to_have_text("The controls return when you are reconnected.")
    site.settings["VERSION"] = "0.2.0"
    restart(site, daphne)

    for page in pages:
        expect_live(page)
        expect(page.locator("#pause")).to_be_enabled()
        expect(page.locator("#note")).to_be_empty()
    path = wait_drawn(other, before + 20)
    assert_true_path(site, "running", path)
    assert min(path) == 0
    expect(mine.locator("#my-reset")).to_be_visible()
    again, mine_now = read_view(mine)
    assert again == origin
    assert_true_view(site, "running", origin, mine_now)

    other.locator("#all").click()
    notice = other.locator(".upgrade")
    expect(notice).to_contain_text("A new version is here.")
    notice.get_by_role("button", name="Reload").click()
    expect(other.locator("html")).to_have_attribute("data-version", re.compile(r"^0\.2\.0"))
    expect_live(other)
    expect(notice).to_have_count(0)
    expect(other.locator("#all")).to_have_attribute("aria-pressed", "true")
    expect(mine.locator(".upgrade")).to_be_visible()
    mine.get_by_role("button", name="Later").click()
    expect(mine.locator(".upgrade")).to_be_hidden()

    mine.evaluate(LATER)  # nobody has touched it for long
    expect(mine.locator("html")).to_have_attribute("data-version", re.compile(r"^0\.2\.0"))
    expect_live(mine)
    expect(mine.locator("#my-reset")).to_be_visible()
    assert read_view(mine)[0] == origin


@pytest.mark.fault("the database locked for long, or gone")
def test_page_warns_until_a_stopped_worker_is_replaced(
    pages: list[Page], site: Site, daphne: Daphne
) -> None:
    page = pages[0]
    kill(daphne)
    site.env["EMBEDDED_WORKER"] = "off"
    restart(site, daphne)

    expect(status(page)).to_contain_text("No new steps for")
    answered = pongs(page)
    until(page, lambda: pongs(page) > answered, "a further pong")

    expect(page.locator("#pause")).to_be_enabled()
    kill(daphne)
    del site.env["EMBEDDED_WORKER"]
    restart(site, daphne)
    expect_live(page)
    assert_true_path(site, "running", wait_drawn(page, site.frontier("running")[1] + 3))


def test_page_stops_reconnecting_when_the_motion_was_deleted(
    visitors: Visitors, site: Site, daphne: Daphne
) -> None:
    visitors.expect_late_requests("doomed")
    page = visitors.arrive()
    visitors.take_clock(page)
    visitors.visit(page, f"{daphne.url}/motions/doomed/")
    wait_drawn(page, 3)

    shell(site, "Motion.objects.get(slug='doomed').delete()")

    # A busy browser's answer to the close may be too late for the stock server: it asks once more.
    expect(status(page)).to_have_text("This motion was deleted.")
    page.on("websocket", lambda socket: visitors.complaints.append("It came back."))
    expect(page.locator("#pause")).to_have_count(0)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.clock.run_for(60_000)
    expect(status(page)).to_have_text("This motion was deleted.")
    page.get_by_role("link", name="Show the motions").click()
    expect(page.locator("h1")).to_have_text("Motions")


# Timers run ten times as fast, and `skip` passes time.
HURRY = """
  const [later, now] = [setTimeout, performance.now.bind(performance)];
  let ahead = 0;
  window.setTimeout = (act, milliseconds, ...given) => later(act, milliseconds / 10, ...given);
  performance.now = () => now() + ahead;
  window.skip = (milliseconds) => { ahead += milliseconds; };
"""
SLOW_FROM_THE_START = """
  window.texts = [];
  new MutationObserver(() => {
    const text = document.getElementById("status")?.textContent;
    if (text && text !== texts.at(-1)) texts.push(text);
  }).observe(document, { childList: true, characterData: true, subtree: true });
  addEventListener("load", () => window.skip(5_000));
"""
SLOW = "The server is slow to answer. Please wait."
NO_ANSWER = re.compile(
    r"^The server is not answering\. Reconnecting( in \d+ s)?; check your network\.$"
)


@pytest.mark.parametrize("is_opened", [False, True], ids=["no handshake", "no snapshot"])
def test_page_reports_a_slow_server_and_then_a_silent_one(
    visitors: Visitors, daphne: Daphne, is_opened: bool
) -> None:
    visitors.expect(SERVER_GONE)
    with Proxy(daphne.port, is_silent=True).running() as proxy:
        page = visitors.arrive(chart=False)
        page.add_init_script(HURRY)
        page.add_init_script(SLOW_FROM_THE_START)
        page.route("**/frames.json*", lambda route: None)  # nor does polling get an answer
        if is_opened:
            page.route_web_socket("**/ws/**", lambda socket: None)
        visitors.visit(page, f"{proxy.url}/motions/running/")

        until(
            page,
            lambda: SLOW in page.evaluate("texts"),
            "the sentence about a slow server",
        )
        texts = page.evaluate("texts")
        assert "Connecting…" in texts[: texts.index(SLOW)]
        page.evaluate("skip(10_000)")
        expect(status(page)).to_have_text(NO_ANSWER)
        expect(page.locator("#note")).to_contain_text("when you are reconnected")
        for name in ("#pause", "#open-export"):
            expect(page.locator(name)).to_be_disabled()

        if not is_opened:
            proxy.heal()
            proxy.cut()
            expect_live(page)


WITHOUT_SOCKETS = {
    "missing": "delete window.WebSocket;",
    "forbidden": "window.WebSocket = class { constructor() { throw new Error('Blocked'); } };",
}


@pytest.mark.parametrize("how", list(WITHOUT_SOCKETS))
def test_page_is_polled_when_the_browser_makes_no_sockets(
    visitors: Visitors, daphne: Daphne, how: str
) -> None:
    page = visitors.arrive(chart=False)
    page.add_init_script(WITHOUT_SOCKETS[how])
    visitors.visit(page, f"{daphne.url}/motions/running/")

    expect(status(page)).to_have_text(POLLED)
    expect(page.locator("#note")).to_have_text(
        "Your network or browser blocks live connections: you can watch. To change anything,"
        " use another one."
    )
    step = step_shown(page)
    until(page, lambda: step_shown(page) > step, "further steps")


def test_page_offers_to_reload_when_it_cannot_read_the_server(
    visitors: Visitors, daphne: Daphne
) -> None:
    def garble(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda text: socket.send(str(text).replace('"step"', '"tick"')))

    visitors.expect("A frame was not understood")
    page = visitors.arrive(chart=False)
    page.route_web_socket("**/ws/**", garble)
    visitors.visit(page, f"{daphne.url}/motions/running/")

    expect(page.locator(".upgrade")).to_contain_text("A new version is here.")
    expect(page.locator(".upgrade").get_by_role("button", name="Reload")).to_be_visible()


# A headless browser hides no tab.
HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
POLLED = "No live connection: updated every 2 s"
MOTION = "motion = Motion.objects.get(slug='barred')"


@pytest.mark.fault("a network that lets no socket through")
def test_page_polls_when_no_socket_can_be_opened(
    visitors: Visitors, site: Site, daphne: Daphne
) -> None:
    visitors.expect(SERVER_GONE)
    visitors.expect_late_requests("barred")
    asked: list[Request] = []
    with Proxy(daphne.port, is_away=True).running() as proxy:
        page = visitors.arrive()
        visitors.take_clock(page)
        name, _, value = sign_in(daphne, "pia").partition("=")
        page.context.add_cookies([{"name": name, "value": value, "url": proxy.url}])
        page.on("request", lambda sent: "frames.json" in sent.url and asked.append(sent))
        visitors.visit(page, f"{proxy.url}/motions/barred/")

        # What it says, what it shows, and that nothing is a button that does nothing.
        expect(status(page)).to_have_text(POLLED)
        expect(page.locator("#presenter-text")).to_have_text(
            "Without a live connection, this page follows no presenter."
        )
        expect(page.locator("#pause")).to_be_disabled()
        expect(page.locator("#note")).to_contain_text(
            "Your network or browser blocks live connections"
        )
        assert_true_path(site, "barred", wait_drawn(page, 10))

        # Signed out: a visitor's page of a motion that anybody may see.
        expect(page.locator(".person")).to_be_visible()
        page.context.clear_cookies()
        expect(page.locator(".person")).to_have_count(0)

        # A change, listed at its step and not at that of the answer; a pause; a new path.
        shell(site, MOTION, "motions.change_motion(motion.pk, by=None, values={'variance': 2.0})")
        step = stored_changes(site, "barred")[-1][1]
        sentence = f"Somebody changed the variance 1 → 2 at step {step}"
        expect(page.locator("#changes-list li").first).to_contain_text(sentence)
        shell(site, MOTION, "motions.change_motion(motion.pk, by=None, values={'paused': True})")
        expect(status(page)).to_have_text("Paused, for everyone")
        shell(
            site,
            MOTION,
            "motions.restart_motion(motion.pk, by=None)",
            "motions.change_motion(motion.pk, by=None, values={'paused': False})",
        )
        expect(page.locator("#changes-list li")).to_have_count(2)
        expect(status(page)).to_have_text(POLLED)
        assert_true_path(site, "barred", wait_drawn(page, 10))

        # As often as it says, and not at all while nobody looks.
        began_ms = [request.timing["startTime"] for request in asked]
        assert min(after - before for before, after in pairwise(began_ms)) > 1_500
        page.evaluate(HIDE, True)
        assert_none_is_asked(page, asked)
        with page.expect_request("**/frames.json*"):
            page.evaluate(HIDE, False)

        # The network lets sockets through again: it is live, and asks no more.
        proxy.is_away = False
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#presenter-text")).to_be_empty()
        expect_live(page)
        expect(page.locator("#pause")).to_be_enabled()
        assert_none_is_asked(page, asked)
        assert_true_path(site, "barred", wait_drawn(page, site.frontier("barred")[1] + 5))

        # And it takes the sockets away from a page that had one, whose motion then goes.
        proxy.is_away = True
        proxy.cut()
        expect(status(page)).to_have_text(POLLED)
        shell(site, MOTION, "motion.delete()")
        expect(page.locator("h1")).to_have_text("This motion was deleted, or is private now.")
        assert page.locator("#chart").count() == 0


def assert_none_is_asked(page: Page, asked: list[Request]) -> None:
    """That nothing is asked within a little more than the pace."""
    before = len(asked)
    page.clock.run_for(2_300)
    assert len(asked) == before


OFFLINE = "You are offline. This page reconnects by itself."


def test_page_says_at_once_that_it_is_offline(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/running/", chart=False)
    expect_live(page)
    visitors.expect("ERR_INTERNET_DISCONNECTED")
    page.evaluate("""() => addEventListener("offline", () => {
      window.textOffline = document.getElementById("status").textContent;
    })""")

    page.context.set_offline(True)
    expect(status(page)).to_have_text(OFFLINE)
    assert page.evaluate("textOffline") == OFFLINE  # within the event, not some time after it
    page.context.set_offline(False)
    expect_live(page)
