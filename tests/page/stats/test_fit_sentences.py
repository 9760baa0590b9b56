"""fit-sentences.js: what the marks of a window say."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page

from tests.page.stats.answers import answer, make_judgement, run

pytestmark = pytest.mark.browser

HTML = render_to_string("motion/theory.html")
LIVE = "{ epoch: 1, first: 0, last: 600, isLive: true }"


@pytest.fixture
def unremembered(modules: Page) -> Page:
    modules.evaluate("localStorage.clear()")
    return modules


def describe(modules: Page, picture: str, given: dict[str, Any]) -> tuple[str | None, str]:
    found = run(modules, "return sentences[a[0]](a[1])", [picture, given])
    return found["mark"], found["text"]


LONG = {"count": 2_000_000_000, "sampled": 65_536}
CHANGED = LONG | {"sampled": 16_384, "standardised": True}
SQUARES = {"realised": [1, 151.3], "expected": [1, 150], "low": 134, "high": 167}
ADDED = "Sum of squares 151; expected 150 (95 % range 134–167)."
HIGH = {"value": 0.22, "low": 0.2112, "high": 0.2391, "expected": 0.25}
LOW = {"value": -0.08, "low": -0.16, "high": -0.0012, "expected": 0}
OFTEN = make_judgement("chance", 0.0249, "mean")
BY_CHANCE = "By chance this happens in 1 of 40 correct windows."


def describe_fit(picture: str, found: dict[str, Any]) -> dict[str, Any]:
    return {"agreement": {picture: found}}


@pytest.mark.parametrize(
    ("picture", "given", "text"),
    [
        (
            "histogram",
            {"standardised": True},
            "The standardised increments agree with N(0, 0.25).",
        ),
        (
            "histogram",
            describe_fit("histogram", make_judgement("chance", 0.0249, "counts")),
            "The increments differ from N(0, 0.25): χ² = 31.2 (25 degrees of freedom) is outside"
            f" its 95 % range. {BY_CHANCE}",
        ),
        (
            "moments",
            {"variance": HIGH}
            | describe_fit("moments", make_judgement("chance", 0.0249, "variance")),
            "The 95 % interval for the variance, 0.211 to 0.239, does not contain 0.25."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": HIGH | {"expected": 0.2392}} | describe_fit("moments", OFTEN),
            "The 95 % interval for the mean, 0.2112 to 0.2391, does not contain 0.2392."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": LOW} | describe_fit("moments", OFTEN),
            f"The 95 % interval for the mean, −0.160 to −0.001, does not contain 0. {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": {"value": 3, "low": 2.0000000000000004, "high": 4, "expected": 2}}
            | describe_fit("moments", OFTEN),
            "The 95 % interval for the mean, 2.0000000000000004 to 4, does not contain 2."
            f" {BY_CHANCE}",
        ),
        (
            "moments",
            {"mean": LOW, "variance": HIGH}
            | describe_fit("moments", make_judgement("rare", 1e-4, "mean", "variance")),
            "Neither 95 % interval contains its true value (mean 0, variance 0.25). By chance this"
            " happens in only 1 of 10,000 correct windows.",
        ),
        ("quadratic", {"quadratic": SQUARES}, ADDED),
        (
            "quadratic",
            {"quadratic": SQUARES | {"realised": [1, 167.04]}}
            | describe_fit("quadratic", make_judgement("chance", 0.0249, "sum")),
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
            describe_fit("displacement", make_judgement("chance", 0.0249, 128)),
            f"Lag 128 is outside the 95 % range. {BY_CHANCE}",
        ),
        (
            "displacement",
            describe_fit("displacement", make_judgement("rare", 1e-9, 32, 64, 128)),
            "3 of 8 lags are outside the 95 % range. By chance this happens in fewer than"
            " 1 of 1,000,000 correct windows.",
        ),
    ],
)
def test_sentence_says_how_well_the_numbers_agree(
    modules: Page, picture: str, given: dict[str, Any], text: str
) -> None:
    whole = answer() | given

    assert describe(modules, picture, whole) == (whole["agreement"][picture]["mark"], text)


def test_sentence_of_displacement_names_the_lag_when_there_is_one(modules: Page) -> None:
    assert describe(modules, "displacement", answer(5))[1] == "Lag 1 is inside its 95 % range."


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"count": 600, "sampled": 600, "first": 13_800, "last": 14_400}, "steps 13,801–14,400"),
        ({"count": 1, "sampled": 1, "first": 0, "last": 1}, "step 1"),
        ({"count": 2 * 10**9, "sampled": 65_536}, "65,536 of the steps 1–2,000,000,000"),
    ],
)
def test_window_is_described_in_steps(unremembered: Page, given: dict[str, Any], text: str) -> None:
    shown = run(
        unremembered,
        f"""const page = await show(a.html, {{ replies: () => a.answer }});
        page.theory.setView({LIVE});
        await page.clock.pass(0);
        return document.querySelector("#theory-window").textContent;""",
        {"html": HTML, "answer": answer(2 * 10**9) | given},
    )

    assert shown == f"Computed from {text}"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"count": 0, "sampled": 0}, "No steps in view yet."),
        ({"count": 1, "sampled": 1}, "Fewer than 2 random steps in view."),
        ({"still": 600}, "Nothing random here: the variance is 0."),
        ({"still": 599}, "Fewer than 2 random steps in view."),
        ({"displacement": None}, "Too few steps in view."),
        ({}, None),
    ],
)
def test_empty_plot_has_a_reason(modules: Page, given: dict[str, Any], text: str | None) -> None:
    assert (
        run(modules, 'return sentences.explainAbsence("displacement", a)', answer() | given) == text
    )


def test_sentence_says_when_increments_are_too_few(modules: Page) -> None:
    given = answer(12, agreement={"histogram": None})

    assert describe(modules, "histogram", given) == (None, "12 increments are too few for a test.")
