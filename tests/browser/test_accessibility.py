"""axe-core finds nothing wrong: every page and state, for everybody, in every look."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from tests.browser.motion_page import wait_drawn
from tests.browser.visitors import SERVER_GONE, Visitors
from tests.support.routes import every_path
from tests.support.servers import ROOT, Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERY_RULE = {"resultTypes": ["violations"], "runOnly": TAGS}
COLOUR_RULES = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}

LIGHT = {"color_scheme": "light", "forced_colors": "none"}
DARK = {"color_scheme": "dark", "forced_colors": "none"}
FORCED = {"color_scheme": "light", "forced_colors": "active"}
LOOKS: list[tuple[int, dict[str, Any], dict[str, Any]]] = [
    (1440, LIGHT, EVERY_RULE),
    (1440, FORCED, COLOUR_RULES),  # the other rules do not see colours
    (360, DARK, EVERY_RULE),
]
"""Every rule at both widths, the rules of colours in all three schemes: what stands at one width
alone is judged in one scheme and in forced colours."""

FIND = """async ([part, options]) => {
  const { violations } = await axe.run(part, options);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any, all, none }) =>
      `${id}: ${target.join(" ")}: ${[...any, ...all, ...none].map(({ message }) => message)}`));
}"""

PEOPLE = ("stranger", "guest", "member", "controller", "owner", "administrator")
INSIDERS = {
    "guest",
    "member",
    "controller",
}  # beside the motion's pages they see what an owner sees

OURS_IN_ADMIN = {"/admin/motion/process/": "#content"}
"""The rest of the admin is Django's, and its findings are for Django to mend."""

NO_PAGE = {
    "/accounts/confirm-email/",  # of a mail that was sent
    "/accounts/login/code/confirm/",  # signing in by a code in a mail is off
    "/accounts/password/set/",  # everyone has a password
    "/accounts/two-factor/authenticate/",  # follows the password: see the states
    "/motions/new/lesson/",  # takes forms alone, as do these
    *("/motions/seen/hand-over/", "/motions/seen/guests/"),
    *("/motions/seen/questions/", "/motions/seen/answers/"),
    "/motions/seen/lesson/",  # has JSON
}
"""What nobody gets a page from who opens the address."""

DATA = re.compile(r"\.(csv|json|npz)$|/download/$")


@dataclass(frozen=True)
class Place:
    """What the walk needs: every address, everybody's session, the link of a mail."""

    paths: list[str]
    sessions: dict[str, str]
    reset: str


@pytest.fixture(scope="module")
def place(site: Site) -> Place:
    answer = shell(
        site,
        "import json, time",
        "from allauth.account.forms import default_token_generator",
        "from allauth.account.utils import user_pk_to_url_str",
        "from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes",
        "from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret",
        "from django.test import Client",
        "users = {name: make_user(f'the-{name}') for name in ('member', 'controller', 'owner')}",
        "admin = make_user('the-administrator', is_staff=True, is_superuser=True)",
        "TOTP.activate(admin, generate_totp_secret())",
        "RecoveryCodes.activate(admin)",
        "users['administrator'], owner = admin, users['owner']",
        "motion = make_own_motion(owner, slug='seen', title='Seen', step=400, interval=0.5,",
        "    visibility='unlisted', control='controllers')",
        "motions.change_motion(motion.pk, by=owner, values={'variance': 0.5}, under_policy=False)",
        "members.set_role(motion.pk, users['member'], 'viewer')",
        "members.set_role(motion.pk, users['controller'], 'controller')",
        "give_ensemble(motion, 40)",
        "from motion.services import lessons",
        "ready = lessons.load_ready_lessons()['4-arcsine-law']",
        "lessons.set_lesson(motion.pk, ready, by=owner)",
        "token = invitations.create_invitation(motion.pk, by=owner).token",
        "from motion.services.guests import join_as_guest",
        "users['guest'] = join_as_guest(token, 'Mia', key='mia')",
        "membership = Membership.objects.get(user=users['member']).pk",
        "def sign_in(user):",
        "    client = Client()",
        "    client.force_login(user)",
        "    session = client.session",
        "    record = {'method': 'password', 'at': time.time(), 'reauthenticated': True}",
        "    session['account_authentication_methods'] = [record]",
        "    session['account_authentication_methods_user'] = str(user.pk)",
        "    session.save()",
        "    return session.session_key",
        "reset = f'{user_pk_to_url_str(owner)}-{default_token_generator.make_token(owner)}'",
        "parts = {'object_id': motion.pk, 'token': token, 'membership': membership}",
        "sessions = {name: sign_in(user) for name, user in users.items()}",
        "print(json.dumps([parts, sessions, reset]))",
    )
    parts, sessions, reset = json.loads(answer)
    return Place(every_path(slug="seen", **parts), sessions, reset)


