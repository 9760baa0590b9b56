"""theory.js: the section of the theory: when it asks, and what it shows."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.page.stats.answers import NOTHING, answer, run

pytestmark = pytest.mark.browser

HTML = render_to_string("motion/theory.html")
LIVE = "{ epoch: 1, first: 0, last: 600, isLive: true }"


@pytest.fixture
def unremembered(modules: Page) -> Page:
    modules.evaluate("localStorage.clear()")
    return modules


def test_theory_requests_nothing_while_it_is_invisible(unremembered: Page) -> None:
    below, near, off = run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer, below: 5_000 }});
        page.theory.setView({LIVE});
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


def test_theory_requests_nothing_in_a_hidden_tab(unremembered: Page) -> None:
    counts = run(
        unremembered,
        f"""const hide = (hidden) => {{
          Object.defineProperty(document, "hidden", {{ configurable: true, get: () => hidden }});
          document.dispatchEvent(new Event("visibilitychange"));
        }};
        const page = await show(a.html, {{ replies: () => a.answer }});
        hide(true);
        page.theory.setView({LIVE});
        await page.clock.pass(5_000);
        const hidden = page.asked.length;
        hide(false);
        await page.clock.pass(0);
        delete document.hidden;
        return [hidden, page.asked.length];""",
        {"html": HTML, "answer": answer()},
    )

    assert counts == [0, 1]


def test_plot_is_marked_stale_when_the_server_fails(unremembered: Page) -> None:
    first, old, mended = run(
        unremembered,
        f"""const replies = [a.answer, 503, {{ ...a.answer, first: 8, last: 608 }}];
        const page = await show(a.html, {{ replies: () => replies.shift() }});
        const seen = () => ["#theory-window", "#theory-histogram-fit"].map((name) =>
          document.querySelector(name).textContent).concat(
          document.querySelector("#theory-histogram svg .found").getAttribute("d"),
          document.querySelector("#theory-stale").hidden);
        page.theory.setView({LIVE});
        await page.clock.pass(0);
        const first = seen();
        page.theory.setView({{ epoch: 1, first: 9, last: 609, isLive: true }});
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


def test_theory_requests_again_when_the_release_is_older(unremembered: Page) -> None:
    given, asked = run(
        unremembered,
        f"""const {{ agreement, ...old }} = a.answer;
        const replies = [old, a.answer];
        const page = await show(a.html, {{ replies: () => replies.shift() }});
        page.theory.setView({LIVE});
        await page.clock.pass(0);
        await frames();
        return [document.querySelector("#theory-moments-fit").textContent, page.asked.length];
        """,
        {"html": HTML, "answer": answer()},
    )

    assert given.startswith("Both 95 % intervals contain")
    assert asked == 2


def test_theory_shows_sentences_when_the_view_is_empty(unremembered: Page) -> None:
    seen = run(
        unremembered,
        """const replies = [503, { ...a.answer, ...a.nothing, still: 600 }];
        const page = await show(a.html, { replies: () => replies.shift() });
        const [svg, empty] = document.querySelector("#theory-moments .canvas").children;
        const seen = [];
        const note = () => seen.push([empty.textContent, empty.hidden, svg.matches(".out")]);
        note();
        page.theory.setView({ epoch: 1, first: 0, last: 600, isLive: true });
        await page.clock.pass(0); note();
        await page.clock.pass(10_000); note();
        page.theory.setView({ epoch: 2, first: 0, last: 0, isLive: true }); note();
        await page.clock.pass(10_000);
        return [...seen, page.asked.length];""",
        {"html": HTML, "answer": answer(), "nothing": NOTHING},
    )

    assert seen == [
        ["The server is computing the numbers…", False, True],
        ["The server did not send the numbers. Trying again…", False, True],
        ["Nothing random here: the variance is 0.", False, True],
        ["No steps in view yet.", False, True],
        2,
    ]


def test_switches_are_stored_unless_a_link_sets_them(unremembered: Page) -> None:
    found = run(
        unremembered,
        """const open = () => show(a, { replies: () => 503 });
        const press = (name) => document.querySelector(`[data-panel="${name}"]`).click();
        const found = [];
        const one = await open();
        found.push(one.theory.switches);
        press("histogram"); press("displacement");
        found.push([document.querySelector("#theory-histogram").hidden,
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
        [True, "true"],
        ["moments", "displacement"],
        ["quadratic"],
        ["moments", "displacement"],
        ["histogram", "moments"],
    ]


def test_every_plot_has_its_sentence_as_its_text(unremembered: Page) -> None:
    run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer }});
        page.theory.show(["histogram", "moments", "quadratic", "displacement"]);
        page.theory.setView({LIVE});
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
