"""The systemd units, as systemd itself judges them."""

from __future__ import annotations

import signal
import socket
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.core.management import get_commands

from deploy import programs
from tests.support.servers import START_S, Site, wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"
INSTALLED = "/srv/brownian"
INSTANCES = {
    "brownian-server@.service": "brownian-server@8001.service",
    "brownian-worker@.service": "brownian-worker@1.service",
    "brownian-daily.service": "brownian-daily.service",
    "brownian-daily.timer": "brownian-daily.timer",
    "brownian.target": "brownian.target",
}
EXPOSED = 20
"""Of systemd's 100 for how much a process could do if it were taken over; without care it is 96."""


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, Path]:
    """The units by their name here, as if they were installed from this checkout."""
    found = {}
    for name, instance in INSTANCES.items():
        text = (UNITS / name).read_text().replace("User=brownian", "User=daemon")
        text = text.replace(f"{INSTALLED}/current", str(ROOT))
        found[name] = tmp_path / instance
        found[name].write_text(text.replace("Group=brownian", "Group=daemon"))
    return found


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = programs.find("systemd-analyze")
    assert program, "These tests need systemd-analyze: sudo apt install systemd"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)


def test_every_unit_is_known_here() -> None:
    assert sorted(path.name for path in UNITS.iterdir()) == sorted(INSTANCES)


@pytest.mark.system
@pytest.mark.parametrize("name", INSTANCES)
def test_systemd_finds_nothing_wrong(name: str, installed: dict[str, Path]) -> None:
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(installed[name]))

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.system
@pytest.mark.parametrize("name", [name for name in INSTANCES if name.endswith(".service")])
def test_process_that_was_taken_over_could_do_little(name: str, installed: dict[str, Path]) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={EXPOSED}", str(installed[name]))

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", [name for name in INSTANCES if name.endswith(".service")])
def test_unit_runs_our_commands_in_the_current_release(name: str) -> None:
    text = (UNITS / name).read_text()
    commands = [line.split("=")[1] for line in text.splitlines() if line.startswith("ExecStart=")]

    assert commands
    for command in commands:
        words = command.split()
        assert words[:4] == ["/usr/bin/env", "--", ".venv/bin/python", "manage.py"]
        assert words[4] in get_commands()
    assert f"WorkingDirectory={INSTALLED}/current\n" in text
    assert "EnvironmentFile=/etc/brownian/environment\n" in text


@pytest.mark.parametrize("name", ["brownian-server@.service", "brownian-worker@.service"])
def test_unit_is_started_again_and_leaves_time_for_goodbyes(name: str) -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNITS / name)

    service = unit["Service"]

    assert (service["Type"], service["Restart"]) == ("notify", "always")
    assert int(service["TimeoutStopSec"]) >= 30


def receive(systemd: socket.socket) -> bytes:
    """The next datagram, b"" when none comes."""
    try:
        return systemd.recv(100)
    except TimeoutError:
        return b""


@pytest.mark.server
def test_server_notifies_systemd_until_its_loop_stalls(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(START_S)
        site = Site(tmp_path, env={"WATCHDOG_USEC": "300000"}).setup()
        site.env["NOTIFY_SOCKET"] = systemd.getsockname()
        server = site.start_server(wait=False)
        assert receive(systemd) == b"READY=1"
        assert server.answers()
        assert [receive(systemd) for _ in range(3)] == [b"WATCHDOG=1"] * 3

        server.process.popen.send_signal(signal.SIGSTOP)
        systemd.settimeout(0.4)
        wait_for(lambda: receive(systemd) == b"", "an end of what was on the way")
        server.process.kill()
    site.stop()


def test_workers_serve_metrics_on_different_ports() -> None:
    text = (UNITS / "brownian-worker@.service").read_text()
    command = next(line for line in text.splitlines() if line.startswith("ExecStart="))

    ports = [int(command.replace("%i", str(n)).split("--metrics-port ")[1]) for n in range(1, 10)]

    assert ports == list(range(9101, 9110))
