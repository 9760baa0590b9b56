"""Where the programs around ours are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import programs
from tests import debian_packages


def make_program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)


def test_a_program_on_path_comes_before_one_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    aside = make_program(tmp_path / "aside" / "server")

    assert programs.find("server", aside=[tmp_path / "aside"]) == aside

    on_path = make_program(tmp_path / "bin" / "server")
    assert programs.find("server", aside=[tmp_path / "aside"]) == on_path


def test_the_first_name_is_preferred_and_what_is_not_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    redis = make_program(tmp_path / "redis-server")

    assert programs.find("valkey-server", "redis-server", aside=[]) == redis
    assert programs.find("valkey-server", aside=[]) is None


def test_what_the_tests_need_is_on_this_machine() -> None:
    assert debian_packages.missing(list(debian_packages.FOUND)) == []
