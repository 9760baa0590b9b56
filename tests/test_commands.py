"""manage.py setup and its neighbours, as a person runs them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.servers import Site

pytestmark = pytest.mark.server


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """An installation on which nothing was run yet."""
    site = Site(tmp_path)
    yield site
    site.stop()


def test_setup_makes_everything_and_shows_the_password_once(fresh: Site) -> None:
    first = fresh.manage("setup")
    second = fresh.manage("setup")

    assert "Administrator: admin, password: " in first.stdout
    assert second.stdout == "Brownian motion is at http://127.0.0.1:8000/\n"
    assert fresh.execute("SELECT slug, step FROM motion_motion") == [("brownian", 0)]
    assert fresh.execute("SELECT username, is_superuser FROM auth_user") == [("admin", 1)]


def test_setup_leaves_what_is_there_as_it_is(fresh: Site) -> None:
    fresh.setup()
    fresh.execute("UPDATE motion_motion SET step = 77, title = 'Mine'")

    fresh.manage("setup")

    assert fresh.execute("SELECT title, step FROM motion_motion") == [("Mine", 77)]


def test_setup_lets_the_room_in_where_told(fresh: Site) -> None:
    fresh.env["HOST"] = "0.0.0.0"

    said = fresh.setup().manage("setup").stdout
    shell = fresh.manage(
        "shell", "-v0", "-c", "from django.conf import settings; print(settings.ALLOWED_HOSTS)"
    )

    addresses = [word for word in said.split() if word.startswith("http://")]
    assert addresses[0] == "http://127.0.0.1:8000/"
    for address in addresses[1:]:
        assert address.removeprefix("http://").removesuffix(":8000/") in shell.stdout


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({}, "http://127.0.0.1:8000/"),
        ({"DJANGO_ALLOWED_HOSTS": "*"}, "http://127.0.0.1:8000/"),
        ({"DJANGO_ALLOWED_HOSTS": "motion.example,127.0.0.1"}, "http://127.0.0.1:8000/"),
        ({"DJANGO_ALLOWED_HOSTS": ".motion.example"}, "http://motion.example:8000/"),
        (
            {"DJANGO_ALLOWED_HOSTS": "motion.example", "DJANGO_HTTPS": "1"},
            "https://motion.example/",
        ),
    ],
)
def test_setup_tells_an_address_that_is_answered(
    fresh: Site, env: dict[str, str], told: str
) -> None:
    fresh.env |= env

    said = fresh.setup().manage("setup").stdout

    assert [word for word in said.split() if "://" in word] == [told]


def test_worker_without_redis_refuses_in_one_sentence(fresh: Site) -> None:
    refused = fresh.manage("run_worker")

    assert refused.returncode == 1
    assert refused.stderr.startswith("CommandError: run_worker needs REDIS_URL")
    assert refused.stderr.count("\n") == 1


def test_runserver_serves_sockets_too(fresh: Site) -> None:
    fresh.setup()
    fresh.env["DJANGO_DEBUG"] = "1"
    server = fresh.start_runserver()

    with connect(server.socket_url(), origin=server.url) as socket:
        first = json.loads(socket.recv(timeout=10))
    with urllib.request.urlopen(f"{server.url}/static/motion/main.js", timeout=10) as script:
        kind = script.headers["Content-Type"]

    assert (first["type"], first["slug"]) == ("state", "brownian")
    assert kind == "text/javascript"


def test_what_serves_nothing_loads_no_server(fresh: Site) -> None:
    shell = fresh.manage("shell", "-v0", "-c", "import sys; print('twisted' in sys.modules)")

    assert shell.stdout == "False\n"


def test_models_and_migrations_agree(fresh: Site) -> None:
    assert fresh.manage("makemigrations", "--check", "--dry-run").returncode == 0
