"""Once changed help texts. They stand in the migrations before it now, as no column has them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("motion", "0013_control_labels")]
