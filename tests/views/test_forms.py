"""What people type: checked, refused beside its field, and kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from motion.core.errors import InvalidValueError
from motion.core.parameters import Parameters
from motion.core.typed import read_number
from motion.models import Membership, Motion
from motion.services import members, motions
from motion.views.fields import TitleField, format_value
from motion.views.forms import NewMotionForm
from tests.support.factories import make_motion, make_own_motion, make_user
from tests.support.markup import parse_html, read_page
from tests.support.typed_numbers import AMBIGUOUS, MEANT, NO_NUMBERS

TYPED = {
    "title": "A walk",
    "variance": "0.25",
    "drift": "-0.5",
    "interval": "2",
    "visibility": "private",
    "control": "signed-in",
}
VARIANCE = "Enter a number from 0 to 10,000."
DRIFT = "Enter a number from −1,000 to 1,000."
INTERVAL = "Enter a number from 0.02 to 3,600 seconds."


@pytest.fixture
def ada(db: None) -> Any:
    return make_user("ada")


@pytest.fixture
def client(ada: Any) -> Client:
    client = Client()
    client.force_login(ada)
    return client


# --- fields ----------------------------------------------------------------------------------


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.parametrize(
    ("name", "typed", "refusal"),
    [
        *(("variance", typed, VARIANCE) for typed in ("-0.1", "10000.5", "NaN", "inf", "1e999")),
        *(("variance", typed, VARIANCE) for typed in ("", " ", "x", "1,5,5", "-Infinity", "0x1")),
        *(("drift", typed, DRIFT) for typed in ("-1000.1", "1001", "nan", "-1e999", "")),
        *(("interval", typed, INTERVAL) for typed in ("0", "0.01", "3601", "nan", "")),
    ],
)
def test_parameter_is_refused_in_its_own_words(name: str, typed: str, refusal: str) -> None:
    form = NewMotionForm(TYPED | {name: typed})

    assert form.errors == {name: [refusal]}


@pytest.mark.parametrize("typed", ["-1", "1001", "1,001", "2.5", "x", "1,5", "9" * 30])
def test_number_of_paths_is_refused_in_its_own_words(typed: str) -> None:
    form = NewMotionForm(TYPED | {"ensemble": typed})

    assert form.errors == {"ensemble": ["Enter a whole number from 0 to 1,000."]}


@pytest.mark.parametrize(
    ("typed", "paths"),
    [({"ensemble": "40"}, 40), ({"ensemble": "1,000"}, 1_000), ({"ensemble": " "}, 0), ({}, 0)],
)
def test_number_of_paths_within_its_limits_is_taken(typed: dict[str, str], paths: int) -> None:
    form = NewMotionForm(TYPED | typed)

    assert not form.errors
    assert form.cleaned_data["ensemble"] == paths


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("variance", "0", 0.0),
        ("variance", " 10000 ", 10_000.0),
        ("variance", "1e-3", 0.001),
        ("variance", "0,5", 0.5),
        ("drift", "-1000", -1_000.0),
        ("drift", "−0,25", -0.25),
        ("interval", "0.02", 0.02),
    ],
)
def test_parameter_within_its_limits_is_taken(name: str, typed: str, value: float) -> None:
    form = NewMotionForm(TYPED | {name: typed})

    assert form.is_valid()
    assert form.cleaned_data[name] == value


@pytest.mark.parametrize("typed", AMBIGUOUS)
def test_parameter_that_can_mean_two_numbers_is_refused(typed: str) -> None:
    form = NewMotionForm(TYPED | {"variance": typed})

    assert form.errors == {"variance": [AMBIGUOUS[typed]]}


@pytest.mark.parametrize("typed", MEANT)
def test_read_number_accepts_common_spellings(typed: str) -> None:
    assert read_number(typed) == MEANT[typed]


@pytest.mark.parametrize("typed", [*NO_NUMBERS, *AMBIGUOUS])
def test_read_number_refuses_other_text(typed: str) -> None:
    assert read_number(typed) is None


@pytest.mark.parametrize("title", ["", "   ", "x" * 121, "\u200b", "\u202e\u3164\x85"])
def test_title_is_refused(title: str) -> None:
    assert list(NewMotionForm(TYPED | {"title": title}).errors) == ["title"]


@pytest.mark.parametrize("name", ["visibility", "control"])
@pytest.mark.parametrize("choice", ["", "owner", "everything"])
def test_choice_that_is_none_is_refused(name: str, choice: str) -> None:
    assert list(NewMotionForm(TYPED | {name: choice}).errors) == [name]


# --- the page --------------------------------------------------------------------------------


def test_new_motion_begins_as_its_maker_expects(client: Client) -> None:
    page = read_page(client.get("/motions/new/"))

    checked = {field["name"]: field["value"] for field in page.find_all("input", checked=True)}
    typed = {field["name"]: field["value"] for field in page.find_all(type="text", value=True)}
    assert checked == {"visibility": "unlisted", "control": "controllers"}
    assert typed == {"variance": "1", "drift": "0", "interval": "0.5", "ensemble": "0"}


def test_new_motion_is_made_and_shown(client: Client, ada: Any) -> None:
    response = client.post("/motions/new/", TYPED)

    motion = Motion.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/motions/{motion.slug}/"
    assert motion.title == "A walk"
    assert motion.parameters == Parameters(variance=0.25, drift=-0.5, interval=2.0)
    assert (motion.visibility, motion.control) == ("private", "signed-in")
    assert list(motion.memberships.values_list("user", "role")) == [(ada.pk, "owner")]
    assert motion.changes.get().by == ada


@pytest.mark.parametrize(
    "key", ["a/b/c/d/e/f/", "abcdefghijk/", "ABCDEFGHIJKM", "short", "a" * 200]
)
def test_new_motion_has_a_page_when_its_key_is_wrong(client: Client, key: str) -> None:
    response = client.post("/motions/new/", TYPED | {"key": key})

    assert re.fullmatch(r"/motions/a-walk-[a-z2-9]{12}/", response["Location"])
    assert client.get(response["Location"]).status_code == 200


def test_new_motion_waits_at_step_0_when_it_begins_paused(client: Client, ada: Any) -> None:
    form = read_page(client.get("/motions/new/"))
    box = form.find("input", type="checkbox", name="paused")
    assert form.find("label", for_=box["id"]).text.startswith("Begin paused")

    page = client.post("/motions/new/", TYPED | {"paused": "on"}, follow=True).content.decode()

    motion = Motion.objects.get()
    assert motion.parameters == Parameters(variance=0.25, drift=-0.5, interval=2.0, paused=True)
    assert '<p id="beginning" class="beginning" role="status">Paused at step 0. Press' in page


def test_refused_motion_is_not_created_and_input_stays(client: Client) -> None:
    response = client.post("/motions/new/", TYPED | {"variance": "1e999", "title": ""})

    html = response.content.decode()
    assert response.status_code == 200
    assert not Motion.objects.exists()
    assert 'value="1e999"' in html
    assert 'value="-0.5"' in html
    assert f'<ul class="errorlist" id="id_variance_error"><li>{VARIANCE}</li></ul>' in html
    field = parse_html(html).find("input", type="text", name="variance")
    assert field["aria-invalid"] == "true"
    assert "id_variance_error" in field["aria-describedby"].split()


def test_one_motion_too_many_is_refused(client: Client, ada: Any, settings: Any) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1
    make_own_motion(ada)

    html = client.post("/motions/new/", TYPED).content.decode()

    assert "One person can own at most 1 motions" in html
    assert 'value="A walk"' in html
    assert Motion.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_new_motion_asks_a_visitor_to_sign_in(method: str) -> None:
    response = getattr(Client(), method)("/motions/new/", TYPED if method == "post" else {})

    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/motions/new/"
    assert not Motion.objects.exists()


def test_new_motion_takes_no_post_from_elsewhere(ada: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)

    assert client.post("/motions/new/", TYPED).status_code == 403
    assert not Motion.objects.exists()


def test_seeing_the_form_makes_nothing(client: Client) -> None:
    client.get("/motions/new/", TYPED)

    assert not Motion.objects.exists()
    assert not Membership.objects.exists()


# --- the address of the page is no motion's ----------------------------------------------------


@pytest.mark.django_db
def test_no_motion_is_called_new() -> None:
    motion = make_motion(slug="other")

    with pytest.raises(InvalidValueError, match="one that no other motion has"):
        motions.create_motion(title="New", slug="new")
    with pytest.raises(InvalidValueError, match="one that no other motion has"):
        motions.update_description(motion.pk, slug="new")

    motion.refresh_from_db()
    assert motion.slug == "other"


@pytest.mark.django_db
def test_motion_titled_new_has_an_address_of_its_own() -> None:
    motion = members.create_own_motion(make_user("ben"), title="New")

    assert re.fullmatch(r"new-\w{12}", motion.slug)


def test_conflict_shows_titles_cleaned_and_isolated() -> None:
    assert format_value(TitleField(), "A\u202eB\u200b") == "“AB”"
    assert format_value(TitleField(), "\u05d0") == "“\u2068\u05d0\u2069”"
