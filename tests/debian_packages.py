"""As a program: have Debian's packages that the tests need, installing them where that is allowed.

python -m tests.debian_packages [PACKAGE …]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection
from typing import Final

from deploy import programs
from tests.support.browser_binary import chromium, firefox

FOUND: Final[dict[str, Callable[[], str | None]]] = {
    "chromium": chromium,
    "curl": lambda: programs.find("curl"),
    "firefox-esr": firefox,
    "git": lambda: programs.find("git"),
    "nginx": programs.nginx,
    "openssl": lambda: programs.find("openssl"),
    "postgresql": lambda: programs.postgresql("initdb"),
    "prometheus": lambda: programs.find("promtool"),
    "systemd": lambda: programs.find("systemd-analyze"),
}
"""What the tests need, and where it is: it need not be Debian's."""

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
"""Without what Debian recommends beside it: a program that measures the machine, all day."""


def missing(packages: Collection[str]) -> list[str]:
    return [name for name in packages if not FOUND[name]()]


def install(packages: Collection[str]) -> None:
    """Ask Debian for them, as root or by sudo without a password; no service is started."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and subprocess.run([*prefix, "true"], capture_output=True).returncode:
        return
    groups = [" ".join(name for name in packages if name not in ALONE)]
    groups += [f"--no-install-recommends {name}" for name in packages if name in ALONE]
    wanted = [group for group in groups if group]
    subprocess.run([*prefix, "sh", "-c", INSTALL, "sh", *wanted], stdout=subprocess.DEVNULL)


def main() -> None:
    wanted = sys.argv[1:] or list(FOUND)
    if unknown := set(wanted) - FOUND.keys():
        sys.exit(f"No test needs {', '.join(sorted(unknown))}.")
    if (names := missing(wanted)) and shutil.which("apt-get"):
        print(f"Installing Debian's {', '.join(names)} for the tests …", flush=True)
        install(names)
    if names := missing(wanted):
        sys.exit(f"The tests need {', '.join(names)}: sudo apt install {' '.join(names)}")


if __name__ == "__main__":
    main()
