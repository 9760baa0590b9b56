"""The site's settings with what tests change: limits shortened, and nothing outside touched."""

import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("DJANGO_SECRET_KEY", "only for tests")

from brownian_site.settings import *  # noqa: F403
from brownian_site.settings import DATABASES

# A file, not memory: consumers, broker and worker use it from threads of their own.
DATABASES["default"]["TEST"] = {
    "NAME": str(Path(tempfile.gettempdir()) / f"brownian-tests-{os.getpid()}.sqlite3")
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SERVESTATIC_AUTOREFRESH = False

# Servers that tests start get theirs through the environment (tests/servers.py).
globals().update(json.loads(os.environ.get("TEST_SETTINGS", "{}")))
