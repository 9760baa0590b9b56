"""Lessons over HTTP: started in one click, from a file, changed; and hidden from everyone else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from motion.core.lesson_parser import LESSON_BYTES
from motion.core.lessons import Lesson, Scene, Settings, View, write_lesson
from motion.core.questions import Draft, Kind
from motion.models import Membership, Motion
from motion.queries.lessons import load_lesson
from motion.services import lessons, questions
from tests.support.asking import join
from tests.support.factories import make_own_motion, make_user, reload
from tests.support.markup import read_page

pytestmark = pytest.mark.django_db

NOTES = "Adelaide whispers the notes"
ASKED = "Which way does the wombat go?"
OPTION = "Uphill like a quokka"
SECRETS = (NOTES, ASKED, OPTION, "Plan of scene two", "A lesson nobody sees")
"""What the lesson has that nobody but a manager may read."""

LESSON = Lesson(
    title="A lesson nobody sees",
    scenes=(
        Scene(
            title="First",
            notes=NOTES,
            view=View(mode="whole"),
            question=Draft(kind=Kind.CHOICE, text=ASKED, options=(OPTION, "Downhill"), correct=0.0),
        ),
        Scene(title="Plan of scene two", notes=NOTES, settings=Settings(variance=4.0)),
    ),
)


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def motion(ada: Any) -> Motion:
    """A public motion of ada's with a lesson, in its first scene, whose question is prepared."""
    motion = make_own_motion(ada, slug="taught", title="Taught", visibility="public")
    lessons.set_lesson(motion.pk, LESSON, by=ada)
    return reload(motion)


@pytest.fixture
def owner(ada: Any) -> Client:
    client = Client()
    client.force_login(ada)
    return client


def make_file(text: str | bytes, name: str = "lesson.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def act(client: Client, action: str, slug: str = "taught", **form: Any) -> Any:
    """What the page's own script gets for an action."""
    form["action"] = action
    return client.post(f"/motions/{slug}/lesson/", form, headers={"Accept": "application/json"})


def find_messages(response: Any) -> str:
    return str(read_page(response).find(class_="messages").text)


# --- starting ----------------------------------------------------------------------------------


def test_new_motion_offers_six_lessons_and_a_file(owner: Client):
    page = read_page(owner.get("/motions/new/"))

    cards = page.find_all("li", class_="ready")
    assert [card.find("h3").text for card in cards] == [
        "The √k law",
        "Variance is not standard deviation",
        "Quadratic variation",
        "The arcsine law",
        "Barrier and ruin",
        "How sure are you?",
    ]
    assert page.find("input", type="file")["accept"] == ".json,application/json"


def test_ready_lesson_starts_in_one_click(owner: Client, ada: Any):
    card = read_page(owner.get("/motions/new/")).find_all("li", class_="ready")[3]
    form = {field["name"]: field["value"] for field in card.find_all("input", value=True)}

    for _ in range(2):  # two taps make one motion
        response = owner.post(card.find("form")["action"], form)

    motion = Motion.objects.get()
    assert response["Location"] == f"/motions/{motion.slug}/?lesson"
    assert (motion.title, motion.ensemble, motion.step) == ("The arcsine law", 40, 0)
    assert (motion.paused, motion.scene, motion.scenes) == (True, 1, 7)
    assert list(motion.memberships.values_list("user", "role")) == [(ada.pk, "owner")]


def test_lesson_starts_from_a_file(owner: Client):
    owner.post("/motions/new/lesson/", {"file": make_file(write_lesson(LESSON))})

    motion = Motion.objects.get()
    assert motion.title == LESSON.title
    assert load_lesson(motion.pk) == LESSON


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (make_file("[]"), "This lesson cannot be used. lesson: must be an object"),
        (make_file(b"\xff"), "lesson: must be one JSON object in UTF-8."),
        (make_file(b" " * (LESSON_BYTES + 1)), "lesson: can have at most 64 KiB."),
        (
            make_file(write_lesson(LESSON).replace('"choice"', '"chance"')),
            "scenes[0].question.kind: must be where, interval, choice or number.",
        ),
        (None, "The file must be a lesson in JSON: choose one."),
    ],
)
@pytest.mark.fault("a lesson that is malformed")
def test_malformed_lesson_starts_nothing_and_says_where_it_is_wrong(
    owner: Client, file: Any, problem: str
):
    form = {} if file is None else {"file": file}
    response = owner.post("/motions/new/lesson/", form, follow=True)

    assert response.redirect_chain == [("/motions/new/", 302)]
    assert problem in find_messages(response)
    assert not Motion.objects.exists()


def test_start_lesson_refuses_an_unknown_one(owner: Client):
    response = owner.post("/motions/new/lesson/", {"ready": "../secret"}, follow=True)

    assert "The lesson must be one of 1-square-root-law, " in find_messages(response)
    assert not Motion.objects.exists()


