"""manage.py setup: make the database ready and say where to look; safe to run again.

With --serve it becomes the server afterwards, so that Django starts once and not twice.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host

from brownian_site import hosts
from brownian_site.alone import lock_folder
from brownian_site.server.server import serve as run_server
from brownian_site.start_errors import find_why_not_listening, find_why_not_serving
from motion.models import Motion
from motion.services import motions

SETUP_LOCK: Final = 271_828_182
"""The number of our advisory lock on PostgreSQL."""

WAITING: Final = "Waiting for another set-up of this database …"

NEWER: Final = (
    "The database belongs to a newer version, which applied {migration}: check out that version "
    "again, or restore a backup. If the newer version only added tables and columns, "
    "`manage.py serve` starts this version on it."
)


class Command(BaseCommand):
    help = "Migrates, makes the default motion and the first administrator, prints the address."
    requires_system_checks = ()  # `handle` runs them: since Django 6 they open the database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--serve", action="store_true", help="then serve the site")

    def handle(self, *args: object, serve: bool, **options: object) -> None:
        if serve and (
            sentence := find_why_not_serving()
            or find_why_not_listening(settings.HOST, settings.PORT)
        ):
            raise CommandError(sentence)
        settings.VAR_DIR.mkdir(exist_ok=True)
        with hold_setup_lock(lambda: self.stdout.write(WAITING)):
            migrate()
            self.check()
            if not Motion.objects.filter(slug=settings.DEFAULT_MOTION).exists():
                motions.create_motion(title="Brownian motion", slug=settings.DEFAULT_MOTION)
            self.make_first_administrator()
        self.print_addresses()
        if serve:
            connections.close_all()
            run_server("--bind", settings.HOST, "--port", str(settings.PORT))

    def make_first_administrator(self) -> None:
        """Make a superuser with a random password, where there is none, and show both.

        It is made if the password could be shown, else the next run makes another.
        """
        users = get_user_model()._default_manager
        if users.filter(is_superuser=True).exists():
            return
        name, password = find_free_name(), secrets.token_urlsafe(12)
        with transaction.atomic():
            users.create_superuser(username=name, password=password)
            self.stdout.write(f"Administrator: {name}, password: {password} (shown only this once)")
            self.stdout.flush()

    def print_addresses(self) -> None:
        first, *others = find_addresses()
        self.stdout.write(f"Brownian motion is at {first}")
        if others:
            self.stdout.write("Other devices reach it at one of these, depending on the network:")
        for address in others:
            self.stdout.write(f"  {address}")


@contextmanager
def hold_setup_lock(say_waiting: Callable[[], object]) -> Iterator[None]:
    """Set a database up alone: the next set-up waits, and finds everything in place.

    A set-up that fails ends its process, and with it the lock.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [SETUP_LOCK])
            if not cursor.fetchone()[0]:
                say_waiting()
                cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
            yield
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SETUP_LOCK])
        return
    lock = lock_folder(Path(settings.DATABASES["default"]["NAME"]).parent, say_waiting)
    yield
    os.close(lock)


def migrate() -> None:
    """Apply migrations, if the database says that some are missing."""
    executor = MigrationExecutor(connection)
    known = executor.loader.disk_migrations
    applied = executor.loader.applied_migrations
    if newer := [name for app, name in applied if app == "motion" and (app, name) not in known]:
        raise CommandError(NEWER.format(migration=max(newer)))
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def find_free_name() -> str:
    """`admin`, or with a number where somebody else is called so."""
    users = get_user_model()._default_manager.filter(username__istartswith="admin")
    taken = {name.lower() for name in users.values_list("username", flat=True)}
    names = chain(["admin"], (f"admin-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


def find_addresses() -> list[str]:
    """Where a browser finds the site: of this machine's names those that are answered."""
    allowed = settings.ALLOWED_HOSTS
    named = [name.lstrip(".") for name in allowed if name != "*"]
    found = [
        host for host in hosts.find_reachable_hosts(settings.HOST) if is_answered(host)
    ] or named
    if settings.HTTPS:  # which is spoken by a proxy, at its own port
        return [f"https://{host}/" for host in found]
    return [f"http://{host}:{settings.PORT}/" for host in found]


def is_answered(host: str) -> bool:
    """Whether requests to it are; no client sends the zone of an IPv6 address."""
    bare = f"{host.partition('%')[0]}]" if "%" in host else host
    return validate_host(bare, settings.ALLOWED_HOSTS)
