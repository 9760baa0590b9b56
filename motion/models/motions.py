"""Motions, their epochs, and all changes.

No point of a path is stored: the seed and the changes of an epoch give every point.
"""

import secrets
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import connection, models
from django.urls import reverse

from ..core.brownian import ALGORITHM
from ..core.limits import ENSEMBLE_PATHS
from ..core.names import TITLE_LENGTH, clean_text
from ..core.parameters import LIMITS, NAMES, STEP_LIMIT, Parameters
from ..core.timeline import Regime, Timeline


def now() -> float:
    """Unix seconds of the clock that all workers share: of PostgreSQL, or of the machine."""
    if connection.vendor != "postgresql":
        return time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return float(cursor.fetchone()[0])


def timestamp() -> datetime:
    """The same as a `datetime`. A time that other processes compare always comes from here."""
    return datetime.fromtimestamp(now(), UTC)


class Move(NamedTuple):
    """A motion's new frontier, and when it is due again."""

    id: int
    step: int
    next_at: float


def move_frontiers(moves: Sequence[Move]) -> None:
    """Write `step` and `next_at` of many motions, whose rows this transaction has locked."""
    if not moves:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE motion_motion SET step = moved.step, next_at = moved.next_at"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::float8[])"
                " AS moved (id, step, next_at) WHERE motion_motion.id = moved.id",
                [list(column) for column in zip(*moves, strict=True)],
            )
        else:
            cursor.executemany(
                "UPDATE motion_motion SET step = %s, next_at = %s WHERE id = %s",
                [(move.step, move.next_at, move.id) for move in moves],
            )


VARIANCE_HELP: Final = "Variance of one step. Its square root is the typical step size."
DRIFT_HELP: Final = "Mean of one step."
OWNER_ONLY_HELP: Final = "Others get their control back when you switch this off."
ENSEMBLE_HELP: Final = "Paths beside the motion's own, from its next restart on; 0 for none."


def make_parameter_field(
    name: str, default: float, help_text: str
) -> "models.FloatField[float, float]":
    limits = LIMITS[name]
    return models.FloatField(
        default=default,
        help_text=help_text,
        validators=[MinValueValidator(limits.least), MaxValueValidator(limits.most)],
    )


def make_limits_constraint(name: str, table: str) -> models.CheckConstraint:
    """It also refuses NaN: PostgreSQL sorts NaN above every number, and SQLite stores NULL."""
    limits = LIMITS[name]
    return models.CheckConstraint(
        condition=models.Q(**{f"{name}__gte": limits.least, f"{name}__lte": limits.most}),
        name=f"{table}_{name}_within_limits",
        violation_error_message=f"The {name} must be {limits.requirement}.",
    )


def make_step_constraint(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(step__gte=0, step__lt=STEP_LIMIT), name=f"{table}_step_below_limit"
    )


def make_paths_constraint(name: str, table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(**{f"{name}__gte": 0, f"{name}__lte": ENSEMBLE_PATHS}),
        name=f"{table}_{name}_within_limits",
        violation_error_message=f"An ensemble has at most {ENSEMBLE_PATHS:,} paths.",
    )


class ParameterFields(models.Model):
    """The parameters of a motion, as columns."""

    variance = make_parameter_field("variance", 1.0, VARIANCE_HELP)
    drift = make_parameter_field("drift", 0.0, DRIFT_HELP)
    interval = make_parameter_field("interval", 0.5, "Seconds between steps.")
    paused = models.BooleanField(default=False, help_text="Stops it for everyone.")

    class Meta:
        abstract = True

    @property
    def parameters(self) -> Parameters:
        return Parameters(**{name: getattr(self, name) for name in NAMES})

    @parameters.setter
    def parameters(self, value: Parameters) -> None:
        for name in NAMES:
            setattr(self, name, getattr(value, name))


