"""Questions on a phone: all four kinds, by thumb and by keyboard, and without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import let_page_draw, until
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
SLUG = "predicted"
IMPORTS = "from motion.core.questions import Draft, Kind; from motion.services import questions"
FIND_MOTION = f"motion = Motion.objects.get(slug={SLUG!r})"

WHERE = "kind=Kind.WHERE, text='Where will we be?', ahead=5000"
INTERVAL = "kind=Kind.INTERVAL, text='How sure are you?', level=0.5, ahead=5000"
CHOICE = "kind=Kind.CHOICE, text='Up or down?', options=('Up', 'Down'), correct=1.0"
NUMBER = "kind=Kind.NUMBER, text='How many?'"


@dataclass
class Class:
    """A motion of ada's, with two guests."""

    site: Site
    daphne: Daphne
    sessions: dict[str, str]

    def run(self, *lines: str) -> Any:
        return json.loads(shell(self.site, "import json", IMPORTS, FIND_MOTION, *lines))

    def ask(self, draft: str, *pages: Page) -> int:
        """Ask a question, and wait until these pages show it; its number."""
        number: int = self.run(f"print(questions.ask_question(motion.pk, Draft({draft})))")
        for page in pages:
            expect(page.locator(f"#question[data-number='{number}']")).to_be_visible()
        return number

    def do(self, what: str, number: int) -> None:
        self.run(f"questions.{what}_question(motion.pk, {number})", "print(0)")

    def set_paused(self, paused: bool) -> None:
        values = f"values={{'paused': {paused}}}"
        self.run(f"motions.change_motion(motion.pk, under_policy=False, {values})", "print(0)")

    def read_answers(self, number: int) -> dict[str, list[float]]:
        """The stored answers, by the name of the guest."""
        rows = f"Answer.objects.filter(question__motion=motion, question__number={number})"
        answers: dict[str, list[float]] = self.run(
            f"rows = {rows}.values_list('user__first_name', 'low', 'high')",
            "print(json.dumps({name: ends for name, *ends in rows}))",
        )
        return answers


@pytest.fixture(scope="module")
def lesson(site: Site, daphne: Daphne) -> Class:
    answer = shell(
        site,
        "import json",
        "from django.test import Client",
        "from motion.services.guests import join_as_guest",
        "ada = make_user('ada-predicts')",
        f"motion = make_own_motion(ada, slug={SLUG!r}, title='Asked', step=400, interval=0.1,",
        "    variance=4, control='controllers', visibility='unlisted')",
        "token = invitations.create_invitation(motion.pk, by=ada).token",
        "users = {name: join_as_guest(token, name, key=name) for name in ('Mia', 'Jun')}",
        "def sign_in(user):",
        "    client = Client()",
        "    client.force_login(user)",
        "    return client.session.session_key",
        "users['ada'] = ada",
        "print(json.dumps({name: sign_in(user) for name, user in users.items()}))",
    )
    return Class(site, daphne, json.loads(answer))


Enter = Callable[..., Page]


@pytest.fixture
def enter(visitors: Visitors, lesson: Class) -> Iterator[Enter]:
    """Open the page of the motion on a phone, as a person of the class, or as a visitor."""

    def enter(name: str = "", prepare: Callable[[Page], object] = str, **options: Any) -> Page:
        page = visitors.arrive(chart=False, **PHONE, **options)
        prepare(page)
        if name:
            cookie = {"name": "sessionid", "value": lesson.sessions[name], "url": lesson.daphne.url}
            page.context.add_cookies([cookie])
        visitors.visit(page, f"{lesson.daphne.url}/motions/{SLUG}/")
        return page

    yield enter
    lesson.run(
        "number = motion.question",
        "number and questions.put_away_question(motion.pk, number)",
        "print(0)",
    )


