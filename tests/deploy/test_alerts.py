"""deploy/alerts.yaml and deploy/grafana.json, as a real Prometheus reads a running cluster."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import programs
from tests.faults.cluster import SLUG, Cluster, running
from tests.support.client import watching
from tests.support.doc_pages import DOCS, Page
from tests.support.probing import ask
from tests.support.servers import ROOT, Process, Prometheus, free_port, wait_for

ALERTS = ROOT / "deploy" / "alerts.yaml"
OPERATIONS = Page(DOCS / "operations.md")
RULES: dict[str, Any] = {
    rule["alert"]: rule for rule in yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
}


# --- each rule by itself, over forty minutes of figures that are made up ----------------------

STEADY = {
    'up{job="brownian",instance="server"}': "1x160",
    'up{job="brownian",instance="worker"}': "1x160",
    **{
        f'brownian_ready{{job="brownian",instance="server",part="{part}"}}': "1x160"
        for part in ("database", "layer", "worker")
    },
    'brownian_worker_last_turn_timestamp_seconds{job="brownian",instance="server"}': "0x160",
    'brownian_worker_last_turn_timestamp_seconds{job="brownian",instance="worker"}': "1+15x160",
    'brownian_backup_timestamp_seconds{job="brownian",instance="server"}': "0x160",
    'brownian_sockets{job="brownian",instance="server"}': "100x160",
    'brownian_request_seconds_count{job="brownian",route="motion",status="2xx"}': "0+150x160",
    'brownian_request_seconds_count{job="brownian",route="motion",status="5xx"}': "0x160",
    **{
        f'{name}_bucket{{job="brownian",instance="server",le="{le}"}}': "0+100x160"
        for name in (
            "brownian_tick_lateness_seconds",
            "brownian_delivery_seconds",
            "brownian_loop_lag_seconds",
            "brownian_query_seconds",
        )
        for le in ("0.01", "0.1", "0.5", "1.0", "2.5", "+Inf")
    },
    'brownian_socket_closes_total{job="brownian",code="4408"}': "0x160",
    'brownian_socket_closes_total{job="brownian",code="1011"}': "0x160",
    'brownian_mail_errors_total{job="brownian"}': "0x160",
    'brownian_sign_ins_total{job="brownian",outcome="wrong"}': "0+1x160",
    'brownian_refusals_total{job="brownian",by="code"}': "0+1x160",
    'brownian_requests{job="brownian",instance="server",state="waiting"}': "0x160",
    'brownian_pool_waiting{job="brownian",instance="server"}': "0x160",
    'process_open_fds{job="brownian",instance="server"}': "500x160",
    'process_max_fds{job="brownian",instance="server"}': "1000x160",
    'process_resident_memory_bytes{job="brownian",instance="server"}': "300000000x160",
    'brownian_layer_errors_total{job="brownian",instance="server",call="echo"}': "0x160",
    'brownian_motions_put_off_total{job="brownian"}': "0x160",
    'brownian_query_errors_total{job="brownian",operation="select"}': "0x160",
    'brownian_disk_free_bytes{job="brownian",instance="server"}': "500x160",
    'brownian_disk_bytes{job="brownian",instance="server"}': "1000x160",
}
"""A site on which all is well: four samples a minute, in promtool's notation."""


def make_slow_histogram(name: str, up_to: tuple[str, ...]) -> dict[str, str]:
    """A histogram in which nothing is as fast as `up_to`."""
    return {f'{name}_bucket{{job="brownian",instance="server",le="{le}"}}': "0x160" for le in up_to}


