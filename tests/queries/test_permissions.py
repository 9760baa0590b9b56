"""Who may do what with a motion."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from motion.core.errors import NoSuchMotionError
from motion.models import Membership, Motion
from motion.queries import permissions
from motion.queries.permissions import Person
from tests.support.factories import make_motion, make_user

PEOPLE = {
    "visitor": Person(),
    "stranger": Person(user_id=1, name="stranger"),
    "viewer": Person(user_id=2, name="viewer", role="viewer"),
    "controller": Person(user_id=3, name="controller", role="controller"),
    "owner": Person(user_id=4, name="owner", role="owner"),
    "reader": Person(user_id=5, name="reader", sees_all=True),
    "administrator": Person(user_id=6, name="administrator", sees_all=True, changes_all=True),
}
MEMBERS = {"viewer", "controller", "owner"}
ALWAYS = {"owner", "administrator"}


def rules(visibility: str = "public", control: str = "everyone", owner_only: bool = False):  # type: ignore[no-untyped-def]
    return SimpleNamespace(visibility=visibility, control=control, owner_only=owner_only)


def those_who(may) -> set[str]:  # type: ignore[no-untyped-def]
    return {name for name, person in PEOPLE.items() if may(person)}


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("public", set(PEOPLE)),
        ("unlisted", set(PEOPLE)),
        ("private", MEMBERS | {"reader", "administrator"}),
    ],
)
def test_visibility_lets_see_who_it_names(visibility: str, expected: set[str]) -> None:
    assert those_who(lambda person: permissions.can_see(rules(visibility), person)) == expected


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("everyone", set(PEOPLE)),
        ("signed-in", set(PEOPLE) - {"visitor"}),
        ("controllers", ALWAYS | {"controller"}),
    ],
)
def test_policy_lets_control_who_it_names(control: str, expected: set[str]) -> None:
    may = those_who(lambda person: permissions.can_control(rules(control=control), person))

    assert may == expected


@pytest.mark.parametrize("control", Motion.Control.values)
def test_only_the_owner_controls_while_that_is_on(control: str) -> None:
    guarded = rules(control=control, owner_only=True)

    assert those_who(lambda person: permissions.can_control(guarded, person)) == ALWAYS


@pytest.mark.parametrize(
    ("visibility", "control", "owner_only"),
    list(product(Motion.Visibility.values, Motion.Control.values, [False, True])),
)
def test_nobody_controls_what_they_may_not_see(
    visibility: str, control: str, owner_only: bool
) -> None:
    guarded = rules(visibility, control, owner_only)
    can_see = those_who(lambda person: permissions.can_see(guarded, person))

    assert those_who(lambda person: permissions.can_control(guarded, person)) <= can_see


def test_owner_and_administrators_alone_administer() -> None:
    assert those_who(permissions.can_manage) == ALWAYS


# --- as the database has them ----------------------------------------------------------------


def permit(user, *codenames: str):  # type: ignore[no-untyped-def]
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


@pytest.mark.django_db
def test_person_is_read_with_role_and_permissions() -> None:
    motion, other = make_motion(), make_motion()
    ada, ben = make_user("ada"), make_user("ben")
    reader = permit(make_user("reader", is_staff=True), "view_motion")
    editor = permit(make_user("editor", is_staff=True), "view_motion", "change_motion")
    Membership.objects.create(motion=motion, user=ada, role="controller")
    Membership.objects.create(motion=other, user=ben, role="owner")

    found = permissions.load_people(motion.pk, [ada.pk, ben.pk, reader.pk, editor.pk])

    assert found == {
        ada.pk: Person(user_id=ada.pk, name="ada", role="controller"),
        ben.pk: Person(user_id=ben.pk, name="ben"),
        reader.pk: Person(user_id=reader.pk, name="reader", sees_all=True),
        editor.pk: Person(user_id=editor.pk, name="editor", sees_all=True, changes_all=True),
    }


@pytest.mark.django_db
def test_people_without_an_active_account_are_nobody() -> None:
    motion, gone = make_motion(), make_user("gone", is_active=False, is_superuser=True)
    Membership.objects.create(motion=motion, user=gone, role="owner")

    who = [permissions.load_person(motion.pk, user) for user in (None, AnonymousUser(), gone)]

    assert who == [Person()] * 3


@pytest.mark.django_db
def test_people_cost_two_queries_however_many() -> None:
    motion = make_motion()
    ids = [make_user(f"user-{number}").pk for number in range(20)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        permissions.load_people(motion.pk, ids)

    assert len(queries) == 2


@pytest.mark.django_db
def test_who_may_change_motions_in_the_admin_may_see_them_too() -> None:
    editor = permit(make_user("editor", is_staff=True), "change_motion")
    motion = make_motion(slug="hidden", visibility="private")

    assert permissions.get_visible_motion("hidden", editor).motion == motion


@pytest.mark.django_db
def test_hidden_motion_costs_the_same_queries_as_none() -> None:
    make_motion(slug="hidden", visibility="private")
    stranger = make_user("stranger")

    counts = []
    for slug in ("hidden", "none"):
        with CaptureQueriesContext(connection) as queries, pytest.raises(NoSuchMotionError):
            permissions.get_visible_motion(slug, stranger)
        counts.append(len(queries))

    assert counts[0] == counts[1]
