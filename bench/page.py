"""What a step costs the browser: CPU time of the page's main thread, and of all threads.

The real page in Chromium, on the real server: motions that stand at 10³, 10⁶ and 10⁹ steps and
make ten more a second, and one that makes fifty. Chromium counts the CPU time of all tasks of the
main thread, and that of all threads of the renderer; divided by the steps that came meanwhile,
that is everything a step costs, drawing included. Nobody's pointer is over the chart, but in the
row that says so. The last rows are motions with an ensemble: its fan, its slice, and all its paths,
without a law and with one. A young motion costs most: there a law is new every few steps.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.support.browser_binary import FLAGS, chromium
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

HISTORIES: Final = (10**3, 10**6, 10**9)
STEPS_PER_S: Final = 10
FAST_STEPS_PER_S: Final = 50
WINDOW_S: Final = 8
_SETTLE_S: Final = 4
_SCREEN_PX: Final = (1440, 900)
_TALL_PX: Final = (1440, 1800)  # shows the pictures of the theory, too

_PATHS: Final = 100
_POINTS: Final = "() => document.getElementById('chart').picture.x.length"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table.

    Attributes:
        steps: that the motion had made.
        view: what was looked at.
        points: of the path that the chart was given.
        task_ms: CPU time of the main thread for one step.
        all_ms: CPU time of all threads of the renderer for one step.
        busy: the share of a second that the main thread works.
        heap_mb: of JavaScript, after a collection.
    """

    steps: int
    view: str
    points: int
    task_ms: float
    all_ms: float
    busy: float
    heap_mb: float


def measure() -> list[Figure]:
    """
    Raises:
        SystemExit: there is no Chromium.
    """
    binary = chromium()
    if binary is None:
        raise SystemExit("The benchmark of the page needs Chromium: sudo apt install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder)).setup()
        paces = {f"at-{steps}": (steps, STEPS_PER_S) for steps in HISTORIES}
        paces["fast"] = (10**6, FAST_STEPS_PER_S)
        make_motions(
            site,
            **{
                slug: {"step": steps, "interval": 1 / pace} for slug, (steps, pace) in paces.items()
            },
            ensemble={"step": 10**6, "interval": 1 / STEPS_PER_S, "ensemble": _PATHS},
            young={"step": 10**3, "interval": 1 / STEPS_PER_S, "ensemble": _PATHS},
        )
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        try:
            return list(_measure_views(browser, site.start_daphne()))
        finally:
            browser.close()
            site.stop()


def _measure_views(browser: Browser, server: Daphne) -> Iterator[Figure]:
    for steps in HISTORIES:
        page = _open(browser, server, f"at-{steps}")
        yield _measure(page, steps, "the newest 600 steps")
        # By keys: in no other view but one is a pointer on the page.
        page.keyboard.press("a")
        page.keyboard.press("b")
        yield _measure(page, steps, "the whole path, with the band")
        page.close()
    paths = f"with {_PATHS} paths"
    others: list[tuple[str, int, str, tuple[int, int], Callable[[Page], object]]] = [
        ("and theory", 10**6, "at-1000000", _TALL_PX, lambda _: None),
        ("under the pointer", 10**6, "at-1000000", _SCREEN_PX, _point),
        (f"{FAST_STEPS_PER_S} a second", 10**6, "fast", _SCREEN_PX, lambda _: None),
        (paths, 10**6, "ensemble", _SCREEN_PX, _see_paths),
        (paths, 10**3, "young", _SCREEN_PX, _see_paths),
        (f"{paths} and their time above zero", 10**3, "young", _SCREEN_PX, _see_time_above),
        (f"{paths} and two barriers", 10**3, "young", _SCREEN_PX, _see_barriers),
    ]
    for view, steps, slug, size, prepare in others:
        page = _open(browser, server, slug, size)
        prepare(page)
        yield _measure(page, steps, f"the newest 600 steps, {view}")
        page.close()


def _open(browser: Browser, server: Daphne, slug: str, size: tuple[int, int] = _SCREEN_PX) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{server.url}/motions/{slug}/")
    page.wait_for_selector("#chart .scatterlayer .trace", state="attached")
    return page


def _point(page: Page) -> None:
    page.locator("#chart").hover()


def _see_paths(page: Page) -> None:
    page.wait_for_function(
        "(paths) => document.getElementById('chart').picture.ensemble?.thin.length === paths",
        arg=_PATHS,
    )


def _see_time_above(page: Page) -> None:
    _see_paths(page)
    page.keyboard.press("t")


def _see_barriers(page: Page) -> None:
    _see_paths(page)
    page.keyboard.press("l")
    page.wait_for_function("() => chart.picture.ensemble.barriers.length === 1")
    page.locator("#second-line").dispatch_event("click")  # without the pointer
    page.wait_for_function("() => chart.picture.ensemble.barriers.length === 2")


def _measure(page: Page, steps: int, view: str) -> Figure:
    session = _start_counting(page)
    page.wait_for_timeout(1_000 * _SETTLE_S)
    step, before, began = _read_step(page), _read_cpu(page, session), time.monotonic()
    page.wait_for_timeout(1_000 * WINDOW_S)
    after, took, made = _read_cpu(page, session), time.monotonic() - began, _read_step(page) - step
    task_s, all_s = (late - early for late, early in zip(after, before, strict=True))
    return Figure(
        steps=steps,
        view=view,
        points=page.evaluate(_POINTS),
        task_ms=1_000 * task_s / made,
        all_ms=1_000 * all_s / made,
        busy=task_s / took,
        heap_mb=_measure_heap_mb(session),
    )


def _start_counting(page: Page) -> CDPSession:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def _read_step(page: Page) -> int:
    return int(page.locator("#step").inner_text().replace(",", ""))


def _read_cpu(page: Page, session: CDPSession) -> tuple[float, float]:
    """The CPU seconds so far of the main thread and of all threads."""
    return _metric(session, "TaskDuration"), _read_renderers_s(page)


def _measure_heap_mb(session: CDPSession) -> float:
    session.send("HeapProfiler.collectGarbage")
    return _metric(session, "JSHeapUsedSize") / 1e6


def _read_renderers_s(page: Page) -> float:
    """CPU time of all renderers: this page is the only one that does anything."""
    browser = page.context.browser
    assert browser
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return sum(process["cpuTime"] for process in processes if process["type"] == "renderer")


def _metric(session: CDPSession, name: str) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == name)
