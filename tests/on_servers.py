"""Run tests again on PostgreSQL and Valkey: `python -m tests.on_servers [arguments of pytest]`.

It starts both, and passes their addresses on as DATABASE_URL and REDIS_URL. Without a file among
the arguments it runs `FILES`: the tests that read, lock and write the database, and those of
sockets on a real Daphne with a worker beside it. Each process has a copy of a database that was
migrated before; all end with the server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.servers import ROOT, Postgres, Valkey

FILES = [
    *("tests/live", "tests/models/test_models.py", "tests/services", "tests/worker"),
    "tests/admin/test_motions.py",
    *("tests/queries/test_permissions.py", "tests/queries/test_snapshots.py"),
    *("tests/queries/test_questions.py", "tests/queries/test_verification.py"),
    *(f"tests/views/test_{name}.py" for name in ("epochs", "hand_over", "join", "seeds")),
]
ON_THEIR_OWN = "across_servers or hanging_layer or without_the_layer or half_open"
"""The tests of these files that start servers of their own, whatever DATABASE_URL says."""


def main() -> None:
    arguments = sys.argv[1:]
    if not any(Path(argument.partition("::")[0]).exists() for argument in arguments):
        arguments += [*FILES, "-k", f"not ({ON_THEIR_OWN})"]
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(run_pytest(arguments, Path(folder)))


def run_pytest(arguments: list[str], folder: Path) -> int:
    """Its exit code."""
    postgres = Postgres(folder, settings={"max_connections": "300"})
    valkey = Valkey(folder)
    try:
        postgres.start()
        valkey.start()
        servers = {"DATABASE_URL": postgres.new_database(), "REDIS_URL": valkey.url}
        env = os.environ | servers | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=env, check=True)
        tests = [sys.executable, "-m", "pytest", "--reuse-db", *arguments]
        return subprocess.run(tests, cwd=ROOT, env=env).returncode
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
