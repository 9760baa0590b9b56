"""The admin: Running now follows, says when it cannot, sleeps when hidden; the list of motions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.motion_page import until
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions, shell

pytestmark = pytest.mark.browser

PAGE = "/admin/motion/process/"
HIDE = """
(isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}
"""
NOTE_SILENCE = """() => {
  window.wasSilent = false;
  new MutationObserver(() => {
    wasSilent ||= document.body.innerText.includes("no report for");
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}"""
TEN_MINUTES_AHEAD = "() => { const { now } = Date; Date.now = () => now() + 600_000; }"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation whose servers a test may stop."""
    site = Site(
        tmp_path_factory.mktemp("running"),
        settings={"MOTION_PROCESS_RENEW_S": 0.3, "MOTION_PROCESS_LASTS_S": 5.0},
    ).setup()
    make_motions(site, quick={"interval": 0.05})
    yield site
    site.stop()


@pytest.fixture(scope="module")
def server(own: Site) -> Daphne:
    return own.start_daphne()


def enter(visitors: Visitors, site: Site, server: Daphne, **options: object) -> Page:
    page = visitors.open(f"{server.url}/admin/login/?next={PAGE}", **options)
    page.fill("#id_login", "admin")
    page.fill("#id_password", site.admin_password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".running-table")).to_be_visible()
    return page


def figure(page: Page, name: str) -> object:
    return page.locator(".running-totals div").filter(has_text=name).locator("dd")


def test_page_follows_without_a_reload(visitors: Visitors, own: Site, server: Daphne) -> None:
    page = enter(visitors, own, server)
    page.evaluate("window.stayed = true")
    expect(page.locator(".running-table tbody tr")).to_have_count(1)
    expect(page.locator(".running-table tbody tr td").first).to_have_text(
        "serves and drives motions"
    )

    another = own.start_daphne()
    visitors.open(f"{another.url}/motions/quick/", chart=False)

    expect(page.locator(".running-table tbody tr")).to_have_count(2)
    expect(figure(page, "Sockets")).to_have_text("1")
    expect(figure(page, "Viewers")).to_have_text("1")
    visitors.expect(SERVER_GONE)
    page.evaluate(NOTE_SILENCE)
    another.process.kill()
    until(page, lambda: page.evaluate("wasSilent"), "it, which is shown for some seconds")
    expect(page.locator(".running-table tbody tr")).to_have_count(1)
    assert page.evaluate("window.stayed")


def test_page_says_when_the_server_does_not_answer(
    visitors: Visitors, own: Site, server: Daphne
) -> None:
    page = enter(visitors, own, server)
    visitors.expect(SERVER_GONE)

    page.evaluate(TEN_MINUTES_AHEAD)  # somebody sets this computer's clock
    server.process.stop()
    status, age = page.get_by_role("status"), page.locator("#running-age")
    expect(status).to_have_text("The server is not responding. Retrying.")
    expect(age).to_have_text(re.compile(r"^Last answer [1-9]\d? s ago\.$"))
    own.start_daphne(server.port)

    expect(status).to_contain_text("Updated every two seconds")
    expect(age).to_be_empty()


def test_hidden_page_asks_nothing(visitors: Visitors, own: Site, server: Daphne) -> None:
    page = enter(visitors, own, server)
    visitors.take_clock(page)
    page.reload()  # all its timers go by that clock
    page.evaluate(HIDE, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.clock.run_for(10_000)

    assert page.evaluate("fetch('/healthz').then(({ status }) => status)") == 200
    assert asked == [f"{server.url}/healthz"]
    with page.expect_request("**/rows/"):
        page.evaluate(HIDE, False)


def test_page_stops_requests_when_signed_out(visitors: Visitors, own: Site, server: Daphne) -> None:
    page = enter(visitors, own, server)
    visitors.take_clock(page)

    shell(
        own, "from django.contrib.sessions.models import Session", "Session.objects.all().delete()"
    )

    expect(page.get_by_role("status")).to_contain_text("signed out")
    requests: list[Request] = []
    page.on("request", lambda request: requests.append(request))
    page.clock.run_for(10_000)
    assert page.evaluate("fetch('/healthz').then(({ status }) => status)") == 200
    assert [request.url for request in requests] == [f"{server.url}/healthz"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_a_phone(visitors: Visitors, own: Site, server: Daphne, scheme: str) -> None:
    size = {"width": 360, "height": 740}
    page = enter(visitors, own, server, viewport=size, color_scheme=scheme)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_list_of_motions_shows_all_its_columns(
    visitors: Visitors, own: Site, server: Daphne
) -> None:
    values = "title='Brownian motion of the class 12b', variance=0.25, control='controllers'"
    shell(own, f"make_own_motion(make_user('mrs_miller'), slug='own', step=10**6, {values})")
    page = enter(visitors, own, server, viewport={"width": 1_440, "height": 900})
    page.goto(f"{server.url}/admin/motion/motion/")

    widths = page.locator("#changelist .results").evaluate("(e) => [e.scrollWidth, e.clientWidth]")
    assert widths[0] <= widths[1]
