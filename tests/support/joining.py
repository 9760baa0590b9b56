"""Browsers that join a motion by an invitation, over HTTP."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.support.servers import Daphne


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass
class Browser:
    """It keeps cookies, and follows no redirect."""

    server: Daphne
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def open(self, path: str, **form: str) -> tuple[int, str]:
        """Send a GET, or a POST with a form; the status, and the page or where it leads."""
        data = None
        if form:
            form["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
            data = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(f"{self.server.url}{path}", data)
        opener = urllib.request.build_opener(Stay, urllib.request.HTTPCookieProcessor(self.jar))
        try:
            with opener.open(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers.get("Location") or error.read().decode()

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: str(cookie.value) for cookie in self.jar}

    @property
    def cookie(self) -> str:
        """The Cookie header of its session."""
        return f"sessionid={self.cookies['sessionid']}"


def join(server: Daphne, path: str, name: str, *, taps: int = 1) -> Browser:
    """A browser whose guest has joined by the form at `path`, sent `taps` times at once."""
    browser = Browser(server)
    status, page = browser.open(path)
    key = re.search('name="key" value="([a-z0-9]+)"', page)
    assert key, f"{status}: {page}"
    with ThreadPoolExecutor(taps) as fingers:
        sent = [fingers.submit(browser.open, path, name=name, key=key[1]) for _ in range(taps)]
    for tap in sent:
        status, page = tap.result()
        assert status == 302, page
    return browser
