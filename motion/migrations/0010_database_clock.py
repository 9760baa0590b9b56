"""Times come from the database's clock. The columns stay as they are: only the program changes."""

from __future__ import annotations

from django.db import migrations, models

from motion.models.motions import timestamp

COLUMNS = [
    ("change", "at"),
    ("epoch", "began_at"),
    ("invitation", "created_at"),
    ("membership", "since"),
    ("motion", "created_at"),
]


class Migration(migrations.Migration):
    dependencies = [("motion", "0009_described_by")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model, name, models.DateTimeField(default=timestamp, editable=False)
                )
                for model, name in COLUMNS
            ]
        )
    ]