def send(page: Page, answer: str) -> None:
    """Press Answer; `answer` is what the card then says."""
    page.locator("#answer-send").click()
    expect(page.locator("#answer-state")).to_contain_text(f"Your answer: {answer}.")


def drag(page: Page, end: str, way: int) -> None:
    """Drag a handle with a thumb, so many pixels down."""
    page.locator("#chart").scroll_into_view_if_needed()
    box = page.locator(f".answer-handle.{end}").bounding_box()
    assert box
    assert min(box["width"], box["height"]) >= 44
    x, y = box["x"] + 20, box["y"] + 22
    touch = page.context.new_cdp_session(page)
    touch.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
    )
    for part in (0.3, 0.7, 1):
        at = {"x": x, "y": y + part * way}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    let_page_draw(page)


def test_student_answers_where_with_a_thumb_and_changes_it(enter: Enter, lesson: Class) -> None:
    phone = enter("Mia")
    expect(phone.locator("#question")).to_be_hidden()
    number = lesson.ask(WHERE, phone)
    expect(phone.locator("#question-text")).to_have_text("Where will we be?")
    expect(phone.locator("#question-way")).to_contain_text("steps to go")
    expect(phone.locator("#question-tally")).to_have_text("0 of 1 answered")
    expect(phone.locator(".answer-guide")).to_be_visible()

    drag(phone, "low", -60)
    field = phone.get_by_role("textbox", name="position", exact=True)
    expect(field).not_to_have_value("")
    before = float(field.input_value())
    send(phone, phone.locator(".answer-handle.low").get_attribute("data-text") or "")
    assert lesson.read_answers(number) == {"Mia": [before, before]}
    expect(phone.locator("#question-tally")).to_have_text("1 of 1 answered")

    drag(phone, "low", 80)
    expect(phone.locator("#answer-state")).to_contain_text("Press Change to replace it.")
    after = float(field.input_value())
    assert after < before
    send(phone, phone.locator(".answer-handle.low").get_attribute("data-text") or "")
    assert lesson.read_answers(number) == {"Mia": [after, after]}


def test_latecomer_has_the_question_and_their_own_answer(enter: Enter, lesson: Class) -> None:
    phone = enter("Mia")
    number = lesson.ask(WHERE, phone)
    phone.get_by_role("textbox", name="position", exact=True).fill("−3,25")
    phone.keyboard.press("Enter")
    expect(phone.locator("#answer-state")).to_contain_text("Your answer: −3.25.")

    tab = phone.context.new_page()
    tab.goto(f"{lesson.daphne.url}/motions/{SLUG}/")
    expect(tab.locator("#answer-state")).to_contain_text("Your answer: −3.25.")
    other = enter("Jun")
    expect(other.locator("#question-tally")).to_have_text("1 of 2 answered")
    expect(other.locator("#answer-state")).to_have_text("")
    other.get_by_role("textbox", name="position", exact=True).fill("8")
    send(other, "8")

    expect(phone.locator("#question-tally")).to_have_text("2 of 2 answered")
    assert lesson.read_answers(number) == {"Mia": [-3.25, -3.25], "Jun": [8, 8]}
    tab.get_by_role("textbox", name="position", exact=True).fill("1")
    send(tab, "1")
    expect(phone.locator("#answer-state")).to_contain_text("Your answer: 1.")  # by its frame


