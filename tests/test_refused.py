"""What somebody reads who may not do what they asked for."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.views.defaults import permission_denied

from tests.factories import make_motion, make_user

pytestmark = pytest.mark.django_db

SIGN_IN = "</a> with an account that may."


def test_refusal_says_why(client: Client) -> None:
    make_motion(slug="shown", visibility="public")
    client.force_login(make_user("ann"))

    response = client.get("/motions/shown/settings/")

    assert response.status_code == 403
    assert "<p>Only the motion&#x27;s owner may do that.</p>" in response.content.decode()
    assert SIGN_IN not in response.content.decode()


def test_refusal_without_a_reason_says_whom_to_ask(client: Client) -> None:
    client.force_login(make_user("ann"))

    html = client.get("/admin/login/").content.decode()

    assert "ask whoever runs this site" in html
    assert SIGN_IN not in html


def test_who_is_signed_out_is_led_to_the_sign_in() -> None:
    request = RequestFactory().get("/somewhere/")

    html = permission_denied(request, PermissionDenied("Sign in <first>.")).content.decode()

    assert "<p>Sign in &lt;first&gt;.</p>" in html
    assert f'<a href="/accounts/login/?next=/somewhere/">Sign in{SIGN_IN}' in html
