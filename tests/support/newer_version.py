"""The version that comes after this one: one more column, and a page with a new address."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.support.servers import ROOT

NEW_FIELD = """
    note = models.CharField(max_length=20, db_default="new")

    class Meta:
        ordering = ["title"]
"""
NEW_MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("motion", "{last}")]
    operations = [
        migrations.AddField("Motion", "note", models.CharField(max_length=20, db_default="new")),
    ]
"""


def newer_version(folder: Path) -> Path:
    """A copy of this checkout, whose motions have one more column."""
    folder.mkdir(exist_ok=True)
    for name in ("brownian_site", "motion", "templates"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", folder)
    for name in ("static", "var"):
        (folder / name).symlink_to(ROOT / name)
    make_newer(folder)
    return folder


def make_newer(folder: Path) -> None:
    """Change a copy of this checkout: old code can neither render its page nor knows its column."""
    models = folder / "motion" / "models" / "motions.py"
    models.write_text(
        models.read_text().replace('\n    class Meta:\n        ordering = ["title"]\n', NEW_FIELD)
    )
    migrations = folder / "motion" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "0999_note.py").write_text(NEW_MIGRATION.format(last=last))
    with (folder / "brownian_site" / "urls.py").open("a") as urls:
        urls.write('\nurlpatterns += [path("newer/", accounts.overview, name="newer")]\n')
    page = folder / "templates" / "motion" / "join_code.html"
    heading = "{% block content %}"
    page.write_text(page.read_text().replace(heading, f"{heading}{{% url 'newer' %}}"))
