"""What a site needs before a test can act on it: motions and people, made by the program itself."""

from __future__ import annotations

import http.cookiejar
import json
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.support import warm
from tests.support.servers import ROOT, START_S, Daphne, Process, Site

FACTORIES = (
    "from tests.support.factories import *; from motion.models import *; "
    "from motion.services import invitations, members, motions"
)


# What the shell of a site does: it runs what a line of JSON holds, and answers [printed, error].
SHELL = """
import contextlib, io, json, sys, traceback
from django.db import connections
for line in sys.stdin:
    printed, error = io.StringIO(), None
    try:
        with contextlib.redirect_stdout(printed):
            exec(json.loads(line), {})
    except Exception:
        error = traceback.format_exc()
    connections.close_all()
    print(json.dumps([printed.getvalue(), error]), flush=True)
"""


@dataclass
class Shell(Process):
    """A site's `manage.py shell`: one process for all that it runs."""

    def __post_init__(self) -> None:
        with self.log.open("ab") as errors:
            self.popen = warm.popen(
                self.command,
                self.env,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    @classmethod
    def of(cls, site: Site) -> Shell:
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", SHELL]
        return cls(command, site.environment(), site.folder / "shell.log")

    def run(self, program: str) -> str:
        """What it prints."""
        assert self.popen.stdin
        assert self.popen.stdout
        self.popen.stdin.write(json.dumps(program).encode() + b"\n")
        self.popen.stdin.flush()
        answer = self.popen.stdout.readline()
        assert answer, self.output()
        printed, error = json.loads(answer)
        assert error is None, error
        return str(printed)


def shell(site: Site, *lines: str) -> str:
    """Run `lines` in the site's `manage.py shell`; what they print."""
    found = next((process for process in site.processes if isinstance(process, Shell)), None)
    if found is None:
        found = Shell.of(site)
        site.processes.append(found)
    return found.run("\n".join([FACTORIES, *lines]))


def make_motions(site: Site, **motions: dict[str, Any]) -> None:
    """Motions by slug (with _ for -), each with what `make_motion` takes."""
    shell(
        site,
        *(
            f"make_motion(slug={slug.replace('_', '-')!r}, **{values!r})"
            for slug, values in motions.items()
        ),
    )


CHANGE_COLUMNS = ("revision", "step", "position", "variance", "drift", "interval", "paused")


def stored_changes(site: Site, slug: str) -> list[tuple[Any, ...]]:
    """All changes of a motion, oldest first, as `CHANGE_COLUMNS`."""
    return site.execute(
        f"SELECT {', '.join(f'c.{name}' for name in CHANGE_COLUMNS)} FROM motion_change c"
        " JOIN motion_motion m ON m.id = c.motion_id WHERE m.slug = ? ORDER BY c.revision",
        slug,
    )


def sign_in(server: Daphne, username: str, password: str = "secret") -> str:
    """Sign in over HTTP as a browser does; the Cookie header of the session."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    url = f"{server.url}/accounts/login/"
    browser.open(url, timeout=START_S).close()
    values = {cookie.name: cookie.value for cookie in cookies}
    form = {
        "login": username,
        "password": password,
        "csrfmiddlewaretoken": values["csrftoken"],
        "next": "/accounts/",
    }
    browser.open(url, urllib.parse.urlencode(form).encode(), timeout=START_S).close()
    values = {cookie.name: cookie.value for cookie in cookies}
    assert "sessionid" in values, f"{username} could not sign in"
    return f"sessionid={values['sessionid']}"