def test_start_lesson_needs_an_account(motion: Motion):
    guest = Client()
    guest.force_login(join(motion, "Mia"))

    for client in (Client(), guest):
        response = client.post("/motions/new/lesson/", {"ready": "1-square-root-law"})
        assert response["Location"].startswith("/accounts/login/")
    assert Motion.objects.count() == 1


# --- going through -----------------------------------------------------------------------------


def test_lesson_answers_where_the_motion_is(motion: Motion, owner: Client):
    response = owner.get("/motions/taught/lesson/")

    assert response["Cache-Control"] == "private, no-store"
    assert response.json() == {
        "lesson": LESSON.title,
        "scene": 1,
        "scenes": 2,
        "titles": ["First", "Plan of scene two"],
        "title": "First",
        "notes": NOTES,
        "view": {
            "mode": "whole",
            "range": None,
            "around": None,
            "across": "step",
            "up": "position",
            "band": None,
            "changes": True,
            "class": True,
            "slice": "newest",
            "law": None,
            "panels": ["histogram", "moments"],
        },
        "question": {
            "kind": "choice",
            "text": ASKED,
            "options": [OPTION, "Downhill"],
            "correct": 0.0,
            "number": 1,
            "state": "prepared",
        },
    }


def test_go_moves_the_motion(motion: Motion, owner: Client):
    after = act(owner, "go", scene="2").json()
    assert (after["scene"], after["title"], after["question"]) == (2, "Plan of scene two", None)
    assert reload(motion).variance == 4.0

    assert act(owner, "go", scene="3").status_code == 400
    assert act(owner, "go", scene="1").json()["scene"] == 1
    assert reload(motion).scene == 1
    assert act(owner, "go", scene="x").json() == {
        "message": "The scene must be a whole number from 1 to 2."
    }


def test_lesson_says_what_became_of_its_question(motion: Motion, owner: Client):
    questions.open_question(motion.pk, 1)
    assert owner.get("/motions/taught/lesson/").json()["question"]["state"] == "open"

    questions.remove_question(motion.pk, 1)
    question = owner.get("/motions/taught/lesson/").json()["question"]
    assert (question["number"], question["state"], question["text"]) == (None, "", ASKED)


def test_add_takes_a_view(motion: Motion, owner: Client):
    view = {"mode": "fixed", "range": [0, 400], "panels": []}
    form = {"title": "Mine", "notes": "Say.", "view": json.dumps(view)}

    assert act(owner, "add", **form).json()["titles"] == ["First", "Mine", "Plan of scene two"]
    lesson = load_lesson(motion.pk)
    assert lesson is not None
    assert lesson.scenes[1].view == View(mode="fixed", range=(0, 400), panels=())


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"action": "jump"}, "The action must be one of go, add, remove, set, make."),
        ({"action": "add", "title": ""}, "scenes[1].title: must be text of 1 to 80"),
        ({"action": "add", "title": "A", "view": "{"}, "view: must be one JSON object in UTF-8."),
        (
            {"action": "add", "title": "A", "view": '{"slice": 1, "slice": 2}'},
            "view.slice: is there twice.",
        ),
        ({"action": "add", "title": "A", "view": '{"mode": 1}'}, "view.mode: must be live,"),
        ({"action": "set"}, "The file must be a lesson in JSON"),
        ({"action": "remove", "scene": "3"}, "The scene must be a whole number from 1 to 2."),
    ],
)
def test_refused_action_changes_nothing(motion: Motion, owner: Client, form: Any, message: str):
    response = act(owner, **form)

    assert response.status_code == 400
    assert response.json()["message"].startswith(message)
    assert load_lesson(motion.pk) == LESSON
    assert reload(motion).access_version == motion.access_version


def test_remove_removes_a_scene_or_the_lesson(motion: Motion, owner: Client):
    assert act(owner, "remove", scene="2", scenes="3").status_code == 409
    assert act(owner, "remove", scene="2", scenes="2").json()["titles"] == ["First"]
    assert act(owner, "remove").json() == {"lesson": None, "scene": 0, "scenes": 0}
    assert owner.get("/motions/taught/lesson/").json() == {"lesson": None, "scene": 0, "scenes": 0}
    assert owner.get("/motions/taught/lesson.json").status_code == 404
    assert act(owner, "go", scene="1").status_code == 404


# --- settings ----------------------------------------------------------------------------------


def test_settings_export_what_can_be_imported_again(motion: Motion, owner: Client):
    page = read_page(owner.get("/motions/taught/settings/"))
    link = page.find("a", download=True)

    response = owner.get(link["href"])

    assert response["Content-Disposition"] == 'attachment; filename="taught-lesson.json"'
    act(owner, "remove")
    owner.post("/motions/taught/lesson/", {"action": "set", "file": make_file(response.content)})
    assert load_lesson(motion.pk) == LESSON


def test_settings_say_why_a_file_is_refused(motion: Motion, owner: Client):
    file = make_file(write_lesson(LESSON).replace('"whole"', '"hole"'))
    response = owner.post("/motions/taught/lesson/", {"action": "set", "file": file}, follow=True)

    assert response.redirect_chain == [("/motions/taught/settings/#lesson", 302)]
    assert "scenes[0].view.mode: must be live, whole or fixed." in find_messages(response)
    assert load_lesson(motion.pk) == LESSON


