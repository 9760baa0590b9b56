"""Two people act at once: the second transaction waits for the first, and sees what it did."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection, transaction

from motion.core.errors import NoSuchInvitationError, TooManyMotionsError
from motion.models import Motion
from motion.services import invitations, members
from tests.support.factories import make_user, read_roles
from tests.support.servers import wait_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks all of a database"),
]

WAITS_FOR_US = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))
"""


def run_both(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Run `second` after `first` but before its commit; returns or raises what `second` does."""

    def run() -> Any:
        try:
            return second()
        finally:
            connection.close()

    def is_waiting() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAITS_FOR_US)
            return bool(cursor.fetchone()[0])

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first()
            other = threads.submit(run)
            wait_for(lambda: other.done() or is_waiting(), "the second transaction")
        return other.result()


def test_create_own_motion_keeps_its_limit_when_called_twice(
    ada: Any, settings: LazySettings
) -> None:
    settings.MOTION_LIMIT_PER_PERSON = 1

    with pytest.raises(TooManyMotionsError):
        run_both(*[lambda: members.create_own_motion(ada, title="One")] * 2)

    assert members.count_owned_motions(ada) == Motion.objects.count() == 1


def test_create_own_motion_creates_one_when_called_twice(ada: Any) -> None:
    motion = run_both(
        *[lambda: members.create_own_motion(ada, title="One", key="abcdefghijkm")] * 2
    )

    assert motion == Motion.objects.get()


def test_accept_refuses_an_invitation_that_is_revoked_at_once(
    motion: Motion, ada: Any, ben: Any
) -> None:
    invitation = invitations.create_invitation(motion.pk, by=ada)

    with pytest.raises(NoSuchInvitationError):
        run_both(
            lambda: invitations.revoke_invitation(invitation, by=ada),
            lambda: invitations.accept_invitation(invitation.token, ben),
        )

    assert read_roles(motion) == {"ada": "owner"}


def test_transfer_leaves_one_owner_when_two_happen_at_once(motion: Motion, ben: Any) -> None:
    cy = make_user("cy")

    run_both(
        lambda: members.transfer_ownership(motion.pk, ben),
        lambda: members.transfer_ownership(motion.pk, cy),
    )

    assert read_roles(motion) == {"ada": "controller", "ben": "controller", "cy": "owner"}
