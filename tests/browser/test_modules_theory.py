"""The pictures of the theory: what is asked when, drawn where, and said in which words."""

from __future__ import annotations

import math
import random
import re
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from scipy import stats

from bench import statistics
from tests.servers import ROOT

pytestmark = pytest.mark.browser

FRAGMENT = (ROOT / "templates" / "motion" / "theory.html").read_text()
HTML = re.sub(r"{#.*?#}", "", FRAGMENT)
SIZE = {"width": 280, "height": 196}


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { inquire, show, frames } = await import("/theory_page.js");
      const [verdict, plots, measures, { aligned }] = await Promise.all(
        ["verdict", "plots", "measures", "inquiry"].map((name) => import(`/${name}.js`)));
      """
    return modules.evaluate(f"{head}{script}}}", argument)


def answer(count: int = 600, variance: float = 0.25, seed: int = 1, **other: Any) -> dict[str, Any]:
    """What statistics.json says of increments that follow the law N(0, variance)."""
    found = np.random.default_rng(seed).normal(0, math.sqrt(variance), min(count, 2**16))
    sampled = len(found)
    mean, spread = found.mean(), found.var(ddof=1)
    half = stats.t.ppf(0.975, sampled - 1) * math.sqrt(spread / sampled)
    freedom = np.array([0.975, 0.025])
    low, high = (sampled - 1) * spread / stats.chi2.ppf(freedom, sampled - 1)
    width = math.sqrt(variance) / 4
    counts, _ = np.histogram(found, width * np.arange(-20, 21))
    steps = np.linspace(0, sampled, 9).astype(int)[1:]
    squares = np.cumsum(found**2)[steps - 1]
    lags = [2**power for power in range(int(math.log2(sampled / 4)) + 1)]
    path = np.concatenate([[0], np.cumsum(found)])
    displaced = [float(((path[lag:] - path[:-lag]) ** 2).mean()) for lag in lags]
    return {
        "epoch": 1,
        "first": 0,
        "last": count,
        "count": count,
        "sampled": sampled,
        "standardised": False,
        "still": 0,
        "mean": {"value": mean, "low": mean - half, "high": mean + half, "expected": 0},
        "variance": {"value": spread, "low": low, "high": high, "expected": variance},
        "histogram": {
            "first": -20 * width,
            "width": width,
            "counts": counts.tolist(),
            "mean": 0,
            "variance": variance,
            "chi2": 31.24,
            "freedom": 25,
        },
        "quadratic": {
            "steps": steps.tolist(),
            "realised": squares.tolist(),
            "expected": (steps * variance).tolist(),
            "low": 0.9 * sampled * variance,
            "high": 1.1 * sampled * variance,
        },
        "displacement": {
            "lags": lags,
            "realised": displaced,
            "expected": [lag * variance for lag in lags],
            "low": [0.1 * lag * variance if lag < 32 else -1e-12 for lag in lags],
            "high": [3 * lag * variance for lag in lags],
        },
        "agreement": dict.fromkeys(PICTURES, judged("agrees", 0.4)),
    } | other


def judged(mark: str, p: float, *outside: str | int) -> dict[str, Any]:
    return {"mark": mark, "p": p, "outside": outside}


PICTURES = ("histogram", "moments", "quadratic", "displacement")
NOTHING = {
    **dict.fromkeys(("mean", "variance", "histogram", "quadratic", "displacement")),
    "agreement": dict.fromkeys(PICTURES),
}


# --- which window, and when ----------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 40, 600, 12_345, 2_000_000_000])
def test_followers_of_an_edge_ask_for_one_window_until_it_moved_by_a_64th(
    modules: Page, width: int
) -> None:
    chance = random.Random(width)
    unit = 2 ** max(0, math.floor(math.log2(width / 64)))
    block = unit * (10**10 // unit)
    lasts = [block + chance.randrange(unit) for _ in range(20)]

    windows = run(
        modules,
        "return a.map(([first, last]) => aligned({ epoch: 1, first, last }))",
        [[last - width, last] for last in lasts],
    )

    expected = {"epoch": 1, "first": (block - width) // unit * unit, "last": block}
    assert all(
        window in (expected, expected | {"first": expected["first"] + unit}) for window in windows
    )
    assert len({tuple(window.values()) for window in windows}) <= 2
    assert width % unit or len({tuple(window.values()) for window in windows}) == 1
    assert unit <= max(1, width / 64)


@pytest.mark.parametrize("pace", statistics.PACES)
def test_benchmark_of_sessions_has_the_windows_that_the_page_asks_for(
    modules: Page, pace: int
) -> None:
    lasts = range(2 * pace, 600 * pace + 1, 2 * pace)

    windows = run(
        modules,
        "return a.map(([first, last]) => aligned({ epoch: 1, first, last }))",
        [[max(0, last - 600), last] for last in lasts],
    )

    asked = dict.fromkeys((window["first"], window["last"]) for window in windows)
    assert list(asked) == statistics.windows_of_session(pace, 600)


def test_nothing_before_my_reset_is_asked_for(modules: Page) -> None:
    window = run(modules, "return aligned({ epoch: 1, first: 1_003, last: 1_900, start: 1_003 })")

    assert window == {"epoch": 1, "first": 1_003, "last": 1_896}


def test_moving_edge_is_asked_about_once_in_two_seconds(modules: Page) -> None:
    asked = run(
        modules,
        """const { clock, asked, inquiry, reply } = inquire();
        for (let step = 1; step <= 100; step += 1) {
          inquiry.want({ epoch: 1, first: 0, last: step }, true);
          await clock.pass(100);
          if (asked.length) await reply(asked.length - 1, {});
        }
        return asked.map(({ at, window }) => [at, window.last]);""",
    )

    assert asked == [[0, 1], [2_000, 20], [4_000, 40], [6_000, 60], [8_000, 80], [10_000, 100]]


def test_hand_is_waited_for_but_not_for_ever(modules: Page) -> None:
    asked = run(
        modules,
        """const { clock, asked, inquiry } = inquire();
        for (let last = 1; last <= 30; last += 1) {
          inquiry.want({ epoch: 1, first: 0, last }, false);
          await clock.pass(100);
        }
        await clock.pass(1_000);
        return asked.map(({ at, window, signal }) => [at, window.last, signal.aborted]);""",
    )

    assert asked == [[2_000, 20, True], [3_150, 30, False]]


def test_slow_server_is_asked_one_question_at_a_time(modules: Page) -> None:
    before, after, told = run(
        modules,
        """const { clock, asked, told, inquiry, reply } = inquire();
        for (let last = 1; last <= 50; last += 1) {
          inquiry.want({ epoch: 1, first: 0, last }, true);
          await clock.pass(100);
        }
        const before = asked.length;
        await reply(0, "late, and not in vain");
        await clock.pass(0);
        return [before, asked.map(({ window }) => window.last), told];""",
    )

    assert before == 1
    assert after == [1, 50]
    assert told == ["late, and not in vain"]


@pytest.mark.parametrize(
    ("window", "is_live"),
    [({"epoch": 1, "first": 5, "last": 9}, False), ({"epoch": 2, "first": 0, "last": 9}, True)],
)
def test_answer_about_what_is_no_longer_in_view_is_dropped(
    modules: Page, window: dict[str, int], is_live: bool
) -> None:
    told = run(
        modules,
        """const { clock, told, inquiry, reply } = inquire();
        inquiry.want({ epoch: 1, first: 0, last: 9 }, true);
        await clock.pass(0);
        inquiry.want(...a);
        await reply(0, "old");
        await clock.pass(5_000);
        await reply(1, "new");
        return told;""",
        [window, is_live],
    )

    assert told == ["new"]


def test_window_that_was_left_and_found_again_is_not_asked_for_twice(modules: Page) -> None:
    told, count = run(
        modules,
        """const { clock, asked, told, inquiry, reply } = inquire();
        const [one, other] = [{ epoch: 1, first: 0, last: 9 }, { epoch: 1, first: 0, last: 7 }];
        inquiry.want(one, false); await clock.pass(300); await reply(0, "one");
        inquiry.want(other, false); await clock.pass(300);
        inquiry.want(one, false); await clock.pass(100); await reply(1, "other");
        await clock.pass(5_000);
        return [told, asked.length];""",
    )

    assert (told, count) == (["one"], 2)


def test_failing_server_is_left_alone_for_longer_and_longer(modules: Page) -> None:
    gaps, told = run(
        modules,
        """const { clock, asked, told, inquiry, reply } = inquire();
        const random = Math.random;
        Math.random = () => 1;
        inquiry.want({ epoch: 1, first: 0, last: 9 }, true);
        for (let at = 0; at < 4; at += 1) {
          while (asked.length <= at) await clock.pass(100);
          await reply(at, at < 3 ? "failed" : "well");
        }
        Math.random = random;
        await clock.pass(60_000);
        return [asked.map(({ at }, index) => at - (asked[index - 1]?.at ?? 0)), told];""",
    )

    assert told == ["failed", "failed", "failed", "well"]
    assert len(gaps) == 4
    assert gaps[0] == 0
    assert gaps[1] >= 2_000
    assert gaps[1] < gaps[2] < gaps[3]


# --- the section ---------------------------------------------------------------------------

LIVE = "{ epoch: 1, first: 0, last: 600, isLive: true }"


@pytest.fixture
def unremembered(modules: Page) -> Page:
    modules.evaluate("localStorage.clear()")
    return modules


def test_nothing_is_asked_while_nobody_can_see_it(unremembered: Page) -> None:
    below, near, off = run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer, below: 5_000 }});
        page.theory.look({LIVE});
        await page.clock.pass(5_000);
        const below = page.asked.length;
        document.querySelector("#theory").scrollIntoView();
        await frames();
        page.theory.show([]);
        await page.clock.pass(5_000);
        const off = page.asked.length;
        page.theory.show(["quadratic"]);
        await page.clock.pass(5_000);
        return [below, page.asked, off];""",
        {"html": HTML, "answer": answer()},
    )

    assert (below, off) == (0, 0)
    assert near == ["/motions/m/statistics.json?epoch=1&first=0&last=600"]


