"""Permissions: what each kind of person may do with a motion."""

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
from motion.services import members
from motion.services.guests import join_as_guest
from motion.services.invitations import create_invitation
from tests.support.factories import make_motion, make_own_motion, make_user

PEOPLE = {
    "visitor": Person(),
    "stranger": Person(user_id=1, name="stranger"),
    "viewer": Person(user_id=2, name="viewer", role="viewer"),
    "guest": Person(user_id=7, name="guest", role="viewer", seat=1, is_guest=True),
    "controller": Person(user_id=3, name="controller", role="controller"),
    "owner": Person(user_id=4, name="owner", role="owner"),
    "reader": Person(user_id=5, name="reader", sees_all=True),
    "administrator": Person(user_id=6, name="administrator", sees_all=True, changes_all=True),
}
MEMBERS = {"viewer", "guest", "controller", "owner"}
ALWAYS = {"owner", "administrator"}


def make_rules(visibility: str = "public", control: str = "everyone", owner_only: bool = False):  # type: ignore[no-untyped-def]
    return SimpleNamespace(visibility=visibility, control=control, owner_only=owner_only)


def find_people(predicate) -> set[str]:  # type: ignore[no-untyped-def]
    return {name for name, person in PEOPLE.items() if predicate(person)}


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        ("public", set(PEOPLE)),
        ("unlisted", set(PEOPLE)),
        ("private", MEMBERS | {"reader", "administrator"}),
    ],
)
def test_can_see_follows_visibility(visibility: str, expected: set[str]) -> None:
    assert (
        find_people(lambda person: permissions.can_see(make_rules(visibility), person)) == expected
    )


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("everyone", set(PEOPLE)),
        ("signed-in", set(PEOPLE) - {"visitor", "guest"}),
        ("controllers", ALWAYS | {"controller"}),
    ],
)
def test_can_control_follows_the_control_setting(control: str, expected: set[str]) -> None:
    found = find_people(lambda person: permissions.can_control(make_rules(control=control), person))

    assert found == expected


@pytest.mark.parametrize("control", Motion.Control.values)
def test_can_control_is_only_the_owner_when_owner_only(control: str) -> None:
    guarded = make_rules(control=control, owner_only=True)

    assert find_people(lambda person: permissions.can_control(guarded, person)) == ALWAYS


@pytest.mark.parametrize(
    ("visibility", "control", "owner_only"),
    list(product(Motion.Visibility.values, Motion.Control.values, [False, True])),
)
def test_can_control_requires_can_see(visibility: str, control: str, owner_only: bool) -> None:
    guarded = make_rules(visibility, control, owner_only)
    can_see = find_people(lambda person: permissions.can_see(guarded, person))

    assert find_people(lambda person: permissions.can_control(guarded, person)) <= can_see


def test_can_manage_is_only_the_owner_and_administrators() -> None:
    assert find_people(permissions.can_manage) == ALWAYS


@pytest.mark.django_db
def test_can_see_seeds_of_no_motion_that_another_person_owns() -> None:
    root, ben = make_user("root", is_superuser=True), make_user("ben")
    own, other, unowned = make_own_motion(root), make_own_motion(ben), make_motion()
    for motion in (other, unowned):
        members.set_role(motion.pk, root, "controller")
    members.set_role(unowned.pk, ben, "viewer")

    can_see = {
        motion.pk: permissions.check_visible(motion, root).can_see_seeds
        for motion in (own, other, unowned)
    }

    assert can_see == {own.pk: True, other.pk: False, unowned.pk: True}


# --- reading ------------------------------------------------------------------------------------


def permit(user, *codenames: str):  # type: ignore[no-untyped-def]
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return user


@pytest.mark.django_db
def test_load_people_reads_roles_and_permissions() -> None:
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
def test_load_person_is_a_visitor_without_an_active_account() -> None:
    motion, gone = make_motion(), make_user("gone", is_active=False, is_superuser=True)
    Membership.objects.create(motion=motion, user=gone, role="owner")

    people = [permissions.load_person(motion.pk, user) for user in (None, AnonymousUser(), gone)]

    assert people == [Person()] * 3


@pytest.mark.django_db
def test_load_person_is_a_visitor_for_a_guest_that_belongs_elsewhere_by_its_name() -> None:
    ada = make_user("ada")
    motion, other = make_own_motion(ada), make_own_motion(ada)
    mia = join_as_guest(create_invitation(motion.pk, by=ada).token, "Mia", key="mia")
    Membership.objects.create(motion=other, user=mia, role="controller")
    strange = make_user("guest:x")
    Membership.objects.create(motion=other, user=strange, role="controller")

    found = permissions.load_people(other.pk, [mia.pk, strange.pk])

    assert found == {mia.pk: Person(), strange.pk: Person()}
    assert permissions.load_person(motion.pk, mia).is_guest


@pytest.mark.django_db
def test_load_people_needs_two_queries_for_many_people() -> None:
    motion = make_motion()
    ids = [make_user(f"user-{number}").pk for number in range(20)]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        permissions.load_people(motion.pk, ids)

    assert len(queries) == 2


@pytest.mark.django_db
def test_get_visible_motion_includes_motions_that_the_admin_may_change() -> None:
    editor = permit(make_user("editor", is_staff=True), "change_motion")
    motion = make_motion(slug="hidden", visibility="private")

    assert permissions.get_visible_motion("hidden", editor).motion == motion


@pytest.mark.django_db
def test_get_visible_motion_needs_equal_queries_when_hidden_or_missing() -> None:
    make_motion(slug="hidden", visibility="private")
    stranger = make_user("stranger")

    counts = []
    for slug in ("hidden", "none"):
        with CaptureQueriesContext(connection) as queries, pytest.raises(NoSuchMotionError):
            permissions.get_visible_motion(slug, stranger)
        counts.append(len(queries))

    assert counts[0] == counts[1]
