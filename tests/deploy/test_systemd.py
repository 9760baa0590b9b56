"""The systemd units, as systemd itself judges them."""

from __future__ import annotations

import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from deploy import programs

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/srv/brownian"
INSTANCES = {
    "brownian-server@.service": "brownian-server@8001.service",
    "brownian-worker@.service": "brownian-worker@1.service",
    "brownian.target": "brownian.target",
}
EXPOSED = 20
"""Of systemd's 100 for how much a process could do if it were taken over; without care it is 96."""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, Path]:
    """The units by their name here, as if they were installed from this checkout."""
    found = {}
    for name, instance in INSTANCES.items():
        text = (UNITS / name).read_text().replace(f"{INSTALLED}/.venv/bin/python", sys.executable)
        text = text.replace(INSTALLED, str(ROOT)).replace("User=brownian", "User=daemon")
        found[name] = tmp_path / instance
        found[name].write_text(text.replace("Group=brownian", "Group=daemon"))
    return found


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = programs.find("systemd-analyze")
    assert program, "These tests need systemd-analyze: sudo apt install systemd"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)


def test_every_unit_is_known_here() -> None:
    assert sorted(path.name for path in UNITS.iterdir()) == sorted(INSTANCES)


@pytest.mark.parametrize("name", INSTANCES)
def test_systemd_finds_nothing_wrong(name: str, installed: dict[str, Path]) -> None:
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(installed[name]))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in INSTANCES if name.endswith(".service")])
def test_a_process_that_was_taken_over_could_do_little(
    name: str, installed: dict[str, Path]
) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={EXPOSED}", str(installed[name]))

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [name for name in INSTANCES if name.endswith(".service")])
def test_a_unit_runs_a_command_of_ours_and_leaves_time_for_goodbyes(name: str) -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / name)

    python, script, command = unit["Service"]["ExecStart"].split()[:3]

    assert (python, script) == (f"{INSTALLED}/.venv/bin/python", "manage.py")
    assert (ROOT / "motion" / "management" / "commands" / f"{command}.py").exists()
    assert unit["Service"]["Restart"] == "always"
    assert int(unit["Service"]["TimeoutStopSec"]) >= 30


def test_each_worker_serves_its_metrics_on_a_port_of_its_own() -> None:
    text = (UNITS / "brownian-worker@.service").read_text()
    command = next(line for line in text.splitlines() if line.startswith("ExecStart="))

    ports = [int(command.replace("%i", str(n)).split("--metrics-port ")[1]) for n in range(1, 10)]

    assert ports == list(range(9101, 9110))
