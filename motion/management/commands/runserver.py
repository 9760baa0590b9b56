"""manage.py runserver: Daphne's, which serves sockets too.

It is named here and not by `daphne` among INSTALLED_APPS, which loads Twisted into every process
of the site: a worker or a shell would take 26 MB more, and start later.
"""

from daphne.management.commands.runserver import Command as DaphneCommand
from daphne.server import Server
from django.conf import settings

from brownian_site.server.server import ListeningMixin


class DeveloperServer(ListeningMixin, Server):
    """The stock server."""


class Command(DaphneCommand):
    server_cls = DeveloperServer
    default_addr = settings.HOST
    default_port = str(settings.PORT)
