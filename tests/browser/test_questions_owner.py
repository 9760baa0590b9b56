"""Questions on the owner's page and on the wall: asked, answered, revealed, come true."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import until, wait_drawn
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

STEP = 300
STUDENTS = ("mia", "jun", "ben")
ANSWERS = """() => JSON.stringify(document.getElementById("chart").picture?.answers ?? null)"""

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Motions of ada's with mia, jun and ben, all paused."""
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    shell(
        site,
        f"ada, *students = [make_user(name) for name in ('ada', *{STUDENTS!r})]",
        "for slug, values in {",
        "    'waiting': {'paused': True}, 'choosing': {'paused': True}, 'saved': {'paused': True},",
        "    'crowded': {'paused': True},",
        "    'walking': {'paused': True, 'interval': 0.1},",
        "    'leaving': {'paused': True, 'interval': 0.1},",
        "}.items():",
        f"    motion = make_own_motion(ada, slug=slug, seed=5, variance=4, step={STEP},",
        "        title='Lesson ' + slug, control='controllers', **values)",
        "    for user in students: members.set_role(motion.pk, user, 'viewer')",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def session(daphne: Daphne) -> str:
    return sign_in(daphne, "ada").split("=", 1)[1]


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne, session: str) -> Open:
    """Ada at an address of the site, once it is live."""

    def enter(path: str, **options: Any) -> Page:
        page = visitors.arrive(**{"chart": False} | options)  # the canvas draws the answers
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
        visitors.visit(page, f"{daphne.url}/motions/{path}")
        return page

    return enter


def give_answers(site: Site, slug: str, *ends: tuple[float, float]) -> None:
    """Mia, Jun and Ben answer the question that everyone sees, as their phones do."""
    shell(
        site,
        "from django.contrib.auth.models import User",
        "from motion.services.questions import store_answer",
        f"motion = Motion.objects.get(slug={slug!r})",
        f"for name, (low, high) in zip({STUDENTS!r}, {list(ends)!r}):",
        "    user = User.objects.get(username=name)",
        "    store_answer(motion.pk, motion.question, low, high, by=user)",
    )


def ask(page: Page, question: str, *, ahead: int = 100) -> None:
    page.get_by_role("button", name="Ask…").click()
    page.locator("#asking-ahead").fill(str(ahead))
    expect_answered(page)
    page.get_by_role("button", name=question).click()


def press(page: Page, name: str) -> None:
    expect_answered(page)
    page.locator("#asking").get_by_role("button", name=name, exact=True).click()


def expect_answered(page: Page) -> None:
    """The last press is answered: the card takes one at a time, and the wall may show it first."""
    expect(page.locator("#asking [aria-busy=true]")).to_have_count(0)


def resume(page: Page) -> None:
    page.get_by_role("button", name="Resume for everyone").click()


def read_answers(page: Page) -> dict[str, Any] | None:
    found: dict[str, Any] | None = json.loads(page.evaluate(ANSWERS))
    return found


def test_question_is_asked_in_two_taps_and_revealed_on_chart_and_wall(
    enter: Open, site: Site
) -> None:
    ada, wall = enter("waiting/"), enter("waiting/?wall")
    ask(ada, "An interval for 100 steps, 5 of 10 inside")
    expect(wall.locator("#wall-question-text")).to_have_text(re.compile("in 100 steps"))
    expect(wall.locator("#wall-question-state")).to_contain_text(
        f"step {STEP + 100}, 5 of 10 inside"
    )
    expect(ada.get_by_role("button", name="Close", exact=True)).to_be_focused()

    give_answers(site, "waiting", (-10, 10), (0, 5), (8, 30))
    for place in (ada.locator("#asked-state"), wall.locator("#wall-question-state")):
        expect(place).to_contain_text("3 of 3 answered")
    expect(ada.locator("#asking-list")).to_have_count(0)
    assert read_answers(ada) is None
    assert read_answers(wall) is None

    press(ada, "Close")
    expect(wall.locator("#wall-question-state")).to_contain_text("The answers are closed")
    press(ada, "Reveal")

    for page in (ada, wall):
        drawn = until(page, lambda page=page: read_answers(page), "the answers")
        assert [one["low"] for one in drawn["intervals"]] == [-10, 0, 8]
        assert drawn["x"] == STEP + 100
        assert drawn["median"] == 2.5
    expect(wall.locator("#wall-question-results")).to_have_text(
        "3 of 3 answered. The intervals lie around +2.50 (median)."
        " Next, watch the path reach step 400."
    )
    expect(wall.locator("#wall-names")).to_be_hidden()

    press(ada, "Show names")
    expect(wall.locator("#wall-names li")).to_have_count(3)
    expect(wall.locator("#wall-names")).to_contain_text("mia")
    press(ada, "Hide names")
    expect(wall.locator("#wall-names")).to_be_hidden()

    press(ada, "Put away")
    expect(wall.locator("#wall-question")).to_be_hidden()
    expect(ada.locator("#asked")).to_be_hidden()
    until(wall, lambda: read_answers(wall) is None, "no answers")
    ada.locator("#asking-rounds summary").click()
    expect(ada.locator("#asking-rounds-list li")).to_have_count(1)
    ada.get_by_role("button", name="Show again: Where will we be").click()
    expect(wall.locator("#wall-question-results")).to_contain_text(
        "The intervals lie around +2.50 (median)."
    )


