"""An owner, another person, and a private motion, for tests of the services."""

from __future__ import annotations

from typing import Any

import pytest

from motion.models import Motion
from tests.support.factories import make_own_motion, make_user


@pytest.fixture
def ada() -> Any:
    return make_user("ada")


@pytest.fixture
def ben() -> Any:
    return make_user("ben")


@pytest.fixture
def motion(ada: Any) -> Motion:
    return make_own_motion(ada, control="controllers", visibility="private")
