"""The table of Django's database cache, so that `migrate` alone makes a database ready."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):

    dependencies = [
        ("motion", "0003_change_by_step"),
    ]

    operations = [
        migrations.RunPython(create, migrations.RunPython.noop),
    ]
