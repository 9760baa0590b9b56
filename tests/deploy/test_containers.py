"""The image and the compose file, as far as they can be looked at without an engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = ROOT / "deploy" / "compose"
OURS = ["migrate", "server-1", "server-2", "worker-1", "worker-2"]


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def instructions() -> list[str]:
    """Of the Dockerfile, one a line."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_site_has_two_servers_two_workers_and_what_they_need(compose: Any) -> None:
    assert sorted(compose["services"]) == sorted([*OURS, "nginx", "postgres", "valkey"])
    for name in ("worker-1", "worker-2"):
        assert compose["services"][name]["command"][:3] == ["python", "manage.py", "run_worker"]


def test_ours_start_after_the_migration_and_may_do_little(compose: Any) -> None:
    for name in OURS:
        service = compose["services"][name]
        conditions = {on: how["condition"] for on, how in service["depends_on"].items()}
        assert conditions.pop("migrate", None) == (
            None if name == "migrate" else "service_completed_successfully"
        )
        assert conditions == {"postgres": "service_healthy", "valkey": "service_healthy"}
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]


def test_whatever_is_named_is_there(compose: Any) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", [])) <= compose["services"].keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (COMPOSE / source).is_file(), source
            else:
                assert source in compose["volumes"]


def test_nginx_passes_on_to_the_servers_from_within_the_trusted_network(compose: Any) -> None:
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    conf = (COMPOSE / "nginx.conf").read_text()

    upstream = re.findall(r"server (server-\d):8000", conf)

    assert upstream == [name for name in compose["services"] if name.startswith("server-")]
    trusted = compose["services"]["server-1"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == network["subnet"]


def test_only_nginx_is_reached_and_from_this_machine_alone(compose: Any) -> None:
    published = {n: s["ports"] for n, s in compose["services"].items() if "ports" in s}

    assert published == {"nginx": ["127.0.0.1:8080:80"]}


def test_secrets_come_from_outside(compose: Any) -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    asked_for = set(re.findall(r"\$\{(\w+)", text))
    examples = dict(
        line.split("=", 1)
        for line in (COMPOSE / "environment.example").read_text().splitlines()
        if line and not line.startswith("#")
    )

    assert asked_for == examples.keys()
    assert examples["DJANGO_SECRET_KEY"] == examples["POSTGRES_PASSWORD"] == ""
    for name in ("DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"):
        assert set(re.findall(rf"\$\{{{name}(..)", text)) == {":?"}, "no default"


def test_every_variable_of_a_deployed_site_reaches_our_containers(compose: Any) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    table = text[text.index("| variable | meaning") :].split("\n\n")[0]
    documented = set(re.findall(r"`([A-Z_]+)`", " ".join(re.findall(r"^\|([^|]+)", table, re.M))))
    elsewhere = {"HOST", "PORT", "DJANGO_DEBUG", "DJANGO_CSRF_TRUSTED_ORIGINS", "EMBEDDED_WORKER"}

    for name in OURS:
        passed = {
            variable.removesuffix("_FILE") for variable in compose["services"][name]["environment"]
        }
        assert documented - elsewhere <= passed


def test_workers_serve_metrics_to_other_containers_with_a_token(compose: Any) -> None:
    for name in ("worker-1", "worker-2"):
        worker = compose["services"][name]
        options = worker["command"][3:]
        assert dict(zip(options[::2], options[1::2], strict=True)) == {
            "--metrics-bind": "0.0.0.0",
            "--metrics-port": "9101",
        }
        assert any(variable.startswith("METRICS_TOKEN") for variable in worker["environment"])


def test_the_image_runs_without_root_from_locked_hashes(instructions: list[str]) -> None:
    froms = [line.split()[1] for line in instructions if line.startswith("FROM")]
    last = instructions[max(n for n, line in enumerate(instructions) if line.startswith("FROM")) :]

    assert froms == ["python:3.11-slim-bookworm"] * 2
    assert any(
        "--require-hashes" in line and "requirements/run.txt" in line for line in instructions
    )
    assert "USER brownian" in last
    assert last.index("USER brownian") < next(
        at for at, line in enumerate(last) if line.startswith("CMD")
    )
    assert any(line.startswith("HEALTHCHECK") and "/healthz" in line for line in last)
    assert not any(line.startswith(("ADD", "ENV DJANGO", "ARG")) for line in instructions)


def test_what_the_image_is_made_of_is_let_in(instructions: list[str]) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        line.split()[1] for line in instructions if line.startswith("COPY") and "--from" not in line
    }

    assert "*" in ignored
    assert copied == let_in
    for path in let_in:
        assert (ROOT / path).exists()