HALF_A_SECOND = ("0.01", "0.1", "0.5")
FAULTS: dict[str, dict[str, str]] = {
    "BrownianDown": {'up{job="brownian",instance="worker"}': "1x60 0x100"},
    **{
        name: {f'brownian_ready{{job="brownian",instance="server",part="{part}"}}': "1x60 0x100"}
        for name, part in (
            ("BrownianDatabaseAway", "database"),
            ("BrownianLayerAway", "layer"),
            ("BrownianNoWorker", "worker"),
        )
    },
    "BrownianStepsLate": make_slow_histogram("brownian_tick_lateness_seconds", HALF_A_SECOND),
    "BrownianDeliveriesLate": make_slow_histogram(
        "brownian_delivery_seconds", (*HALF_A_SECOND, "1.0")
    ),
    "BrownianLoopBlocked": make_slow_histogram("brownian_loop_lag_seconds", HALF_A_SECOND),
    "BrownianDatabaseSlow": make_slow_histogram("brownian_query_seconds", ("0.01", "0.1")),
    "BrownianReadersSlow": {
        'brownian_socket_closes_total{job="brownian",code="4408"}': "0x100 1+1x59"
    },
    "BrownianPagesFail": {
        'brownian_request_seconds_count{job="brownian",route="motion",status="5xx"}': "0+5x160"
    },
    "BrownianSocketsFail": {
        'brownian_socket_closes_total{job="brownian",code="1011"}': "0x140 1x20"
    },
    "BrownianMailsFail": {'brownian_mail_errors_total{job="brownian"}': "0x140 1x20"},
    "BrownianPasswordsGuessed": {
        'brownian_sign_ins_total{job="brownian",outcome="wrong"}': "0+15x160"
    },
    "BrownianRefuses": {'brownian_refusals_total{job="brownian",by="code"}': "0+15x160"},
    "BrownianRequestsWait": {
        'brownian_requests{job="brownian",instance="server",state="waiting"}': "0x140 90x20"
    },
    "BrownianPoolFull": {'brownian_pool_waiting{job="brownian",instance="server"}': "0x140 3x20"},
    "BrownianFilesFull": {'process_open_fds{job="brownian",instance="server"}': "900x160"},
    "BrownianMemoryFull": {
        'process_resident_memory_bytes{job="brownian",instance="server"}': "2000000000x160"
    },
    "BrownianLayerErrors": {
        'brownian_layer_errors_total{job="brownian",instance="server",call="echo"}': "0+15x160"
    },
    "BrownianWorkerStuck": {
        'brownian_worker_last_turn_timestamp_seconds{job="brownian",instance="worker"}': "1000x160"
    },
    "BrownianMotionsPutOff": {'brownian_motions_put_off_total{job="brownian"}': "0x140 1x20"},
    "BrownianQueriesFail": {
        'brownian_query_errors_total{job="brownian",operation="select"}': "0+15x160"
    },
    "BrownianDiskFull": {'brownian_disk_free_bytes{job="brownian",instance="server"}': "50x160"},
    "BrownianBackupOld": {
        'brownian_backup_timestamp_seconds{job="brownian",instance="server"}': "1x160"
    },
}


def run_promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = programs.find("promtool")
    assert program, "These tests need promtool: sudo apt install prometheus"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)


def build_case(name: str, fault: dict[str, str]) -> dict[str, Any]:
    """One of promtool's tests: what fires at last."""
    return {
        "name": name,
        "interval": "15s",
        "input_series": [{"series": s, "values": v} for s, v in (STEADY | fault).items()],
        "promql_expr_test": [
            {
                "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "39m",
                "exp_samples": [
                    {"labels": f'{{alertname="{alert}"}}', "value": 1}
                    for alert in ([name] if fault else [])
                ],
            }
        ],
    }


@pytest.mark.system
def test_rule_fires_for_its_own_fault_only(tmp_path: Path) -> None:
    rules, tests = tmp_path / "rules.yaml", tmp_path / "tests.yaml"
    rules.write_text(ALERTS.read_text().replace("26 * 3600", "26 * 60"))  # a day takes long
    cases = [
        build_case("nothing", {}),
        *(build_case(name, fault) for name, fault in FAULTS.items()),
    ]
    written = {"rule_files": [str(rules)], "evaluation_interval": "30s", "tests": cases}
    tests.write_text(yaml.safe_dump(written))

    done = run_promtool("test", "rules", tests)

    assert done.returncode == 0, done.stdout + done.stderr
    assert FAULTS.keys() == RULES.keys()


def test_alert_names_an_action_and_a_page() -> None:
    headings = OPERATIONS.headings

    assert [name for name in headings if name.startswith("Brownian")] == list(RULES)
    for name, rule in RULES.items():
        notes = rule["annotations"]
        assert notes["runbook"] == f"docs/operations.md#{name.lower()}"
        assert notes["summary"].endswith(".")
        assert notes["action"].endswith(".")
        assert rule["labels"]["severity"] in {"page", "ticket"}


# --- a running cluster -----------------------------------------------------------------------


def shorten_rules(rules: str) -> str:
    """The same rules, which judge seconds instead of minutes."""
    rules = re.sub(r"\bfor: \w+", "for: 1s", rules)
    return re.sub(r"\[\d+[mh]\]", "[6s]", rules)