def test_hidden_tab_asks_nothing_until_it_is_shown(unremembered: Page) -> None:
    counts = run(
        unremembered,
        f"""const hide = (hidden) => {{
          Object.defineProperty(document, "hidden", {{ configurable: true, get: () => hidden }});
          document.dispatchEvent(new Event("visibilitychange"));
        }};
        const page = await show(a.html, {{ replies: () => a.answer }});
        hide(true);
        page.theory.look({LIVE});
        await page.clock.pass(5_000);
        const hidden = page.asked.length;
        hide(false);
        await page.clock.pass(0);
        delete document.hidden;
        return [hidden, page.asked.length];""",
        {"html": HTML, "answer": answer()},
    )

    assert counts == [0, 1]


def test_picture_stays_until_the_next_and_says_when_it_is_old(unremembered: Page) -> None:
    first, old, mended = run(
        unremembered,
        f"""const replies = [a.answer, 503, {{ ...a.answer, first: 8, last: 608 }}];
        const page = await show(a.html, {{ replies: () => replies.shift() }});
        const seen = () => ["#theory-window", "#theory-histogram-verdict"].map((name) =>
          document.querySelector(name).textContent).concat(
          document.querySelector("#theory-histogram svg .found").getAttribute("d"),
          document.querySelector("#theory-stale").hidden);
        page.theory.look({LIVE});
        await page.clock.pass(0);
        const first = seen();
        page.theory.look({{ epoch: 1, first: 9, last: 609, isLive: true }});
        await page.clock.pass(2_100);
        const old = seen();
        await page.clock.pass(10_000);
        return [first, old, seen()];""",
        {"html": HTML, "answer": answer()},
    )

    assert first[0] == "Computed from steps 1–600"
    assert first[1] == "The increments agree with N(0, 0.25)."
    assert len(first[2]) > 100
    assert old == [*first[:3], False]
    assert mended == ["Computed from steps 9–608", *first[1:3], True]