class Judge:
    """Opens pages, and asks axe-core what is wrong with them."""

    def __init__(self, visitors: Visitors, daphne: Daphne, place: Place) -> None:
        self.visitors, self.daphne, self.place = visitors, daphne, place
        self.findings: dict[str, list[str]] = {}

    def arrive(self, who: str, **options: Any) -> Page:
        """Somebody new, signed in unless a stranger."""
        page = self.visitors.arrive(**options)
        if who in self.place.sessions:
            value, url = self.place.sessions[who], self.daphne.url
            page.context.add_cookies([{"name": "sessionid", "value": value, "url": url}])
        return page

    def open(self, page: Page, path: str) -> None:
        self.visitors.visit(page, f"{self.daphne.url}{path}")
        page.wait_for_load_state()

    def look(self, page: Page, state: str, part: str = "html") -> None:
        """Note what axe finds in `part` of the page, in every look."""
        page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
        for width, media, rules in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(**media)
            if found := page.evaluate(FIND, [part, rules]):
                self.findings[f"{state}, {width} px, {media}"] = found

    def ask(self, page: Page, path: str) -> tuple[int, str]:
        """The status of a page and its HTML; 0 where the address answers with none."""
        answer = page.context.request.get(f"{self.daphne.url}{path}", max_redirects=0)
        html = answer.text() if "html" in answer.headers.get("content-type", "") else ""
        return (answer.status if html else 0), html


@pytest.fixture
def judge(visitors: Visitors, daphne: Daphne, place: Place) -> Judge:
    visitors.expect("server responded with a status of")
    return Judge(visitors, daphne, place)


# --- every address -------------------------------------------------------------------------


def paths_for(who: str, paths: list[str]) -> list[str]:
    """The addresses that show `who` something of their own."""
    if who in INSIDERS:
        return [path for path in paths if path.startswith("/motions/seen/")]
    ours = [path for path in paths if not path.startswith("/admin/")]
    return [*ours, *OURS_IN_ADMIN] if who == "administrator" else ours


