"""A whole lesson with a class: four students join, one loses the network, and one takes over."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import expect_live, until
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

SLUG = "lesson"
PATHS = 24
CUT_S = 60.0  # most of it waits, and leaves the processors to other tests
PHONE: dict[str, Any] = {
    "is_mobile": True,
    "has_touch": True,
    "viewport": {"width": 360, "height": 640},
}

NETWORK = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
NO_NETWORK = NETWORK | {"latency": 100_000, "downloadThroughput": 1, "uploadThroughput": 1}
"""Nothing arrives. Chromium that is offline keeps a core busy as long as a socket is open."""

CLASS = """() => {
  const { ensemble } = document.getElementById("chart").picture ?? {};
  return JSON.stringify({ mine: ensemble?.mine ?? null, slice: ensemble?.slice ?? null });
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A motion of ada's with a path for each of 24 students."""
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    shell(
        site,
        f"make_own_motion(make_user('ada'), slug={SLUG!r}, title='Diffusion', ensemble={PATHS},",
        "    interval=1.0, control='controllers', visibility='unlisted')",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


def open_wall(visitors: Visitors, daphne: Daphne) -> Page:
    page = visitors.arrive()
    session = sign_in(daphne, "ada").split("=", 1)[1]
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
    visitors.visit(page, f"{daphne.url}/motions/{SLUG}/?wall")
    return page


def enter_code(visitors: Visitors, daphne: Daphne, code: str) -> str:
    """The address to which the code leads, with a name to enter."""
    phone = visitors.open(f"{daphne.url}/join/", **PHONE)
    phone.get_by_label("Code").fill(code)
    phone.get_by_role("button", name="Join").tap()
    expect(phone.get_by_label("Your name")).to_be_visible()
    return phone.url


def join(visitors: Visitors, address: str, name: str) -> Page:
    """A phone that opens the link of the QR code and enters a name; it has drawn its own line."""
    phone = visitors.open(address, **PHONE)
    phone.get_by_label("Your name").fill(name)
    phone.get_by_role("button", name="Join").tap()
    expect(phone.locator("#mine-name")).to_have_text(name)
    wait_line(phone, 1)
    return phone


def read_class(page: Page) -> Any:
    return json.loads(page.evaluate(CLASS))


def wait_line(page: Page, last: int) -> dict[str, Any]:
    """The reader's own line, once it is drawn from step 0 to step `last` or further."""

    def find() -> dict[str, Any] | None:
        mine: dict[str, Any] | None = read_class(page)["mine"]
        return mine if mine and mine["x"][0] == 0 and mine["x"][-1] >= last else None

    found: dict[str, Any] = until(page, find, f"one's own line to step {last}")
    return found


def assert_true_lines(site: Site, daphne: Daphne, phones: list[Page]) -> None:
    """Each line has the server's positions: exact if they were loaded, in float32 if live."""
    epoch, last = site.frontier(SLUG)
    lines = [wait_line(phone, last) for phone in phones]
    seats = [line["seat"] for line in lines]
    assert len(set(seats)) == len(phones)
    query = f"epoch={epoch}&points=512&paths={','.join(map(str, seats))}"
    url = f"{daphne.url}/motions/{SLUG}/ensemble.json?{query}"
    with urllib.request.urlopen(url, timeout=30) as response:
        answer = json.load(response)
    assert answer["stride"] == 1
    truth = site.positions(SLUG, epoch, last)
    for line in lines:
        path, drawn = np.array(answer["paths"][str(line["seat"])]), np.array(line["y"])
        exact = path[line["x"]]
        assert ((drawn == exact) | (drawn == exact.astype(np.float32))).all(), line
        assert np.isclose(path[last], truth[line["seat"] - 1])


def set_variance(page: Page, variance: str) -> None:
    page.locator("#variance").fill(variance)
    page.locator("#variance").press("Enter")


def drag_slice_to_the_middle(page: Page) -> None:
    """Of the path that is drawn, by mouse."""
    handle = page.get_by_role("slider", name="Slice")
    handle.scroll_into_view_if_needed()
    box, plot = handle.bounding_box(), page.locator("#chart").bounding_box()
    assert box
    assert plot
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move((plot["x"] + x) / 2, y, steps=5)
    page.mouse.up()


def find_earlier_slice(page: Page) -> dict[str, Any] | None:
    """What the slice shows, if it stands before the newest step."""
    found: dict[str, Any] | None = read_class(page)["slice"]
    return found if found and found["step"] < found["last"] else None


def restart(teacher: Page, site: Site) -> None:
    before = site.frontier(SLUG)[0]
    teacher.locator("#restart").click()
    teacher.get_by_role("button", name="Restart", exact=True).click()
    until(teacher, lambda: site.frontier(SLUG)[0] > before, "a new path")


@pytest.mark.fault("a phone without network for a minute of a lesson")
def test_lesson_leaves_the_server_path_on_every_phone(
    visitors: Visitors, site: Site, daphne: Daphne
) -> None:
    teacher = open_wall(visitors, daphne)
    teacher.get_by_role("button", name="Make a code").click()
    address = enter_code(visitors, daphne, teacher.locator(".wall-code").inner_text())
    teacher.get_by_role("link", name="Leave").click()

    cut_off = join(visitors, address, "Zoe")
    visitors.expect(SERVER_GONE)
    network = cut_off.context.new_cdp_session(cut_off)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", NO_NETWORK)
    end = time.monotonic() + CUT_S
    mia, *others = [join(visitors, address, name) for name in ("Mia", "Jun", "Ana")]

    teacher.get_by_role("button", name="Let Mia control").click()
    expect(mia.locator("#pause")).to_be_enabled()
    set_variance(mia, "4")
    for page in (teacher, mia, *others):
        expect(page.locator("#latest")).to_contain_text("Mia changed the variance 1 → 4")
    drag_slice_to_the_middle(teacher)
    found = until(teacher, lambda: find_earlier_slice(teacher), "an earlier slice")
    assert found["step"] > 0
    assert sum(found["counts"]) == PATHS
    assert_true_lines(site, daphne, [mia, *others])

    restart(teacher, site)
    set_variance(mia, "0.25")
    expect(teacher.locator("#latest")).to_contain_text("Mia changed the variance 4 → 0.25")
    expect(cut_off.locator("#status")).not_to_have_text("Live")
    until(teacher, lambda: time.monotonic() > end, "the end of the minute")
    network.send("Network.emulateNetworkConditions", NETWORK)
    expect_live(cut_off)
    teacher.get_by_role("button", name="Pause for everyone").click()
    expect(teacher.locator("#status")).to_contain_text("Paused")
    assert_true_lines(site, daphne, [cut_off, mia, *others])
