"""Plain words for who may control a motion. The columns stay as they are: only the program changes."""

from __future__ import annotations

from django.db import migrations, models

CONTROL = [
    ("everyone", "Anyone who has the page open"),
    ("signed-in", "Anyone who is signed in"),
    ("controllers", "Owner, and people the owner allows"),
]


class Migration(migrations.Migration):
    dependencies = [("motion", "0012_who_controls")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "motion",
                    "control",
                    models.CharField(
                        choices=CONTROL,
                        default="everyone",
                        max_length=16,
                        verbose_name="who may control it",
                    ),
                ),
                migrations.AlterField(
                    "motion",
                    "owner_only",
                    models.BooleanField(
                        default=False,
                        help_text="Others get their control back when you switch this off.",
                        verbose_name="only its owner controls it",
                    ),
                ),
            ]
        )
    ]
