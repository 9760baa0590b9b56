"""What a process counts of itself: each event once, by few labels."""

from __future__ import annotations

import ast
import time
from typing import Any

import numpy as np
import pytest
from django.conf import LazySettings, settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection
from django.test import Client
from prometheus_client import REGISTRY

from brownian_site.middleware import limits
from motion import publishing
from motion.core.errors import CloseCode
from motion.models import Motion
from motion.telemetry import metrics
from motion.telemetry.metrics import LATENESS_S, Lateness, Pool
from motion.worker import loop, ticks
from motion.worker.loop import Worker
from motion.worker.ticks import NewestChanges, tick
from tests.support.factories import make_motion
from tests.support.servers import ROOT


def read_value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_lateness_counts_each_step_in_its_first_bucket() -> None:
    lateness = Lateness()

    lateness.add([-1.0, 0.0, 0.005, 0.0051, 10.0, 11.0])
    lateness.add([])

    assert lateness.counts.tolist() == [3, 1, *[0] * 8, 1, 1]
    assert lateness.sum_s == pytest.approx(21.0101)


def test_lateness_is_a_histogram_to_prometheus() -> None:
    lateness = Lateness()
    lateness.add([0.001, 0.3, 20.0])

    (family,) = lateness.collect()

    buckets = {s.labels["le"]: s.value for s in family.samples if s.name.endswith("_bucket")}
    assert (buckets["0.005"], buckets["0.5"], buckets["10.0"], buckets["+Inf"]) == (1, 2, 2, 3)
    assert len(buckets) == len(LATENESS_S) + 1


@pytest.mark.parametrize(
    ("late_s", "share", "expected"),
    [
        ([], 0.5, None),
        ([0.001] * 10, 0.5, 0.0025),
        ([*[0.001] * 99, 0.2], 0.99, 0.005),
        ([0.001, 0.2], 1.0, 0.25),
        ([20.0], 0.99, 10.0),
    ],
)
def test_quantile_is_interpolated_between_bounds(
    late_s: list[float], share: float, expected: float | None
) -> None:
    lateness = Lateness()
    lateness.add(late_s)

    found = metrics.compute_quantile(lateness.counts, share)

    assert found == (None if expected is None else pytest.approx(expected, abs=2e-4))


@pytest.mark.django_db
def test_tick_is_counted_once_with_the_lateness_of_each_motion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "publish_increments", list)
    motions = [make_motion(interval=0.5), make_motion(interval=0.025)]
    Motion.objects.update(next_at=time.time() - 0.3)
    ticks, steps = read_value("brownian_ticks_total"), read_value("brownian_steps_total")
    before = metrics.lateness.counts

    assert tick(NewestChanges()) == len(motions)

    assert read_value("brownian_ticks_total") - ticks == 1
    assert read_value("brownian_steps_total") - steps == 1 + 2
    late = metrics.lateness.counts - before
    assert late.sum() == 2
    assert np.flatnonzero(late).tolist() == [LATENESS_S.index(0.5)]


@pytest.mark.django_db
def test_tick_with_nothing_due_is_not_counted() -> None:
    before = read_value("brownian_ticks_total")

    assert tick(NewestChanges()) == 0

    assert read_value("brownian_ticks_total") == before


@pytest.mark.django_db
def test_failing_motion_is_counted_as_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    make_motion()
    Motion.objects.update(next_at=time.time() - 0.1, watched_until=time.time() + 60)
    monkeypatch.setattr(ticks, "_advance", lambda *_: 1 / 0)
    before = read_value("brownian_motions_put_off_total")

    tick(NewestChanges())

    assert read_value("brownian_motions_put_off_total") - before == 1


@pytest.mark.django_db(transaction=True)
def test_turn_is_recorded_when_all_motions_are_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "turned_at", None)
    make_motion(paused=True)

    Worker().turn()

    assert metrics.turned_at == pytest.approx(time.monotonic(), abs=5)


