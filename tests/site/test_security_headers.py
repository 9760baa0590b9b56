"""Security headers of every answer, and cookies."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from motion.models import Motion
from tests.support.factories import make_motion
from tests.support.servers import ROOT, Daphne, Site

PAGES = ["/motions/shown/", "/motions/nothing/", "/motions/", "/accounts/login/", "/admin/login/"]


@pytest.fixture
def motion(db: None) -> Motion:
    return make_motion(slug="shown")


def read_policy(response: Any) -> dict[str, list[str]]:
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


@pytest.mark.parametrize("path", PAGES)
def test_page_may_load_only_what_its_policy_allows(motion: Motion, path: str) -> None:
    policy = read_policy(Client().get(path))

    styles = policy.pop("style-src")
    assert policy == {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "worker-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    assert styles[0] == "'self'"
    assert all(style.startswith("'sha256-") for style in styles[1:])


@pytest.mark.parametrize("path", PAGES)
def test_page_denies_frames_sniffing_referrers_and_devices(motion: Motion, path: str) -> None:
    response = Client().get(path)

    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    denied = response["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()", "usb=()"} <= set(denied)
    assert all(part.endswith("=()") for part in denied)


# --- over HTTPS, as deployed ------------------------------------------------------------------


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daphne]:
    """A server that believes itself behind a proxy that ends TLS."""
    env = {
        "DJANGO_HTTPS": "on",
        "DJANGO_ALLOWED_HOSTS": "motion.example",
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    site = Site(tmp_path_factory.mktemp("deployed"), env=env).setup()
    yield site.start_daphne()
    site.stop()


def get_headers(server: Daphne, path: str, **sent: str) -> HTTPMessage:
    names = {name.replace("_", "-"): value for name, value in sent.items()}
    names["Host"] = "motion.example"
    request = urllib.request.Request(f"{server.url}{path}", headers=names)
    with urllib.request.build_opener(StayHere).open(request, timeout=10) as response:
        found: HTTPMessage = response.headers
        return found


class StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@pytest.mark.server
def test_browsers_use_https_alone(deployed: Daphne) -> None:
    sent = get_headers(deployed, "/", X_Forwarded_Proto="https")

    assert sent["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.server
def test_static_files_are_kept_by_caches(deployed: Daphne) -> None:
    kept = get_headers(deployed, "/static/motion/pages/motion-page.js", X_Forwarded_Proto="https")

    assert kept["Cache-Control"] == "max-age=60, public"


@pytest.mark.server
def test_plain_http_is_led_to_https(deployed: Daphne) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        get_headers(deployed, "/motions/?a=b")

    assert refused.value.code == 301
    assert refused.value.headers["Location"] == "https://motion.example/motions/?a=b"


@pytest.mark.server
@pytest.mark.parametrize(
    ("path", "names"), [("/", {"viewer"}), ("/accounts/login/", {"csrftoken"})]
)
def test_cookies_are_this_hosts_over_https_and_no_scripts(
    deployed: Daphne, path: str, names: set[str]
) -> None:
    cookies = get_headers(deployed, path, X_Forwarded_Proto="https").get_all("Set-Cookie") or []

    assert {cookie.split("=")[0] for cookie in cookies} == {f"__Host-{name}" for name in names}
    for cookie in cookies:
        said = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= said
        assert not any(part.startswith("Domain") for part in said)


def test_djangos_own_check_of_a_deployment_finds_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={"PATH": "", "DJANGO_HTTPS": "on", "DJANGO_SECRET_KEY": json.dumps([*range(40)])},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert (done.returncode, done.stdout) == (
        0,
        "System check identified no issues (0 silenced).\n",
    )


def test_no_template_has_script_or_style_in_it() -> None:
    for template in Path(ROOT / "templates").rglob("*.html"):
        text = template.read_text()
        assert "<style" not in text, template
        assert " style=" not in text, template
        assert "javascript:" not in text, template
        for script in text.split("<script")[1:]:
            assert " src=" in script.split(">")[0], template