def test_answer_of_an_earlier_release_is_asked_for_again(unremembered: Page) -> None:
    told, asked = run(
        unremembered,
        f"""const {{ agreement, ...old }} = a.answer;
        const replies = [old, a.answer];
        const page = await show(a.html, {{ replies: () => replies.shift() }});
        page.theory.look({LIVE});
        await page.clock.pass(0);
        await frames();
        return [document.querySelector("#theory-moments-verdict").textContent, page.asked.length];
        """,
        {"html": HTML, "answer": answer()},
    )

    assert told.startswith("Both 95 % intervals contain")
    assert asked == 2


def test_empty_views_are_sentences_in_place_of_pictures(unremembered: Page) -> None:
    seen = run(
        unremembered,
        """const replies = [503, { ...a.answer, ...a.nothing, still: 600 }];
        const page = await show(a.html, { replies: () => replies.shift() });
        const [svg, empty] = document.querySelector("#theory-moments .canvas").children;
        const seen = [];
        const note = () => seen.push([empty.textContent, empty.hidden, svg.matches(".out")]);
        note();
        page.theory.look({ epoch: 1, first: 0, last: 600, isLive: true });
        await page.clock.pass(0); note();
        await page.clock.pass(10_000); note();
        page.theory.look({ epoch: 2, first: 0, last: 0, isLive: true }); note();
        await page.clock.pass(10_000);
        return [...seen, page.asked.length];""",
        {"html": HTML, "answer": answer(), "nothing": NOTHING},
    )

    assert seen == [
        ["The server is computing the numbers …", False, True],
        ["The server did not send the numbers. Trying again …", False, True],
        ["Nothing random here: the variance is 0.", False, True],
        ["No steps in view yet.", False, True],
        2,
    ]


