"""A real page behind a network that drops and delays: it shows the server's path all the same."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import (
    COUNT_DRAWINGS,
    assert_no_step_missing,
    assert_true_points,
    drawn,
    expect_live,
    status,
    until,
    wait_drawn,
)
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.proxy import Proxy
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

pytestmark = pytest.mark.browser

SEED = 20_261_122
DROPS = 100
STEPS_AN_HOUR = 7_200
WAITING = re.compile(r"^(The server is not available\. )?Reconnecting( in \d+ s|…)$")

# Waits between tries are a fiftieth of what they are: a hundred would take half a minute.
IMPATIENT = "const random = Math.random; Math.random = () => random() / 50;"

# What was drawn, one after the other: the newest step, and how many points.
WATCH_PICTURES = """() => {
  const describe = ({ newest, x }) => [newest[0], x.length].join(" ");
  window.pictures = [describe(chart.picture)];
  window.onDrawing = (picture) => window.pictures.push(describe(picture));
}"""

# A page so busy that what the state of a motion asks for is drawn only after its history has come.
BUSY = """
  const wanted = [];
  const request = requestAnimationFrame.bind(window);
  window.isBusy = false;
  window.requestAnimationFrame = (act) => (window.isBusy ? wanted.push(act) : request(act));
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (JSON.parse(data).type !== "history") return;
        window.isBusy = false;
        for (const act of wanted.splice(0)) request(act);
      });
    }
  };
"""

# A hidden tab is given no animation frames; its socket goes on.
HIDEABLE = """
  const wanted = [];
  const request = requestAnimationFrame.bind(window);
  window.isAsleep = false;
  window.requestAnimationFrame = (act) =>
    window.isAsleep ? wanted.push(act) : request(act);
  window.wake = () => {
    window.isAsleep = false;
    for (const act of wanted.splice(0)) request(act);
  };
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    make_motions(site, stormy={"interval": 0.02}, asleep={"paused": True, "step": 5_000})
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture
def proxy(daphne: Daphne) -> Iterator[Proxy]:
    with Proxy(daphne.port).running() as proxy:
        yield proxy


@pytest.fixture
def page(visitors: Visitors) -> Page:
    visitors.expect(SERVER_GONE)
    page = visitors.arrive()
    page.add_init_script(IMPATIENT)
    return page


def has_opened(proxy: Proxy, count: int) -> bool:
    return proxy.opened >= count


@pytest.mark.fault("a connection that drops a hundred times")
def test_connection_that_drops_a_hundred_times_leaves_the_true_path(
    visitors: Visitors, page: Page, proxy: Proxy, site: Site
) -> None:
    dice = random.Random(SEED)
    visitors.visit(page, f"{proxy.url}/motions/stormy/")
    wait_drawn(page, 10)
    proxy.delay_s = lambda: dice.choice([0.0, 0.0, 0.03])
    proxy.allowance = lambda: dice.choice([400, 600, 800, 1_000])  # of the first frame, or later

    proxy.cut()
    for count in range(5, DROPS + 1, 5):
        until(page, partial(has_opened, proxy, count), f"{count} connections")
        assert_true_points(site, "stormy", drawn(page))
    proxy.heal()
    proxy.cut()

    expect_live(page)
    path = wait_drawn(page, site.frontier("stormy")[1])
    assert_no_step_missing(path)
    assert_true_points(site, "stormy", path)


def move(site: Site, steps: int) -> int:
    """What a worker does in a long time, at once; the frontier then."""
    site.execute("UPDATE motion_motion SET step = step + ? WHERE slug = 'asleep'", steps)
    return site.frontier("asleep")[1]


def frames_of(page: Page) -> list[str]:
    """The types of the frames about the path that the page gets from now on."""
    types: list[str] = []

    def hear(frame: str | bytes) -> None:
        kind = json.loads(frame)["type"]
        if kind not in {"pong", "viewers"}:
            types.append(kind)

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    return types


@pytest.mark.fault("a hidden, throttled tab; a laptop asleep")
def test_page_catches_up_at_once_after_an_hour_asleep(
    visitors: Visitors, page: Page, proxy: Proxy, daphne: Daphne, site: Site
) -> None:
    awake = visitors.open(f"{daphne.url}/motions/asleep/")
    page.add_init_script(BUSY)
    visitors.visit(page, f"{proxy.url}/motions/asleep/")
    for each in (awake, page):
        wait_drawn(each, site.frontier("asleep")[1])
    page.evaluate(WATCH_PICTURES)
    page.evaluate(COUNT_DRAWINGS)
    frames = frames_of(page)

    # A computer that sleeps has no network at all: nothing is polled either.
    page.route("**/frames.json*", lambda route: route.abort())
    visitors.expect("ERR_FAILED")
    proxy.is_away = True
    proxy.cut()
    expect(status(page)).to_have_text(WAITING)
    page.evaluate("window.isBusy = true")
    last = move(site, STEPS_AN_HOUR)
    wait_drawn(awake, last)
    proxy.delay_s = lambda: 0.03  # between a history and its last steps there is time to draw
    proxy.is_away = False

    path = wait_drawn(page, last)
    expect(status(page)).to_contain_text("Paused")
    assert frames == ["state", "history", "increments"]
    before, after = page.evaluate("pictures")
    assert after == f"{last} {len(path)}"
    assert len(path) <= int(before.split()[1])
    assert_true_points(site, "asleep", path)


def test_hidden_tab_draws_once_when_it_wakes(
    visitors: Visitors, page: Page, proxy: Proxy, site: Site
) -> None:
    page.add_init_script(HIDEABLE)
    frames = frames_of(page)
    visitors.visit(page, f"{proxy.url}/motions/asleep/")
    wait_drawn(page, site.frontier("asleep")[1])
    page.evaluate(WATCH_PICTURES)
    page.evaluate(COUNT_DRAWINGS)

    page.evaluate("window.isAsleep = true")
    for _ in range(4):
        received = len(frames)
        last = move(site, STEPS_AN_HOUR // 4)
        until(page, lambda received=received: len(frames) > received, "the steps")
    page.evaluate("wake()")

    path = wait_drawn(page, last)
    assert len(page.evaluate("pictures")) == 2
    assert_true_points(site, "asleep", path)
