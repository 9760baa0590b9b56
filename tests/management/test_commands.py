"""manage.py setup and its neighbours, as a person runs them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from websockets.sync.client import connect

from brownian_site import hosts
from brownian_site.alone import lock_folder
from motion.management.commands.setup import SETUP_LOCK, WAITING
from tests.support.servers import ROOT, START_S, Site, free_port

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


def test_setup_changes_no_existing_motion(fresh: Site) -> None:
    fresh.setup()
    fresh.execute("UPDATE motion_motion SET step = 77, title = 'Mine'")

    fresh.manage("setup")

    assert fresh.execute("SELECT title, step FROM motion_motion") == [("Mine", 77)]


def test_setup_prints_every_address_that_is_answered_on_all(fresh: Site) -> None:
    fresh.env["HOST"] = "::"

    lines = fresh.setup().manage("setup").stdout.splitlines()
    shell = fresh.manage(
        "shell", "-v0", "-c", "from django.conf import settings; print([*settings.ALLOWED_HOSTS])"
    )

    assert lines[0] == "Brownian motion is at http://127.0.0.1:8000/"
    mine = [host for host in hosts.find_reachable_hosts("::") if host != "127.0.0.1"]
    assert lines[2:] == [f"  http://{host}:8000/" for host in mine]
    assert all(repr(host) in shell.stdout for host in mine)


@pytest.mark.parametrize(
    ("env", "printed"),
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
def test_setup_prints_an_address_that_is_answered(
    fresh: Site, env: dict[str, str], printed: str
) -> None:
    fresh.env |= env

    output = fresh.setup().manage("setup").stdout

    assert [word for word in output.split() if "://" in word] == [printed]


# --- several at once, and where something is wrong --------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_setup_waits_for_another_one(
    fresh: Site, kind: str, request: pytest.FixtureRequest
) -> None:
    if kind == "postgres":
        fresh.database_url = request.getfixturevalue("postgres").new_database()
    with holding_lock(fresh):
        both = [fresh.begin("setup") for _ in range(2)]
        lines = [process.stdout.readline() for process in both if process.stdout]
    output = [process.communicate(timeout=START_S)[0] for process in both]

    assert lines == [f"{WAITING}\n"] * 2
    assert [process.returncode for process in both] == [0, 0], output
    assert sorted("password: " in text for text in output) == [False, True], output


@contextmanager
def holding_lock(site: Site) -> Iterator[None]:
    """As a set-up of the database holds it."""
    if site.database_url.startswith("postgres"):
        with psycopg.connect(site.database_url) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
            yield
    else:
        lock = lock_folder(site.folder, pytest.fail)
        yield
        os.close(lock)


def test_setup_chooses_another_name_when_admin_is_taken(fresh: Site) -> None:
    fresh.setup().execute("UPDATE auth_user SET is_superuser = 0, username = 'Admin'")

    output = fresh.manage("setup")

    assert output.stdout.startswith("Administrator: admin-2, password: "), output.stderr
    people = fresh.execute("SELECT username, is_superuser FROM auth_user ORDER BY id")
    assert people == [("Admin", 0), ("admin-2", 1)]


def test_setup_makes_no_administrator_when_it_cannot_show_the_password(fresh: Site) -> None:
    fresh.setup().execute("DELETE FROM auth_user")

    with open("/dev/full", "w") as nowhere:
        failed = fresh.begin("setup", stdout=nowhere).wait(START_S)

    assert failed
    assert fresh.execute("SELECT count(*) FROM auth_user") == [(0,)]


def test_setup_refuses_the_database_of_a_newer_version(fresh: Site) -> None:
    later = "('motion', '0999_later', CURRENT_TIMESTAMP)"
    fresh.setup().execute(f"INSERT INTO django_migrations (app, name, applied) VALUES {later}")

    assert_refused(
        fresh.manage("setup"), "The database belongs to a newer version, which applied 0999_lat"
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("none/db", "none does not exist: create it"),
        ("damaged", "damaged is not an SQLite database: restore a backup"),
    ],
)
def test_command_says_why_it_cannot_open_the_database(
    fresh: Site, tmp_path: Path, path: str, sentence: str
) -> None:
    (tmp_path / "damaged").write_text("no database " * 100)
    fresh.database_url = f"sqlite:///{tmp_path / path}"

    assert_refused(fresh.manage("setup"), sentence)


def test_command_before_setup_says_so(fresh: Site) -> None:
    assert_refused(fresh.manage("new_epochs"), "run `manage.py setup` first")


@pytest.mark.parametrize(
    "command",
    [
        *(["setup", "--serve"], ["serve"], ["runserver", "{port}"]),
        ["run_worker", "--metrics-port", "{port}"],
    ],
    ids=" ".join,
)
def test_command_stops_when_its_port_is_taken(fresh: Site, command: list[str]) -> None:
    fresh.setup()
    fresh.redis_url = "redis://127.0.0.1:1/0"
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        fresh.env |= {"PORT": str(port)}

        done = fresh.manage(*(word.format(port=port) for word in command))

    assert_refused(done, f"Port {port} is taken: end the program that listens there")
    assert "Brownian motion is at" not in done.stdout


def test_serve_refuses_without_static_files(fresh: Site) -> None:
    fresh.settings |= {"STATIC_ROOT": "/nowhere"}

    assert_refused(fresh.manage("serve"), "The static files are not collected: run `manage.py coll")


def test_serve_refuses_a_short_secret_key(fresh: Site) -> None:
    fresh.env |= {"DJANGO_SECRET_KEY": "changeme", "PORT": str(free_port())}

    assert_refused(fresh.manage("setup", "--serve"), "DJANGO_SECRET_KEY must be at least 32 char")
    assert not fresh.database.exists()


def assert_refused(done: subprocess.CompletedProcess[str], sentence: str) -> None:
    """That it ended with this sentence alone, and not as if all were well."""
    assert done.returncode
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr


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
        first = json.loads(socket.recv(timeout=START_S))
    with urllib.request.urlopen(
        f"{server.url}/static/motion/pages/motion-page.js", timeout=START_S
    ) as script:
        kind = script.headers["Content-Type"]

    assert (first["type"], first["slug"]) == ("state", "brownian")
    assert kind == "text/javascript"


def test_shell_command_loads_no_server(fresh: Site) -> None:
    shell = ["manage.py", "shell", "-v0", "-c", "import sys; print('twisted' in sys.modules)"]

    # Not by `manage`: what that starts has it already (tests/support/warm.py).
    output = subprocess.check_output(
        [sys.executable, *shell], env=fresh.environment(), cwd=ROOT, text=True
    )

    assert output == "False\n"


def test_models_and_migrations_agree(fresh: Site) -> None:
    assert fresh.manage("makemigrations", "--check", "--dry-run").returncode == 0
