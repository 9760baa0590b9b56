"""Invitations: created, revoked, found by code, and accepted."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone

from motion.core.errors import (
    InvalidValueError,
    NoSuchInvitationError,
    TooManyInvitationsError,
)
from motion.models import Invitation, Motion
from motion.models.people import CODE_LENGTH, CODE_LETTERS
from motion.services import invitations, members
from tests.support.factories import read_roles

pytestmark = pytest.mark.django_db


def test_migration_gives_six_letter_codes_eight_letters(motion: Motion, ada: Any) -> None:
    migration = import_module("motion.migrations.0008_longer_codes")
    coded = invitations.create_invitation(motion.pk, by=ada)
    bare = invitations.create_invitation(motion.pk, by=ada, with_code=False)
    Invitation.objects.filter(pk=coded.pk).update(code="ACDEFG")

    migration.lengthen(apps, None)

    for invitation in (coded, bare):
        invitation.refresh_from_db()
    assert invitations.find_invitation_by_code(str(coded.code)) == coded
    assert len(str(coded.code)) == CODE_LENGTH
    assert bare.code is None


def test_find_by_code_finds_a_six_letter_code(motion: Motion, ada: Any) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada)
    Invitation.objects.filter(pk=invitation.pk).update(code="ACDEFG")

    assert invitations.find_invitation_by_code("acd-efg") == invitation


# --- invitations ---------------------------------------------------------------------------------


def test_accept_gives_its_role_and_counts_once(motion: Motion, ada: Any, ben: Any) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada, role="controller")

    joined = invitations.accept_invitation(invitation.token, ben)
    again = invitations.accept_invitation(invitation.token, ben)

    invitation.refresh_from_db()
    assert joined == again == motion
    assert (read_roles(motion)["ben"], invitation.uses) == ("controller", 1)


@pytest.mark.parametrize("role", ["viewer", "controller"])
def test_accept_keeps_a_higher_role(motion: Motion, ada: Any, ben: Any, role: str) -> None:
    members.set_role(motion.pk, ben, "controller")
    token = invitations.create_invitation(motion.pk, by=ada, role=role).token

    for user in (ada, ben):
        invitations.accept_invitation(token, user)

    assert read_roles(motion) == {"ada": "owner", "ben": "controller"}


def test_accept_refuses_an_invalid_invitation(motion: Motion, ada: Any, ben: Any) -> None:
    revoked = invitations.create_invitation(motion.pk, by=ada)
    invitations.revoke_invitation(revoked, by=ada)
    expired = invitations.create_invitation(motion.pk, by=ada)
    Invitation.objects.filter(pk=expired.pk).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )

    for token in (revoked.token, expired.token, "unknown"):
        with pytest.raises(NoSuchInvitationError):
            invitations.accept_invitation(token, ben)
    for code in (revoked.code, expired.code):
        with pytest.raises(NoSuchInvitationError):
            invitations.find_invitation_by_code(code or "")

    assert read_roles(motion) == {"ada": "owner"}


@pytest.mark.parametrize(
    ("role", "expires_in"), [("owner", None), ("emperor", None), ("viewer", timedelta(0))]
)
def test_create_refuses_wrong_values(
    motion: Motion, ada: Any, role: str, expires_in: timedelta | None
) -> None:
    expires_at = None if expires_in is None else timezone.now() + expires_in

    with pytest.raises(InvalidValueError):
        invitations.create_invitation(motion.pk, by=ada, role=role, expires_at=expires_at)

    assert not Invitation.objects.exists()


def test_find_by_code_ignores_case_blanks_and_hyphens(motion: Motion, ada: Any) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada)
    code = invitation.code or ""

    typed = [code, code.lower(), f" {code[:4]}-{code[4:]} ", " ".join(code)]

    assert {invitations.find_invitation_by_code(text) for text in typed} == {invitation}
    assert set(code) <= set(CODE_LETTERS)


@pytest.mark.parametrize("text", ["", "AAAAA", "AAAAAAA", "AAAAA0", "AAAAAÄ", "%" * 6, "A" * 10**6])
def test_find_by_code_refuses_invalid_codes(motion: Motion, ada: Any, text: str) -> None:
    invitations.create_invitation(motion.pk, by=ada)
    invitations.create_invitation(motion.pk, by=ada, with_code=False)

    with pytest.raises(NoSuchInvitationError):
        invitations.find_invitation_by_code(text)


def test_create_draws_another_code_when_taken(motion: Motion, ada: Any, monkeypatch: Any) -> None:
    drawn = iter(["AAAAAA", "AAAAAA", "CCCCCC"])
    monkeypatch.setattr(invitations, "make_code", lambda: next(drawn))

    codes = [invitations.create_invitation(motion.pk, by=ada).code for _ in range(2)]

    assert codes == ["AAAAAA", "CCCCCC"]


def test_accept_gives_nothing_back_that_the_owner_took(motion: Motion, ada: Any, ben: Any) -> None:
    controller = invitations.create_invitation(motion.pk, by=ada, role="controller")
    viewer = invitations.create_invitation(motion.pk, by=ada)
    invitations.accept_invitation(controller.token, ben)

    members.set_role(motion.pk, ben, "viewer", by=ada)
    invitations.accept_invitation(controller.token, ben)
    after_take_back = read_roles(motion)["ben"]
    members.remove_member(motion.pk, ben, by=ada)
    for invitation in (controller, viewer):
        with pytest.raises(NoSuchInvitationError):
            invitations.accept_invitation(invitation.token, ben)

    assert after_take_back == "viewer"
    assert read_roles(motion) == {"ada": "owner"}


def test_accept_readmits_a_removed_person_by_a_later_one(
    motion: Motion, ada: Any, ben: Any
) -> None:
    members.set_role(motion.pk, ben, "viewer")
    members.remove_member(motion.pk, ben, by=ada)

    invitations.accept_invitation(invitations.create_invitation(motion.pk, by=ada).token, ben)

    assert read_roles(motion)["ben"] == "viewer"


def test_accept_readmits_a_person_who_left(motion: Motion, ada: Any, ben: Any) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada)
    invitations.accept_invitation(invitation.token, ben)
    members.remove_member(motion.pk, ben, by=ben)

    invitations.accept_invitation(invitation.token, ben)

    assert read_roles(motion)["ben"] == "viewer"


def test_create_refuses_one_too_many(motion: Motion, ada: Any, settings: Any) -> None:
    settings.MOTION_INVITATION_LIMIT = 1
    first = invitations.create_invitation(motion.pk, by=ada)

    with pytest.raises(TooManyInvitationsError, match="1 open invitations"):
        invitations.create_invitation(motion.pk, by=ada)
    invitations.revoke_invitation(first, by=ada)
    invitations.create_invitation(motion.pk, by=ada)

    assert invitations.find_valid_invitations(motion).count() == 1
    assert Invitation.objects.get(pk=first.pk).code is None
