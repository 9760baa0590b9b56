"""Questions, answers, lessons, and the number of pages that follow the presenter."""

import django.core.validators
import django.db.models.deletion
import motion.models.motions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("motion", "0015_ensemble"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Lesson",
            fields=[
                (
                    "motion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lesson",
                        serialize=False,
                        to="motion.motion",
                    ),
                ),
                ("content", models.JSONField(help_text="As docs/lessons.md describes it.")),
            ],
        ),
        migrations.AddField(
            model_name="motion",
            name="scene",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Scene of its lesson, 1 for the first; 0: no lesson.",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="scenes",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Number of scenes of its lesson; 0: no lesson.",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="question",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Number of the question that everyone sees; 0: none.",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="last_question",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Number of the newest question, which may be removed; never decreases.",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="question_version",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Counts changes of questions; answers do not count.",
            ),
        ),
        migrations.AddField(
            model_name="presence",
            name="followers",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Pages that follow the presenter's view."
            ),
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="1 for the first of the motion, 2, 3, …"),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("where", "Where: a position at a step"),
                            ("interval", "Interval: two positions at a step"),
                            ("choice", "Choice: one of the options"),
                            ("number", "Number"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.CharField(max_length=200)),
                (
                    "options",
                    models.JSONField(
                        blank=True, default=list, help_text="Of a choice, 2 to 6 texts."
                    ),
                ),
                (
                    "level",
                    models.FloatField(
                        blank=True, help_text="Of an interval: 0.5 or 0.9.", null=True
                    ),
                ),
                (
                    "ahead",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Steps from the opening to the step that the question is about.",
                        null=True,
                        validators=[django.core.validators.MinValueValidator(1)],
                    ),
                ),
                (
                    "correct",
                    models.FloatField(
                        blank=True,
                        help_text="The right number, or the place of the right option, 0 for the first.",
                        null=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("prepared", "Prepared"),
                            ("open", "Open"),
                            ("closed", "Closed"),
                            ("revealed", "Revealed"),
                        ],
                        default="prepared",
                        max_length=16,
                    ),
                ),
                (
                    "epoch",
                    models.BigIntegerField(
                        help_text="Of the path that it was opened on.", null=True
                    ),
                ),
                (
                    "step",
                    models.BigIntegerField(
                        help_text="The step that the question is about.", null=True
                    ),
                ),
                (
                    "names_shown",
                    models.BooleanField(
                        default=False,
                        help_text="The revealed answers have the names of the people who gave them.",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(default=motion.models.motions.timestamp, editable=False),
                ),
                ("opened_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("revealed_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "motion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="motion.motion",
                    ),
                ),
            ],
            options={
                "ordering": ["motion_id", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("motion", "number"), name="question_number_once"
                    ),
                    models.UniqueConstraint(
                        fields=("motion",), condition=models.Q(("state", "open")),
                        name="question_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", (0.5, 0.9))),
                        name="question_level_allowed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("correct__gte", -1e12), ("correct__lte", 1e12)),
                        name="question_correct_within_limits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step__gte", 0), ("step__lt", 2**40)),
                        name="question_step_below_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                ("at", models.DateTimeField(default=motion.models.motions.timestamp)),
                (
                    "user",
                    models.ForeignKey(
                        help_text="Empty once the person was deleted: the results stay as they were.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="answers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="motion.question",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("question", "user"), name="answer_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("high__lte", 1e12), ("low__gte", -1e12), ("low__lte", models.F("high"))
                        ),
                        name="answer_within_limits",
                    ),
                ],
            },
        ),
    ]