def test_interval_by_keyboard_is_scored_at_the_reveal(enter: Enter, lesson: Class) -> None:
    phone = enter("Mia")
    number = lesson.ask(INTERVAL, phone)
    expect(phone.locator("#question-task")).to_contain_text("in 5 of 10 cases")
    for label in phone.locator("#answer-numbers span").all():
        assert (label.bounding_box() or {})["height"] < 30  # one line: "from" and "to" are words
    low, high = [phone.get_by_role("slider", name=f"{end} end") for end in ("Lower", "Upper")]
    begun = high.get_attribute("aria-valuenow") or ""
    low.focus()
    phone.keyboard.press("Home")
    high.focus()
    phone.keyboard.press("End")
    expect(high).not_to_have_attribute("aria-valuenow", begun)
    ends = [float(end.get_attribute("aria-valuenow") or "nan") for end in (low, high)]
    expect(phone.get_by_role("textbox", name="to", exact=True)).to_have_value(f"{ends[1]:g}")
    phone.locator("#answer-send").focus()
    phone.keyboard.press("Enter")
    expect(phone.locator("#answer-state")).to_contain_text("Change it while the question is open.")
    assert lesson.read_answers(number) == {"Mia": ends}

    lesson.do("reveal", number)
    expect(phone.locator("#question-results")).to_contain_text("Next, watch the path reach step")
    expect(phone.locator(".answer-handle:visible")).to_have_count(0)
    expect(phone.locator(".answer-guide")).to_be_visible()


def test_choice_and_number_are_answered_by_tapping_and_typing(enter: Enter, lesson: Class) -> None:
    phone = enter("Mia")
    choice = lesson.ask(CHOICE, phone)
    phone.get_by_text("Down", exact=True).tap()
    send(phone, "“Down”")
    assert lesson.read_answers(choice) == {"Mia": [1, 1]}
    lesson.do("reveal", choice)
    expect(phone.locator("#answer-state")).to_contain_text("That is right.")

    number = lesson.ask(NUMBER, phone)
    expect(phone.locator("#answer-state")).to_have_text("")
    phone.get_by_role("textbox", name="number", exact=True).fill("2e12")
    phone.locator("#answer-send").click()
    expect(phone.locator("#answer-error")).to_contain_text("Enter a number from")
    phone.get_by_role("textbox", name="number", exact=True).fill("17")
    send(phone, "17")
    assert lesson.read_answers(number) == {"Mia": [17, 17]}


def test_options_without_a_space_keep_every_page_as_wide_as_its_window(
    enter: Enter, lesson: Class
) -> None:
    phone, ada = enter("Mia"), enter("ada")
    longest = 80 * "W"
    number = lesson.ask(f"kind=Kind.CHOICE, text={200 * 'W'!r}, options=({longest!r}, 'b')", phone)
    phone.get_by_text(longest, exact=True).tap()
    send(phone, f"“{longest}”")
    lesson.run(f"motion.questions.filter(number={number}).update(correct=0)", "print(0)")
    lesson.do("reveal", number)

    expect(phone.locator("#question-results")).to_contain_text(f"Right: {longest}")
    expect(ada.locator("#asked-results")).to_contain_text(f"Right: {longest}")
    for page in (phone, ada):
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_answer_without_a_network_is_sent_when_it_is_back(
    enter: Enter, lesson: Class, visitors: Visitors
) -> None:
    visitors.expect(SERVER_GONE)
    visitors.expect("ERR_INTERNET_DISCONNECTED")
    phone = enter("Mia")
    number = lesson.ask(NUMBER, phone)
    phone.get_by_role("textbox", name="number", exact=True).fill("42")
    phone.context.set_offline(True)
    phone.locator("#answer-send").click()
    expect(phone.locator("#answer-state")).to_have_text(
        "Your answer could not be sent. Trying again…"
    )
    assert lesson.read_answers(number) == {}

    phone.context.set_offline(False)

    expect(phone.locator("#answer-state")).to_contain_text("Your answer: 42.")
    assert lesson.read_answers(number) == {"Mia": [42, 42]}


def test_page_without_sockets_shows_the_question_and_sends_the_answer(
    enter: Enter, lesson: Class
) -> None:
    phone = enter("Mia", prepare=lambda page: page.add_init_script("delete window.WebSocket"))
    number = lesson.ask(NUMBER, phone)
    phone.get_by_role("textbox", name="number", exact=True).fill("11")
    send(phone, "11")
    assert lesson.read_answers(number) == {"Mia": [11, 11]}


