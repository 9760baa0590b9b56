"""The cards of the class: my own path, all names, the numbers of a slice, the next class."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.page.widgets.test_watching import HTML

pytestmark = pytest.mark.browser

STATE = {
    "paths": 40,
    "ensemble": 40,
    "variance": 0.25,
    "can_control": False,
    "text": "Started",
    "control": "owner",
    "owner": "mrs_miller",
    "controllers": [],
    "epoch": 1,
    "revision": 1,
    "drift": 0,
    "interval": 0.5,
    "paused": False,
}

START = """async ([html, theory, parts]) => {
  const page = new DOMParser().parseFromString(html + theory, "text/html");
  document.body.removeAttribute("data-seat");
  document.body.replaceChildren(...parts.map((part) => page.querySelector(part)));
  const { Follower, makeFrame } = await import("/ensemble_page.js");
  window.follower = new Follower(40);
  window.makeFrame = makeFrame;
}"""

SHOW_MINE = """async ([state, seat]) => {
  const { MyCard } = await import("/widgets/my-card.js");
  const { series, ensemble } = follower;
  ensemble.takeSeat(seat);
  window.card = new MyCard(document.body, { state, series, ensemble });
  card.showState();
}"""

ANSWER: dict[str, Any] = {
    "epoch": 1,
    "step": 240,
    "count": 40,
    "edges": [],
    "counts": [],
    "mean": 1.4,
    "mean_interval": [-1.25, 4.05],
    "variance": 251.3,
    "variance_interval": [180, 1_412],
    "ks": {"distance": 0.1, "p": 0.7},
    "quantiles": {"0.05": -25, "0.25": -9.125, "0.5": 0, "0.75": 10, "0.95": 27},
    "law": {
        "mean": 0,
        "variance": 240,
        "quantiles": {"0.05": -25.48, "0.25": -10.4, "0.5": 0, "0.75": 10.4, "0.95": 25.48},
    },
    "agreement": {"mark": "agrees", "p": 0.7, "outside": []},
    "text": "The 40 paths agree with the law N(0, 240).",
}


@pytest.fixture
def page(modules: Page) -> Page:
    parts = ["#mine", ".now", "#seats", "#class-card", "#shared", "#restart-dialog"]
    modules.evaluate(START, [HTML, render_to_string("motion/theory.html"), parts])
    return modules


def show_mine(page: Page, seat: int | None, **state: Any) -> None:
    page.evaluate("follower.walk(20)")
    page.evaluate(SHOW_MINE, [STATE | state, {"number": seat, "name": "Mia"}])


def test_my_card_has_position_rank_step_variance_and_who_controls(page: Page) -> None:
    show_mine(page, 7)

    card = page.locator("#mine")
    values = page.evaluate("[...follower.ensemble.newest.positions]")
    rank = 1 + sum(value > values[6] for value in values)
    expect(card.locator("#mine-name")).to_have_text("Mia")
    expect(card.locator("#mine-rank")).to_have_text(f"rank {rank} of 40")
    position = card.locator("#mine-position").inner_text()
    assert position[0] in "+−"
    assert abs(float(position.replace("−", "-")) - values[6]) <= 0.0051
    expect(card.locator("#mine-step")).to_have_text("20")
    expect(card.locator("#mine-variance")).to_have_text("0.25")
    expect(card.locator("#mine-state")).to_have_text("mrs_miller controls")
    assert page.evaluate("document.body.hasAttribute('data-seat')")


def test_my_card_stays_as_the_server_rendered_it_until_the_seat_is_known(page: Page) -> None:
    page.evaluate("document.body.dataset.seat = ''; document.getElementById('mine').hidden = false")

    show_mine(page, None)
    expect(page.locator("#mine")).to_be_visible()
    assert page.evaluate("document.body.hasAttribute('data-seat')")

    page.evaluate("card.showSeat()")
    expect(page.locator("#mine")).to_be_hidden()


def test_my_card_has_no_rank_at_the_start(page: Page) -> None:
    page.evaluate("follower.ensemble.take(makeFrame(40, 0))")
    page.evaluate(SHOW_MINE, [STATE, {"number": 7, "name": "Mia"}])

    expect(page.locator("#mine-position")).to_have_text("0.00")
    expect(page.locator("#mine-rank")).to_be_empty()


def test_my_card_is_hidden_without_a_seat_or_a_class(page: Page) -> None:
    show_mine(page, None)
    expect(page.locator("#mine")).to_be_hidden()

    show_mine(page, 7, paths=0, ensemble=0)
    expect(page.locator("#mine")).to_be_hidden()


@pytest.mark.parametrize(
    ("seat", "state", "text"),
    [
        (7, {"paths": 0}, "You get a path of your own when the motion restarts."),
        (41, {"ensemble": 60}, "You get a path of your own when the motion restarts."),
        (41, {}, "The class has no path left for you."),
    ],
)
def test_my_card_says_why_there_is_no_path(
    page: Page, seat: int, state: dict[str, Any], text: str
) -> None:
    show_mine(page, seat, **state)

    expect(page.locator("#mine-wait")).to_contain_text(text)
    expect(page.locator("#mine-position")).to_be_hidden()


def test_seat_lights_its_path_when_it_is_pressed(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { Seats } = await import("/widgets/seats.js");
          const { model, ensemble } = follower;
          ensemble.names = new Map([[2, "Mia 2"], [7, "Mia"], [8, "Student 8"], [41, "Ana"]]);
          const seats = new Seats(document.body, (_, seat) => {
            model.ensemble.light(seat);
            seats.show(model.ensemble);
          });
          seats.show(model.ensemble);
        }"""
    )

    names = page.locator("#seats-list button")
    assert names.locator("bdi").all_inner_texts() == ["Mia 2", "Mia", "Student 8"]
    for at, seat in enumerate(("2", "7")):
        expect(names.nth(at).locator("span")).to_have_text(seat)
        expect(names.nth(at).locator("span")).to_be_visible()
    expect(names.nth(2).locator("span")).to_be_hidden()  # the name has the number
    names.nth(2).click()
    expect(names.nth(2)).to_have_attribute("aria-pressed", "true")
    expect(names.nth(2)).to_be_focused()
    assert page.evaluate("follower.model.ensemble.lit") == 8


