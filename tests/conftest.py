"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from tests.servers import Daphne, Site, Valkey

BROWSER = "tests/browser/"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation on SQLite and the in-memory layer, set up, nothing running."""
    site = Site(tmp_path_factory.mktemp("site"), settings={"MOTION_SWEEP_S": 0.5}).setup()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    """The stock `daphne` command on that installation, its worker inside."""
    return site.start_daphne()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path).start()
    yield server
    server.stop()


class Groups(LoadScopeScheduling):
    """Beside each other run whole files, which share servers, and all browser tests as one.

    Two Chromiums on two cores would wait for each other longer than for the page. (xdist's own
    groups are marks, which xdist 3.8 with pytest 9 passes over in silence.)
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return BROWSER if path.startswith(BROWSER) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups:
    return Groups(config, log)
