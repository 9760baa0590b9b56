"""manage.py run_worker: drive the motions in a process of its own."""

import asyncio
import signal
from argparse import ArgumentParser
from ipaddress import ip_address

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from brownian_site.server.shutdown import end_within
from brownian_site.server.systemd import feed_watchdog, notify
from brownian_site.start_errors import describe_no_listening
from motion.health.heartbeats import send_heartbeats
from motion.models import Process
from motion.telemetry import metrics
from motion.worker.loop import Worker

FIRST_TURN_EVERY_S = 0.05


class Command(BaseCommand):
    help = "Moves motions forward until SIGTERM or SIGINT; any number may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--metrics-port", type=int, help="serve /metrics for Prometheus there")
        parser.add_argument(
            "--metrics-bind",
            default="127.0.0.1",
            metavar="ADDRESS",
            help="address of that port; any but this machine's own needs METRICS_TOKEN",
        )

    def handle(
        self, *args: object, metrics_port: int | None, metrics_bind: str, **options: object
    ) -> None:
        if not settings.REDIS_URL:
            raise CommandError(
                "run_worker needs REDIS_URL. Without Redis, processes cannot reach each other, and "
                "the server runs its own worker."
            )
        if metrics_port:
            serve_metrics(metrics_bind, metrics_port)
        asyncio.run(run_until_signalled())


async def run_until_signalled() -> None:
    stopping = asyncio.Event()

    def stop() -> None:
        stopping.set()
        end_within(settings.MOTION_END_S)

    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    beside = [asyncio.create_task(work()) for work in (announce_first_turn, feed_watchdog)]
    await asyncio.gather(Worker().run(stopping), send_heartbeats(Process.Kind.WORKER, stopping))
    for task in beside:
        task.cancel()


async def announce_first_turn() -> None:
    """A worker does its work once its loop came round: until then its unit is not started."""
    while metrics.turned_at is None:  # noqa: ASYNC110, it is set by a thread
        await asyncio.sleep(FIRST_TURN_EVERY_S)
    notify("READY=1")


def serve_metrics(address: str, port: int) -> None:
    if not (settings.METRICS_TOKEN or is_loopback(address)):
        raise CommandError(
            f"METRICS_TOKEN is not set, so --metrics-bind {address} would show the metrics to "
            "everybody: set the token, or use 127.0.0.1."
        )
    try:
        metrics.serve(address, port, token=settings.METRICS_TOKEN)
    except (OSError, OverflowError) as error:
        raise CommandError(describe_no_listening(error, address, port)) from None


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
