"""Members: the owner, the members and the controllers of a motion."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from motion import publishing
from motion.core.errors import (
    ForbiddenError,
    NoSuchMotionError,
    TooManyMotionsError,
)
from motion.models import Epoch, Invitation, Membership, Motion
from motion.models.people import display_name
from motion.queries import changelog, permissions
from motion.services import accounts, invitations, members, motions
from tests.support.factories import make_motion, make_own_motion, make_user, read_roles

pytestmark = pytest.mark.django_db


def list_event_texts(motion: Motion) -> list[str]:
    """After the beginning, as pages list them."""
    rows = motion.changes.select_related("by", "whom", "epoch").order_by("-revision")
    return [entry.text for entry in changelog.list_events(list(rows))][-2::-1]


def can_user_control(motion: Motion, user: Any) -> bool:
    motion.refresh_from_db()
    return permissions.can_control(motion, permissions.load_person(motion.pk, user))


# --- motions of one's own --------------------------------------------------------------------


def test_new_motion_belongs_to_its_creator(ada: Any) -> None:
    motion = members.create_own_motion(ada, title="Mine", parameters={"variance": 0.5})

    assert read_roles(motion) == {"ada": "owner"}
    assert (motion.variance, motion.changes.get().by) == (0.5, ada)


def test_create_own_motion_refuses_one_motion_too_many(ada: Any, settings: Any) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 2
    for title in ("one", "two"):
        members.create_own_motion(ada, title=title)

    with pytest.raises(TooManyMotionsError, match="can own at most 2 motions"):
        members.create_own_motion(ada, title="three")

    assert members.count_owned_motions(ada) == Motion.objects.count() == 2


def test_database_refuses_a_second_owner(motion: Motion, ben: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(motion=motion, user=ben, role="owner")


def test_delete_motion_announces_the_motion(
    motion: Motion, ada: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    announced: list[int] = []
    monkeypatch.setattr(publishing, "announce_change", announced.append)
    number = motion.pk

    with django_capture_on_commit_callbacks(execute=True):
        motions.delete_motion(motion.pk, by=ada)

    assert (announced, Motion.objects.count()) == ([number], 0)


# --- what only the owner may ------------------------------------------------------------------

ACTIONS = {
    "describe": lambda motion, ben, by: motions.update_description(motion, by=by, title="His"),
    "delete": lambda motion, ben, by: motions.delete_motion(motion, by=by),
    "set_role": lambda motion, ben, by: members.set_role(motion, ben, "controller", by=by),
    "transfer": lambda motion, ben, by: members.transfer_ownership(motion, ben, by=by),
    "let": lambda motion, ben, by: members.hand_over_control(motion, ben, by=by),
    "take_back": lambda motion, ben, by: members.set_role(motion, ben, "viewer", by=by),
    "only_me": lambda motion, ben, by: motions.update_description(motion, owner_only=True, by=by),
    "invite": lambda motion, ben, by: invitations.create_invitation(motion, by=by),
}


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_members_may_not_manage(motion: Motion, ben: Any, action: str, role: str) -> None:
    cy = make_user("cy")
    members.set_role(motion.pk, cy, role)
    before = Motion.objects.values().get(pk=motion.pk)

    with pytest.raises(ForbiddenError):
        ACTIONS[action](motion.pk, ben, cy)

    assert Motion.objects.values().get(pk=motion.pk) == before
    assert read_roles(motion) == {"ada": "owner", "cy": role}
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_strangers_learn_nothing_of_a_private_motion(motion: Motion, ben: Any, action: str) -> None:
    with pytest.raises(NoSuchMotionError):
        ACTIONS[action](motion.pk, ben, ben)


@pytest.mark.parametrize("action", ACTIONS)
def test_owner_may_manage(motion: Motion, ada: Any, ben: Any, action: str) -> None:
    ACTIONS[action](motion.pk, ben, ada)


def test_former_owner_may_not_manage(motion: Motion, ada: Any, ben: Any) -> None:
    members.transfer_ownership(motion.pk, ben, by=ada)

    with pytest.raises(ForbiddenError):
        motions.update_description(motion.pk, by=ada, title="Still mine?")

    assert read_roles(motion) == {"ada": "controller", "ben": "owner"}


def test_change_motion_finds_no_private_motion_for_a_stranger(motion: Motion, ben: Any) -> None:
    with pytest.raises(NoSuchMotionError):
        motions.change_motion(motion.pk, by=ben, values={"variance": 2.0})


# --- members -----------------------------------------------------------------------------------


def test_access_version_grows_when_rights_change(motion: Motion, ada: Any, ben: Any) -> None:
    versions = [motion.access_version]
    for action in ("set_role", "take_back", "let", "only_me", "transfer"):
        ACTIONS[action](motion.pk, ben, ada)
        motion.refresh_from_db()
        versions.append(motion.access_version)

    assert versions == sorted(set(versions))


def test_removed_member_is_a_stranger(motion: Motion, ada: Any, ben: Any) -> None:
    members.set_role(motion.pk, ben, "controller")

    members.remove_member(motion.pk, ben, by=ada)

    assert not permissions.can_see(motion, permissions.load_person(motion.pk, ben))


def test_members_may_leave_and_the_owner_may_not(motion: Motion, ada: Any, ben: Any) -> None:
    members.set_role(motion.pk, ben, "viewer")

    members.remove_member(motion.pk, ben, by=ben)
    with pytest.raises(ForbiddenError):
        members.remove_member(motion.pk, ada, by=ada)

    assert read_roles(motion) == {"ada": "owner"}


@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_set_role_refuses_the_owner(motion: Motion, ada: Any, role: str) -> None:
    with pytest.raises(ForbiddenError):
        members.set_role(motion.pk, ada, role, by=ada)

    assert read_roles(motion) == {"ada": "owner"}


def test_owner_stays_when_the_account_is_deactivated(motion: Motion, ada: Any, ben: Any) -> None:
    ada.is_active = False
    ada.save()

    with pytest.raises(ForbiddenError):
        members.remove_member(motion.pk, ada)
    with pytest.raises(ForbiddenError):
        members.set_role(motion.pk, ada, "viewer")

    assert read_roles(motion) == {"ada": "owner"}


def test_transfer_refuses_a_deactivated_account(motion: Motion, ada: Any, ben: Any) -> None:
    ben.is_active = False
    ben.save()

    with pytest.raises(ForbiddenError):
        members.transfer_ownership(motion.pk, ben, by=ada)

    assert read_roles(motion) == {"ada": "owner"}


def test_transfer_begins_a_path_with_a_new_seed(motion: Motion, ada: Any, ben: Any) -> None:
    before = Epoch.objects.get(motion=motion, number=motion.epoch)
    Motion.objects.update(step=40)

    members.transfer_ownership(motion.pk, ben, by=ada)

    motion.refresh_from_db()
    epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
    assert (epoch.ordinal, motion.step) == (2, 0)
    assert epoch.seed != before.seed
    assert motion.changes.latest("pk").by == ada


def test_transfer_begins_a_path_when_there_was_no_owner(ben: Any) -> None:
    motion = make_motion()

    members.transfer_ownership(motion.pk, ben)

    assert Epoch.objects.filter(motion=motion).count() == 2


def test_transfer_to_the_owner_begins_no_path(motion: Motion, ada: Any) -> None:
    members.transfer_ownership(motion.pk, ada, by=ada)

    assert Epoch.objects.filter(motion=motion).count() == 1


def test_create_own_motion_creates_one_motion_when_sent_twice(ada: Any) -> None:
    first, second = (
        members.create_own_motion(ada, title="Mine", key="abcdefghijkm") for _ in range(2)
    )

    assert first == second
    assert first.slug == "mine-abcdefghijkm"
    assert Motion.objects.count() == 1


def test_transfer_refuses_an_owner_with_too_many_motions(
    motion: Motion, ada: Any, ben: Any, settings: Any
) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1
    make_own_motion(ben)

    with pytest.raises(TooManyMotionsError):
        members.transfer_ownership(motion.pk, ben, by=ada)

    assert read_roles(motion) == {"ada": "owner"}


# --- who holds control ---------------------------------------------------------------------------


def test_control_is_handed_over_and_taken_back(motion: Motion, ada: Any, ben: Any) -> None:
    members.hand_over_control(motion.pk, ben, by=ada)
    handed = can_user_control(motion, ben)
    members.set_role(motion.pk, ben, "viewer", by=ada)

    assert (handed, can_user_control(motion, ben)) == (True, False)
    assert read_roles(motion) == {"ada": "owner", "ben": "viewer"}


def test_owner_only_ends_the_control_of_others_for_a_while(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.hand_over_control(motion.pk, ben, by=ada)

    motions.update_description(motion.pk, owner_only=True, by=ada)
    meanwhile = (can_user_control(motion, ada), can_user_control(motion, ben))
    motions.update_description(motion.pk, owner_only=False, by=ada)

    assert meanwhile == (True, False)
    assert can_user_control(motion, ben)


def test_hand_over_gives_control_to_one_person_when_owner_only(
    motion: Motion, ada: Any, ben: Any
) -> None:
    cy = make_user("cy")
    motions.update_description(motion.pk, by=ada, control="everyone", visibility="public")
    members.set_role(motion.pk, cy, "controller")
    motions.update_description(motion.pk, owner_only=True, by=ada)

    members.hand_over_control(motion.pk, ben, by=ada)

    assert [can_user_control(motion, user) for user in (ada, ben, cy, None)] == [
        True,
        True,
        False,
        False,
    ]


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "shown"),
    [
        ("ada", "ada"),
        ("ada@example.org", "ada@…"),
        ("guest@example.org", "guest@…"),
        ("@x", "@…"),
        ("Somebody", "A user"),
        ("\u202eeve\u200b", "eve"),
    ],
)
def test_display_name_is_never_an_address(username: str, shown: str) -> None:
    assert display_name(make_user(username)) == shown


# --- what is listed of it ----------------------------------------------------------------------


def test_changes_list_hand_overs(motion: Motion, ada: Any, ben: Any) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=40)
    for act in (
        lambda: members.hand_over_control(motion.pk, ben, by=ada),
        lambda: members.hand_over_control(motion.pk, ben, by=ada),  # which changes nothing
        lambda: members.set_role(motion.pk, ben, "viewer", by=ada),
        lambda: members.set_role(motion.pk, ben, "controller", by=ada),
        lambda: members.remove_member(motion.pk, ben, by=ada),
        lambda: motions.update_description(motion.pk, owner_only=True, by=ada),
        lambda: motions.update_description(motion.pk, owner_only=True, by=ada),
        lambda: motions.update_description(motion.pk, owner_only=False, by=ada),
        lambda: motions.update_description(motion.pk, by=ada, control="everyone", title="New"),
        lambda: motions.update_description(motion.pk, by=ada, title="Newer"),
        lambda: members.set_role(motion.pk, ben, "viewer", by=ada),
    ):
        act()

    assert list_event_texts(motion) == [
        "ada handed the controls to ben at step 40",
        "ada took the controls back from ben at step 40",
        "ada handed the controls to ben at step 40",
        "ada took the controls back from ben at step 40",
        "ada switched “Only I control” on at step 40",
        "ada switched “Only I control” off at step 40",
        "ada let everyone control the motion at step 40",
    ]
    assert {change.parameters for change in motion.changes.all()} == {motion.parameters}


def test_changes_list_the_new_owner_on_the_new_path(motion: Motion, ada: Any, ben: Any) -> None:
    members.transfer_ownership(motion.pk, ben, by=ada)

    assert list_event_texts(motion) == [
        "ada restarted the motion: the 2nd path begins",
        "ada made ben the owner at step 0",
    ]


def test_hand_over_is_listed_once_when_it_ends_owner_only(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.hand_over_control(motion.pk, ben)
    motions.update_description(motion.pk, owner_only=True)
    members.hand_over_control(motion.pk, ben, by=ada)

    assert list_event_texts(motion)[-1] == "ada handed the controls to ben at step 0"
    assert can_user_control(motion, ben)


def test_changes_name_nobody_when_the_account_is_deleted(motion: Motion, ben: Any) -> None:
    members.hand_over_control(motion.pk, ben)
    accounts.end_memberships(ben)
    ben.delete()

    assert list_event_texts(motion) == ["Somebody handed the controls to somebody at step 0"]
