"""Who belongs to a motion, and how that changes."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from motion import publishing
from motion.core.errors import (
    ForbiddenError,
    InvalidValueError,
    NoSuchInvitationError,
    NoSuchMotionError,
    TooManyInvitationsError,
    TooManyMotionsError,
)
from motion.models import Epoch, Invitation, Membership, Motion
from motion.models.people import CODE_LENGTH, CODE_LETTERS, display_name
from motion.queries import changelog, permissions
from motion.services import members, motions
from tests.support.factories import make_motion, make_own_motion, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def ben() -> Any:
    return make_user("ben")


@pytest.fixture
def motion(ada: Any) -> Motion:
    return make_own_motion(ada, control="controllers", visibility="private")


def roles(motion: Motion) -> dict[str, str]:
    rows = Membership.objects.filter(motion=motion)
    return dict(rows.values_list("user__username", "role"))


def events_of(motion: Motion) -> list[str]:
    """After the beginning, as pages list them."""
    rows = motion.changes.select_related("by", "whom", "epoch").order_by("-revision")
    return [entry.text for entry in changelog.list_events(list(rows))][-2::-1]


def controls(motion: Motion, user: Any) -> bool:
    motion.refresh_from_db()
    return permissions.can_control(motion, permissions.load_person(motion.pk, user))


# --- motions of one's own --------------------------------------------------------------------


def test_motion_belongs_to_who_makes_it(ada: Any) -> None:
    motion = members.create_own_motion(ada, title="Mine", parameters={"variance": 0.5})

    assert roles(motion) == {"ada": "owner"}
    assert (motion.variance, motion.changes.get().by) == (0.5, ada)


def test_one_motion_too_many_is_refused(ada: Any, settings: Any) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 2
    for title in ("one", "two"):
        members.create_own_motion(ada, title=title)

    with pytest.raises(TooManyMotionsError, match="can own at most 2 motions"):
        members.create_own_motion(ada, title="three")

    assert members.motions_of(ada) == Motion.objects.count() == 2


def test_motion_has_one_owner_in_the_database_too(motion: Motion, ben: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(motion=motion, user=ben, role="owner")


def test_deleted_motion_is_announced(
    motion: Motion, ada: Any, monkeypatch: Any, django_capture_on_commit_callbacks: Any
) -> None:
    announced: list[int] = []
    monkeypatch.setattr(publishing, "announce_change", announced.append)
    number = motion.pk

    with django_capture_on_commit_callbacks(execute=True):
        members.delete_motion(motion.pk, asked_by=ada)

    assert (announced, Motion.objects.count()) == ([number], 0)


# --- what only the owner may ------------------------------------------------------------------

DEEDS = {
    "describe": lambda motion, ben, by: members.describe_motion(motion, asked_by=by, title="His"),
    "delete": lambda motion, ben, by: members.delete_motion(motion, asked_by=by),
    "set_role": lambda motion, ben, by: members.set_role(motion, ben, "controller", asked_by=by),
    "transfer": lambda motion, ben, by: members.transfer_ownership(motion, ben, asked_by=by),
    "let": lambda motion, ben, by: members.let_control(motion, ben, asked_by=by),
    "take_back": lambda motion, ben, by: members.take_back(motion, ben, asked_by=by),
    "only_me": lambda motion, ben, by: members.let_only_owner_control(motion, True, asked_by=by),
    "invite": lambda motion, ben, by: members.invite(motion, asked_by=by),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_members_may_not_administer(motion: Motion, ben: Any, deed: str, role: str) -> None:
    cy = make_user("cy")
    members.set_role(motion.pk, cy, role)
    before = Motion.objects.values().get(pk=motion.pk)

    with pytest.raises(ForbiddenError):
        DEEDS[deed](motion.pk, ben, cy)

    assert Motion.objects.values().get(pk=motion.pk) == before
    assert roles(motion) == {"ada": "owner", "cy": role}
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("deed", DEEDS)
def test_strangers_learn_nothing_of_a_private_motion(motion: Motion, ben: Any, deed: str) -> None:
    with pytest.raises(NoSuchMotionError):
        DEEDS[deed](motion.pk, ben, ben)


@pytest.mark.parametrize("deed", DEEDS)
def test_owner_may_administer(motion: Motion, ada: Any, ben: Any, deed: str) -> None:
    DEEDS[deed](motion.pk, ben, ada)


def test_who_was_owner_may_no_longer(motion: Motion, ada: Any, ben: Any) -> None:
    members.transfer_ownership(motion.pk, ben, asked_by=ada)

    with pytest.raises(ForbiddenError):
        members.describe_motion(motion.pk, asked_by=ada, title="Still mine?")

    assert roles(motion) == {"ada": "controller", "ben": "owner"}


def test_strangers_command_to_a_private_motion_finds_none(motion: Motion, ben: Any) -> None:
    with pytest.raises(NoSuchMotionError):
        motions.change_motion(motion.pk, by=ben, values={"variance": 2.0})


# --- members -----------------------------------------------------------------------------------


def test_every_change_of_rights_is_a_new_access_version(motion: Motion, ada: Any, ben: Any) -> None:
    versions = [motion.access_version]
    for deed in ("set_role", "take_back", "let", "only_me", "transfer"):
        DEEDS[deed](motion.pk, ben, ada)
        motion.refresh_from_db()
        versions.append(motion.access_version)

    assert versions == sorted(set(versions))


def test_removed_member_is_a_stranger(motion: Motion, ada: Any, ben: Any) -> None:
    members.set_role(motion.pk, ben, "controller")

    members.remove_member(motion.pk, ben, asked_by=ada)

    assert not permissions.can_see(motion, permissions.load_person(motion.pk, ben))


def test_members_may_leave_by_themselves_the_owner_may_not(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.set_role(motion.pk, ben, "viewer")

    members.remove_member(motion.pk, ben, asked_by=ben)
    with pytest.raises(ForbiddenError):
        members.remove_member(motion.pk, ada, asked_by=ada)

    assert roles(motion) == {"ada": "owner"}


@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_owners_role_changes_by_transfer_alone(motion: Motion, ada: Any, role: str) -> None:
    with pytest.raises(ForbiddenError):
        members.set_role(motion.pk, ada, role, asked_by=ada)

    assert roles(motion) == {"ada": "owner"}


def test_owner_whose_account_is_off_stays_the_owner(motion: Motion, ada: Any, ben: Any) -> None:
    ada.is_active = False
    ada.save()

    with pytest.raises(ForbiddenError):
        members.remove_member(motion.pk, ada)
    with pytest.raises(ForbiddenError):
        members.set_role(motion.pk, ada, "viewer")

    assert roles(motion) == {"ada": "owner"}


def test_nothing_is_handed_to_an_account_that_is_off(motion: Motion, ada: Any, ben: Any) -> None:
    ben.is_active = False
    ben.save()

    with pytest.raises(ForbiddenError):
        members.transfer_ownership(motion.pk, ben, asked_by=ada)

    assert roles(motion) == {"ada": "owner"}


def test_transfer_begins_a_path_whose_seed_the_former_owner_has_not_seen(
    motion: Motion, ada: Any, ben: Any
) -> None:
    before = Epoch.objects.get(motion=motion, number=motion.epoch)
    Motion.objects.update(step=40)

    members.transfer_ownership(motion.pk, ben, asked_by=ada)

    motion.refresh_from_db()
    epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
    assert (epoch.ordinal, motion.step) == (2, 0)
    assert epoch.seed != before.seed
    assert motion.changes.latest("pk").by == ada


def test_first_owner_of_a_motion_gets_a_path_whose_seed_no_superuser_has_seen(ben: Any) -> None:
    motion = make_motion()

    members.transfer_ownership(motion.pk, ben)

    assert Epoch.objects.filter(motion=motion).count() == 2


def test_transfer_to_the_owner_begins_nothing(motion: Motion, ada: Any) -> None:
    members.transfer_ownership(motion.pk, ada, asked_by=ada)

    assert Epoch.objects.filter(motion=motion).count() == 1


def test_open_codes_of_six_letters_become_codes_of_eight(motion: Motion, ada: Any) -> None:
    migration = import_module("motion.migrations.0008_longer_codes")
    coded = members.invite(motion.pk, asked_by=ada)
    bare = members.invite(motion.pk, asked_by=ada, with_code=False)
    Invitation.objects.filter(pk=coded.pk).update(code="ACDEFG")

    migration.lengthen(apps, None)

    for invitation in (coded, bare):
        invitation.refresh_from_db()
    assert members.find_by_code(str(coded.code)) == coded
    assert len(str(coded.code)) == CODE_LENGTH
    assert bare.code is None


def test_code_that_a_process_of_the_version_before_gave_is_found(motion: Motion, ada: Any) -> None:
    invitation = members.invite(motion.pk, asked_by=ada)
    Invitation.objects.filter(pk=invitation.pk).update(code="ACDEFG")

    assert members.find_by_code("acd-efg") == invitation


def test_form_that_is_sent_twice_makes_one_motion(ada: Any) -> None:
    first, second = (
        members.create_own_motion(ada, title="Mine", key="abcdefghijkm") for _ in range(2)
    )

    assert first == second
    assert first.slug == "mine-abcdefghijkm"
    assert Motion.objects.count() == 1


def test_transfer_to_somebody_with_too_many_is_refused(
    motion: Motion, ada: Any, ben: Any, settings: Any
) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1
    make_own_motion(ben)

    with pytest.raises(TooManyMotionsError):
        members.transfer_ownership(motion.pk, ben, asked_by=ada)

    assert roles(motion) == {"ada": "owner"}


# --- who holds control ---------------------------------------------------------------------------


def test_control_is_handed_over_and_taken_back(motion: Motion, ada: Any, ben: Any) -> None:
    members.let_control(motion.pk, ben, asked_by=ada)
    handed = controls(motion, ben)
    members.take_back(motion.pk, ben, asked_by=ada)

    assert (handed, controls(motion, ben)) == (True, False)
    assert roles(motion) == {"ada": "owner", "ben": "viewer"}


def test_only_the_owner_controls_until_that_is_taken_off(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.let_control(motion.pk, ben, asked_by=ada)

    members.let_only_owner_control(motion.pk, True, asked_by=ada)
    meanwhile = (controls(motion, ada), controls(motion, ben))
    members.let_only_owner_control(motion.pk, False, asked_by=ada)

    assert meanwhile == (True, False)
    assert controls(motion, ben)


def test_control_handed_over_while_only_the_owner_has_it_goes_to_one_person(
    motion: Motion, ada: Any, ben: Any
) -> None:
    cy = make_user("cy")
    members.describe_motion(motion.pk, asked_by=ada, control="everyone", visibility="public")
    members.set_role(motion.pk, cy, "controller")
    members.let_only_owner_control(motion.pk, True, asked_by=ada)

    members.let_control(motion.pk, ben, asked_by=ada)

    assert [controls(motion, user) for user in (ada, ben, cy, None)] == [True, True, False, False]


# --- invitations ---------------------------------------------------------------------------------


def test_invitation_makes_a_member_of_its_role_and_counts(
    motion: Motion, ada: Any, ben: Any
) -> None:
    invitation = members.invite(motion.pk, asked_by=ada, role="controller")

    joined = members.join(invitation.token, ben)
    again = members.join(invitation.token, ben)

    invitation.refresh_from_db()
    assert joined == again == motion
    assert (roles(motion)["ben"], invitation.uses) == ("controller", 1)


@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_invitation_never_takes_a_role_away(motion: Motion, ada: Any, ben: Any, role: str) -> None:
    members.set_role(motion.pk, ben, "controller")
    token = members.invite(motion.pk, asked_by=ada, role=role).token

    for user in (ada, ben):
        members.join(token, user)

    assert roles(motion) == {"ada": "owner", "ben": "controller"}


def test_invitation_that_is_over_lets_nobody_in(motion: Motion, ada: Any, ben: Any) -> None:
    revoked = members.invite(motion.pk, asked_by=ada)
    members.revoke(revoked, asked_by=ada)
    expired = members.invite(motion.pk, asked_by=ada)
    Invitation.objects.filter(pk=expired.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    for token in (revoked.token, expired.token, "unknown"):
        with pytest.raises(NoSuchInvitationError):
            members.join(token, ben)
    for code in (revoked.code, expired.code):
        with pytest.raises(NoSuchInvitationError):
            members.find_by_code(code or "")

    assert roles(motion) == {"ada": "owner"}


@pytest.mark.parametrize(
    ("role", "expires_in"), [("owner", None), ("emperor", None), ("viewer", timedelta(0))]
)
def test_impossible_invitation_is_refused(
    motion: Motion, ada: Any, role: str, expires_in: timedelta | None
) -> None:
    expires_at = None if expires_in is None else timezone.now() + expires_in

    with pytest.raises(InvalidValueError):
        members.invite(motion.pk, asked_by=ada, role=role, expires_at=expires_at)

    assert not Invitation.objects.exists()


def test_code_is_found_however_it_is_typed(motion: Motion, ada: Any) -> None:
    invitation = members.invite(motion.pk, asked_by=ada)
    code = invitation.code or ""

    typed = [code, code.lower(), f" {code[:4]}-{code[4:]} ", " ".join(code)]

    assert {members.find_by_code(text) for text in typed} == {invitation}
    assert set(code) <= set(CODE_LETTERS)


@pytest.mark.parametrize("text", ["", "AAAAA", "AAAAAAA", "AAAAA0", "AAAAAÄ", "%" * 6, "A" * 10**6])
def test_what_is_no_code_finds_nothing(motion: Motion, ada: Any, text: str) -> None:
    members.invite(motion.pk, asked_by=ada)
    members.invite(motion.pk, asked_by=ada, with_code=False)

    with pytest.raises(NoSuchInvitationError):
        members.find_by_code(text)


def test_a_code_that_is_taken_is_drawn_again(motion: Motion, ada: Any, monkeypatch: Any) -> None:
    drawn = iter(["AAAAAA", "AAAAAA", "CCCCCC"])
    monkeypatch.setattr(members, "new_code", lambda: next(drawn))

    codes = [members.invite(motion.pk, asked_by=ada).code for _ in range(2)]

    assert codes == ["AAAAAA", "CCCCCC"]


def test_invitation_gives_nothing_back_that_the_owner_took(
    motion: Motion, ada: Any, ben: Any
) -> None:
    controller = members.invite(motion.pk, asked_by=ada, role="controller")
    viewer = members.invite(motion.pk, asked_by=ada)
    members.join(controller.token, ben)

    members.take_back(motion.pk, ben, asked_by=ada)
    members.join(controller.token, ben)
    after_take_back = roles(motion)["ben"]
    members.remove_member(motion.pk, ben, asked_by=ada)
    for invitation in (controller, viewer):
        with pytest.raises(NoSuchInvitationError):
            members.join(invitation.token, ben)

    assert after_take_back == "viewer"
    assert roles(motion) == {"ada": "owner"}


def test_a_later_invitation_lets_the_removed_come_back(motion: Motion, ada: Any, ben: Any) -> None:
    members.set_role(motion.pk, ben, "viewer")
    members.remove_member(motion.pk, ben, asked_by=ada)

    members.join(members.invite(motion.pk, asked_by=ada).token, ben)

    assert roles(motion)["ben"] == "viewer"


def test_who_left_may_come_back_by_the_same_invitation(motion: Motion, ada: Any, ben: Any) -> None:
    invitation = members.invite(motion.pk, asked_by=ada)
    members.join(invitation.token, ben)
    members.remove_member(motion.pk, ben, asked_by=ben)

    members.join(invitation.token, ben)

    assert roles(motion)["ben"] == "viewer"


def test_one_open_invitation_too_many_is_refused(motion: Motion, ada: Any, settings: Any) -> None:
    settings.MOTION_INVITATION_LIMIT = 1
    first = members.invite(motion.pk, asked_by=ada)

    with pytest.raises(TooManyInvitationsError, match="1 open invitations"):
        members.invite(motion.pk, asked_by=ada)
    members.revoke(first, asked_by=ada)
    members.invite(motion.pk, asked_by=ada)

    assert members.valid_invitations(motion).count() == 1
    assert Invitation.objects.get(pk=first.pk).code is None


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


def test_handing_control_over_and_taking_it_back_are_listed(
    motion: Motion, ada: Any, ben: Any
) -> None:
    Motion.objects.filter(pk=motion.pk).update(step=40)
    for act in (
        lambda: members.let_control(motion.pk, ben, asked_by=ada),
        lambda: members.let_control(motion.pk, ben, asked_by=ada),  # which changes nothing
        lambda: members.take_back(motion.pk, ben, asked_by=ada),
        lambda: members.set_role(motion.pk, ben, "controller", asked_by=ada),
        lambda: members.remove_member(motion.pk, ben, asked_by=ada),
        lambda: members.let_only_owner_control(motion.pk, True, asked_by=ada),
        lambda: members.let_only_owner_control(motion.pk, True, asked_by=ada),
        lambda: members.let_only_owner_control(motion.pk, False, asked_by=ada),
        lambda: members.describe_motion(motion.pk, asked_by=ada, control="everyone", title="New"),
        lambda: members.describe_motion(motion.pk, asked_by=ada, title="Newer"),
        lambda: members.set_role(motion.pk, ben, "viewer", asked_by=ada),
    ):
        act()

    assert events_of(motion) == [
        "ada handed the controls to ben at step 40",
        "ada took the controls back from ben at step 40",
        "ada handed the controls to ben at step 40",
        "ada took the controls back from ben at step 40",
        "ada switched “Only I control” on at step 40",
        "ada switched “Only I control” off at step 40",
        "ada let everyone control the motion at step 40",
    ]
    assert {change.parameters for change in motion.changes.all()} == {motion.parameters}


def test_new_owner_is_listed_on_the_new_path(motion: Motion, ada: Any, ben: Any) -> None:
    members.transfer_ownership(motion.pk, ben, asked_by=ada)

    assert events_of(motion) == [
        "ada restarted the motion: the 2nd path begins",
        "ada made ben the owner at step 0",
    ]


def test_control_that_ends_only_i_control_is_listed_once(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.let_control(motion.pk, ben)
    members.let_only_owner_control(motion.pk, True)
    members.let_control(motion.pk, ben, asked_by=ada)

    assert events_of(motion)[-1] == "ada handed the controls to ben at step 0"
    assert controls(motion, ben)


def test_hand_over_to_an_account_that_is_gone_names_nobody(motion: Motion, ben: Any) -> None:
    members.let_control(motion.pk, ben)
    members.end_memberships(ben)
    ben.delete()

    assert events_of(motion) == ["Somebody handed the controls to somebody at step 0"]
