"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

from motion.telemetry import logs
from tests.support import once
from tests.support.servers import (
    Daphne,
    Postgres,
    Site,
    Valkey,
    database_of_its_own,
    migrated_sqlite,
)

LONGEST = (
    "tests/browser/test_lesson.py",
    *("tests/browser/test_page_people.py", "tests/browser/test_accessibility.py"),
    *("tests/browser/test_page_faults.py", "tests/browser/test_page_view.py"),
    *("tests/browser/test_page_controls.py", "tests/browser/test_page_floor.py"),
    *("tests/browser/test_page_truth.py", "tests/browser/test_page.py"),
    *("tests/deploy/test_docs.py", "tests/management/test_restore.py"),
    *("tests/faults/test_parts_gone.py", "tests/management/test_commands.py"),
    *("tests/site/test_health.py", "tests/live/test_socket_people.py"),
    *("tests/server/test_server.py", "tests/project/test_make.py"),
    *("tests/deploy/test_cluster.py", "tests/faults/test_cluster.py"),
)
"""The files that take longer than half a minute, longest first."""


Lasting = Callable[[Callable[[], Any]], Any]

COLLECTED = pytest.StashKey[list[pytest.Item]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "run the first and the last case of each parametrised test"
    parser.addoption("--few-cases", action="store_true", help=text)


def pytest_configure() -> None:
    once.shared_folder()  # before xdist starts its processes, which have the same one


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Files that take long come first: begun last, one would keep a single process busy alone."""
    config.stash[COLLECTED] = list(items)  # those that -k and -m leave out as well
    yield
    if config.getoption("few_cases"):
        select_few_cases(config, items)
    items.sort(key=start_order)  # pytest-django has put those with a database first


def select_few_cases(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the first and the last case of each parametrised test in `items`."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    middle = {item for of_one_test in cases.values() for item in of_one_test[1:-1]}
    config.hook.pytest_deselected(items=[item for item in items if item in middle])
    items[:] = [item for item in items if item not in middle]


def pytest_collection_finish() -> None:
    """What was collected stays: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()


class FewBrowsers(LoadFileScheduling):
    """Gives files with browsers to a few processes, and files with servers to the others meanwhile.

    A process starts one browser for all its files of a folder, which takes seconds. Pages keep a
    core busy while tests of servers mostly wait.
    """

    PROCESSES = {"tests/browser": {"gw0", "gw1", "gw2"}, "tests/page": {"gw3"}}

    def _assign_work_unit(self, node: WorkerController) -> None:
        queue, process = self.workqueue, node.workerinput["workerid"]
        suitable = (
            file for file in queue if process in self.PROCESSES.get(folder_of(file), {process})
        )
        queue.move_to_end(next(suitable, next(iter(queue))), last=False)
        super()._assign_work_unit(node)


def folder_of(file: str) -> str:
    """The folder in `tests` that holds `file`."""
    return "/".join(file.split("/")[:2])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> FewBrowsers | None:
    return FewBrowsers(config, log) if config.getvalue("dist") == "loadfile" else None


def start_order(item: pytest.Item) -> tuple[int, int]:
    """Browsers first, then real servers."""
    marks = ("browser", "server")
    kind = next((at for at, mark in enumerate(marks) if item.get_closest_marker(mark)), len(marks))
    file = item.nodeid.partition("::")[0]
    return kind, LONGEST.index(file) if file in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def all_tests(request: pytest.FixtureRequest) -> list[pytest.Item]:
    """Every test there is; a run that collects a part of them skips."""
    config = request.config
    if {Path(name).name for name in config.args} != {"tests"} or config.getoption("ignore"):
        pytest.skip("not all tests were collected")
    return config.stash[COLLECTED]


@pytest.fixture(autouse=True)
def outage_of_one_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that one test took away is not away for the next: requests would be refused."""
    monkeypatch.setattr(logs, "database", logs.Outage("The database"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """On SQLite each process has a copy of a database that was migrated once."""
    if is_on_sqlite():
        shutil.copy(migrated_sqlite(), settings.DATABASES["default"]["TEST"]["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    return is_on_sqlite() or bool(request.config.getoption("reuse_db"))


def is_on_sqlite() -> bool:
    return bool(settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"))


@pytest.fixture(scope="module")
def lasting(django_db_setup: None, django_db_blocker: Any) -> Iterator[Lasting]:
    """Calls what makes rows, which last for all tests of a file, and returns what it returns.

    They stand below the transaction of each test, which takes back what the test did to them.
    """
    with ExitStack() as stack:

        def make(rows: Callable[[], Any]) -> Any:
            with django_db_blocker.unblock():
                return rows()

        make(lambda: stack.enter_context(transaction.atomic()))
        yield make
        make(lambda: transaction.set_rollback(True))
        make(stack.close)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation, set up, nothing running.

    It is on SQLite and the in-memory layer, or on PostgreSQL and Valkey where the tests are run
    on those (`tests.on_servers`).
    """
    folder = tmp_path_factory.mktemp("site")
    valkey = Valkey(folder).start() if settings.REDIS_URL else None
    site = Site(
        folder,
        redis_url=valkey.url if valkey else "",
        database_url=database_of_its_own(),
        settings={"MOTION_SWEEP_S": 0.5},
        env={"EMBEDDED_WORKER": "on"},
    ).setup()
    yield site
    site.stop()
    if valkey:
        valkey.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    """The stock `daphne` command on that installation, its worker inside."""
    return site.start_daphne()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """One server for all tests of this process; each makes a database of its own on it."""
    server = Postgres(tmp_path_factory.mktemp("postgres")).start()
    yield server
    server.stop()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path).start()
    yield server
    server.stop()
