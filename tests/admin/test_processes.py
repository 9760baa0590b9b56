"""Running now: what processes write of themselves, and who may see it."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from motion.admin.processes import build_overview, write_duration, write_ms
from motion.health import heartbeats
from motion.health.heartbeats import Heartbeat, assess_process, send_heartbeats
from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Motion, Process
from motion.telemetry import metrics
from tests.support.factories import make_motion, make_user
from tests.support.servers import Site, wait_for

pytestmark = pytest.mark.django_db

PAGE = reverse("admin:motion_process_changelist")
ROWS = reverse("admin:motion_process_rows")
SERVER, WORKER = Process.Kind.SERVER, Process.Kind.WORKER


def make_process(key: str = "k", **values: Any) -> Process:
    moment = time.time()
    given = {
        "kind": SERVER,
        "host": "left",
        "pid": 41,
        "version": "1",
        "started_at": moment - 7_300,
    }
    return Process.objects.create(key=key, **given | {"seen_at": moment} | values)


def make_staff(client: Client, *permissions: str) -> Client:
    user = make_user("ann", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


# --- who may see it --------------------------------------------------------------------------


def test_index_links_to_processes_with_permission(client: Client) -> None:
    make_staff(client, "view_process")

    assert f'href="{PAGE}"' in client.get(reverse("admin:index")).content.decode()
    assert client.get(PAGE).status_code == 200
    assert client.get(ROWS).headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")


@pytest.mark.parametrize("url", [PAGE, ROWS])
def test_staff_without_the_permission_are_refused(client: Client, url: str) -> None:
    make_staff(client, "view_motion", "change_motion")

    assert client.get(url).status_code == 403


@pytest.mark.parametrize("url", [PAGE, ROWS])
def test_others_are_sent_to_sign_in(client: Client, url: str) -> None:
    assert client.get(url).status_code == 302
    client.force_login(make_user("ben"))
    assert client.get(url).status_code in {302, 403}


def test_nothing_can_be_added_changed_or_deleted(client: Client) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    make_process()

    for path in ("add/", "k/change/", "k/delete/"):
        assert client.get(f"{PAGE}{path}").status_code == 404


# --- what it shows ---------------------------------------------------------------------------


def test_page_shows_each_process_and_the_sums(client: Client) -> None:
    make_staff(client, "view_process")
    moment = time.time()
    make_process("a", sockets=1_234)
    figures = {"ticks_per_s": 2.04, "steps_per_s": 20.4, "late_p50_s": 0.004, "late_p99_s": 0.031}
    make_process("b", kind=WORKER, host="right", pid=42, turned_at=moment, **figures)
    watched, listed, paused = make_motion(), make_motion(), make_motion(paused=True)
    Motion.objects.filter(pk=listed.pk).update(watched_until=moment + 60)
    presence.write_rows("a", {watched.pk: Viewers({7: "Ada"}, frozenset({"x"}))})
    presence.write_rows("b", {watched.pk: Viewers({7: "Ada"}, frozenset({"y"}))})
    presence.write_rows("b", {paused.pk: Viewers({}, frozenset({"z"}))})

    shown = build_overview()
    text = client.get(PAGE).content.decode()

    assert shown["totals"] == {
        "servers": 1,
        "drivers": 1,
        "sockets": 1_234,
        "steps": 20.4,
        "running": 2,
        "watched": 2,
        "viewers": 4,
    }
    for cell in ("Server 41", "serves", "2 h", "1,234", "Worker 42", "drives motions", "20.4"):
        assert f">{cell}<" in text, cell
    assert ">4 ms / 31 ms<" in text


def test_processes_page_takes_the_same_queries_for_any_number(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for count in (1, 3):
        make_process(str(count))
        with django_assert_num_queries(3):
            build_overview()


def test_name_of_a_machine_is_escaped(client: Client) -> None:
    make_staff(client, "view_process")
    make_process(host="<script>")

    assert "<script>" not in client.get(ROWS).content.decode()


@pytest.mark.parametrize(
    ("values", "well", "words"),
    [
        ({}, True, "serves"),
        ({"turned": 1}, True, "serves and drives motions"),
        ({"kind": WORKER, "turned": 1}, True, "drives motions"),
        ({"kind": WORKER}, False, "is starting"),
        ({"kind": WORKER, "turned": 40}, False, "its worker has stalled for 40 s"),
        ({"seen": 8, "turned": 8}, False, "no report for 8 s"),
    ],
)
def test_state_write_duration(values: dict[str, Any], well: bool, words: str) -> None:
    process = Process(
        kind=values.get("kind", SERVER),
        seen_at=1_000.0 - values.get("seen", 0),
        turned_at=1_000.0 - values["turned"] if "turned" in values else None,
    )

    health = assess_process(process, 1_000.0)

    assert (health.is_well, health.sentence.format(write_duration(health.for_s))) == (well, words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (59.9, "59 s"), (60, "1 min"), (7_200, "2 h"), (9e5, "10 d")],
)
def test_time_write_duration(seconds: float, words: str) -> None:
    assert write_duration(seconds) == words
    assert write_ms(None) == "—"


# --- what a process writes -------------------------------------------------------------------


def test_report_is_one_row_that_is_renewed() -> None:
    mine = Heartbeat(SERVER)
    mine.write()
    (first,) = Process.objects.all()
    metrics.record_tick(steps_made=30, late_s=[0.001, 0.2], took_s=0.01)
    with metrics.open_sockets.track_inprogress():
        mine.write()

    (row,) = Process.objects.all()
    assert (row.key, row.kind, row.sockets) == (first.key, "server", first.sockets + 1)
    assert row.seen_at > first.seen_at
    assert row.started_at == pytest.approx(first.started_at, abs=0.1)
    assert row.steps_per_s > 0
    assert row.late_p50_s <= 0.005 < row.late_p99_s <= 0.25


def test_figures_cover_the_last_renewals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "WINDOW", 2)
    mine = Heartbeat(WORKER)
    metrics.record_tick(steps_made=30, late_s=[9.0], took_s=0.01)
    for _ in range(4):
        mine.write()

    row = Process.objects.get()
    assert (row.steps_per_s, row.late_p99_s) == (0.0, None)


def test_rows_of_dead_processes_are_deleted(settings: LazySettings) -> None:
    settings.MOTION_PROCESS_LASTS_S = 15.0
    make_process("dead", seen_at=time.time() - 16)
    make_process("late", seen_at=time.time() - 14)
    make_process("ahead", seen_at=time.time() + 3_600)  # its clock was wrong, and it is gone

    assert [process.key for process in heartbeats.find_live_processes(time.time())] == ["late"]
    Heartbeat(SERVER).write()

    assert not Process.objects.filter(key="dead").exists()
    assert Process.objects.count() == 2


@pytest.mark.django_db(transaction=True)
async def test_send_heartbeats_removes_the_row_at_the_end(settings: LazySettings) -> None:
    settings.MOTION_PROCESS_RENEW_S = 0.05
    stopping = asyncio.Event()

    def read_written(after: float) -> list[Process]:
        return list(Process.objects.filter(seen_at__gt=after))

    task = asyncio.create_task(send_heartbeats(WORKER, stopping))
    (first,) = await asyncio.to_thread(wait_for, lambda: read_written(0.0), "a row")
    await asyncio.to_thread(wait_for, lambda: read_written(first.seen_at), "its renewal")
    stopping.set()
    await task

    assert not await asyncio.to_thread(Process.objects.exists)


@pytest.mark.server
def test_server_removes_its_row_on_sigterm(site: Site) -> None:
    server = site.start_server()

    def read_rows() -> list[tuple[str, int]]:
        return site.execute("SELECT kind, pid FROM motion_process")

    wait_for(read_rows, "its row")
    assert read_rows() == [("server", server.process.popen.pid)]
    assert server.process.stop() == 0

    assert read_rows() == []