def test_switches_are_remembered_but_not_those_of_a_link(unremembered: Page) -> None:
    found = run(
        unremembered,
        """const open = () => show(a, { replies: () => 503 });
        const press = (name) => document.querySelector(`[data-panel="${name}"]`).click();
        const found = [];
        const one = await open();
        found.push(one.theory.switches);
        press("histogram"); press("displacement");
        found.push([one.switched(), document.querySelector("#theory-histogram").hidden,
          document.querySelector('[data-panel="displacement"]').getAttribute("aria-pressed")]);
        const two = await open();
        found.push(two.theory.switches);
        two.theory.show(["quadratic", "nonsense"]);
        found.push(two.theory.switches);
        found.push((await open()).theory.switches);
        localStorage.setItem("theory", "{");
        found.push((await open()).theory.switches);
        return found;""",
        HTML,
    )

    assert found == [
        ["histogram", "moments"],
        [2, True, "true"],
        ["moments", "displacement"],
        ["quadratic"],
        ["moments", "displacement"],
        ["histogram", "moments"],
    ]


def test_refused_storage_is_nobody_s_trouble(modules: Page) -> None:
    fallback = modules.evaluate(
        """async () => {
          const { remember, keep } = await import("/remember.js");
          const own = Object.getOwnPropertyDescriptor(window, "localStorage");
          Object.defineProperty(window, "localStorage", {
            configurable: true, get() { throw new DOMException("no", "SecurityError"); } });
          try {
            keep("theory", ["moments"]);
            return remember("theory", "fallback");
          } finally {
            Object.defineProperty(window, "localStorage", own);
          }
        }"""
    )

    assert fallback == "fallback"


