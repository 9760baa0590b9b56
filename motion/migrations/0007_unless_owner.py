# Nothing of the tables changes: Django alone sees to what is deleted with a person.

from django.conf import settings
from django.db import migrations, models

import motion.models.people


class Migration(migrations.Migration):

    dependencies = [
        ('motion', '0006_process'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name='membership',
                    name='user',
                    field=models.ForeignKey(on_delete=motion.models.people.protect_owners, related_name='memberships', to=settings.AUTH_USER_MODEL),
                ),
            ],
        ),
    ]
