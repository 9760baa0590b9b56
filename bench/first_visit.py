"""What a first visit costs: bytes and requests, and the time to a picture and to a usable chart.

The real page in Chromium with an empty cache, on the real server: on a desktop, and on a phone
with a quarter of the speed. Chromium itself slows the processor and the network; it adds a round
trip to each request, and does not slow sockets.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, sync_playwright

from tests.support.browser_binary import FLAGS, chromium
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

STEPS: Final = 10_000
VISITS: Final = 5  # of which the tables have medians
_BEFORE_MS: Final = 500  # in which Chromium prepares a process for the next page, as for everyone
_AFTER_MS: Final = 3_000  # in which the page draws what may come after the chart
_FLAGS: Final = [flag.replace("SpareRendererForSitePerProcess,", "") for flag in FLAGS]
_DESKTOP: Final[dict[str, Any]] = {"viewport": {"width": 1440, "height": 900}}
_PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 412, "height": 915},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}

# When the chart with its axes is on the screen, when it takes gestures, and the longest task.
_OBSERVE: Final = """
window.visit = { longest: 0 };
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) visit.longest = Math.max(visit.longest, duration);
}).observe({ type: "longtask", buffered: true });
const observe = (isThere) => new Promise((resolve) => {
  const look = () => {
    if (isThere()) setTimeout(() => resolve(performance.now())); // after the frame
    else requestAnimationFrame(look);
  };
  look();
});
const isUsable = () => document.querySelector("#chart .scatterlayer .trace");
visit.usable = observe(isUsable);
visit.chart = observe(() => isUsable() || document.getElementById("chart")?.picture);
"""
_TIMES: Final = """async () => {
  const [chart, usable] = await Promise.all([visit.chart, visit.usable]);
  const [{ responseStart }] = performance.getEntriesByType("navigation");
  const [{ startTime }] = performance.getEntriesByName("first-contentful-paint");
  return [startTime - responseStart, startTime, chart, usable];
}"""


@dataclass(frozen=True, kw_only=True)
class Network:
    """What Chromium emulates: kbit/s in both directions, and the ms of a round trip."""

    down: int
    up: int
    round_trip: int


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A device, `slower` times slower than this machine, and its network; None: the loopback."""

    name: str
    options: dict[str, Any]
    slower: int = 1
    network: Network | None = None


VISITORS: Final = (
    Visitor(name="desktop", options=_DESKTOP),
    Visitor(name="desktop, a quarter of the CPU", options=_DESKTOP, slower=4),
    Visitor(
        name="phone, a quarter of the CPU, 30 Mbit/s, 40 ms",
        options=_PHONE,
        slower=4,
        network=Network(down=30_000, up=10_000, round_trip=40),
    ),
    Visitor(
        name="phone, a quarter of the CPU, 1.6 Mbit/s, 150 ms",
        options=_PHONE,
        slower=4,
        network=Network(down=1_600, up=750, round_trip=150),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """
    Attributes:
        kilobytes, requests: received until the chart could be used, headers and socket included.
        painted_ms: from the first byte of the page to the first picture: the sketch of the server.
        picture_ms, chart_ms: from the click to that, and to a chart with axes on the screen.
        usable_ms: to a chart that also takes gestures.
        longest_ms: the longest task of the main thread, until three seconds after the chart.
    """

    kilobytes: float
    requests: float
    painted_ms: float
    picture_ms: float
    chart_ms: float
    usable_ms: float
    longest_ms: float


def measure() -> list[tuple[Visitor, Visit]]:
    """
    Raises:
        SystemExit: there is no Chromium.
    """
    binary = chromium()
    if binary is None:
        raise SystemExit("The benchmark of a first visit needs Chromium: sudo apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder)).setup()
        make_motions(site, visited={"step": STEPS, "interval": 0.5})
        server = site.start_server()
        browser = playwright.chromium.launch(executable_path=binary, args=_FLAGS)
        try:
            _visit(browser, server, VISITORS[0])  # the server's first page takes longer
            return list(_measure_visitors(browser, server))
        finally:
            browser.close()
            site.stop()


def _measure_visitors(browser: Browser, server: Daphne) -> Iterator[tuple[Visitor, Visit]]:
    for visitor in VISITORS:
        yield visitor, _find_median([_visit(browser, server, visitor) for _ in range(VISITS)])


def _find_median(visits: list[Visit]) -> Visit:
    names = [field.name for field in fields(Visit)]
    return Visit(
        **{name: statistics.median(getattr(visit, name) for visit in visits) for name in names}
    )


def _visit(browser: Browser, server: Daphne, visitor: Visitor) -> Visit:
    """One visit, in a context of its own: with an empty cache."""
    context = browser.new_context(**visitor.options)
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    session = context.new_cdp_session(page)
    requests: list[int] = []
    frames: list[int] = []
    session.on("Network.loadingFinished", lambda event: requests.append(event["encodedDataLength"]))
    session.on(
        "Network.webSocketFrameReceived",
        lambda event: frames.append(len(event["response"]["payloadData"])),
    )
    session.send("Network.enable")
    page.wait_for_timeout(_BEFORE_MS)
    _emulate(session, visitor)
    page.goto(f"{server.url}/motions/visited/", wait_until="commit")
    painted_ms, picture_ms, chart_ms, usable_ms = page.evaluate(_TIMES)
    kilobytes, count = (sum(requests) + sum(frames)) / 1e3, len(requests)
    page.wait_for_timeout(_AFTER_MS)
    longest_ms = page.evaluate("visit.longest")
    context.close()
    return Visit(
        kilobytes=kilobytes,
        requests=count,
        painted_ms=painted_ms,
        picture_ms=picture_ms,
        chart_ms=chart_ms,
        usable_ms=usable_ms,
        longest_ms=longest_ms,
    )


def _emulate(session: CDPSession, visitor: Visitor) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": visitor.slower})
    if network := visitor.network:
        conditions = {
            "offline": False,
            "latency": network.round_trip,
            "downloadThroughput": network.down * 125,
            "uploadThroughput": network.up * 125,
        }
        session.send("Network.emulateNetworkConditions", conditions)
