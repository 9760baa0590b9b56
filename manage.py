#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "brownian_site.settings")
    from django.core.management import execute_from_command_line

    from brownian_site.environment import require_site_environment
    from brownian_site.start_errors import describe_error

    require_site_environment(sys.argv[1:])
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        sentence = None if "--traceback" in sys.argv else describe_error(error)
        if sentence is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
