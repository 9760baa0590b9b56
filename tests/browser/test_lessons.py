"""Lessons: a teacher starts one in a click and goes through it; phones and windows follow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from motion.core.lesson_parser import parse_lesson
from motion.core.lessons import Lesson
from tests.browser.motion_page import PASS_A_SECOND
from tests.browser.visitors import Visitors
from tests.support.servers import ROOT, Daphne, Site
from tests.support.stage import shell, sign_in

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
LAPTOP = {"width": 1366, "height": 650}  # a low screen, less the bars of the browser
READY = {
    path.stem: parse_lesson(path.read_bytes()) for path in (ROOT / "motion" / "lessons").iterdir()
}

Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    shell(site, "make_user('ada')")
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    return site.start_daphne()


@pytest.fixture(scope="module")
def session(daphne: Daphne) -> str:
    return sign_in(daphne, "ada").split("=", 1)[1]


@pytest.fixture
def enter(visitors: Visitors, daphne: Daphne, session: str) -> Enter:
    """The teacher at another browser, signed in, on a page of the site."""

    def enter(path: str) -> Page:
        page = visitors.arrive()
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": daphne.url}])
        visitors.visit(page, f"{daphne.url}{path}")
        return page

    return enter


def start(page: Page, title: str) -> str:
    """Start a ready lesson in one click; the address of its motion."""
    card = page.locator(".ready", has=page.get_by_role("heading", name=title, exact=True))
    card.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_have_text(title)
    return re.sub(r"https?://[^/]+|\?.*", "", page.url)


def make_code(site: Site, path: str) -> str:
    slug = path.split("/")[2]
    answer = shell(
        site,
        f"motion = Motion.objects.get(slug={slug!r})",
        "print(invitations.create_invitation(motion.pk, by=None).get_absolute_url())",
    )
    return answer.strip()


def join(visitors: Visitors, daphne: Daphne, link: str, name: str) -> Page:
    page = visitors.arrive(viewport=PHONE)
    visitors.visit(page, f"{daphne.url}{link}")
    page.locator("[name=name]").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(page.locator("#status")).to_have_text(re.compile("^Paused by ada"))
    return page


def press_next(page: Page, scene: int, lesson: Lesson) -> None:
    press(page, "Next")
    expect_scene(page, scene, lesson)


def press(page: Page, name: str) -> None:
    """Press a button of the card once the last press is answered: it takes one at a time."""
    busy = page.locator("#lesson[aria-busy=true], #lesson [aria-busy=true]")
    expect(busy).to_have_count(0)
    page.locator("#lesson").get_by_role("button", name=name, exact=True).click()


def expect_scene(page: Page, scene: int, lesson: Lesson) -> None:
    count = len(lesson.scenes)
    expect(page.locator("#lesson-title")).to_have_text(f"Lesson: scene {scene} of {count}")
    expect(page.locator("#lesson-scene")).to_have_text(lesson.scenes[scene - 1].title)


def expect_view(page: Page, *, up: str, has_class: bool) -> None:
    expect(page.locator("#up")).to_have_value(up)
    expect(page.locator("#class")).to_have_attribute("aria-pressed", str(has_class).lower())


def test_teacher_goes_through_a_lesson_and_a_phone_follows(
    enter: Enter, visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    lesson = READY["2-variance"]
    teacher = enter("/motions/new/")
    teacher.set_viewport_size(LAPTOP)
    path = start(teacher, lesson.title)
    expect_scene(teacher, 1, lesson)
    expect(teacher.locator("#status")).to_have_text(re.compile("Paused"))
    expect_view(teacher, up="increments", has_class=False)
    expect(teacher.locator("#present")).to_be_checked()
    expect(teacher.locator("a.projector")).to_have_attribute("target", "wall")  # this page stays
    assert "lesson" not in teacher.url.split("?")[-1]
    expect(teacher.locator("#lesson-alone")).to_be_hidden()
    teacher.reload()
    expect(teacher.locator("#lesson-alone")).to_be_visible()
    teacher.locator("#lesson-show").click()
    expect(teacher.locator("#lesson-alone")).to_be_hidden()

    phone = join(visitors, daphne, make_code(site, path), "Mia")
    expect(phone.locator("#presenter-text")).to_have_text("Following ada")
    expect_view(phone, up="increments", has_class=False)
    expect(phone.locator("#lesson")).to_have_count(0)

    for number, scene in enumerate(lesson.scenes[1:], start=2):
        press_next(teacher, number, lesson)
        expect(teacher.locator("#lesson-notes p").first).not_to_be_empty()
        assert scene.view
        expect(teacher.locator("#lesson-next")).to_be_in_viewport(ratio=1)
        if scene.question:
            teacher.locator("#lesson-ask").click()
            expect(phone.locator("#question-text")).to_have_text(scene.question.text)
            expect(teacher.locator("#lesson-ask")).to_be_hidden()
            expect(teacher.locator("#lesson #asked-state")).to_have_text("0 of 1 answered")
            expect(teacher.locator("#asked-reveal")).to_be_in_viewport(ratio=1)
            press(teacher, "Close")
        elif number == 3:
            press(teacher, "Reveal")
            expect(phone.locator("#question-results")).to_contain_text("Right: Twice as long.")
        expect_view(phone, up=scene.view.up, has_class=scene.view.has_class)
        state = "^Live" if scene.paused is False else "^Paused"
        expect(phone.locator("#status")).to_have_text(re.compile(state))

    expect(teacher.locator("#lesson-next")).to_have_attribute("aria-disabled", "true")
    expect(phone.locator("#mine-variance")).to_have_text("4")
    teacher.locator("#lesson-back").click()
    expect_scene(teacher, len(lesson.scenes) - 1, lesson)


def test_two_windows_of_the_teacher_show_the_same_scene_and_the_wall_no_notes(
    enter: Enter, daphne: Daphne
) -> None:
    lesson = READY["4-arcsine-law"]
    first = enter("/motions/new/")
    path = start(first, lesson.title)
    second, wall = enter(path), enter(f"{path}?wall")
    expect_scene(second, 1, lesson)

    press_next(first, 2, lesson)
    expect_scene(second, 2, lesson)
    second.locator("#lesson-ask").click()
    expect(first.locator("#lesson").get_by_role("button", name="Reveal")).to_be_visible()
    expect(first.locator("#present")).to_be_checked()
    first.evaluate(PASS_A_SECOND)
    press_next(second, 3, lesson)  # closes the question
    expect_scene(first, 3, lesson)
    expect(second.locator("#present")).to_be_checked()
    expect(first.locator("#present")).not_to_be_checked()
    expect(first.locator("#asked-state")).to_have_text(re.compile("The answers are closed"))

    expect(wall.locator("#wall-question-text")).to_be_visible()
    expect(wall.locator("#wall-question-options")).to_be_hidden()
    expect(wall.locator("#time-above")).to_have_attribute("aria-pressed", "true")
    second.locator("[data-panel=quadratic]").click()
    expect(wall.locator("#theory-quadratic")).to_be_hidden()
    second.locator("#class").click()  # then it has the room
    expect(wall.locator("#theory-quadratic-fit")).not_to_be_empty()
    expect(wall.locator("#wall-theory")).to_be_hidden()
    assert wall.locator("#lesson").count() == 0
    assert lesson.scenes[2].notes.splitlines()[0] not in wall.content()


def test_teacher_adds_a_scene_exports_and_imports_it(
    enter: Enter, tmp_path: Path, daphne: Daphne
) -> None:
    teacher = enter("/motions/new/")
    path = start(teacher, "The √k law")
    expect(teacher.locator("#lesson-scene")).to_have_text("A path for everyone")
    teacher.locator("#up").select_option("increments")
    teacher.get_by_text("Add a scene from what I see").click()
    teacher.locator("#lesson-add [name=title]").fill("Only steps")
    teacher.locator("#lesson-add [name=notes]").fill("“Look.”")
    teacher.get_by_role("button", name="Add", exact=True).click()
    expect(teacher.locator("#lesson-title")).to_have_text("Lesson: scene 2 of 8")
    expect(teacher.locator("#lesson-notes p")).to_have_text("“Look.”")

    teacher.goto(f"{daphne.url}{path}settings/")
    with teacher.expect_download() as downloaded:
        teacher.get_by_role("link", name="Download").click()
    file = tmp_path / "lesson.json"
    downloaded.value.save_as(file)
    teacher.get_by_role("button", name="Stop using it").click()
    expect(teacher.get_by_role("button", name="Make a lesson of this motion")).to_be_visible()

    teacher.goto(f"{daphne.url}/motions/new/")
    teacher.get_by_label("Lesson from a file").set_input_files(file)
    teacher.locator(".from-file").get_by_role("button", name="Start").click()
    expect(teacher.locator("#lesson-title")).to_have_text("Lesson: scene 1 of 8")
    teacher.locator("#lesson-next").click()
    expect(teacher.locator("#lesson-scene")).to_have_text("Only steps")
    expect(teacher.locator("#up")).to_have_value("increments")


def test_long_names_and_questions_widen_no_page(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    name, student = "W" * 150, "M" * 30
    shell(site, f"make_user({name!r})")
    cookie = {"name": "sessionid", "value": sign_in(daphne, name).split("=", 1)[1]}
    teacher = visitors.arrive(viewport=LAPTOP, chart=False)
    teacher.context.add_cookies([cookie | {"url": daphne.url}])
    visitors.visit(teacher, f"{daphne.url}/motions/new/")
    lesson = READY["6-how-sure-are-you"]
    path = start(teacher, lesson.title)
    phone = visitors.arrive(viewport=PHONE, chart=False, has_touch=True)
    visitors.visit(phone, f"{daphne.url}{make_code(site, path)}")
    phone.locator("[name=name]").fill(student)
    phone.get_by_role("button", name="Join").click()
    press_next(teacher, 2, lesson)
    teacher.locator("#lesson-ask").click()
    expect(phone.locator("#answer-low")).to_be_visible()
    teacher.get_by_role("button", name=f"Let {student} control").click()
    expect(phone.locator("#pause")).to_be_enabled()

    phone.locator("#freeze").click()
    expect(phone.locator("#presenter-button")).to_be_visible()
    assert phone.locator("#answer-numbers").bounding_box()["height"] < 50  # in one line
    field = phone.locator("#answer-low")
    assert field.evaluate("(field) => parseFloat(getComputedStyle(field).fontSize)") >= 16
    long = "kind=Kind.CHOICE, text='W' * 200, options=('X' * 80, 'Y' * 80)"
    shell(
        site,
        "from motion.core.questions import Draft, Kind; from motion.services import questions",
        f"motion = Motion.objects.get(slug={path.split('/')[2]!r})",
        f"questions.ask_question(motion.pk, Draft({long}))",
    )
    for page in (phone, teacher):
        expect(page.get_by_text("X" * 80).locator("visible=true")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    teacher.set_viewport_size({"width": 320, "height": 640})
    assert teacher.evaluate("document.documentElement.scrollWidth") <= 320


def test_malformed_file_is_refused_with_the_place(enter: Enter, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    scene = {"title": "One", "question": {"kind": "riddle", "text": "What?"}}
    file.write_text(json.dumps({"format": 1, "title": "Wrong", "scenes": [scene]}))
    teacher = enter("/motions/new/")

    teacher.get_by_label("Lesson from a file").set_input_files(file)
    teacher.locator(".from-file").get_by_role("button", name="Start").click()

    message = "This lesson cannot be used. scenes[0].question.kind: must be where, interval, "
    expect(teacher.locator(".messages p")).to_have_text(message + "choice or number.")
    expect(teacher.locator("h1")).to_have_text("New motion")


def test_answer_on_the_chart_does_not_leave_the_view_of_the_teacher(
    enter: Enter, visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    lesson = READY["6-how-sure-are-you"]
    teacher = enter("/motions/new/")
    phone = join(visitors, daphne, make_code(site, start(teacher, lesson.title)), "Mia")
    press_next(teacher, 2, lesson)
    teacher.locator("#lesson-ask").click()

    phone.get_by_role("slider", name="Upper end").press("PageUp")
    phone.get_by_role("slider", name="Upper end").click()

    expect(phone.locator("#answer-high")).not_to_have_value("")
    expect(phone.locator("#presenter-text")).to_have_text("Following ada")
