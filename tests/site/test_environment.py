"""The environment: a wrong value stops the start with one sentence that names it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from brownian_site import __version__
from brownian_site import environment as env
from tests.support.servers import ROOT


def start_with(code: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"from brownian_site.settings import *\n{code}"],
        env={"PATH": os.environ["PATH"], "DJANGO_SECRET_KEY": "only for tests", **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "http://0.0.0.0"),
        ("HOST", "[::1]:8000"),
        ("DATABASE_URL", "sqlite://db.sqlite3"),
        ("DJANGO_DEBUG", "maybe"),
        ("DJANGO_HTTPS", "2"),
        ("EMBEDDED_WORKER", "si"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "oops://somewhere/db"),
        ("REDIS_URL", "http://127.0.0.1"),
        ("EMAIL_URL", "pigeon://home"),
        ("DJANGO_CSRF_TRUSTED_ORIGINS", "motion.example"),
        ("DJANGO_CSRF_TRUSTED_ORIGINS", "https://motion.example/"),
        ("TRUSTED_PROXIES", "the-proxy"),
        ("LOG_FORMAT", "xml"),
        ("METRICS_TOKEN", "short"),
        ("METRICS_TOKEN", "not one word but many"),
        ("SOCKETS_PER_ADDRESS", "0"),
        ("SOCKETS_PER_USER", "many"),
    ],
)
def test_wrong_value_stops_the_start_in_one_sentence(name: str, value: str) -> None:
    started = start_with(**{name: value})

    assert started.returncode == 1
    assert started.stderr.startswith(f"{name} must be ")
    assert started.stderr.count("\n") == 1


def test_allowed_hosts_are_the_given_names_alone() -> None:
    given = start_with(
        "print([*ALLOWED_HOSTS])", HOST="0.0.0.0", DJANGO_ALLOWED_HOSTS="motion.example"
    )

    assert given.stdout == "['motion.example']\n"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("", str(ROOT / "var" / "db.sqlite3")),
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("sqlite:////srv/brownian/db.sqlite3", "/srv/brownian/db.sqlite3"),
        ("sqlite:////home/ann/C#/c++/é b/db", "/home/ann/C#/c++/é b/db"),
        ("sqlite:////home/100%25/what%3F/db?timeout=5", "/home/100%/what?/db"),
        ("sqlite://:memory:", ":memory:"),
        ("sqlite://", ":memory:"),
    ],
)
def test_database_is_the_sqlite_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, path: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    database = env.read_database("DATABASE_URL", ROOT / "var" / "db.sqlite3")

    assert (database["ENGINE"], database["NAME"]) == ("django.db.backends.sqlite3", path)


def test_database_default_is_never_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    path = Path("/home/ann/C# c++/%41?b#/db")

    assert env.read_database("DATABASE_URL", path)["NAME"] == str(path)


def test_wrong_value_is_not_repeated_it_may_be_a_secret() -> None:
    assert "hunter2" not in str(env.WrongValueError("DATABASE_URL", "a database URL"))


@pytest.mark.parametrize(("word", "value"), [("on", True), ("0", False), ("YES", True), ("", True)])
def test_flag_reads_the_usual_words(
    monkeypatch: pytest.MonkeyPatch, word: str, value: bool
) -> None:
    monkeypatch.setenv("SOME_FLAG", word)

    assert env.read_flag("SOME_FLAG", default=True) is value


def test_secret_key_is_written_once_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SECRET_KEY")
    path = tmp_path / "var" / "secret_key"

    env.write_secret_key(path)
    first = env.read_secret_key(path)
    env.write_secret_key(path)

    assert env.read_secret_key(path) == first
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", ["", "\n", "cut-off"])
def test_secret_key_file_that_was_cut_off_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.delenv("DJANGO_SECRET_KEY")
    path = tmp_path / "secret_key"
    path.write_text(content)

    for have_key in (env.read_secret_key, env.main):
        with pytest.raises(SystemExit, match=f"^{path} holds only part of a key: delete this file"):
            have_key(path)
    assert path.read_text() == content


def test_secret_key_is_removed_when_the_disk_is_full(tmp_path: Path) -> None:
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))"
    write = "from pathlib import Path; from brownian_site import environment"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{full}; {write}; environment.main(Path({str(tmp_path / 'key')!r}))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert (
        done.stderr == f"The secret key cannot be written to {tmp_path / 'key'}: File too large.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_secret_key_of_a_faster_setup_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    faster = env.secrets.token_urlsafe

    def write_meanwhile(size: int) -> str:
        path.write_text("the faster one")
        return faster(size)

    monkeypatch.setattr(env.secrets, "token_urlsafe", write_meanwhile)
    env.write_secret_key(path)

    assert path.read_text() == "the faster one"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_secret_key_names_the_command_that_makes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DJANGO_SECRET_KEY")

    with pytest.raises(SystemExit, match="DJANGO_SECRET_KEY is not set"):
        env.read_secret_key(tmp_path / "none")


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert __version__ == project["version"]


def test_version_is_the_newest_dated_one_of_the_changelog() -> None:
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()

    unreleased, newest, *_ = (line for line in lines if line.startswith("## "))

    assert unreleased == "## Unreleased"
    assert newest.startswith(f"## {__version__} – ")


def test_variable_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("from a file\n")
    monkeypatch.delenv("DJANGO_SECRET_KEY", raising=False)
    monkeypatch.setenv("DJANGO_SECRET_KEY_FILE", str(secret))

    assert env.read_secret_key(tmp_path / "none") == "from a file"


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_file_without_a_value_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    (tmp_path / "empty").touch()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / name))

    with pytest.raises(SystemExit, match=r"^DATABASE_URL_FILE must be a readable text file"):
        env.read_database("DATABASE_URL", Path("x"))


def test_variable_and_its_file_do_not_contend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.setenv("PORT_FILE", "/etc/port")

    with pytest.raises(SystemExit, match="PORT and PORT_FILE are both set"):
        env.read_port("PORT", 1)


SITE_COMMAND = """
import sys
from pathlib import Path
from brownian_site import environment
environment.SITE_ENVIRONMENT = Path("/")
sys.argv = ["manage.py", *sys.argv[1:]]
import manage
manage.main()
"""


def test_manage_refuses_an_empty_database_when_the_site_has_another() -> None:
    variables = {"PATH": os.environ["PATH"], "DJANGO_SECRET_KEY": "only for tests"}
    command = [sys.executable, "-c", SITE_COMMAND]

    refused = subprocess.run(
        [*command, "new_epochs"], env=variables, cwd=ROOT, capture_output=True, text=True
    )
    allowed = subprocess.run(
        [*command, "collectstatic", "--help"],
        env=variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert refused.returncode == 1
    assert refused.stderr.startswith("DATABASE_URL is not set, but this machine has a site")
    assert "run `brownian-manage new_epochs`" in refused.stderr
    assert allowed.returncode == 0


@pytest.mark.parametrize(
    ("value", "mailer"),
    [
        (
            "smtp+tls://ada:secret@mail.example:587",
            {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {
                    "host": "mail.example",
                    "port": 587,
                    "username": "ada",
                    "password": "secret",
                    "use_tls": True,
                },
            },
        ),
        (
            "filemail:////var/mail",
            {
                "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                "OPTIONS": {"file_path": "/var/mail"},
            },
        ),
        (
            "consolemail://",
            {"BACKEND": "django.core.mail.backends.console.EmailBackend", "OPTIONS": {}},
        ),
    ],
)
def test_mailer_has_the_settings_of_the_url(
    value: str, mailer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMAIL_URL", value)

    assert env.build_mailer(env.read_email("EMAIL_URL", "")) == mailer
