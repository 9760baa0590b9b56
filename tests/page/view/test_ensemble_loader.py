"""ensemble-loader.js: what it requests for a class, and how often."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# `pass(ms)` lets the time of the loader go on, in its ticks of 250 ms.
SCENE = """async (a) => {
  const { EnsembleLoader } = await import("/view/ensemble-loader.js");
  const { Follower, answerWindow } = await import("/ensemble_page.js");
  const page = new Follower(40);
  const { model } = page;
  const asked = [];
  let [now, loads, isRead, fails, follows] = [0, 0, true, false, false];
  const answer = (kind, query, value) => {
    asked.push([kind, query, now]);
    return fails ? Promise.reject(new Error("503")) : Promise.resolve(value);
  };
  const api = {
    loadEnsemble: (query) => answer("paths", query.last, answerWindow(query)),
    loadSlice: (epoch, step) => answer("slice", step, { epoch, step }),
    loadLaw: (query) => answer("law", query.step, { ...query }),
  };
  const onLoad = () => (loads += 1);
  const loader = new EnsembleLoader(model, api, {
    onLoad, isRead: () => isRead, isFollowing: () => follows,
  });
  const pass = async (milliseconds) => {
    for (const end = now + milliseconds; now < end; now += 250) {
      page.draw(now);
      loader.loadMissing(now);
      await new Promise((done) => setTimeout(done));
    }
  };
  BODY
}"""


def evaluate(modules: Page, body: str, argument: Any = None) -> Any:
    return modules.evaluate(SCENE.replace("BODY", body), argument)


def test_loader_requests_paths_and_slice_once_while_nothing_moves(modules: Page) -> None:
    asked, loads = evaluate(modules, "page.walk(900); await pass(10_000); return [asked, loads];")

    assert [query[:2] for query in asked] == [["paths", 896], ["slice", 900]]
    assert loads == 2


@pytest.mark.parametrize(
    "change",
    [
        "page.begin(2, 0); page.walk(900)",
        "model.ensemble.isOn = false",
        "model.up = 'increments'",
        "loader.end()",
    ],
)
def test_loader_requests_nothing_without_a_class_in_view(modules: Page, change: str) -> None:
    assert evaluate(modules, f"page.walk(900); {change}; await pass(3_000); return asked;") == []


@pytest.mark.parametrize(("follows", "expected"), [(False, 16), (True, 5)])
def test_loader_requests_less_while_a_presenter_moves_the_view(
    modules: Page, follows: bool, expected: int
) -> None:
    asked = evaluate(
        modules,
        """page.walk(900); follows = a; await pass(3_000); asked.length = 0;
        for (let step = 100; step < 116; step += 1) {
          model.ensemble.moveSlice(step);
          await pass(250);
        }
        await pass(1_000);
        return asked;""",
        follows,
    )

    assert len(asked) == expected
    assert asked[-1][1] == 115


def test_loader_requests_no_slice_that_nobody_reads(modules: Page) -> None:
    asked = evaluate(modules, "isRead = false; page.walk(900); await pass(3_000); return asked;")

    assert [kind for kind, *_ in asked] == ["paths"]


def test_loader_requests_the_newest_slice_at_most_every_two_seconds(modules: Page) -> None:
    times = evaluate(
        modules,
        """page.walk(900);
        for (let tick = 0; tick < 40; tick += 1) { page.walk(1); await pass(250); }
        return asked.filter(([kind]) => kind === "slice").map(([, , at]) => at);""",
    )

    assert times == [0, 2_000, 4_000, 6_000, 8_000]


def test_loader_follows_a_slice_that_is_dragged(modules: Page) -> None:
    steps = evaluate(
        modules,
        """page.walk(900); await pass(250);
        for (const step of [300, 299, 298]) { model.ensemble.moveSlice(step); await pass(250); }
        return asked.filter(([kind]) => kind === "slice").map(([, step]) => step);""",
    )

    assert steps == [900, 300, 299, 298]


def test_loader_waits_after_a_failure_and_tries_again(modules: Page) -> None:
    first, second = evaluate(
        modules,
        """fails = true; isRead = false; page.walk(900); await pass(3_500);
        const first = asked.length;
        fails = false; await pass(20_000);
        return [first, asked.length];""",
    )

    assert (first, second) == (1, 2)


def test_loader_requests_a_law_up_to_the_step_of_the_slice(modules: Page) -> None:
    asked = evaluate(
        modules,
        """page.walk(900); model.ensemble.laws.toggle("maximum", 1); await pass(2_000);
        model.ensemble.moveSlice(300); await pass(2_000);
        model.ensemble.isOn = false; model.ensemble.moveSlice(200); await pass(2_000);
        return asked;""",
    )

    assert [step for kind, step, _ in asked if kind == "law"] == [896, 300]


def test_loader_requests_a_law_every_two_seconds_or_when_a_line_moves(modules: Page) -> None:
    times = evaluate(
        modules,
        """page.walk(40); const { laws } = model.ensemble; laws.toggle("barrier", 9);
        for (let tick = 0; tick < 20; tick += 1) {
          page.walk(1);
          if (tick === 10) laws.moveLine(0, 8);
          await pass(250);
        }
        return asked.filter(([kind]) => kind === "law").map(([, , at]) => at);""",
    )

    assert times == [0, 2_000, 2_500, 4_500]