def test_outcome_is_marked_when_the_step_comes(enter: Open, site: Site) -> None:
    ada, wall = enter("walking/"), enter("walking/?wall")
    ask(ada, "An interval for 10 steps, 9 of 10 inside", ahead=10)
    expect(ada.locator("#asked-state")).to_be_visible()
    give_answers(site, "walking", (-1e6, 1e6), (1e5, 2e5), (-1e6, 2e6))
    press(ada, "Reveal")
    expect(wall.locator("#wall-question-results")).to_contain_text("3 of 3 answered.")
    resume(ada)

    sentence = "2 of our 3 intervals (90 %) contain it: theory says 2.7."
    expect(wall.locator("#wall-question-contained")).to_have_text(sentence)
    expect(ada.locator("#asked-results")).to_contain_text(sentence)
    drawn = until(wall, lambda: (found := read_answers(wall)) and found["outcome"] and found, "it")
    step = drawn["step"]
    assert drawn["outcome"] == pytest.approx(site.timeline("walking").positions(step, step)[0])
    assert [one["isHit"] for one in drawn["intervals"]].count(True) == 2
    with ada.expect_download() as download:
        ada.locator("#asking-rounds summary").click()
        ada.get_by_role("link", name="All answers as CSV").click()
    assert "mia" in download.value.path().read_text()
    ada.get_by_role("button", name="Pause for everyone").click()
    expect(ada.get_by_role("button", name="Resume for everyone")).to_be_visible()
    press(ada, "Ask again")
    expect(ada.locator("#asked-state")).to_have_text("No students here yet")
    press(ada, "Put away")


def test_owner_and_wall_learn_that_nobody_can_answer_any_more(enter: Open) -> None:
    ada, wall = enter("leaving/"), enter("leaving/?wall")
    states = ada.locator("#asked-state"), wall.locator("#wall-question-state")
    ask(ada, "Where will we be in 5 steps?", ahead=5)
    for state in states:
        expect(state).to_contain_text("No students here yet")
    resume(ada)
    for state in states:
        expect(state).to_contain_text(re.compile(r"Too late: step \d+ has come\."))
    press(ada, "Put away")
    for state in states:
        expect(state).to_be_hidden()

    ask(ada, "Where will we be in 100,000 steps?", ahead=100_000)
    for state in states:  # the server has opened it before it gets the next request
        expect(state).to_be_visible()
    ada.get_by_role("button", name="Restart…").click()
    ada.get_by_role("dialog").get_by_role("button", name="Restart", exact=True).click()
    for state in states:
        expect(state).to_contain_text("Too late: the path was restarted.")


def test_choice_is_prepared_asked_and_shown_as_bars(enter: Open, site: Site) -> None:
    ada, wall = enter("choosing/"), enter("choosing/?wall")
    ada.get_by_role("button", name="Ask…").click()
    ada.locator("#asking-own summary").click()
    ada.get_by_role("textbox", name="Question").fill("Which way does it go?")
    ada.get_by_label("Options, one per line").fill("up\ndown\nnobody knows")
    ada.get_by_label("Line of the right option").fill("3")
    ada.get_by_role("button", name="Prepare for later").click()
    ada.get_by_role("button", name="Ask: Which way does it go?").click()

    options = wall.locator("#wall-question-options li")
    expect(options).to_have_text(["up", "down", "nobody knows"])
    give_answers(site, "choosing", (0, 0), (2, 2), (2, 2))
    press(ada, "Reveal")

    expect(options).to_have_text(["up1", "down0", "nobody knows2right"])
    expect(wall.locator("#wall-question-results")).to_have_text("3 of 3 answered.")
    press(ada, "Put away")


