"""The seats of a motion: the number of a member's path in its ensemble, kept over restarts."""

from itertools import count

from ..models import Membership, Motion
from ..queries.permissions import Role


def assign_seats(motion: Motion) -> None:
    """Give each member without a seat, but the owner, the lowest free number from 1 on.

    Earlier members come first. The caller holds the lock of the motion.
    """
    members = Membership.objects.filter(motion=motion)
    unseated = list(members.filter(seat=None).exclude(role=Role.OWNER).order_by("since", "pk"))
    if not unseated:
        return
    taken = set(members.exclude(seat=None).values_list("seat", flat=True))
    free = (number for number in count(1) if number not in taken)
    for member in unseated:
        member.seat = next(free)
    Membership.objects.bulk_update(unseated, ["seat"])