class Skeleton(HTMLParser):
    """What the rules see of a page's main part: its elements, and which of them hold text.

    The header is judged on other pages. Texts, addresses and values may differ.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[object] = []
        self.feed(html[html.find("<main") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = [(name, value) for name, value in attrs if name in SEEN_BY_RULES]
        self.parts.append((tag, *kept, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(tag)

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.parts.append(True)


SEEN_BY_RULES = {"class", "role", "type", "lang", "tabindex", "autocomplete", "scope"}


def test_no_page_has_a_finding(judge: Judge) -> None:
    """And every address that the URL resolver knows shows somebody a page, or stands above."""
    judged, reached = set(), set()
    for who in PEOPLE:
        page = judge.arrive(who, chart=False)
        for path in paths_for(who, judge.place.paths):
            status, html = judge.ask(page, path)
            if status == 200:
                reached.add(path)
            if status in {0, 301, 302} or (same := tuple(Skeleton(html).parts)) in judged:
                continue
            judged.add(same)
            judge.open(page, path)
            judge.look(page, f"{who} at {path}", OURS_IN_ADMIN.get(path, "html"))
        page.close()

    missed = set(paths_for("administrator", judge.place.paths)) - reached - NO_PAGE
    assert {path for path in missed if not DATA.search(path)} == set()
    assert judge.findings == {}


# --- pages of failures, and forms with errors ----------------------------------------------


FAILURES = sorted(path.name for path in (ROOT / "templates").glob("[45]*.html"))


def test_no_failure_has_a_finding(judge: Judge) -> None:
    page = judge.arrive("stranger")
    refusal = {"title": "This form is out of date.", "sentence": "Nothing was changed."}
    for name in FAILURES:
        body = render_to_string(name, {"refusal": refusal, "again": "/"})
        page.unroute_all()
        page.route("**/failure/", partial(Route.fulfill, body=body, content_type="text/html"))
        judge.open(page, "/failure/")
        judge.look(page, name)

    assert judge.findings == {}


FORMS: dict[str, tuple[str, dict[str, str]]] = {
    "/accounts/login/": ("stranger", {"login": "nobody", "password": "wrong"}),
    "/accounts/signup/": ("stranger", {"username": "a b", "password1": "1", "password2": "2"}),
    "/join/": ("stranger", {"code": "AAAA AAAA"}),
    "/motions/new/": ("owner", {"title": "\u3164"}),
}


def test_no_form_with_errors_has_a_finding(judge: Judge) -> None:
    joining = next(path for path in judge.place.paths if re.fullmatch("/join/.+/", path))
    for path, (who, values) in [*FORMS.items(), (joining, ("stranger", {"name": "Student 7"}))]:
        page = judge.arrive(who)
        judge.open(page, path)
        send(page, values)
        expect(page.locator(".errorlist, [role=alert]").first).to_be_visible()
        judge.look(page, f"{path} with errors")

    assert judge.findings == {}


def send(page: Page, values: dict[str, str]) -> None:
    form = page.locator("main form", has=page.locator(f"[name={next(iter(values))}]"))
    for name, value in values.items():
        form.locator(f"[name={name}]").fill(value)
    form.evaluate("(form) => { form.noValidate = true; }")
    form.locator("[type=submit]").first.click()


def test_no_page_of_a_link_or_code_has_a_finding(judge: Judge) -> None:
    page = judge.arrive("stranger")
    judge.open(page, f"/accounts/password/reset/key/{judge.place.reset}/")
    judge.look(page, "a new password")
    judge.open(page, "/accounts/login/")
    send(page, {"login": "the-administrator", "password": "secret"})
    expect(page.locator("[name=code]")).to_be_visible()
    judge.look(page, "a code of two-factor")

    assert judge.findings == {}


# --- states of a motion's page -------------------------------------------------------------

UNFOLD = """() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const id of ["freeze", "band"]) document.getElementById(id).click();
  for (const choice of document.querySelectorAll("#theory [data-panel]")) {
    if (choice.ariaPressed !== "true") choice.click();
  }
  document.getElementById("account-menu").showPopover();
}"""

CLICK = "(id) => document.getElementById(id).click()"
DIALOGS = """() => [...document.querySelectorAll("dialog")].map(({ id }) => id)"""
SHOW = """(id) => document.getElementById(id).showModal()"""
CLOSE = """(id) => document.getElementById(id).close()"""


def test_no_state_of_the_motion_page_has_a_finding(judge: Judge) -> None:
    judge.open(judge.arrive("member", chart=False), "/motions/seen/")
    page = judge.arrive("owner")
    judge.open(page, "/motions/seen/")
    wait_drawn(page, 400)
    expect(page.locator("#people-list li")).to_have_count(3)
    expect(page.get_by_role("heading", name="Lesson: scene 1 of 7")).to_be_visible()

    page.evaluate(CLICK, "open-export")
    page.keyboard.press("Escape")
    for dialog in page.evaluate(DIALOGS):
        page.evaluate(SHOW, dialog)
        judge.look(page, dialog, f"#{dialog}")
        page.evaluate(CLOSE, dialog)
    page.evaluate(CLICK, "replay")
    judge.look(page, "a replay")
    page.evaluate(CLICK, "player-close")
    page.evaluate(UNFOLD)
    page.locator("#variance").fill("much")
    page.keyboard.press("Enter")
    expect(page.locator("#variance-error")).to_be_visible()
    page.locator("#theory").scroll_into_view_if_needed()  # it asks for numbers only near the screen
    expect(page.locator(".picture .fit:not(:empty)")).to_have_count(5)
    judge.look(page, "everything unfolded")

    assert judge.findings == {}


def test_no_part_of_a_class_has_a_finding(judge: Judge) -> None:
    student = judge.arrive("member", chart=False)
    judge.open(student, "/motions/seen/")
    expect(student.locator("#mine-rank")).not_to_be_empty()
    judge.look(student, "a student's own path")
    student.locator("#barrier").evaluate("(button) => button.click()")
    student.locator("#second-line").evaluate("(button) => button.click()")
    expect(student.locator("#law-more")).to_contain_text("In the long run")
    judge.look(student, "two barriers of a class")
    wall = judge.arrive("owner")
    judge.open(wall, "/motions/seen/?wall")
    expect(wall.locator("#wall-expected")).not_to_be_empty()
    judge.look(wall, "a projector's wall")
    wall.keyboard.press("t")
    expect(wall.locator("#law-fit")).to_contain_text("arcsine law")
    judge.look(wall, "a law on a projector's wall")

    assert judge.findings == {}


ASK = """
from motion.core.questions import Draft, Kind
from motion.services import questions
motion = Motion.objects.get(slug="seen")
"""
WHERE = "Draft(kind=Kind.WHERE, text='Where?', ahead=9000)"
INTERVAL = "Draft(kind=Kind.INTERVAL, text='How sure?', level=0.5, ahead=9000)"
CHOICE = "Draft(kind=Kind.CHOICE, text='Up or down?', options=('Up', 'Down'), correct=0.0)"


def ask(site: Site, draft: str, *pages: Page) -> int:
    """Ask a question, and wait until these pages show it; its number."""
    number = int(shell(site, ASK, f"print(questions.ask_question(motion.pk, {draft}))"))
    for page in pages:
        expect(page.locator(f"#question[data-number='{number}']")).to_be_visible()
    return number


def test_no_state_of_a_question_has_a_finding(judge: Judge, site: Site) -> None:
    student, visitor = judge.arrive("member", chart=False), judge.arrive("stranger", chart=False)
    for page in (student, visitor):
        judge.open(page, "/motions/seen/")
    ask(site, WHERE, student, visitor)
    expect(student.locator(".answer-handle.low")).to_be_visible()
    judge.look(student, "an open question about a point")
    judge.look(visitor, "a question to a visitor", "#question")
    student.locator("#freeze").click()
    expect(student.locator("#question-obstacle")).to_be_visible()
    judge.look(student, "a chart without the step of a question", "#question")
    student.locator("#question-show").click()

    interval = ask(site, INTERVAL, student)
    student.locator("#answer-send").click()
    expect(student.locator("#answer-error")).to_be_visible()
    judge.look(student, "a wrong answer", "#question")
    student.route("**/answers/", lambda route: route.fulfill(status=503))
    student.locator("#answer-low").fill("-20")
    student.locator("#answer-high").fill("20")
    student.locator("#answer-send").click()
    expect(student.locator("#answer-state")).to_contain_text("Trying again")
    judge.look(student, "an answer that is not sent yet")
    student.unroute_all()
    expect(student.locator("#answer-state")).to_contain_text("Your answer: −20 to 20.")
    shell(site, ASK, f"questions.reveal_question(motion.pk, {interval})")
    expect(student.locator("#question-results")).not_to_be_empty()
    judge.look(student, "a revealed question")

    choice = ask(site, CHOICE, student)
    student.get_by_role("radio", name="Up").check()
    student.locator("#answer-send").click()
    expect(student.locator("#answer-state")).to_contain_text("Your answer: “Up”.")
    judge.look(student, "a stored choice")
    shell(site, ASK, f"questions.put_away_question(motion.pk, {choice})")

    assert judge.findings == {}


ASKED = (
    "from motion.core.questions import Draft, Kind",
    "from motion.services import questions",
    "motion = Motion.objects.get(slug='asked')",
    "member, = [row.user for row in motion.memberships.filter(role='viewer')]",
    "choice = Draft(kind=Kind.CHOICE, text='Up or down?', options=('up', 'down'), correct=1.0)",
)


def test_no_state_of_an_owners_question_has_a_finding(judge: Judge, site: Site) -> None:
    shell(
        site,
        "from django.contrib.auth.models import User",
        "owner, member = [User.objects.get(username=f'the-{who}') for who in ('owner', 'member')]",
        "motion = make_own_motion(owner, slug='asked', paused=True, step=40, visibility='private')",
        "members.set_role(motion.pk, member, 'viewer')",
        *ASKED,
        "questions.prepare_question(motion.pk, choice)",
    )
    page, wall = [judge.arrive("owner", chart=False) for _ in range(2)]
    judge.open(page, "/motions/asked/")
    judge.open(wall, "/motions/asked/?wall")
    page.get_by_role("button", name="Ask…").click()
    page.locator("#asking-own summary").click()
    page.locator("#asking-ahead").fill("0")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Ask: Up or down?")).to_be_visible()
    judge.look(page, "a menu of questions", "#asking")

    page.get_by_role("button", name="Ask: Up or down?").click()
    expect(wall.locator("#wall-question")).to_be_visible()
    judge.look(wall, "an open question on the wall")
    judge.look(page, "an open question", "#asking")
    shell(
        site,
        *ASKED,
        "questions.store_answer(motion.pk, 1, 1, 1, by=member)",
        "questions.reveal_question(motion.pk, 1)",
        "questions.show_names(motion.pk, 1, on=True)",
    )
    expect(wall.locator("#wall-names")).to_be_visible()
    page.locator("#asking-rounds summary").click()
    judge.look(wall, "a revealed question on the wall")
    judge.look(page, "a revealed question", "#asking")
    judge.open(page, "/motions/asked/settings/")
    page.locator("#questions summary").click()
    judge.look(page, "questions of the settings")

    assert judge.findings == {}


def test_no_page_that_presents_or_follows_has_a_finding(judge: Judge) -> None:
    presenter, student = judge.arrive("owner", chart=False), judge.arrive("member", chart=False)
    judge.open(presenter, "/motions/seen/")
    judge.open(student, "/motions/seen/")
    presenter.locator("#present").check()
    expect(student.locator("#presenter-text")).to_contain_text("Following")
    presenter.locator("#chart").hover()
    expect(student.locator(".presented i")).to_be_visible()
    judge.look(student, "following")
    student.locator("#band").evaluate("(button) => button.click()")
    expect(student.locator("#presenter-text")).to_contain_text("You left")
    judge.look(student, "a view that the reader left")
    student.close()
    judge.look(presenter, "presenting")

    assert judge.findings == {}


def test_no_page_that_lost_its_server_has_a_finding(judge: Judge, visitors: Visitors) -> None:
    visitors.expect(SERVER_GONE)
    visitors.expect("ERR_INTERNET_DISCONNECTED")
    page = judge.arrive("controller", chart=False)
    page.route_web_socket("**/ws/**", lambda socket: socket.close(code=4404))
    judge.open(page, "/motions/seen/")
    expect(page.locator("main.plain h1")).to_be_visible()
    judge.look(page, "a motion that is gone")

    assert judge.findings == {}


# --- what axe does not look at: edges, lines and marks ---------------------------------------

CONTRASTS = """([names, grounds]) => {
  const brush = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const luminance = (name) => {
    const probe = document.body.appendChild(document.createElement("i"));
    probe.style.cssText = `forced-color-adjust: none; color: var(${name})`;
    brush.fillStyle = getComputedStyle(probe).color;
    brush.fillRect(0, 0, 1, 1);
    probe.remove();
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((byte) => byte / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const ratio = (a, b) => Math.max(a / b, b / a);
  return Object.fromEntries(names.map((name) =>
    [name, Math.min(...grounds.map((ground) => ratio(luminance(name), luminance(ground))))]));
}"""

TEXTS = ("--ink", "--soft", "--accent", "--good", "--warn", "--bad", "--mine", "--theory")
PARTS = ("--edge", "--axis", "--bars")
GROUNDS = ("--card", "--ground")


@pytest.mark.parametrize("scheme", [LIGHT, DARK, FORCED], ids=["light", "dark", "forced"])
def test_colours_stand_out_from_their_grounds(judge: Judge, scheme: dict[str, Any]) -> None:
    page = judge.arrive("stranger")
    page.emulate_media(**scheme)
    judge.open(page, "/join/")

    texts = page.evaluate(CONTRASTS, [TEXTS, GROUNDS])
    parts = page.evaluate(CONTRASTS, [PARTS, GROUNDS])

    assert {name: ratio for name, ratio in texts.items() if ratio < 4.5} == {}
    assert {name: ratio for name, ratio in parts.items() if ratio < 3} == {}


# --- forced colours, paper -------------------------------------------------------------------


def differs(page: Page, selector: str, change: str) -> bool:
    """Whether the element looks different after `change` to it, the pointer and focus elsewhere."""
    element = page.locator(selector).first.element_handle()
    page.mouse.move(0, 0)
    before = element.screenshot()
    element.evaluate(change)
    return element.screenshot() != before


STATES = {
    "#show-changes": "(chip) => chip.ariaPressed = chip.ariaPressed === 'false'",
    "[data-panel]": "(chip) => chip.ariaPressed = chip.ariaPressed === 'false'",
    ".pill i": "(dot) => dot.style.opacity = 0",
    "#only-me": "(box) => box.checked = !box.checked",
    "#variance-slider": "(slider) => slider.value = 0.1",
    "#theory-histogram .key .bars": "(key) => key.className = 'none'",
    ".tabs a:not([aria-current])": "(tab) => tab.ariaCurrent = 'page'",
    ".site a": "(link) => link.ariaCurrent = link.ariaCurrent ? null : 'page'",
}


def test_states_look_different_in_forced_colours(judge: Judge) -> None:
    page = judge.arrive("owner", chart=False)
    page.emulate_media(forced_colors="active", color_scheme="dark")
    alike = dict.fromkeys(STATES, True)
    for path in ("/motions/seen/", "/motions/seen/people/"):
        judge.open(page, path)
        for chip in page.locator("[data-panel=histogram][aria-pressed=false]").all():
            chip.click()
        for selector, change in STATES.items():
            if page.locator(selector).first.is_visible():
                alike[selector] = not differs(page, selector, change)

    assert [selector for selector in STATES if alike[selector]] == []


PRINTED = """() => {
  const seen = (selector) => [...document.querySelectorAll(selector)]
    .filter((element) => element.checkVisibility() && !element.closest(".recent li"))
    .map((element) => element.id || element.className || element.textContent.trim());
  const chart = document.getElementById("chart");
  const [paper, ...pictures] = [chart, ...chart.querySelectorAll(".main-svg")]
    .map((element) => element.getBoundingClientRect());
  const colours = getComputedStyle(document.documentElement);
  return {
    pressed: seen("nav, .top, button, a.button, select, dialog, input[type=range], #overview"),
    shown: ["#title", "#law", "#terms"].flatMap(seen),
    isCut: pictures.some(({ right, bottom }) =>
      right > paper.right + 1 || bottom > paper.bottom + 1),
    isWide: paper.right <= innerWidth && paper.width > 0.9 * innerWidth,
    ground: colours.getPropertyValue("--card").trim(),
    line: chart.data[0].line.color,
  };
}"""


def test_paper_shows_title_chart_and_parameters_in_light_colours(judge: Judge) -> None:
    page = judge.arrive("owner")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="dark")
    judge.open(page, "/motions/seen/")
    wait_drawn(page, 400)
    dark = page.evaluate("document.getElementById('chart').data[0].line.color")

    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1000})
    printed = page.evaluate(PRINTED)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")

    assert printed == {
        "pressed": [],
        "shown": ["title", "law", "terms"],
        "isCut": False,
        "isWide": True,
        "ground": "#fff",
        "line": "rgb(54, 87, 214)",
    }
    assert page.evaluate("document.getElementById('chart').data[0].line.color") == dark
    assert page.locator("html").get_attribute("data-theme") == "system"


def test_printing_a_page_makes_it_ready_for_paper(judge: Judge) -> None:
    page = judge.arrive("stranger", chart=False)
    judge.open(page, "/join/")
    page.evaluate("""() => addEventListener("beforeprint", () => {
      document.title = document.documentElement.dataset.theme;
    })""")

    page.pdf()

    assert page.title() == "light"
    assert page.locator("html").get_attribute("data-theme") == "system"