class Watched:
    """Two servers and a worker, and the Prometheus that scrapes them."""

    def __init__(self, cluster: Cluster, worker: Process, prometheus: Prometheus) -> None:
        self.cluster = cluster
        self.worker = worker
        self.prometheus = prometheus

    def fires(self, *names: str) -> None:
        """Wait until these alerts fire, among others perhaps."""
        wait_for(
            lambda: self.prometheus.firing() >= set(names),
            f"{set(names)} and not {self.prometheus.firing()}",
        )

    def is_silent(self) -> bool:
        return not self.prometheus.firing()


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("alerts")
    settings = {
        "MOTION_PROCESS_RENEW_S": 0.2,
        "MOTION_PROCESS_LASTS_S": 4.0,
        "MOTION_TURN_LIMIT_S": 1.0,
    }
    with running(folder, servers=2, workers=0, settings=settings) as cluster:
        port = free_port()
        worker = cluster.site.start_worker("--metrics-port", str(port))
        targets = [*(server.port for server in cluster.servers), port]
        prometheus = Prometheus(folder, targets, shorten_rules(ALERTS.read_text())).start()
        yield Watched(cluster, worker, prometheus)
        prometheus.stop()


def list_dashboard_expressions() -> list[str]:
    """As Grafana sends them for all processes."""
    panels = json.loads((ROOT / "deploy" / "grafana.json").read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    values = {"$job": ".*", "$instance": ".*", "$__rate_interval": "6s"}
    for name, value in values.items():
        found = [expression.replace(name, value) for expression in found]
    return found


def list_selectors() -> list[str]:
    """What the rules read; on a healthy cluster no request has failed."""
    found = re.findall(r"[a-z_]+\{[^}]*\}", " ".join(rule["expr"] for rule in RULES.values()))
    assert len(found) > 25
    return [selector.replace('status="5xx"', 'status="2xx"') for selector in found]


def read_documented_labels() -> dict[str, set[str]]:
    """Of each figure in the table of docs/operations.md."""
    rows = OPERATIONS.find_table("Monitoring", "figure, all brownian_…")
    found = [code.partition("{") for figures, *_ in rows for code in figures.codes]
    return {name: set(labels.rstrip("}").split(",")) - {""} for name, _, labels in found}


def query_labels(prometheus: Prometheus, name: str) -> set[str]:
    found = prometheus.query(f'{{__name__=~"brownian_{name}(_bucket)?"}}')
    return {label for series in found for label in series["metric"]} - EVERYWHERE


EVERYWHERE = {"__name__", "job", "instance", "le"}


@pytest.mark.server
async def test_panels_show_data_without_alerts_when_healthy(
    watched: Watched,
) -> None:
    prometheus, server = watched.prometheus, watched.cluster.servers[0]
    expressions = list_dashboard_expressions()

    def list_dead() -> list[str]:
        return [each for each in expressions if not prometheus.query(each)]

    def shows_everything() -> bool:
        ask(server.port, "/join/")
        return not list_dead()

    def is_silent_and_shows_everything() -> bool:
        return watched.is_silent() and shows_everything()

    async with watching(server, SLUG) as client:
        await client.receive("history")
        await asyncio.to_thread(wait_for, shows_everything, "every panel")
        await asyncio.to_thread(
            wait_for, is_silent_and_shows_everything, "the lateness of the start to pass"
        )

    assert [each for each in list_selectors() if not prometheus.query(each)] == []
    documented = read_documented_labels()
    assert {name: query_labels(prometheus, name) for name in documented} == documented


@pytest.mark.server
def test_alert_fires_while_the_layer_hangs(watched: Watched) -> None:
    wait_for(watched.is_silent, "silence")
    assert watched.cluster.valkey.process is not None
    pid = watched.cluster.valkey.process.popen.pid

    os.kill(pid, signal.SIGSTOP)
    try:
        watched.fires("BrownianLayerAway", "BrownianLayerErrors")
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.mark.server
def test_alerts_name_a_worker_and_a_server_that_died(watched: Watched) -> None:
    port = watched.cluster.servers[1].port

    watched.worker.kill()
    watched.fires("BrownianNoWorker", "BrownianDown")
    watched.cluster.servers[1].process.kill()

    fired = f'ALERTS{{alertname="BrownianDown",alertstate="firing",instance="127.0.0.1:{port}"}}'
    wait_for(lambda: watched.prometheus.query(fired), "the alert of the server")
