"""What a site needs before a test can act on it: motions and people, made by the program itself."""

from __future__ import annotations

import http.cookiejar
import urllib.parse
import urllib.request
from typing import Any

from tests.servers import Daphne, Site

FACTORIES = "from tests.factories import *; from motion.models import *; from motion import control"


def shell(site: Site, *lines: str) -> str:
    """Run `lines` in the site's `manage.py shell`; what they print."""
    done = site.manage("shell", "-v", "0", "-c", "\n".join([FACTORIES, *lines]))
    assert done.returncode == 0, done.stderr
    return done.stdout


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
    browser.open(url, timeout=10).close()
    values = {cookie.name: cookie.value for cookie in cookies}
    form = {
        "login": username,
        "password": password,
        "csrfmiddlewaretoken": values["csrftoken"],
        "next": "/accounts/",
    }
    browser.open(url, urllib.parse.urlencode(form).encode(), timeout=10).close()
    values = {cookie.name: cookie.value for cookie in cookies}
    assert "sessionid" in values, f"{username} could not sign in"
    return f"sessionid={values['sessionid']}"