def test_settings_replace_a_lesson_of_a_newer_version(motion: Motion, owner: Client):
    """As after going back to the release before."""
    motion.lesson.content["scenes"][0]["sound"] = "gong"
    motion.lesson.save()

    response = owner.get("/motions/taught/settings/")
    owner.post("/motions/taught/lesson/", {"action": "set", "ready": "2-variance"})

    assert response.status_code == 200
    assert "cannot be read. scenes[0].sound: is unknown" in find_messages(response)
    assert reload(motion).scenes == len(lessons.load_ready_lessons()["2-variance"].scenes)


def test_settings_make_use_and_stop_a_lesson(owner: Client, ada: Any):
    motion = make_own_motion(ada, slug="plain")
    section = read_page(owner.get("/motions/plain/settings/")).find("section", id="lesson")
    assert section.find("button", value="make").text == "Make a lesson of this motion"

    owner.post("/motions/plain/lesson/", {"action": "make"})
    assert reload(motion).scenes == 1
    owner.post("/motions/plain/lesson/", {"action": "set", "ready": "4-arcsine-law"})
    assert reload(motion).scenes == 7
    text = read_page(owner.get("/motions/plain/settings/")).find("section", id="lesson").text
    assert "This motion follows “The arcsine law”, scene 1 of 7." in text
    owner.post("/motions/plain/lesson/", {"action": "remove"})
    assert reload(motion).scenes == 0


# --- nobody else -------------------------------------------------------------------------------

ADDRESSES = (
    *("/motions/taught/", "/motions/taught/?wall", "/motions/taught/frames.json"),
    *("/motions/taught/lesson/", "/motions/taught/lesson.json", "/motions/taught/settings/"),
    *("/motions/taught/questions.json", "/motions/taught/questions.csv"),
    *("/motions/taught/epochs.json", "/motions/taught/path.json", "/motions/taught/changes/"),
    *("/motions/taught/people/", "/motions/taught/share/", "/motions/taught/reproduce/"),
    *("/motions/", "/", "/admin/motion/question/", "/admin/motion/lesson/"),
)


@pytest.fixture
def reader(motion: Motion, request: Any) -> Client:
    """Someone who may see the motion and does not manage it."""
    client = Client()
    if request.param == "guest":
        client.force_login(join(motion, "Mia"))
    elif request.param != "visitor":
        user = make_user(request.param, is_staff=request.param == "staff")
        if request.param == "controller":
            Membership.objects.create(motion=motion, user=user, role="controller")
        client.force_login(user)
    return client


WHO = pytest.mark.parametrize(
    "reader", ["visitor", "guest", "stranger", "controller", "staff"], indirect=True
)


@WHO
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.fault("the notes, prepared questions and right answers of a lesson, read by a student")
def test_lesson_is_hidden_from_everyone_who_does_not_manage_the_motion(
    motion: Motion, reader: Client, address: str
):
    response = reader.get(address, follow=True)

    for secret in SECRETS:
        assert secret not in response.content.decode()
        assert json.dumps(secret)[1:-1] not in response.content.decode()


@WHO
def test_open_question_shows_neither_the_notes_nor_the_right_answer(motion: Motion, reader: Client):
    questions.open_question(motion.pk, 1)

    for address in ADDRESSES:
        text = reader.get(address, follow=True).content.decode()
        assert NOTES not in text
        assert '"correct":0' not in text.replace(" ", "")


@WHO
@pytest.mark.parametrize("action", ["go", "add", "remove", "set", "make"])
def test_lesson_is_changed_by_its_owner_only(motion: Motion, reader: Client, action: str):
    response = act(reader, action, scene="2", title="Mine", ready="4-arcsine-law")

    assert response.status_code == 403
    assert load_lesson(motion.pk) == LESSON
    assert reload(motion).scene == 1


@pytest.mark.parametrize(("visibility", "status"), [("unlisted", 403), ("private", 404)])
def test_form_of_the_settings_is_refused_on_a_page(
    motion: Motion, owner: Client, visibility: str, status: int
):
    """The session of the owner may have ended in another tab."""
    Motion.objects.filter(pk=motion.pk).update(visibility=visibility)
    owner.logout()

    response = owner.post("/motions/taught/lesson/", {"action": "remove"})

    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert load_lesson(motion.pk) == LESSON


def test_owner_reads_what_others_may_not(motion: Motion, owner: Client):
    """So the tests above could fail."""
    seen = [owner.get(address).content.decode() for address in ADDRESSES]

    for secret in SECRETS:
        assert any(secret in text for text in seen), secret
    assert NOTES not in owner.get("/motions/taught/?wall").content.decode()


def test_lesson_of_a_private_motion_looks_missing(motion: Motion):
    Motion.objects.filter(pk=motion.pk).update(visibility="private")

    for address in ("/motions/taught/lesson/", "/motions/taught/lesson.json"):
        assert Client().get(address).status_code == 404
