"""What a step costs the browser: time of the page's main thread, whatever lies behind it.

The real page in Chromium, on the real server: motions that stand at 10³, 10⁶ and 10⁹ steps and
make ten more a second. Chromium counts the processor's time of all tasks of the main thread;
divided by the steps that came meanwhile, that is everything a step costs, drawing included.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.support.browser_binary import FLAGS, chromium
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

HISTORIES: Final = (10**3, 10**6, 10**9)
STEPS_PER_S: Final = 10
WINDOW_S: Final = 8
_SETTLE_S: Final = 4

_POINTS: Final = "() => document.getElementById('chart').data.reduce((n, t) => n + t.x.length, 0)"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row of the table.

    Attributes:
        steps: that the motion had made.
        view: what was looked at.
        points: in all traces of the chart.
        task_ms: processor's time of the main thread for one step.
        heap_mb: of JavaScript, after a collection.
    """

    steps: int
    view: str
    points: int
    task_ms: float
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
        motions = {f"at-{steps}": steps for steps in HISTORIES}
        interval = 1 / STEPS_PER_S
        make_motions(
            site, **{slug: {"step": steps, "interval": interval} for slug, steps in motions.items()}
        )
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        try:
            return list(_figures(browser, site.start_daphne(), motions))
        finally:
            browser.close()
            site.stop()


def _figures(browser: Browser, server: Daphne, motions: dict[str, int]) -> Iterator[Figure]:
    for slug, steps in motions.items():
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{server.url}/motions/{slug}/")
        page.wait_for_selector("#chart .main-svg")
        yield _figure(page, steps, "the newest 600 steps")
        page.locator("#all").click()
        page.locator("#band").click()
        yield _figure(page, steps, "the whole path, with the band")
        page.close()


def _figure(page: Page, steps: int, view: str) -> Figure:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.wait_for_timeout(1_000 * _SETTLE_S)
    started, step = _task_s(session), _step(page)
    page.wait_for_timeout(1_000 * WINDOW_S)
    task_ms = 1_000 * (_task_s(session) - started) / (_step(page) - step)
    session.send("HeapProfiler.collectGarbage")
    return Figure(
        steps=steps,
        view=view,
        points=page.evaluate(_POINTS),
        task_ms=task_ms,
        heap_mb=_metric(session, "JSHeapUsedSize") / 1e6,
    )


def _step(page: Page) -> int:
    return int(page.locator("#step").inner_text().replace(",", ""))


def _task_s(session: CDPSession) -> float:
    return _metric(session, "TaskDuration")


def _metric(session: CDPSession, name: str) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == name)
