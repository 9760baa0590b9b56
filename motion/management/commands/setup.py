"""manage.py setup: make the database ready and say where to look; safe to run again.

With --serve it becomes the server afterwards, so that Django starts once and not twice.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host

from brownian_site import hosts
from motion import control
from motion.models import Motion
from motion.transport.server import serve as run_server


class Command(BaseCommand):
    help = "Migrates, makes the default motion and the first administrator, prints the address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="then serve the site")

    def handle(self, *args: Any, serve: bool, **options: Any) -> None:
        migrate()
        if not Motion.objects.filter(slug=settings.DEFAULT_MOTION).exists():
            control.create_motion(title="Brownian motion", slug=settings.DEFAULT_MOTION)
        if password := first_administrator():
            self.stdout.write(f"Administrator: admin, password: {password} (shown only this once)")
        self.print_addresses()
        if serve:
            connections.close_all()
            run_server("--bind", settings.HOST, "--port", str(settings.PORT))

    def print_addresses(self) -> None:
        first, *others = addresses()
        self.stdout.write(f"Brownian motion is at {first}")
        if others:
            self.stdout.write("Other devices reach it at one of these, depending on the network:")
        for address in others:
            self.stdout.write(f"  {address}")


def migrate() -> None:
    """Apply migrations, if the database says that some are missing."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def first_administrator() -> str | None:
    """Make `admin` with a random password where there is no superuser; the password, once."""
    users = get_user_model()._default_manager
    if users.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser(username="admin", password=password)
    return password


def addresses() -> list[str]:
    """Where a browser finds the site: of this machine's names those that are answered."""
    allowed = settings.ALLOWED_HOSTS
    named = [name.lstrip(".") for name in allowed if name != "*"]
    found = [host for host in hosts.reached_as(settings.HOST) if is_answered(host)] or named
    if settings.HTTPS:  # which is spoken by a proxy, at its own port
        return [f"https://{host}/" for host in found]
    return [f"http://{host}:{settings.PORT}/" for host in found]


def is_answered(host: str) -> bool:
    """Whether requests to it are; no client sends the zone of an IPv6 address."""
    bare = f"{host.partition('%')[0]}]" if "%" in host else host
    return validate_host(bare, settings.ALLOWED_HOSTS)