def test_every_picture_has_its_sentence_as_its_text(unremembered: Page) -> None:
    run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer }});
        page.theory.show(["histogram", "moments", "quadratic", "displacement"]);
        page.theory.look({LIVE});
        await page.clock.pass(0);
        await frames();""",
        {"html": HTML, "answer": answer()},
    )

    for name in (
        "Increments and the normal curve The increments agree with N(0, 0.25).",
        "Mean and variance Both 95 % intervals contain the true values (mean 0, variance 0.25).",
        "Quadratic variation Sum of squares 135; expected 150 (95 % range 135–165).",
        "Mean squared displacement All 8 lags are inside the 95 % range.",
    ):
        assert unremembered.get_by_role("img", name=name, exact=True).is_visible(), name
    assert unremembered.locator("#theory svg text").count() > 20


# --- sentences -----------------------------------------------------------------------------


def said(modules: Page, picture: str, told: dict[str, Any]) -> tuple[str | None, str]:
    found = run(modules, "return verdict[a[0]](a[1])", [picture, told])
    return found["mark"], found["text"]


LONG = {"count": 2_000_000_000, "sampled": 65_536}
CHANGED = LONG | {"sampled": 16_384, "standardised": True}
SQUARES = {"realised": [1, 151.3], "expected": [1, 150], "low": 134, "high": 167}
ADDED = "Sum of squares 151; expected 150 (95 % range 134–167)."
HIGH = {"value": 0.22, "low": 0.2112, "high": 0.2391, "expected": 0.25}
LOW = {"value": -0.08, "low": -0.16, "high": -0.0012, "expected": 0}
OFTEN = judged("chance", 0.0249, "mean")
BY_CHANCE = "By chance this happens in 1 of 40 correct windows."


def of(picture: str, found: dict[str, Any]) -> dict[str, Any]:
    return {"agreement": {picture: found}}


@pytest.mark.parametrize(
    ("picture", "told", "text"),
    [
        (
            "histogram",
            {"standardised": True},
            "The standardised increments agree with N(0, 0.25).",
        ),
        (
            "histogram",
            of("histogram", judged("chance", 0.0249, "counts")),
            "The increments differ from N(0, 0.25): χ² = 31.2 (25 degrees of freedom) is outside"
            f" its 95 % range. {BY_CHANCE}",
        ),
        (
            "moments",
            {"variance": HIGH} | of("moments", judged("chance", 0.0249, "variance")),
            "The 95 % interval for the variance, 0.211 to 0.239, does not contain 0.25."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": HIGH | {"expected": 0.2392}} | of("moments", OFTEN),
            "The 95 % interval for the mean, 0.2112 to 0.2391, does not contain 0.2392."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": LOW} | of("moments", OFTEN),
            f"The 95 % interval for the mean, −0.160 to −0.001, does not contain 0. {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": {"value": 3, "low": 2.0000000000000004, "high": 4, "expected": 2}}
            | of("moments", OFTEN),
            "The 95 % interval for the mean, 2.0000000000000004 to 4, does not contain 2."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": LOW, "variance": HIGH}
            | of("moments", judged("rare", 1e-4, "mean", "variance")),
            "Neither 95 % interval contains its true value (mean 0, variance 0.25). By chance this"
            " happens in only 1 of 10,000 correct windows.",
        ),
        ("quadratic", {"quadratic": SQUARES}, ADDED),
        (
            "quadratic",
            {"quadratic": SQUARES | {"realised": [1, 167.04]}}
            | of("quadratic", judged("chance", 0.0249, "sum")),
            "Sum of squares 167.04, outside the 95 % range 134.00–167.00 (expected 150.00)."
            f" {BY_CHANCE}",
        ),
        (
            "quadratic",
            {"quadratic": SQUARES} | LONG,
            f"{ADDED} No step is left out.",
        ),
        (
            "quadratic",
            {"quadratic": SQUARES} | CHANGED,
            f"{ADDED} From evenly spread stretches, scaled up.",
        ),
        (
            "displacement",
            LONG,
            "All 8 lags are inside the 95 % range. From evenly spread stretches.",
        ),
        (
            "displacement",
            of("displacement", judged("chance", 0.0249, 128)),
            f"Lag 128 is outside the 95 % range. {BY_CHANCE}",
        ),
        (
            "displacement",
            of("displacement", judged("rare", 1e-9, 32, 64, 128)),
            "3 of 8 lags are outside the 95 % range. By chance this happens in fewer than"
            " 1 of 1,000,000 correct windows.",
        ),
    ],
)
def test_numbers_are_a_sentence(
    modules: Page, picture: str, told: dict[str, Any], text: str
) -> None:
    whole = answer() | told

    assert said(modules, picture, whole) == (whole["agreement"][picture]["mark"], text)


def test_displacement_over_one_lag_is_a_sentence_too(modules: Page) -> None:
    assert said(modules, "displacement", answer(5))[1] == "Lag 1 is inside its 95 % range."


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"count": 600, "sampled": 600, "first": 13_800, "last": 14_400}, "steps 13,801–14,400"),
        ({"count": 1, "sampled": 1, "first": 0, "last": 1}, "step 1"),
        ({"count": 2 * 10**9, "sampled": 65_536}, "65,536 of the steps 1–2,000,000,000"),
    ],
)
def test_window_is_a_sentence(unremembered: Page, told: dict[str, Any], text: str) -> None:
    shown = run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer }});
        page.theory.look({LIVE});
        await page.clock.pass(0);
        return document.querySelector("#theory-window").textContent;""",
        {"html": HTML, "answer": answer(2 * 10**9) | told},
    )

    assert shown == f"Computed from {text}"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"count": 0, "sampled": 0}, "No steps in view yet."),
        ({"count": 1, "sampled": 1}, "Fewer than 2 random steps in view."),
        ({"still": 600}, "Nothing random here: the variance is 0."),
        ({"still": 599}, "Fewer than 2 random steps in view."),
        ({"displacement": None}, "Too few steps in view."),
        ({}, None),
    ],
)
def test_nothing_to_show_has_its_reason(
    modules: Page, told: dict[str, Any], text: str | None
) -> None:
    assert run(modules, 'return verdict.absence("displacement", a)', answer() | told) == text


