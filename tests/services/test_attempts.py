"""Counting wrong tries: by many requests at once, and in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection

from motion.services.attempts import Limit, TooManyAttemptsError, format_duration

HOUR_S = 3600


def take(limit: Limit) -> bool:
    try:
        limit.count_attempt("somebody")
    except TooManyAttemptsError:
        return False
    finally:
        connection.close()
    return True


@pytest.mark.django_db(transaction=True)
def test_limit_holds_for_tries_that_come_at_once() -> None:
    cache.clear()
    limit = Limit("test", 10, HOUR_S)

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, [limit] * 24))

    assert taken.count(True) == 10


@pytest.mark.django_db
def test_try_that_was_right_is_given_back() -> None:
    cache.clear()
    limit = Limit("test", 1, HOUR_S)

    limit.count_attempt("ada")
    limit.undo_attempt("ada")
    limit.count_attempt("ada")

    with pytest.raises(TooManyAttemptsError) as caught:
        limit.count_attempt("ada")
    assert 0 < caught.value.wait_s <= HOUR_S
    limit.count_attempt("ben")


@pytest.mark.django_db
@pytest.mark.filterwarnings("error")
def test_limit_holds_for_any_typed_name() -> None:
    cache.clear()
    limit = Limit("test", 1, HOUR_S)

    limit.count_attempt("login:" + "a b" * 1_000)

    with pytest.raises(TooManyAttemptsError):
        limit.count_attempt("login:" + "a b" * 1_000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (60, "60 seconds"), (120, "2 minutes"), (241, "5 minutes")],
)
def test_duration_is_rounded_up(seconds: int, text: str) -> None:
    assert format_duration(seconds) == text
