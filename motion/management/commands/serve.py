"""manage.py serve: pages and sockets by our own Daphne (brownian_site/server)."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from brownian_site.server.server import serve
from brownian_site.server.socket_file import describe_endpoint, remove_stale_socket


class Command(BaseCommand):
    help = "Serves pages and sockets until SIGTERM or SIGINT; you may run several."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--bind", default=settings.HOST, help="address; default: HOST")
        where.add_argument("--unix-socket", help="a socket file to listen on instead")
        parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT")

    def handle(
        self, *args: object, bind: str, port: int, unix_socket: str | None, **options: object
    ) -> None:
        if unix_socket:
            remove_stale_socket(Path(unix_socket))
            serve("--endpoint", describe_endpoint(unix_socket))
        else:
            serve("--bind", bind, "--port", str(port))
