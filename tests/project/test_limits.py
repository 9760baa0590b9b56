"""The limits of parameters are the same wherever a person or a program meets them."""

from __future__ import annotations

import json
import math

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from motion.core.errors import InvalidValueError
from motion.core.format import write_number
from motion.core.parameters import LIMITS
from motion.models import Change, Motion
from motion.protocol import messages
from tests.support.doc_pages import DOCS, Page
from tests.support.factories import make_motion, make_user
from tests.support.markup import read_page

pytestmark = pytest.mark.django_db


def read_input_limits(client: Client, address: str) -> dict[str, tuple[float, float]]:
    """The limits of the inputs of parameters on a page, by name."""
    response = client.get(address)
    assert response.status_code == 200
    fields = {field["name"]: field for field in read_page(response).find_all("input", name=True)}
    return {
        name: (float(fields[name]["data-min"]), float(fields[name]["data-max"])) for name in LIMITS
    }


def send(name: str, value: float) -> None:
    messages.parse_message(json.dumps({"type": "change", name: value}))


def test_limits_of_parameters_are_the_same_everywhere(admin_client: Client) -> None:
    expected = {name: (limits.least, limits.most) for name, limits in LIMITS.items()}
    motion = make_motion()
    owner = Client()
    owner.force_login(make_user("ada"))
    table = Page(DOCS / "protocol.md").find_table("From the client", "type")
    cells = {row[0].text: row[1].text for row in table}

    assert read_input_limits(Client(), motion.get_absolute_url()) == expected
    assert read_input_limits(owner, "/motions/new/") == expected
    assert read_input_limits(admin_client, "/admin/motion/motion/add/") == expected
    for name, limits in LIMITS.items():
        unit = " s" if limits.unit else ""
        ends = f"{write_number(limits.least)} to {write_number(limits.most)}{unit}"
        assert f"{name} ({ends})" in cells["change"]
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