class Motion(ParameterFields):
    """One shared, live Brownian motion. Only `motion.services.motions` changes it."""

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Public: everyone can find it in the list"
        UNLISTED = "unlisted", "Unlisted: anyone who has the link"
        PRIVATE = "private", "Private: members only"

    class Control(models.TextChoices):
        EVERYONE = "everyone", "Anyone who has the page open"
        SIGNED_IN = "signed-in", "Anyone with an account"
        CONTROLLERS = "controllers", "Owner, and people the owner allows"

    slug = models.SlugField(
        "address", unique=True, max_length=60, help_text="Last part of the address, /motions/…/."
    )
    title = models.CharField(max_length=TITLE_LENGTH)
    visibility = models.CharField(
        "who may see it", max_length=16, choices=Visibility, default=Visibility.PUBLIC
    )
    control = models.CharField(
        "who may control it", max_length=16, choices=Control, default=Control.EVERYONE
    )
    owner_only = models.BooleanField(
        "only the owner controls it",
        default=False,
        help_text=OWNER_ONLY_HELP,
    )
    ensemble = models.PositiveSmallIntegerField(
        "paths of the ensemble",
        default=0,
        db_default=0,
        validators=[MaxValueValidator(ENSEMBLE_PATHS)],
        help_text=ENSEMBLE_HELP,
    )
    names_hidden = models.BooleanField(
        "names of guests are hidden",
        default=False,
        db_default=False,
        help_text="Everyone but the owner sees “Student 7” instead of a guest's name.",
    )
    door_closed = models.BooleanField(
        "closed for newcomers",
        default=False,
        db_default=False,
        help_text="Nobody can join; members and guests stay.",
    )
    described_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Person who last changed the title, the address or the permissions.",
    )
    created_at = models.DateTimeField(default=timestamp, editable=False)

    epoch = models.BigIntegerField(
        default=0, editable=False, help_text="Number of the running path."
    )
    revision = models.BigIntegerField(
        default=0, editable=False, help_text="Number of changes; never decreases."
    )
    access_version = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="Counts renames and changes of permissions.",
    )
    question = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Number of the question that everyone sees; 0: none.",
    )
    last_question = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Number of the newest question, which may be removed; never decreases.",
    )
    question_version = models.BigIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Counts changes of questions; answers do not count.",
    )
    scene = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Scene of its lesson, 1 for the first; 0: no lesson.",
    )
    scenes = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Number of scenes of its lesson; 0: no lesson.",
    )
    step = models.BigIntegerField(default=0, editable=False, help_text="Latest step.")
    next_at = models.FloatField(
        default=0.0, editable=False, help_text="When the next tick is due, in Unix seconds."
    )
    watched_until = models.FloatField(
        default=0.0, editable=False, help_text="Somebody watches until this time, in Unix seconds."
    )

    class Meta:
        ordering = ["title"]
        constraints = [
            *(make_limits_constraint(name, "motion") for name in LIMITS),
            make_step_constraint("motion"),
            make_paths_constraint("ensemble", "motion"),
        ]
        indexes = [
            models.Index(
                fields=["next_at"], condition=models.Q(paused=False), name="motion_running_next_at"
            )
        ]

    def __str__(self) -> str:
        """The cleaned title; old rows may have one that is not clean."""
        return clean_text(self.title) or "Untitled"

    def get_absolute_url(self) -> str:
        return reverse("motion", args=[self.slug])

    @property
    def file_stem(self) -> str:
        """How names of files begin; a file goes farther than a link, so it hides other slugs."""
        return self.slug if self.visibility == self.Visibility.PUBLIC else "motion"


def make_seed() -> int:
    """63 random bits, for a signed 64-bit column. Anyone who knows them knows the future."""
    return secrets.randbits(63)


class Epoch(models.Model):
    """One path of a motion: a seed, from step 0 to the restart that ended it."""

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="epochs")
    number = models.BigIntegerField(help_text="Never used twice, by any database.")
    ordinal = models.PositiveIntegerField(
        help_text="1 for the first path of the motion, 2 for the second, …"
    )
    seed = models.BigIntegerField(default=make_seed, editable=False)
    algorithm = models.PositiveSmallIntegerField(default=ALGORITHM)
    began_at = models.DateTimeField(default=timestamp, editable=False)
    ended_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(null=True)
    paths = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Paths of its ensemble, beside the motion's own; 0 for none.",
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            make_paths_constraint("paths", "epoch"),
            models.UniqueConstraint(fields=["motion", "number"], name="epoch_number_once"),
            models.UniqueConstraint(fields=["motion", "ordinal"], name="epoch_ordinal_once"),
        ]

    def __str__(self) -> str:
        return f"{self.motion_id}/{self.number}"


class ChangeManager(models.Manager["Change"]):
    """Reads a change without its offsets, which have up to 8 KB: few readers need them."""

    def get_queryset(self) -> "models.QuerySet[Change]":
        return super().get_queryset().defer("offsets")


class Change(ParameterFields):
    """The parameters, or the people in control, from `step` on. Rows are added, never edited."""

    class Kind(models.TextChoices):
        LET = "let", "Controls handed over"
        TAKE_BACK = "take-back", "Controls taken back"
        ONLY_ME = "only-me", "Only the owner controls"
        ONLY_ME_OFF = "only-me-off", "Others control again"
        EVERYONE = "everyone", "Everyone controls"
        SIGNED_IN = "signed-in", "Everyone with an account controls"
        CONTROLLERS = "controllers", "Chosen people control"
        OWNER = "owner", "Another owner"

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="changes")
    epoch = models.ForeignKey(Epoch, on_delete=models.CASCADE, related_name="changes")
    revision = models.BigIntegerField()
    step = models.BigIntegerField(help_text="Latest step when the change was made.")
    position = models.FloatField(help_text="X at that step.")
    standard = models.FloatField(help_text="W at that step.")
    offsets = models.BinaryField(
        null=True,
        editable=False,
        help_text="Where the ensemble was at that step (motion/core/ensemble.py).",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=timestamp, editable=False)
    event = models.BigIntegerField(
        null=True,
        editable=False,
        help_text="The revision of the first change of its event; empty: its own.",
    )
    kind = models.CharField(
        max_length=16,
        choices=Kind,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="What it did to who controls the motion; empty: it set parameters or a new path.",
    )
    whom = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Whom the controls, or the motion, were given to or taken from.",
    )

    objects = ChangeManager()

    class Meta:
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "revision"], name="change_revision_once"),
            *(make_limits_constraint(name, "change") for name in LIMITS),
            make_step_constraint("change"),
        ]
        # A query finds the changes that govern a window, however many others there are.
        indexes = [models.Index(fields=["epoch", "step", "revision"], name="change_epoch_step")]

    def __str__(self) -> str:
        return f"revision {self.revision} at step {self.step}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a change is never edited")
        super().save(*args, **kwargs)

    @property
    def regime(self) -> Regime:
        return Regime(*(getattr(self, name) for name in Regime._fields))

    @property
    def timeline(self) -> Timeline:
        """The path from this change on; correct only while this change is the newest."""
        return Timeline(self.epoch.seed, (self.regime,), self.epoch.algorithm)
