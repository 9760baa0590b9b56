"""The pages, as a browser that runs no script gets them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from motion.models import Epoch, Motion
from motion.services import motions
from motion.telemetry.release import page_version
from tests.support.factories import make_motion, make_user
from tests.support.markup import parse_html

pytestmark = pytest.mark.django_db

MARK = re.compile(r'<html[^>]* data-session="([\w-]*)"')
SEED = 8_131_415_926_535_897


@pytest.fixture
def motion() -> Motion:
    return make_motion(slug="shown", title="Shown to all", step=40, seed=SEED, variance=0.25)


def read_page_data(html: str) -> dict[str, Any]:
    """What the page hands to its scripts."""
    data: dict[str, Any] = json.loads(parse_html(html).find("script", id="page").text)
    return data


def get(path: str, client: Client | None = None) -> str:
    response = (client or Client()).get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_root_shows_the_default_motion(settings: Any) -> None:
    make_motion(slug=settings.DEFAULT_MOTION, title="The first")

    html = get("/")

    assert "<title>The first</title>" in html
    assert f'data-socket="/ws/motions/{settings.DEFAULT_MOTION}/"' in html


def test_root_without_a_motion_is_404() -> None:
    assert Client().get("/").status_code == 404


def test_page_hands_over_its_state(motion: Motion) -> None:
    html = get("/motions/shown/")

    timeline = motion.changes.get().timeline
    assert 'data-socket="/ws/motions/shown/"' in html
    assert read_page_data(html)["state"] == {
        "type": "state",
        "slug": "shown",
        "title": "Shown to all",
        "epoch": motion.epoch,
        "revision": 1,
        "step": 40,
        "position": pytest.approx(timeline.positions(40, 40)[0]),
        "variance": 0.25,
        "drift": 0.0,
        "interval": 0.5,
        "paused": False,
        "by": None,
        "at": motion.changes.get().at.isoformat(timespec="milliseconds"),
        "event": 1,
        "kind": "",
        "text": "Started",
        "owner": None,
        "owner_id": None,
        "visibility": "public",
        "control": "everyone",
        "controllers": [],
        "controller_ids": [],
        "paths": 0,
        "ensemble": 0,
        "names_hidden": False,
        "access_version": motion.access_version,
        "scene": 0,
        "scenes": 0,
        "can_control": True,
        "version": page_version(),
    }


@pytest.mark.parametrize(
    ("variance", "drift", "interval"), [("4", "-3", "2"), ("0.25", "0.1", "0.05")]
)
def test_fields_show_numbers_as_people_write_them(variance: str, drift: str, interval: str) -> None:
    values = {"variance": float(variance), "drift": float(drift), "interval": float(interval)}
    make_motion(slug="written", **values)

    html = get("/motions/written/")

    shared = parse_html(html).find("form", id="shared")
    assert f"Variance: {variance}<" in html
    fields = shared.find_all("input", id=True, value=True)
    assert {field["id"]: field["value"] for field in fields} == {
        "variance": variance,
        "variance-slider": variance,
        "drift": drift,
        "interval": interval,
    }


def test_page_sketches_the_newest_steps() -> None:
    make_motion(slug="long", step=10_000)

    html = get("/motions/long/")

    sketch = parse_html(html).find("div", id="sketch").find("polyline")
    assert len(sketch["points"].split()) == 601
    assert "at step 10,000." in html


def test_page_holds_no_seed(motion: Motion) -> None:
    assert Epoch.objects.get(motion=motion).seed == SEED

    html = get("/motions/shown/")

    assert str(SEED) not in html
    assert "seed" not in html.lower()


@pytest.mark.parametrize("path", ["/motions/nothing/", "/nowhere/", "/motions/shown/x/"])
def test_missing_page_is_404_with_our_layout(motion: Motion, path: str) -> None:
    response = Client().get(path)

    assert response.status_code == 404
    assert "<h1>Page not found.</h1>" in response.content.decode()
    assert "motion/css/base.css" in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_page_takes_no_commands(motion: Motion, method: str) -> None:
    response = getattr(Client(), method)("/motions/shown/")

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_motion_page_answers_head(motion: Motion) -> None:
    assert Client().head("/motions/shown/").status_code == 200


def test_motion_page_escapes_the_title() -> None:
    make_motion(slug="sly", title="</script><script>alert(1)</script>")

    html = get("/motions/sly/")

    assert "<script>alert" not in html
    assert read_page_data(html)["state"]["title"] == "</script><script>alert(1)</script>"


def test_queries_do_not_grow_with_the_path() -> None:
    def queries_at(step: int) -> int:
        make_motion(slug=f"at-{step}", step=step)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            get(f"/motions/at-{step}/")
        return len(queries)

    few, many, most = (queries_at(step) for step in (1, 1_000, 2**39))

    assert few == many == most <= 6


def test_page_costs_no_more_for_a_motion_of_many_changes(motion: Motion) -> None:
    def rows_read() -> int:
        with CaptureQueriesContext(connection) as queries:
            get("/motions/shown/")
        return len(queries)

    first = rows_read()
    for number in range(30):
        motions.change_motion(motion.pk, values={"variance": 1.0 + number})
        Motion.objects.filter(pk=motion.pk).update(step=F("step") + 1_000)

    assert rows_read() == first
    page = read_page_data(get("/motions/shown/"))["state"]
    assert (page["revision"], page["variance"]) == (31, 30.0)


# --- who may control -----------------------------------------------------------------------


def make_client(name: str) -> Client:
    client = Client()
    if name == "visitor":
        return client
    user = make_user(name, is_staff=name == "teacher")
    if name == "teacher":
        user.user_permissions.add(Permission.objects.get(codename="change_motion"))
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("control", "may"),
    [
        ("everyone", {"visitor", "student", "teacher"}),
        ("signed-in", {"student", "teacher"}),
        ("controllers", {"teacher"}),
    ],
)
@pytest.mark.parametrize("who", ["visitor", "student", "teacher"])
def test_page_shows_permission_to_control(control: str, may: set[str], who: str) -> None:
    make_motion(slug="guarded", control=control)

    html = get("/motions/guarded/", make_client(who))

    assert read_page_data(html)["state"]["can_control"] is (who in may)


# --- who watches without an account ------------------------------------------------------------


def test_visitor_has_one_viewer_cookie_for_all_tabs(motion: Motion) -> None:
    client = Client()

    first = client.get("/motions/shown/").cookies["viewer"]
    second = client.get("/motions/shown/").cookies

    assert (first["httponly"], first["samesite"], len(first.value)) == (True, "Lax", 22)
    assert "viewer" not in second


def test_user_needs_no_viewer_cookie(motion: Motion) -> None:
    client = Client()
    client.force_login(make_user("ada"))

    assert "viewer" not in client.get("/motions/shown/").cookies


@pytest.mark.parametrize(
    "path", ["/motions/", "/motions/shown/", "/accounts/", "/accounts/email/", "/admin/"]
)
def test_page_reloads_when_restored_after_signing_in(motion: Motion, path: str) -> None:
    client = Client()
    client.force_login(make_user("ann", is_staff=True, is_superuser=True))

    assert "motion/pages/signed-in.js" in get(path, client)


def test_pages_have_the_mark_of_their_session(motion: Motion) -> None:
    client, ann, marks = Client(), make_user("ann"), []
    for _ in range(2):
        client.force_login(ann)
        marks += [MARK.findall(get(path, client)) for path in ("/motions/", "/motions/shown/")]
        client.logout()

    assert marks[0] == marks[1] != marks[2] == marks[3]
    first, second = (marks[at][0].split("-") for at in (0, 2))
    assert first[0] == second[0]  # the person
    assert {len(part) for part in (*first, *second)} == {16}
    assert MARK.findall(get("/motions/shown/")) == [""]


def test_visitor_page_has_no_script_for_signed_in_people(motion: Motion) -> None:
    assert "motion/pages/signed-in.js" not in get("/motions/shown/")
