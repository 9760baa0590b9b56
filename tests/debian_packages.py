"""`make debian`: install the Debian packages that the tests need; only root can.

python -m tests.debian_packages [PACKAGE …]: needs no .venv.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from typing import Final

from deploy import programs
from tests.support.browser_binary import HEADLESS_SHELL, chromium, firefox


def find_headless_chromium() -> str | None:
    """The headless shell; any Chromium where apt has no such package."""
    return shutil.which(HEADLESS_SHELL) or (None if is_offered(HEADLESS_SHELL) else chromium())


def is_offered(package: str) -> bool:
    """Whether apt can install it, as far as its lists say."""
    try:
        asked = subprocess.run(["apt-cache", "show", package], capture_output=True)
    except FileNotFoundError:
        return False
    return asked.returncode == 0


FOUND: Final[dict[str, Callable[[], str | None]]] = {
    HEADLESS_SHELL: find_headless_chromium,
    "curl": lambda: programs.find("curl"),
    "firefox-esr": firefox,
    "git": lambda: programs.find("git"),
    "nginx": programs.find_nginx,
    "openssl": lambda: programs.find("openssl"),
    "postgresql": lambda: programs.find_postgresql("initdb"),
    "prometheus": lambda: programs.find("promtool"),
    "systemd": lambda: programs.find("systemd-analyze"),
}
"""The packages, and how to find the program of each; a program from elsewhere will do."""

INSTALL: Final = """
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then  # tests start what they need themselves, on ports of their own
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' > $policy
    chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
for packages in "$@"; do apt-get install -y -qq $packages; done
"""

ALONE: Final = {"prometheus"}
"""Installed without recommended packages: one of them measures the machine all day."""


def find_missing(packages: Collection[str]) -> list[str]:
    return [name for name in packages if not FOUND[name]()]


def install(packages: Collection[str]) -> None:
    """Install them with apt-get, as root; no service is started."""
    groups = [" ".join(name for name in packages if name not in ALONE)]
    groups += [f"--no-install-recommends {name}" for name in packages if name in ALONE]
    wanted = [group for group in groups if group]
    subprocess.run(["sh", "-c", INSTALL, "sh", *wanted], stdout=subprocess.DEVNULL)


def main() -> None:
    wanted = sys.argv[1:] or list(FOUND)
    if unknown := set(wanted) - FOUND.keys():
        sys.exit(f"No test needs {', '.join(sorted(unknown))}.")
    if not (names := find_missing(wanted)):
        return
    if not shutil.which("apt-get"):
        sys.exit(f"Missing programs: {', '.join(names)}. Install them, then try again.")
    if os.geteuid() != 0:
        sys.exit(f"Missing packages of Debian: {', '.join(names)}. Install them: sudo make debian")
    print(f"Installing Debian's {', '.join(names)} …", flush=True)
    install(names)
    if names := find_missing(wanted):
        sys.exit(f"apt-get did not install {', '.join(names)}: see its messages above.")


if __name__ == "__main__":
    main()
