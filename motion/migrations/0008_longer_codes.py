# Six letters are guessed too easily where a right code works from a busy address. Each open code
# becomes one of eight letters, which its owner finds on the pages Share and People. Links stay.

import secrets

from django.db import migrations, models

import motion.models.people

LETTERS = "ACDEFGHJKLMNPQRTUVWXY"


def lengthen(apps, schema_editor):
    Invitation = apps.get_model("motion", "Invitation")
    for pk in Invitation.objects.exclude(code=None).values_list("pk", flat=True):
        code = "".join(secrets.choice(LETTERS) for _ in range(8))
        Invitation.objects.filter(pk=pk).update(code=code)


class Migration(migrations.Migration):

    dependencies = [
        ('motion', '0007_unless_owner'),
    ]

    operations = [
        migrations.AlterField(
            model_name='invitation',
            name='code',
            field=models.CharField(blank=True, default=motion.models.people.make_code, max_length=8, null=True, unique=True),
        ),
        migrations.RunPython(lengthen, migrations.RunPython.noop, elidable=True),
    ]
