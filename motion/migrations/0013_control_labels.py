"""Once changed labels of fields. They stand in the migrations before it now, as no column has them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("motion", "0012_who_controls")]