LONG = "Of all walks that begin here, which number of steps above zero is the commonest? " * 2


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("choice", ["None or all", "About a half", "About a third", "Each equally often"]),
        ("choice", [f"{number}, and as long as an option may be{'.' * 40}" for number in range(6)]),
        ("number", []),
        ("interval", []),
    ],
    ids=["four options", "six long options", "number", "interval"],
)
def test_wall_leaves_a_third_of_the_window_to_the_chart(
    enter: Open, site: Site, kind: str, options: list[str]
) -> None:
    draft = f"kind=Kind({kind!r}), text={LONG!r}"
    draft += f", options=tuple({options!r})" if options else ""
    draft += ", level=0.5, ahead=100" if kind == "interval" else ""
    shell(
        site,
        "from motion.core.questions import Draft, Kind",
        "from motion.services import questions",
        "motion = Motion.objects.get(slug='crowded')",
        f"questions.ask_question(motion.pk, Draft({draft}))",
    )
    answers = {"number": (1, 5, 70), "interval": (-5, 0, 5)}.get(kind, (0, 1, 1))
    give_answers(site, "crowded", *[(n, n + (kind == "interval")) for n in answers])

    wall = enter("crowded/?wall", viewport={"width": 1280, "height": 720})

    expect(wall.locator("#wall-question-state")).to_contain_text("3 of 3 answered")
    until(wall, lambda: get_chart_height(wall) >= 240, "a third of 720 pixels")
    shell(
        site,
        "from motion.services import questions",
        "motion = Motion.objects.get(slug='crowded')",
        "questions.reveal_question(motion.pk, motion.question)",
    )
    expect(wall.locator("#wall-question-results")).to_contain_text("3 of 3 answered")
    until(wall, lambda: get_chart_height(wall) >= 240, "a third of 720 pixels")
    assert wall.evaluate("document.documentElement.scrollHeight") <= 720
    size = "parseFloat(getComputedStyle(document.querySelector('#wall-question-text')).fontSize)"
    assert wall.evaluate(size) >= 24
    wall.set_viewport_size({"width": 1280, "height": 1400})
    expect(wall.locator("main")).to_have_attribute("data-density", "0")  # there is room again


def get_chart_height(page: Page) -> int:
    return int(page.evaluate("document.getElementById('chart').clientHeight"))


def test_picture_for_a_file_has_the_revealed_answers(enter: Open, site: Site) -> None:
    ada = enter("saved/", chart=True)
    wait_drawn(ada, STEP)
    ask(ada, "Where will we be in 100 steps?")
    expect(ada.locator("#asked-state")).to_be_visible()
    give_answers(site, "saved", (-10, -10), (5, 5), (1e9, 1e9))
    press(ada, "Reveal")
    until(ada, lambda: (read_answers(ada) or {}).get("median") == 5, "the answers")
    ada.locator("#open-export").click()

    with ada.expect_download() as download:
        ada.locator("#export-svg").click()

    texts = " ".join(
        re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", download.value.path().read_text())
    )
    for text in ("median", f"step {STEP + 100}", "1 answer lies above", "“Where will we be"):
        assert text in texts
    assert "Median of the answers: +5.00." in texts


def test_presented_view_shows_the_step_of_a_new_question(enter: Open) -> None:
    ada, wall = enter("waiting/"), enter("waiting/?wall")
    ada.locator("#freeze").click()
    ada.locator("#present").check()
    expect(wall.locator("#presenter-text")).to_have_text("Following ada")

    ask(ada, "Where will we be in 100 steps?")

    expect(wall.locator(".answer-guide")).to_be_visible()
    expect(ada.locator("#freeze")).to_have_attribute("aria-pressed", "false")
    press(ada, "Put away")


def test_refusal_stands_on_the_owners_page(enter: Open, visitors: Visitors) -> None:
    visitors.expect("status of 400")
    ada = enter("choosing/")
    ada.get_by_role("button", name="Ask…").click()
    ada.locator("#asking-own summary").click()
    ada.get_by_role("textbox", name="Question").fill("Which way?")
    ada.get_by_label("Options, one per line").fill("up")
    ada.get_by_role("button", name="Ask", exact=True).click()

    expect(ada.locator("#asking-error")).to_have_text("The options must be 2 to 6 texts.")
    expect(ada.get_by_role("textbox", name="Question")).to_have_value("Which way?")


def test_owner_whose_session_ends_keeps_following_the_question(
    visitors: Visitors, site: Site, daphne: Daphne
) -> None:
    session = sign_in(daphne, "ada").split("=", 1)[1]
    page = visitors.arrive(chart=False)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
    visitors.visit(page, f"{daphne.url}/motions/choosing/")
    expect(page.locator("#people-list")).to_contain_text("ada")  # its socket is open
    visitors.expect("WebSocket connection")
    visitors.expect(r"status of 403.*/questions\.json")  # a request of the owner, under way

    site.execute(f"DELETE FROM django_session WHERE session_key = '{session}'")
    expect(page.get_by_role("link", name="Sign in again")).to_be_visible()
    ask = "questions.ask_question(motion.pk, Draft(kind=Kind.NUMBER, text='How many?'))"
    shell(
        site,
        "from motion.core.questions import Draft, Kind; from motion.services import questions",
        f"motion = Motion.objects.get(slug='choosing'); number = {ask}",
    )

    expect(page.locator("#question-text")).to_have_text("How many?")
    expect(page.locator("#question-join")).to_be_visible()
    shell(
        site,
        "from motion.services import questions",
        "motion = Motion.objects.get(slug='choosing')",
        "questions.put_away_question(motion.pk, motion.question)",
    )


def test_students_have_no_card_to_ask(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/waiting/", chart=False)

    expect(page.locator("#asking")).to_have_count(0)
