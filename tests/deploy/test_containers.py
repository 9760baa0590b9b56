"""The image and the compose file, as far as they can be looked at without an engine."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import programs
from deploy.database import build_postgres_command
from tests.support.doc_pages import DOCS, Page

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = ROOT / "deploy" / "compose"
OURS = ["backup", "migrate", "server-1", "server-2", "worker-1", "worker-2"]
OTHERS = ["nginx", "postgres", "valkey"]
ONCE = {"backup", "migrate"}


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def instructions() -> list[str]:
    """Of the Dockerfile, one a line."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_compose_has_two_servers_two_workers_and_their_dependencies(compose: Any) -> None:
    assert sorted(compose["services"]) == sorted([*OURS, *OTHERS])
    for name in ("worker-1", "worker-2"):
        assert compose["services"][name]["command"][:3] == ["python", "manage.py", "run_worker"]


def test_ours_start_after_the_migration_and_may_do_little(compose: Any) -> None:
    for name in OURS:
        service = compose["services"][name]
        conditions = {on: how["condition"] for on, how in service["depends_on"].items()}
        assert conditions.pop("migrate", None) == (
            None if name in ONCE else "service_completed_successfully"
        )
        assert conditions == {"postgres": "service_healthy", "valkey": "service_healthy"}


@pytest.mark.system
def test_postgresql_is_set_as_outside_containers(compose: Any) -> None:
    text = (ROOT / "deploy" / "postgresql.conf").read_text()
    settings = re.findall(r"^(\w+) = (\w+)$", text, re.MULTILINE)

    command = compose["services"]["postgres"]["command"]

    assert command == ["postgres", *(f"--{name}={value}" for name, value in settings)]
    assert set(command[1:]) <= set(build_postgres_command(Path()))


def test_no_container_runs_as_root_or_fills_the_disk(compose: Any) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}
        ours = service["image"] == "brownian"  # whose image says so itself
        assert ours or service["user"] in {"postgres", "valkey", "nginx"}


def test_compose_names_only_existing_parts(compose: Any) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", [])) <= compose["services"].keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source == "./backups":  # docs/deploy.md makes it
                assert service["command"][3] == volume.split(":")[1]
            elif source.startswith("."):
                assert (COMPOSE / source).exists(), source
            else:
                assert source in compose["volumes"]


def test_nginx_reaches_both_servers_from_the_trusted_network(compose: Any) -> None:
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    conf = (COMPOSE / "nginx.conf").read_text()

    upstream = re.findall(r"server (server-\d):8000", conf)

    servers = [name for name in compose["services"] if name.startswith("server-")]
    assert upstream == [*servers, *servers], "of pages, and of sockets"
    trusted = compose["services"]["server-1"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == network["subnet"]


def test_only_nginx_is_reached_and_from_this_machine_alone(compose: Any) -> None:
    published = {n: s["ports"] for n, s in compose["services"].items() if "ports" in s}

    assert published == {"nginx": ["127.0.0.1:8080:8080"]}


def test_secrets_come_from_files_and_all_else_from_the_example(compose: Any) -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    example = (COMPOSE / "environment.example").read_text()
    secret = {"DJANGO_SECRET_KEY", "DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN"}

    assert set(re.findall(r"\$\{(\w+)", text)) == set(re.findall(r"^(\w+)=", example, re.M))
    for name in OURS:
        service = compose["services"][name]
        files = [service["environment"][f"{variable}_FILE"] for variable in secret]
        assert secret.isdisjoint(service["environment"])
        mounted = {f"/run/secrets/{secret}" for secret in service["secrets"]}
        assert set(files) == mounted - {"/run/secrets/email_url"} | {"${EMAIL_URL_FILE:-}"}
    for service in compose["services"].values():
        assert set(service.get("secrets", [])) <= compose["secrets"].keys()


def test_servers_name_the_files_of_their_own_version(compose: Any) -> None:
    """A volume over the image's own would give them those of the version that came last."""
    for name in ("server-1", "server-2"):
        assert "volumes" not in compose["services"][name]


@pytest.mark.system
def test_nginx_reads_its_configuration(tmp_path: Path) -> None:
    nginx = programs.find_nginx()
    assert nginx, "These tests need nginx: sudo apt install nginx"
    text = (COMPOSE / "nginx.conf").read_text()
    text = re.sub(r"server-\d:", "127.0.0.1:", text).replace("/tmp/", f"{tmp_path}/")
    (tmp_path / "nginx.conf").write_text(text)
    (tmp_path / "brownian").symlink_to(ROOT / "deploy" / "nginx")
    (tmp_path / "mime.types").symlink_to("/etc/nginx/mime.types")

    done = subprocess.run(
        [nginx, "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr, done.stderr


def test_every_variable_of_a_deployed_site_reaches_our_containers(compose: Any) -> None:
    rows = Page(DOCS / "operations.md").find_table("Environment", "variable")
    documented = {code for variable, *_ in rows for code in variable.codes}
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


def test_image_runs_without_root_from_locked_hashes(instructions: list[str]) -> None:
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


def test_dockerignore_admits_exactly_the_copied_files(instructions: list[str]) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        line.split()[1] for line in instructions if line.startswith("COPY") and "--from" not in line
    }

    assert "*" in ignored
    assert copied == let_in
    for path in let_in:
        assert (ROOT / path).exists()