def test_answer_that_was_not_confirmed_is_sent_after_a_reload(
    enter: Enter, lesson: Class, visitors: Visitors
) -> None:
    visitors.expect("status of 503")
    phone = enter("Mia")
    number = lesson.ask(NUMBER, phone)
    phone.route("**/answers/", lambda route: route.fulfill(status=503, body="{}"))
    phone.get_by_role("textbox", name="number", exact=True).fill("5")
    phone.locator("#answer-send").click()
    expect(phone.locator("#answer-state")).to_contain_text("Trying again")
    phone.unroute_all()

    phone.reload()

    expect(phone.locator("#answer-state")).to_contain_text("Your answer: 5.")
    assert lesson.read_answers(number) == {"Mia": [5, 5]}


def test_answer_after_the_step_is_refused_and_stays_on_the_phone(
    enter: Enter, lesson: Class, visitors: Visitors
) -> None:
    visitors.expect("status of 409")
    phone = enter("Mia")
    lesson.set_paused(True)
    number = lesson.ask(WHERE.replace("5000", "5"), phone)
    phone.get_by_role("textbox", name="position", exact=True).fill("5")
    lesson.set_paused(False)
    expect(phone.locator("#answer-state")).to_contain_text("Too late: step")
    expect(phone.locator("#answer")).to_be_hidden()
    assert lesson.read_answers(number) == {}

    closed = lesson.ask(NUMBER, phone)
    field = phone.get_by_role("textbox", name="number", exact=True)
    field.fill("6")
    phone.route("**/answers/", lambda route: (lesson.do("close", closed), route.continue_()))
    phone.locator("#answer-send").click()
    expect(phone.locator("#answer-state")).to_contain_text("Your answer is not stored.")
    assert lesson.read_answers(closed) == {}


def test_new_question_comes_into_view_but_takes_no_focus(enter: Enter, lesson: Class) -> None:
    phone = enter("Mia")
    expect(phone.locator("#status")).to_contain_text("Live")
    phone.evaluate("scrollTo(0, document.body.scrollHeight)")
    lesson.ask(NUMBER, phone)
    card = phone.locator("#question")

    def is_at_the_top() -> bool:
        box = card.bounding_box()
        return box is not None and 0 <= box["y"] < 60

    until(phone, is_at_the_top, "the card at the top")
    expect(phone.locator("#question-announcement")).to_contain_text("New question: How many?")
    phone.get_by_role("textbox", name="number", exact=True).focus()
    lesson.ask(CHOICE, phone)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360


def test_chart_makes_room_for_the_step_and_says_where_it_cannot(
    enter: Enter, lesson: Class
) -> None:
    phone = enter("Mia")
    lesson.ask(WHERE, phone)
    handle = phone.locator(".answer-handle.low")
    expect(handle).to_be_visible()
    box = handle.bounding_box()
    assert box
    assert box["x"] + box["width"] <= 360

    phone.locator("#freeze").click()
    expect(handle).to_be_hidden()
    expect(phone.locator("#question-obstacle")).to_contain_text("does not show that step")
    phone.get_by_role("button", name="Show it").click()
    expect(handle).to_be_visible()
    expect(phone.locator("#question-obstacle")).to_be_hidden()


def test_visitor_is_shown_how_to_take_part_and_the_owner_has_no_card(
    enter: Enter, lesson: Class
) -> None:
    visitor = enter()
    lesson.ask(WHERE, visitor)
    expect(visitor.locator("#question")).to_contain_text("sign in, or enter the code")
    expect(visitor.locator("#answer")).to_have_count(0)
    expect(visitor.locator(".answer-guide")).to_be_visible()
    expect(visitor.locator(".answer-handle:visible")).to_have_count(0)

    owner = enter("ada")
    expect(owner.locator(".answer-guide")).to_be_visible()
    expect(owner.locator("#question")).to_be_hidden()
