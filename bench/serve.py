"""Our own Daphne with the benchmark's application: what `manage.py serve` runs with the site's.

python -m bench.serve PORT APPLICATION
"""

from __future__ import annotations

import sys

import django

django.setup()

from brownian_site.server.server import CommandLine  # noqa: E402 # Django is set up before

if __name__ == "__main__":
    port, application = sys.argv[1:]
    CommandLine().run(["--verbosity", "0", "--bind", "127.0.0.1", "--port", port, application])
