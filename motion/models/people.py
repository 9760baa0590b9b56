"""Members, invitations and viewers of motions."""

import secrets
from functools import lru_cache
from typing import Final, cast

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import models
from django.db.models.deletion import Collector
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.urls import reverse
from django.utils.crypto import salted_hmac

from ..core.names import clean_text, format_name
from ..protocol.messages import NamedPerson
from .motions import Motion, timestamp

CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY"
"""Without letters that look or sound like others: B I O S Z."""

CODE_LENGTH = 8
CODE_LENGTHS = (CODE_LENGTH, 6)
"""Six is the length in the version before, whose processes may still run beside ours."""


GUEST_PREFIX: Final = "guest:"
"""Begins the user name of each guest. No account can have it: ":" is no letter of their names."""


def is_guest(user: AbstractBaseUser) -> bool:
    return user.get_username().startswith(GUEST_PREFIX)


def make_guest_username(motion_id: int, key: str) -> str:
    """The user name of the guest that `key` makes; it does not lead back to the key."""
    hashed = salted_hmac("motion.guest", f"{motion_id}:{key}", algorithm="sha256").hexdigest()
    return f"{GUEST_PREFIX}{motion_id}:{hashed[:32]}"


def get_guest_motion_id(user: AbstractBaseUser) -> int | None:
    """The motion of a guest, as its user name has it; None for an account."""
    if not is_guest(user):
        return None
    motion_id = user.get_username().split(":")[1]
    return int(motion_id) if motion_id.isascii() and motion_id.isdigit() else 0


def display_name(user: AbstractBaseUser) -> str:
    """The name of a user for other people: never an email address, even if the user name is one."""
    if is_guest(user):
        return format_name(cast(User, user).first_name)
    local, at, _ = user.get_username().partition("@")
    return f"{clean_text(local)}@…" if at else format_name(local)


UNNAMED: Final = "A student"
"""A person who has no name for the others, or no longer one."""


def shown_name(user: AbstractBaseUser, seat: int | None, *, hidden: bool) -> str:
    """The name of a user on the pages and in the frames of a motion.

    Args:
        seat: of the user in this motion; None: no seat, or no longer one.
        hidden: whether the motion hides the names of guests.
    """
    if not hidden or not is_guest(user):
        return display_name(user)
    return UNNAMED if seat is None else f"Student {seat}"


@lru_cache(maxsize=4096)
def make_person_id(motion_id: int, user_id: int) -> str:
    """The id of a person for the clients of one motion. It reveals nothing about the account."""
    value = f"{motion_id}:{user_id}"
    return salted_hmac("motion.person", value, algorithm="sha1").hexdigest()[:16]


def name_person(motion_id: int, user: AbstractBaseUser) -> NamedPerson:
    return NamedPerson(make_person_id(motion_id, user.pk), display_name(user))


def protect_owners(
    collector: Collector,
    field: models.ForeignKey[object, object],
    memberships: "models.QuerySet[Membership]",
    using: str,
) -> None:
    """`on_delete` of a member: a user who owns a motion cannot be deleted, by page, admin or shell.

    The motion would disappear for everyone, or lose its owner. So the owner transfers or deletes
    it first.

    Raises:
        ProtectedError: with the motions.
    """
    owned: set[models.Model] = {
        member.motion for member in memberships if member.role == Membership.Role.OWNER
    }
    if owned:
        titles = ", ".join(sorted(map(str, owned)))
        raise models.ProtectedError(f"They own {titles}: hand over or delete it first.", owned)
    models.CASCADE(collector, field, memberships, using)


class Membership(models.Model):
    """The role of one person in one motion."""

    class Role(models.TextChoices):
        OWNER = "owner", "Owner"
        CONTROLLER = "controller", "Controller"
        VIEWER = "viewer", "Viewer"

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=protect_owners, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role, default=Role.VIEWER)
    since = models.DateTimeField(default=timestamp, editable=False)
    seat = models.PositiveSmallIntegerField(
        null=True,
        editable=False,
        help_text="Number of this person's path in the ensemble; an owner has none.",
    )

    class Meta:
        ordering = ["user__username"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "seat"], name="membership_seat_once"),
            models.UniqueConstraint(fields=["motion", "user"], name="membership_once"),
            models.UniqueConstraint(
                fields=["motion"], condition=models.Q(role="owner"), name="membership_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{display_name(self.user)}, {self.get_role_display().lower()}"


class Guest(models.Model):
    """A participant without an account: a name and a browser, for one motion.

    Its user has no password, a name that begins with `GUEST_PREFIX`, and the name for other people
    in `first_name`.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="guest"
    )
    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="guests")
    seen_at = models.DateTimeField(default=timestamp, db_index=True, editable=False)

    def __str__(self) -> str:
        return f"{display_name(self.user)}, guest of {self.motion}"


@receiver(post_delete, sender=Guest)
def delete_guest_user(
    sender: type[Guest], instance: Guest, origin: object = None, **signal: object
) -> None:
    """Delete the user of a deleted guest, unless it has become an account or is going itself."""
    is_of_user = User in {type(origin), getattr(origin, "model", None)}
    if not is_of_user:
        User.objects.filter(pk=instance.pk, username__startswith=GUEST_PREFIX).delete()


def make_token() -> str:
    """128 random bits, as a part of an address."""
    return secrets.token_urlsafe(16)


def make_code() -> str:
    """One of 21⁸ ≈ 38·10⁹ codes; wrong attempts are limited (docs/security.md)."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class Invitation(models.Model):
    """A link and a code with which people join the motion in a role."""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(
        max_length=16,
        choices=[choice for choice in Membership.Role.choices if choice[0] != "owner"],
        default=Membership.Role.VIEWER,
    )
    token = models.CharField(max_length=32, unique=True, default=make_token, editable=False)
    code = models.CharField(
        max_length=CODE_LENGTH, unique=True, null=True, blank=True, default=make_code
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timestamp, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0, editable=False)
    barred = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="+",
        editable=False,
        help_text="People from whom the owner took something that it does not give back.",
    )

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.motion}"

    def get_absolute_url(self) -> str:
        return reverse("join", args=[self.token])

    @property
    def spoken_code(self) -> str:
        """The code in two halves, to show and to read aloud."""
        code = self.code or ""
        return f"{code[: CODE_LENGTH // 2]} {code[CODE_LENGTH // 2 :]}".strip()

    @property
    def is_valid(self) -> bool:
        """Whether people can still join with it."""
        in_time = self.expires_at is None or self.expires_at > timestamp()
        return self.revoked_at is None and in_time


class Presence(models.Model):
    """The viewers of one motion in one server process, as that process last wrote them."""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="presences")
    process = models.CharField(max_length=32)
    version = models.BigIntegerField(default=0, help_text="Grows with every writing.")
    until = models.FloatField(help_text="Unix seconds; a process that lives renews it.")
    named = models.JSONField(default=dict, help_text="Display names by user id.")
    others = models.JSONField(default=list, help_text="One key a browser without an account.")
    followers = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Pages that follow the presenter's view."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["motion", "process"], name="presence_once")]
        indexes = [models.Index(fields=["until"], name="presence_until")]

    def __str__(self) -> str:
        return f"{self.motion_id} by {self.process}"
