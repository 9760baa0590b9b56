"""The register of faults names tests that are there."""

from __future__ import annotations

import re

import pytest

from tests.faults.register import REGISTER
from tests.servers import ROOT


@pytest.mark.parametrize("fault", REGISTER)
def test_each_fault_is_made_to_happen(fault: str) -> None:
    assert REGISTER[fault]
    for name in REGISTER[fault]:
        file, _, test = name.partition("::")
        source = (ROOT / "tests" / file).read_text()
        assert re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), name
