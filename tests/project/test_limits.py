"""The limits of parameters are the same wherever a person or a program meets them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.test.html import Element, parse_html

from motion.core.errors import InvalidValueError
from motion.core.format import write_number
from motion.core.parameters import LIMITS
from motion.models import Change, Motion
from motion.protocol import messages
from tests.support.factories import make_motion, make_user
from tests.support.servers import ROOT

pytestmark = pytest.mark.django_db


def find_elements(node: Any) -> Iterator[Element]:
    if isinstance(node, Element):
        yield node
        for child in node.children:
            yield from find_elements(child)


def read_input_limits(client: Client, address: str) -> dict[str, tuple[float, float]]:
    """The limits of the inputs of parameters on a page, by name."""
    response = client.get(address)
    assert response.status_code == 200
    found = (dict(e.attributes) for e in find_elements(parse_html(response.content.decode())))
    return {
        a["name"]: (float(a["data-min"]), float(a["data-max"]))
        for a in found
        if a.get("name") in LIMITS
    }


def send(name: str, value: float) -> None:
    messages.parse_message(json.dumps({"type": "change", name: value}))


def test_limits_of_parameters_are_the_same_everywhere(admin_client: Client) -> None:
    expected = {name: (limits.least, limits.most) for name, limits in LIMITS.items()}
    motion = make_motion()
    owner = Client()
    owner.force_login(make_user("ada"))
    table = (ROOT / "docs" / "protocol.md").read_text()

    assert read_input_limits(Client(), motion.get_absolute_url()) == expected
    assert read_input_limits(owner, "/motions/new/") == expected
    assert read_input_limits(admin_client, "/admin/motion/motion/add/") == expected
    for name, limits in LIMITS.items():
        unit = " s" if limits.unit else ""
        ends = f"{write_number(limits.least)} to {write_number(limits.most)}{unit}"
        assert f"`{name}` ({ends})" in table
        for value in expected[name]:
            send(name, value)
        for beyond in (
            math.nextafter(limits.least, -math.inf),
            math.nextafter(limits.most, math.inf),
        ):
            with pytest.raises(InvalidValueError):
                send(name, beyond)
            for model in (Motion, Change):
                with pytest.raises(IntegrityError), transaction.atomic():
                    model.objects.update(**{name: beyond})
