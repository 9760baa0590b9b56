"""The commands of the Makefile, in a checkout in any folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import ROOT, START_S, Daphne, Process, free_port, wait_for

pytestmark = pytest.mark.server

CHECKOUT = ["Makefile", "manage.py", "brownian_site", "motion", "static", "templates"]
FOLDER = "C# c++ 50%25 é?'x"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh one, whose packages are installed already."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    for name in CHECKOUT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=lambda *_: ["__pycache__"])
        else:
            shutil.copy(ROOT / name, folder)
    with (folder / "brownian_site" / "settings.py").open("a") as settings:
        settings.write("SERVESTATIC_USE_BROTLI = False  # it takes most of collectstatic's time\n")
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (folder / "requirements").mkdir()
    for locked in (folder / "requirements" / "run.txt", folder / ".venv" / "run.txt"):
        locked.write_text("")
    return folder


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.stop()


def start_make(target: str, checkout: Path, log: Path, port: int) -> Process:
    env = {"PATH": os.environ["PATH"], "HOME": str(checkout), "PORT": str(port)}
    return Process(["make", target, f"PYTHON={sys.executable}"], env, log, cwd=checkout)


def list_commands(checkout: Path, *arguments: str) -> str:
    """The commands that `make` would run."""
    done = subprocess.run(
        ["make", "--dry-run", f"PYTHON={sys.executable}", *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_make_run_works_twice_at_once_in_a_strange_folder(
    checkout: Path, tmp_path: Path, started: list[Process]
) -> None:
    port = free_port()
    started += [
        start_make("run", checkout, tmp_path / f"log-{number}", port) for number in range(2)
    ]

    def serving() -> list[Process]:
        ended = [process for process in started if process.popen.poll() is not None]
        return ended if Daphne(port, started[0]).answers() else []

    (late,) = wait_for(serving, "one to serve and one to end")
    both = [process.output() for process in started]

    assert f"Port {port} is taken" in late.output()
    assert late.popen.returncode
    assert sum("Waiting for another set-up" in text for text in both) >= 1
    assert sum("password: " in text for text in both) == 1
    assert not any("Traceback" in text for text in both), both
    assert {"db.sqlite3", "secret_key", "static"} <= {p.name for p in (checkout / "var").iterdir()}
    assert {path.name for path in tmp_path.iterdir()} == {FOLDER, "log-0", "log-1"}


def test_make_run_explains_a_truncated_secret_key(checkout: Path, tmp_path: Path) -> None:
    (checkout / "var").mkdir()
    (checkout / "var" / "secret_key").touch()

    process = start_make("run", checkout, tmp_path / "log", free_port())

    assert process.popen.wait(START_S)
    assert "secret_key holds only part of a key: delete this file" in process.output()
    assert "Traceback" not in process.output()


def test_make_run_reinstalls_packages_for_another_python(checkout: Path, tmp_path: Path) -> None:
    (checkout / ".venv" / "bin" / "python").unlink()  # as when the system's Python is replaced
    (tmp_path / "made").write_text('#!/bin/sh\necho "$@" >> installed\n')
    (tmp_path / "made").chmod(0o755)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\n[ "$2" = venv ] && ln -s {tmp_path}/made .venv/bin/python\n')
    python.chmod(0o755)

    done = subprocess.run(
        ["make", "install-run", f"PYTHON={python}"], cwd=checkout, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "pip install" in (checkout / "installed").read_text()


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="mounts a folder")
def test_make_run_explains_a_read_only_folder(checkout: Path) -> None:
    shutil.rmtree(checkout / ".venv")
    readonly = "mount --bind -o ro . . && cd . && exec make run PYTHON=$0"
    mounted = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    if mounted.returncode:
        pytest.skip("no mounts here")

    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", readonly, sys.executable],
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=START_S,
    )

    assert done.returncode
    assert "This user cannot write to" in done.stderr, done.stderr


def test_make_dev_serves_a_changed_file_and_template(
    checkout: Path, tmp_path: Path, started: list[Process]
) -> None:
    port = free_port()
    started.append(start_make("dev", checkout, tmp_path / "log", port))
    server = Daphne(port, started[0])
    wait_for(server.answers, "the server to answer")

    (checkout / "templates" / "404.html").write_text("A new page: {{ request.path }}")
    urls = checkout / "brownian_site" / "urls.py"
    with urls.open("a") as file:
        file.write("from django.views.defaults import page_not_found\n")
        file.write("urlpatterns.insert(0, path('new/', page_not_found, {'exception': None}))\n")

    def read_page() -> str:
        if time.time() - urls.stat().st_mtime > 3:  # Django missed it: it began to watch later
            urls.touch()
        try:
            return str(urllib.request.urlopen(f"{server.url}/new/", timeout=START_S).read())
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    wait_for(lambda: read_page() == "A new page: /new/", "the new address and template")


def test_make_test_runs_one_part_without_system_packages(checkout: Path) -> None:
    commands = list_commands(checkout, "test", "T=tests/core")

    assert "pytest tests/core" in commands
    assert "debian" not in commands


def test_make_test_checks_the_system_packages_when_it_runs_everything(checkout: Path) -> None:
    assert "tests.debian_packages" in list_commands(checkout, "test")


def test_make_quick_runs_no_server_browser_or_system_program(checkout: Path) -> None:
    commands = list_commands(checkout, "quick")

    assert '-m "not browser and not server and not system"' in commands
    assert "debian" not in commands
