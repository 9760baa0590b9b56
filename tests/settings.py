"""The site's settings with what tests change: limits shortened, and nothing outside touched."""

import json
import os

os.environ.setdefault("DJANGO_SECRET_KEY", "only for tests")

from brownian_site.settings import *  # noqa: F403
from brownian_site.settings import CHANNEL_LAYERS, DATABASES, MIDDLEWARE, REDIS_URL, STORAGES
from tests.support.once import shared_folder

SENDS_MAIL = True  # to the outbox of pytest-django
MFA_ALLOW_UNVERIFIED_EMAIL = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SERVESTATIC_AUTOREFRESH = False

if changes := os.environ.get("TEST_SETTINGS"):
    # A server that tests start (tests/support/servers.py).
    globals().update(json.loads(changes))
else:
    if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # A file, not memory: consumers, hub and worker use it from threads of their own.
        own_file = shared_folder() / f"of-process-{os.getpid()}.sqlite3"
        DATABASES["default"]["TEST"] = {"NAME": str(own_file)}
    else:  # on_servers has migrated it
        DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASES["default"]["NAME"]}
    if REDIS_URL:  # one server for all the processes that run tests: none hears another
        CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"tests-{os.getpid()}"
    # Nothing in this process is asked for static files, which each `Client` would look through
    # again for longer than all else takes. Servers that tests start serve them.
    MIDDLEWARE = [name for name in MIDDLEWARE if "ServeStatic" not in name]
    # Pages name files as they are: no collected ones are needed here.
    PLAIN_NAMES = "django.contrib.staticfiles.storage.StaticFilesStorage"
    STORAGES = STORAGES | {"staticfiles": {"BACKEND": PLAIN_NAMES}}
