"""Help texts and labels in plain English. The columns stay as they are: only the program changes."""

from __future__ import annotations

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("motion", "0013_control_labels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.SeparateDatabaseAndState(state_operations=[
        migrations.AlterField(
            model_name='change',
            name='drift',
            field=models.FloatField(default=0.0, help_text='Mean of one step.', validators=[django.core.validators.MinValueValidator(-1000.0), django.core.validators.MaxValueValidator(1000.0)]),
        ),
        migrations.AlterField(
            model_name='change',
            name='interval',
            field=models.FloatField(default=0.5, help_text='Seconds between steps.', validators=[django.core.validators.MinValueValidator(0.02), django.core.validators.MaxValueValidator(3600.0)]),
        ),
        migrations.AlterField(
            model_name='change',
            name='paused',
            field=models.BooleanField(default=False, help_text='Stops it for everyone.'),
        ),
        migrations.AlterField(
            model_name='change',
            name='step',
            field=models.BigIntegerField(help_text='Latest step when the change was made.'),
        ),
        migrations.AlterField(
            model_name='change',
            name='variance',
            field=models.FloatField(default=1.0, help_text='Variance of one step. Its square root is the typical step size.', validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(10000.0)]),
        ),
        migrations.AlterField(
            model_name='epoch',
            name='ordinal',
            field=models.PositiveIntegerField(help_text='1 for the first path of the motion, 2 for the second, …'),
        ),
        migrations.AlterField(
            model_name='invitation',
            name='barred',
            field=models.ManyToManyField(editable=False, help_text='People from whom the owner took something that it does not give back.', related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='motion',
            name='access_version',
            field=models.BigIntegerField(default=0, editable=False, help_text='Counts renames and changes of permissions.'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='described_by',
            field=models.ForeignKey(editable=False, help_text='Person who last changed the title, the address or the permissions.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name='motion',
            name='drift',
            field=models.FloatField(default=0.0, help_text='Mean of one step.', validators=[django.core.validators.MinValueValidator(-1000.0), django.core.validators.MaxValueValidator(1000.0)]),
        ),
        migrations.AlterField(
            model_name='motion',
            name='epoch',
            field=models.BigIntegerField(default=0, editable=False, help_text='Number of the running path.'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='interval',
            field=models.FloatField(default=0.5, help_text='Seconds between steps.', validators=[django.core.validators.MinValueValidator(0.02), django.core.validators.MaxValueValidator(3600.0)]),
        ),
        migrations.AlterField(
            model_name='motion',
            name='owner_only',
            field=models.BooleanField(default=False, help_text='Others get their control back when you switch this off.', verbose_name='only the owner controls it'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='paused',
            field=models.BooleanField(default=False, help_text='Stops it for everyone.'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='revision',
            field=models.BigIntegerField(default=0, editable=False, help_text='Number of changes; never decreases.'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='slug',
            field=models.SlugField(help_text='Last part of the address, /motions/…/.', max_length=60, unique=True, verbose_name='address'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='step',
            field=models.BigIntegerField(default=0, editable=False, help_text='Latest step.'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='variance',
            field=models.FloatField(default=1.0, help_text='Variance of one step. Its square root is the typical step size.', validators=[django.core.validators.MinValueValidator(0.0), django.core.validators.MaxValueValidator(10000.0)]),
        ),
        migrations.AlterField(
            model_name='motion',
            name='visibility',
            field=models.CharField(choices=[('public', 'Public: everyone can find it in the list'), ('unlisted', 'Unlisted: anyone who has the link'), ('private', 'Private: members only')], default='public', max_length=16, verbose_name='who may see it'),
        ),
        migrations.AlterField(
            model_name='motion',
            name='watched_until',
            field=models.FloatField(default=0.0, editable=False, help_text='Somebody watches until this time, in Unix seconds.'),
        ),
        migrations.AlterField(
            model_name='process',
            name='seen_at',
            field=models.FloatField(help_text='Time of its last report.'),
        ),
        migrations.AlterField(
            model_name='process',
            name='turned_at',
            field=models.FloatField(help_text="Last turn of its worker's loop; empty without a worker.", null=True),
        ),
    ])]