@pytest.mark.django_db(transaction=True)
def test_turn_that_failed_is_not_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> int:
        raise DatabaseError

    monkeypatch.setattr(metrics, "turned_at", None)
    monkeypatch.setattr(loop, "tick", refuse)
    monkeypatch.setattr(connection, "close", lambda: None)

    Worker().turn()

    assert metrics.turned_at is None


@pytest.mark.parametrize(
    ("code", "label"),
    [(CloseCode.TOO_SLOW, "4408"), (1001, "1001"), (3999, "other"), (None, "other")],
)
def test_closes_are_counted_by_known_codes(code: int | None, label: str) -> None:
    before = read_value("brownian_socket_closes_total", code=label)

    metrics.count_close(code)

    assert read_value("brownian_socket_closes_total", code=label) - before == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "operation"),
    [("SELECT 1", "select"), ("  \n select 1", "select"), ("PRAGMA user_version", "other")],
)
def test_query_is_timed_once_under_its_operation(sql: str, operation: str) -> None:
    metrics.time_queries(connection)  # as when it reconnects
    before = read_value("brownian_query_seconds_count", operation=operation)

    with connection.cursor() as cursor:
        cursor.execute(sql)

    assert read_value("brownian_query_seconds_count", operation=operation) - before == 1


@pytest.mark.django_db
def test_query_that_raises_is_counted_as_such() -> None:
    before = read_value("brownian_query_errors_total", operation="select")

    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")

    assert read_value("brownian_query_errors_total", operation="select") - before == 1


@pytest.mark.django_db
def test_sign_ins_are_counted_by_their_outcome() -> None:
    get_user_model()._default_manager.create_user("ann", password="secret")
    right, wrong = (
        read_value("brownian_sign_ins_total", outcome=name) for name in ("right", "wrong")
    )

    for password in ("guess", "secret", "another guess"):
        Client().post("/accounts/login/", {"login": "ann", "password": password})

    assert read_value("brownian_sign_ins_total", outcome="right") - right == 1
    assert read_value("brownian_sign_ins_total", outcome="wrong") - wrong == 2


@pytest.mark.django_db
def test_refusal_is_counted_by_the_name_of_its_limit(settings: LazySettings) -> None:
    settings.WRONG_PASSWORDS_PER_MINUTE = 1
    before = read_value("brownian_refusals_total", by="address")

    for number in range(4):  # of which a minute may end once
        Client().post("/accounts/login/", {"login": f"user-{number}", "password": "guess"})

    assert read_value("brownian_refusals_total", by="address") - before in {2, 3}


def test_every_limit_has_a_series_from_the_start() -> None:
    paths = [*ROOT.glob("motion/**/*.py"), *ROOT.glob("brownian_site/**/*.py")]
    calls = [
        call
        for path in paths
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in NAMING
    ]
    first = [call.args[0] for call in calls if call.args]
    named = {argument.value for argument in first if isinstance(argument, ast.Constant)}
    classes = {limit.name for limit in limits.Limit.__subclasses__()}

    assert len(named) >= 6
    assert len(classes) >= 3
    assert named | classes <= set(metrics.REFUSED_BY)


NAMING = ("Limit", "metrics.refusals.labels")
"""What is called with the name of a limit; middleware has its name in the class."""


@pytest.mark.django_db
def test_pool_says_how_full_it_is() -> None:
    families = {family.name: family for family in Pool().collect()}
    held = {s.labels["state"]: s.value for s in families["brownian_pool_connections"].samples}
    (limit,) = families["brownian_pool_limit"].samples

    if connection.vendor == "postgresql":
        assert held["used"] >= 1, "this test holds one"
        assert limit.value == settings.DATABASE_CONNECTIONS
    else:
        assert (held, limit.value) == ({"used": 0, "idle": 0}, 0)


def test_disk_is_neither_empty_nor_fuller_than_it_is() -> None:
    free, size = read_value("brownian_disk_free_bytes"), read_value("brownian_disk_bytes")

    assert 0 < free < size
