"""The ensemble: its size, seats, guests, and where its paths were at each change."""

import django.core.validators
import django.db.models.deletion
import motion.models.motions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("motion", "0014_help_texts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Guest",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="guest",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "seen_at",
                    models.DateTimeField(
                        db_index=True, default=motion.models.motions.timestamp, editable=False
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="change",
            name="offsets",
            field=models.BinaryField(
                help_text="Where the ensemble was at that step (motion/core/ensemble.py).",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="epoch",
            name="paths",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                editable=False,
                help_text="Paths of its ensemble, beside the motion's own; 0 for none.",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="seat",
            field=models.PositiveSmallIntegerField(
                editable=False,
                help_text="Number of this person's path in the ensemble; an owner has none.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="door_closed",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Nobody can join; members and guests stay.",
                verbose_name="closed for newcomers",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="ensemble",
            field=models.PositiveSmallIntegerField(
                db_default=0,
                default=0,
                help_text="Paths beside the motion's own, from its next restart on; 0 for none.",
                validators=[django.core.validators.MaxValueValidator(1000)],
                verbose_name="paths of the ensemble",
            ),
        ),
        migrations.AddField(
            model_name="motion",
            name="names_hidden",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Everyone but the owner sees “Student 7” instead of a guest's name.",
                verbose_name="names of guests are hidden",
            ),
        ),
        migrations.AddConstraint(
            model_name="epoch",
            constraint=models.CheckConstraint(
                condition=models.Q(("paths__gte", 0), ("paths__lte", 1000)),
                name="epoch_paths_within_limits",
                violation_error_message="An ensemble has at most 1,000 paths.",
            ),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                fields=("motion", "seat"), name="membership_seat_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="motion",
            constraint=models.CheckConstraint(
                condition=models.Q(("ensemble__gte", 0), ("ensemble__lte", 1000)),
                name="motion_ensemble_within_limits",
                violation_error_message="An ensemble has at most 1,000 paths.",
            ),
        ),
        migrations.AddField(
            model_name="guest",
            name="motion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="guests",
                to="motion.motion",
            ),
        ),
    ]