def test_few_increments_are_too_few_for_a_test(modules: Page) -> None:
    told = answer(12, agreement={"histogram": None})

    assert said(modules, "histogram", told) == (None, "12 increments are too few for a test.")


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (0.01234, 0.08, "0.012"),
        (-0.2049, 0.3, "−0.20"),
        (1_234.56, 30, "1,235"),
        (1_990_437_000, 4.4e7, "1.990·10⁹"),
        (-1.06e-8, 3e-9, "−1.06·10⁻⁸"),
        (0, 1e-9, "0"),
        (5, 0, "5"),
    ],
)
def test_measured_number_has_the_digits_it_is_worth(
    modules: Page, value: float, width: float, text: str
) -> None:
    assert run(modules, "return measures.measured(...a)", [value, width]) == text


# --- pictures ------------------------------------------------------------------------------


def drawn(modules: Page, picture: str, told: dict[str, Any], axes: Any = None) -> dict[str, Any]:
    part = told if picture == "moments" else told[picture]
    found: dict[str, Any] = run(
        modules, "return plots[a[0]](a[1], a[2], a[3])", [picture, part, SIZE, axes]
    )
    return found


def mark(found: dict[str, Any], name: str) -> str:
    (d,) = [each["d"] for each in found["marks"] if each["name"] == name]
    return str(d)


def points(d: str) -> list[tuple[float, float]]:
    """The points of a line M…L…L…"""
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+?) ([-\d.]+)", d)]


def test_bars_and_curve_share_one_scale(modules: Page) -> None:
    told = answer(6_000)
    found = drawn(modules, "histogram", told)

    (left, right), (bottom, top) = found["axes"]["x"], found["axes"]["y"]
    across = (SIZE["width"] - 12 - 46) / (right - left)
    up = (SIZE["height"] - 38 - 8) / (top - bottom)
    base = SIZE["height"] - 38
    bars = re.findall(r"M(\S+) (\S+)V(\S+)H(\S+)V(\S+)Z", mark(found, "found bars"))
    histogram = told["histogram"]
    filled = [(at, value) for at, value in enumerate(histogram["counts"]) if value]
    assert len(bars) == len(filled)
    for (x, _, y, end, _), (at, value) in zip(bars, filled, strict=True):
        edge = histogram["first"] + at * histogram["width"]
        assert float(x) == pytest.approx(46 + (edge - left) * across, abs=0.6)
        assert float(end) - float(x) == pytest.approx(histogram["width"] * across, abs=1.2)
        assert float(y) == pytest.approx(base - value * up, abs=0.06)
    for x, y in points(mark(found, "law")):
        at = left + (x - 46) / across
        height = 6_000 * histogram["width"] * stats.norm.pdf(at, 0, 0.5)
        assert y == pytest.approx(base - height * up, abs=0.6)