def test_seats_are_hidden_without_a_class(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { Seats } = await import("/widgets/seats.js");
          const { model, ensemble } = follower;
          ensemble.names = new Map([[7, "Mia"]]);
          model.ensemble.isOn = false;
          new Seats(document.body, () => {}).show(model.ensemble);
        }"""
    )

    expect(page.locator("#seats")).to_be_hidden()


def show_slice(page: Page, **answer: Any) -> None:
    page.evaluate(
        """async (answer) => {
          const { ClassCard } = await import("/widgets/class-card.js");
          follower.walk(20);
          follower.model.ensemble.setAnswer(answer);
          new ClassCard(document.body).show(follower.model.ensemble);
        }""",
        ANSWER | answer,
    )


def read_rows(page: Page) -> list[list[str]]:
    """The heading and the numbers of each row."""
    return [
        row.locator("th, b, span, td:last-child").all_inner_texts()
        for row in page.locator("#class-card tbody tr").all()
    ]


def test_class_card_has_the_numbers_of_the_slice(page: Page) -> None:
    show_slice(page)

    assert read_rows(page) == [
        ["mean", "1.40", "−1.25 to 4.05", "0.00"],
        ["variance", "251.3", "180.0 to 1,412", "240.0"],
        ["5 %", "−25.00", "−25.48"],
        ["25 %", "−9.13", "−10.40"],
        ["median", "0.00", "0.00"],
        ["75 %", "10.00", "10.40"],
        ["95 %", "27.00", "25.48"],
    ]
    expect(page.locator("#class-title")).to_have_text("The class at step 240")
    expect(page.locator("#class-fit")).to_have_text(ANSWER["text"])
    expect(page.locator("#class-fit")).to_have_attribute("data-mark", "agrees")


def test_class_card_says_that_its_numbers_are_on_their_way(page: Page) -> None:
    show_slice(page, epoch=9)  # an answer about another path

    expect(page.locator("#class-fit")).to_contain_text("The server is computing")
    assert read_rows(page)[0][:2] == ["mean", "–"]


def test_class_card_has_no_interval_where_nothing_is_random(page: Page) -> None:
    show_slice(page, mean_interval=None, variance=None, variance_interval=None, agreement=None)

    assert read_rows(page)[:2] == [["mean", "1.40", "", "0.00"], ["variance", "–", "", "240.0"]]
    expect(page.locator("#class-fit")).to_have_attribute("data-mark", "null")


# --- the next class ---


def show_controls(page: Page, **state: Any) -> None:
    page.evaluate(
        """async (state) => {
          const { Controls } = await import("/widgets/controls.js");
          window.controls = new Controls(document.body, () => {});
          controls.show(state);
          controls.enable(state.can_control);
        }""",
        STATE | state,
    )


@pytest.mark.parametrize(
    ("paths", "ensemble", "text", "button"),
    [
        (0, 40, "The class begins with the next path: 40 paths.", "Restart with 40 paths…"),
        (40, 1, "The class gets 1 path when the motion restarts.", "Restart with 1 path…"),
        (40, 0, "The next path has no class.", "Restart without a class…"),
    ],
)
def test_controls_offer_a_restart_when_the_next_class_differs(
    page: Page, paths: int, ensemble: int, text: str, button: str
) -> None:
    show_controls(page, paths=paths, ensemble=ensemble, can_control=True)

    expect(page.locator("#next-class-text")).to_have_text(text)
    page.get_by_role("button", name=button).click()
    question = page.locator("#restart-text")
    expect(question).to_be_visible()
    expect(question).to_contain_text("class")


def test_controls_offer_no_other_class_when_it_stays(page: Page) -> None:
    show_controls(page, can_control=True)

    expect(page.locator("#next-class")).to_be_hidden()
    page.locator("#restart").click()
    expect(page.locator("#restart-text")).to_contain_text("with 40 paths for the class")


def test_controller_reads_how_many_students_have_no_path(page: Page) -> None:
    show = "(state) => { controls.show(state); controls.showSeats([[40, 'Mia'], [41, 'Jun']]); }"
    show_controls(page, can_control=True)
    page.evaluate(show, STATE | {"can_control": True})

    expect(page.locator("#next-class-text")).to_contain_text("1 student has no path.")
    expect(page.locator("#restart-class")).to_be_hidden()
    page.evaluate(show, STATE)
    expect(page.locator("#next-class")).to_be_hidden()  # a watcher can do nothing about it


def test_watcher_reads_about_the_next_class_but_cannot_restart(page: Page) -> None:
    show_controls(page, paths=0)

    expect(page.locator("#next-class-text")).to_be_visible()
    expect(page.locator("#restart-class")).to_be_hidden()


def test_restart_of_a_motion_without_a_class_says_nothing_of_one(page: Page) -> None:
    show_controls(page, paths=0, ensemble=0, can_control=True)

    page.locator("#restart").click()
    expect(page.locator("#restart-text")).to_have_text(
        "A new path starts at zero on every screen. Nothing else changes."
    )


# --- texts ---


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (100, "Theory: 90 of 100 paths end between −25.5 and +25.5."),
        (31, "Theory: about 28 of 31 paths end between −25.5 and +25.5."),
    ],
)
def test_theory_of_the_wall_counts_paths(modules: Page, paths: int, expected: str) -> None:
    found = modules.evaluate(
        """async (count) => {
          const m = await import("/widgets/class-text.js");
          const positions = [...Array(count).keys()].map((at) => at - 20);
          const band = { low: -25.48, high: 25.48 };
          return m.describeInside(positions, { mean: 0, variance: 240 }, band);
        }""",
        paths,
    )

    inside = sum(abs(at - 20) <= 25.48 for at in range(paths))
    assert found == {"theory": expected, "here": f"Here: {inside} of {paths}."}


@pytest.mark.parametrize(
    ("agreement", "text"),
    [
        ({"mark": "agrees", "outside": []}, "The class agrees with theory."),
        (
            {"mark": "chance", "outside": ["mean"]},
            "The class differs from theory in mean: this is often chance.",
        ),
        (
            {"mark": "rare", "outside": ["mean", "shape"]},
            "The class differs from theory in mean and shape.",
        ),
        (None, ""),
    ],
)
def test_wall_says_whether_the_class_agrees(modules: Page, agreement: Any, text: str) -> None:
    found = modules.evaluate(
        """async (agreement) => {
          const m = await import("/widgets/class-text.js");
          return m.describeAgreement(agreement && { agreement });
        }""",
        agreement,
    )

    assert found == text


@pytest.mark.parametrize(
    ("seats", "has_class", "text"),
    [
        ([[1, "Mia"], [2, "Jun"]], True, "2 students"),
        ([[1, "Mia"]], True, "1 student"),
        ([], True, "no students yet"),
        ([], False, "4 watching"),
    ],
)
def test_audience_of_a_wall_is_its_students(
    modules: Page, seats: list[Any], has_class: bool, text: str
) -> None:
    found = modules.evaluate(
        """async ([viewers, hasClass]) => {
          const { describeAudience } = await import("/widgets/class-text.js");
          return describeAudience(viewers, hasClass);
        }""",
        [{"count": 4, "seats": seats}, has_class],
    )

    assert found == text


@pytest.mark.parametrize(
    ("law", "text"),
    [
        ({"mean": 0, "variance": 240}, "normal with variance 240"),
        ({"mean": -12, "variance": 0.12345}, "normal with mean −12 and variance 0.1235"),
    ],
)
def test_law_is_described_in_words(modules: Page, law: dict[str, float], text: str) -> None:
    found = modules.evaluate(
        "async (law) => (await import('/widgets/class-text.js')).describeLaw(law)", law
    )

    assert found == text


def test_class_card_says_that_the_path_has_not_begun(page: Page) -> None:
    page.evaluate(
        """async () => {
          const { ClassCard } = await import("/widgets/class-card.js");
          new ClassCard(document.body).show(follower.model.ensemble);
        }"""
    )

    expect(page.locator("#class-fit")).to_have_text("There are no numbers before the first step.")
