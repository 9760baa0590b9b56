"""Questions to the people of a motion, their answers, and the lesson that a motion follows."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from ..core.questions import AHEAD, ANSWER_LIMIT, LEVELS, QUESTION_LENGTH
from .motions import Motion, make_step_constraint, timestamp


class Question(models.Model):
    """What the owner asks. Only `motion.services.questions` changes it."""

    class Kind(models.TextChoices):
        WHERE = "where", "Where: a position at a step"
        INTERVAL = "interval", "Interval: two positions at a step"
        CHOICE = "choice", "Choice: one of the options"
        NUMBER = "number", "Number"

    class State(models.TextChoices):
        PREPARED = "prepared", "Prepared"
        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"
        REVEALED = "revealed", "Revealed"

    motion = models.ForeignKey(Motion, on_delete=models.CASCADE, related_name="questions")
    number = models.PositiveIntegerField(help_text="1 for the first of the motion, 2, 3, …")
    kind = models.CharField(max_length=16, choices=Kind)
    text = models.CharField(max_length=QUESTION_LENGTH)
    options = models.JSONField(default=list, blank=True, help_text="Of a choice, 2 to 6 texts.")
    level = models.FloatField(null=True, blank=True, help_text="Of an interval: 0.5 or 0.9.")
    ahead = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(AHEAD[0])],
        help_text="Steps from the opening to the step that the question is about.",
    )
    correct = models.FloatField(
        null=True,
        blank=True,
        help_text="The right number, or the place of the right option, 0 for the first.",
    )
    state = models.CharField(max_length=16, choices=State, default=State.PREPARED)
    epoch = models.BigIntegerField(null=True, help_text="Of the path that it was opened on.")
    step = models.BigIntegerField(null=True, help_text="The step that the question is about.")
    names_shown = models.BooleanField(
        default=False, help_text="The revealed answers have the names of the people who gave them."
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timestamp, editable=False)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    revealed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["motion_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "number"], name="question_number_once"),
            models.UniqueConstraint(
                fields=["motion"], condition=models.Q(state="open"), name="question_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=LEVELS), name="question_level_allowed"
            ),
            models.CheckConstraint(
                condition=models.Q(correct__gte=-ANSWER_LIMIT, correct__lte=ANSWER_LIMIT),
                name="question_correct_within_limits",
            ),
            make_step_constraint("question"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"


class Answer(models.Model):
    """What one participant replied: an interval, or one number as `low` and `high`."""

    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="answers",
        help_text="Empty once the person was deleted: the results stay as they were.",
    )
    low = models.FloatField()
    high = models.FloatField()
    at = models.DateTimeField(default=timestamp)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["question", "user"], name="answer_once"),
            # It also refuses NaN, which no frame can have: PostgreSQL sorts it above all numbers.
            models.CheckConstraint(
                condition=models.Q(
                    low__gte=-ANSWER_LIMIT, low__lte=models.F("high"), high__lte=ANSWER_LIMIT
                ),
                name="answer_within_limits",
            ),
        ]

    def __str__(self) -> str:
        return f"answer to question {self.question_id}"


class Lesson(models.Model):
    """The lesson that a motion follows, as JSON; the motion's `scene` says where it is."""

    motion = models.OneToOneField(
        Motion, on_delete=models.CASCADE, primary_key=True, related_name="lesson"
    )
    content = models.JSONField(help_text="As docs/lessons.md describes it.")

    def __str__(self) -> str:
        return f"lesson of {self.motion}"