@pytest.mark.parametrize("mean", [0, -0.0111])
def test_labels_under_the_bars_have_room(modules: Page, mean: float) -> None:
    told = answer(6_000)
    told["histogram"]["mean"] = mean

    labels = drawn(modules, "histogram", told)["labels"]

    under = [label for label in labels if label["y"] == SIZE["height"] - 38 + 16]
    assert str(mean).replace("-", "−") in [label["text"] for label in under]
    assert len(under) >= 3
    ends = [
        (each["x"] - 3 * len(each["text"]), each["x"] + 3 * len(each["text"])) for each in under
    ]
    for (_, before), (after, _) in pairwise(ends):
        assert before < after


def test_intervals_lie_about_the_line_of_theory(modules: Page) -> None:
    told = answer()
    found = drawn(modules, "moments", told)

    laws = [each["d"] for each in found["marks"] if each["name"] == "law"]
    whiskers = [each["d"] for each in found["marks"] if each["name"] == "found whisker"]
    for name, law, whisker in zip(("mean", "variance"), laws, whiskers, strict=True):
        reach = found["axes"][name]
        left = told[name]["expected"] - reach
        right = told[name]["expected"] + reach
        place = [
            12 + (told[name][end] - left) / (right - left) * (SIZE["width"] - 24)
            for end in ("expected", "low", "high")
        ]
        (line,) = re.findall(r"M(\S+) ", law)
        low, high = re.findall(r"^M(\S+) \S+H([\d.]+)", whisker)[0]
        assert [float(line), float(low), float(high)] == pytest.approx(place, abs=0.06)


def test_squares_run_beside_their_expectation(modules: Page) -> None:
    told = answer()["quadratic"]
    found = drawn(modules, "quadratic", {"quadratic": told})

    top = found["axes"]["y"][1]
    base, height, width = SIZE["height"] - 38, SIZE["height"] - 38 - 8, SIZE["width"] - 12 - 46
    start = told["steps"][0]
    for name, values in (("found line", told["realised"]), ("law", told["expected"])):
        expected = [
            (46 + width * (step - start) / (600 - start), base - height * value / top)
            for step, value in zip(told["steps"], values, strict=True)
        ]
        assert np.allclose(points(mark(found, name)), expected, atol=0.06)
    low, high = re.findall(r"^M\S+ (\S+)V([\d.]+)", mark(found, "law whisker"))[0]
    assert float(low) == pytest.approx(base - height * told["low"] / top, abs=0.06)
    assert float(high) == pytest.approx(base - height * told["high"] / top, abs=0.06)


def test_displacement_without_drift_is_a_straight_line(modules: Page) -> None:
    told = answer()
    found = drawn(modules, "displacement", told)

    law = points(mark(found, "law"))
    slopes = np.diff([y for _, y in law]) / np.diff([x for x, _ in law])
    assert len(law) == 8
    assert np.ptp(slopes) < 0.01
    whiskers = mark(found, "law whisker")
    assert whiskers.count("V") == 8
    assert whiskers.count("h") == 5 + 8  # one that reaches down to 0 stays open there


def test_axes_stand_still_while_they_will_do(modules: Page) -> None:
    for picture in ("histogram", "moments", "quadratic", "displacement"):
        first = drawn(modules, picture, answer(seed=1))["axes"]
        second = drawn(modules, picture, answer(seed=2, variance=0.23), first)["axes"]
        other = drawn(modules, picture, answer(seed=2, variance=100), first)["axes"]

        assert second == first, picture
        assert other != first, picture


@pytest.mark.parametrize("picture", ["histogram", "moments", "quadratic", "displacement"])
@pytest.mark.parametrize(
    ("count", "variance"), [(4, 1), (600, 1e-12), (600, 1e4), (2_000_000_000, 1e4)]
)
def test_pictures_stay_within_their_size(
    modules: Page, picture: str, count: int, variance: float
) -> None:
    found = drawn(modules, picture, answer(count, variance))

    for each in found["marks"]:
        assert not re.search("NaN|Infinity|undefined", each["d"])
        for x, y in points(each["d"]):
            assert -0.1 <= x <= SIZE["width"] + 0.1
            assert -0.1 <= y <= SIZE["height"] + 0.1
    assert found["labels"]
    for label in found["labels"]:
        assert -1 <= label["x"] <= SIZE["width"]
        assert 0 <= label["y"] <= SIZE["height"]
        assert not re.search("NaN|Infinity|undefined", label["text"])
