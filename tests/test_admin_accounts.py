"""Accounts in the admin: what they are called."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db

ADD = "/admin/auth/user/add/"
PASSWORD = "between-drift-and-noise"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    return client


def add(client: Client, name: str) -> Any:
    form = {"username": name, "usable_password": "true"}
    return client.post(ADD, form | {"password1": PASSWORD, "password2": PASSWORD})


def change(client: Client, user: Any, **values: str) -> Any:
    joined = user.date_joined
    form = {"username": user.username, "date_joined_0": f"{joined:%Y-%m-%d}"}
    form |= {"date_joined_1": f"{joined:%H:%M:%S}", "is_active": "on"}
    return client.post(f"/admin/auth/user/{user.pk}/change/", form | values)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("\u0430dmin", "one alphabet"),
        ("somebody", "stands for anybody"),
        ("b0ss", "looks like nobody else"),
        ("\u3164", "can be seen"),
    ],
)
def test_account_is_not_given_a_name_that_passes_for_another(
    admin: Client, name: str, why: str
) -> None:
    response = add(admin, name)

    assert response.status_code == 200
    assert why in response.content.decode()
    assert get_user_model().objects.count() == 1


def test_account_is_given_a_cleaned_name(admin: Client) -> None:
    assert add(admin, " rob\u200bert ").status_code == 302
    assert get_user_model().objects.filter(username="robert").exists()


def test_account_with_a_name_of_before_can_be_edited(admin: Client) -> None:
    user = make_user("\u0430dmin\u200b")

    response = change(admin, user, first_name="Robert")

    user.refresh_from_db()
    assert response.status_code == 302
    assert (user.username, user.first_name) == ("\u0430dmin\u200b", "Robert")


def test_account_is_not_renamed_to_a_lookalike(admin: Client) -> None:
    user = make_user("robert")

    assert "looks like nobody else" in change(admin, user, username="B0ss").content.decode()
    assert change(admin, user, username="Robert").status_code == 302
