"""Which tests run: the choice that tests/conftest.py makes."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

from tests.conftest import select_few_cases


def test_few_cases_are_the_first_and_the_last_of_each_test() -> None:
    names = ["a.py::one", "a.py::two[1]", "a.py::two[2]", "a.py::two[x[3]]", "b.py::two[1]"]
    config: Any = Mock()
    items: list[Any] = [Mock(nodeid=name) for name in names]
    middle = items[2]

    select_few_cases(config, items)

    assert [item.nodeid for item in items] == [name for name in names if name != "a.py::two[2]"]
    config.hook.pytest_deselected.assert_called_once_with(items=[middle])
