"""Where the programs around ours are found."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from deploy import programs
from tests import debian_packages


def make_program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_program_on_path_comes_before_one_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    aside = make_program(tmp_path / "aside" / "server")

    assert programs.find("server", aside=[tmp_path / "aside"]) == aside

    on_path = make_program(tmp_path / "bin" / "server")
    assert programs.find("server", aside=[tmp_path / "aside"]) == on_path


def test_find_returns_the_first_name_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    redis = make_program(tmp_path / "redis-server")

    assert programs.find("valkey-server", "redis-server", aside=[]) == redis
    assert programs.find("valkey-server", aside=[]) is None


@pytest.mark.system
def test_programs_that_the_tests_need_are_on_this_machine() -> None:
    assert debian_packages.find_missing(list(debian_packages.FOUND)) == []


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without curl, whose apt-get installs it and whose sudo would be noticed."""
    for name in ("sh", "rm", "chmod"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    apt_get = (
        '#!/bin/sh\necho apt-get "$@" >> "$0.log"\n[ $1 = update ] || cp "$0" "${0%/*}/curl"\n'
    )
    for name, script in (("apt-get", apt_get), ("sudo", '#!/bin/sh\necho "$@" >> "$0.log"\n')):
        (tmp_path / name).write_text(script)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "cp").symlink_to(str(shutil.which("cp")))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["debian_packages", "curl"])
    return tmp_path


def test_debian_packages_names_a_command_when_not_root(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit) as refused:
        debian_packages.main()

    assert refused.value.code == "Missing packages of Debian: curl. Install them: sudo make debian"
    assert not [*bare_machine.glob("*.log")]


@pytest.mark.skipif(os.geteuid() != 0, reason="installs as root")
def test_debian_packages_installs_packages_when_root(
    bare_machine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    debian_packages.main()

    assert capsys.readouterr().out == "Installing Debian's curl …\n"
    log = (bare_machine / "apt-get.log").read_text()
    assert log.splitlines() == ["apt-get update -qq", "apt-get install -y -qq curl"]
    assert not (bare_machine / "sudo.log").exists()


@pytest.mark.parametrize(
    ("is_offered", "wanted"),
    [(True, ["chromium-headless-shell"]), (False, [])],
    ids=["apt has it", "apt does not know it"],
)
def test_missing_names_the_headless_shell_beside_chromium_when_apt_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_offered: bool, wanted: list[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    make_program(tmp_path / "chromium")
    apt_cache = Path(make_program(tmp_path / "apt-cache"))
    apt_cache.write_text(f"#!/bin/sh\nexit {int(not is_offered)}\n")

    assert debian_packages.find_missing(["chromium-headless-shell"]) == wanted
