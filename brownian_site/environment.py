"""Strict readers of environment variables: a wrong value stops the start with one sentence.

They raise `SystemExit`, not an exception with a traceback, because the reader of the
sentence is a person who mistyped a variable, under `daphne` and `manage.py` alike.
"""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import environ

SITE_ENVIRONMENT = Path("/etc/brownian/environment")
"""What the services of a server read, and its `brownian-manage`: docs/deploy.md."""

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})

MAILER_OPTIONS = {
    "smtp.EmailBackend": {
        "host": "EMAIL_HOST",
        "port": "EMAIL_PORT",
        "username": "EMAIL_HOST_USER",
        "password": "EMAIL_HOST_PASSWORD",
        "use_tls": "EMAIL_USE_TLS",
        "use_ssl": "EMAIL_USE_SSL",
        "timeout": "EMAIL_TIMEOUT",
    },
    "filebased.EmailBackend": {"file_path": "EMAIL_FILE_PATH"},
}
"""The options of Django's mail backends, and the setting of each before Django 6.1."""

SHORTEST_KEY = 32
"""Characters of a secret key; set-up writes 64."""


def stop(name: str, expected: str) -> SystemExit:
    """The exit that says what `name` should have been, but not what it was: it may be a secret."""
    return SystemExit(f"{name} must be {expected}.")


def text(name: str, default: str = "") -> str:
    """What the variable says, or the file that `name`_FILE names: secrets are often mounted."""
    found = os.environ.get(name, "").strip()
    if file := os.environ.get(f"{name}_FILE", "").strip():
        if found:
            raise SystemExit(f"{name} and {name}_FILE are both set: unset one of them.")
        found = _content(f"{name}_FILE", Path(file))
    return found or default


def _content(name: str, file: Path) -> str:
    try:
        found = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found:  # an empty one is a secret that was not written, not the wish for a default
        raise stop(name, "a readable text file that is not empty")
    return found


def require_site_environment(arguments: Sequence[str]) -> None:
    """Refuse to work on an empty SQLite file where the site's own database was meant."""
    command = arguments[0] if arguments else "help"
    if command in {"collectstatic", "help", "--help", "--version"} or text("DATABASE_URL"):
        return
    if SITE_ENVIRONMENT.exists():
        raise SystemExit(
            f"DATABASE_URL is not set, but this machine has a site, set up by {SITE_ENVIRONMENT}: "
            f"run `brownian-manage {command}`, or set DATABASE_URL to another database."
        )


def flag(name: str, *, default: bool) -> bool:
    word = text(name).lower()
    if not word:
        return default
    if word not in TRUE | FALSE:
        raise stop(name, "on or off (or 1/0, true/false, yes/no)")
    return word in TRUE


def choice(name: str, allowed: tuple[str, ...]) -> str:
    """One of `allowed`; the first where none is set."""
    word = text(name, allowed[0])
    if word not in allowed:
        raise stop(name, " or ".join(allowed))
    return word


def words(name: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def port(name: str, default: int) -> int:
    word = text(name, str(default))
    if not (word.isascii() and word.isdigit() and 0 < int(word) < 65536):
        raise stop(name, "a port number from 1 to 65535")
    return int(word)


def host(name: str, default: str) -> str:
    """An IP address or a host name to listen on; IPv6 with or without its brackets."""
    found = text(name, default).removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address(found)
    except ValueError:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", found):
            raise stop(name, "an IP address or a host name, such as 127.0.0.1 or ::") from None
    return found


def number(name: str, default: int) -> int:
    word = text(name, str(default))
    if not (word.isascii() and word.isdigit() and len(word) < 10 and int(word)):
        raise stop(name, "a whole number above 0")
    return int(word)


def origins(name: str) -> list[str]:
    """Origins such as https://motion.example, as Django's CSRF check wants them."""
    found = words(name)
    for origin in found:
        scheme, netloc, *_ = _split(origin)
        is_origin = origin == f"{scheme}://{netloc}"  # with a path Django would never match it
        if scheme not in {"http", "https"} or not netloc or not is_origin:
            raise stop(name, "a comma-separated list of origins such as https://motion.example")
    return found


def url(name: str, schemes: tuple[str, ...]) -> str:
    """A URL with one of `schemes`, or the empty string where none is set."""
    found = text(name)
    if found and _split(found).scheme not in schemes:
        raise stop(name, f"a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
    return found


def _split(url: str) -> SplitResult:
    """The parts of a URL; none of one that cannot be taken apart."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def networks(name: str) -> list[str]:
    found = words(name)
    for network in found:
        try:
            ipaddress.ip_network(network)
        except ValueError:
            raise stop(name, "a comma-separated list of IP addresses or networks") from None
    return found


def token(name: str) -> str:
    """A secret that is sent in a header, or the empty string where none is set."""
    found = text(name)
    if found and not (
        len(found) >= 16 and found.isascii() and found.isprintable() and " " not in found
    ):
        raise stop(
            name,
            "at least 16 ASCII characters without a space, for example of `openssl rand -hex 32`",
        )
    return found


def database(name: str, default: Path) -> dict[str, Any]:
    """Django's settings of the database that a URL names; without one an SQLite file, `default`."""
    found = url(name, ("sqlite", "postgres", "postgresql"))
    if not found:
        return sqlite(str(default))
    if found.startswith("sqlite:"):
        # Not the library's reader: it takes + for a blank and cuts a path off at a #.
        path = unquote(found.removeprefix("sqlite://").partition("?")[0])
        if path and path != ":memory:" and not path.startswith("/"):
            raise stop(name, "sqlite:/// and a path, such as sqlite:////srv/brownian/db.sqlite3")
        return sqlite(path.removeprefix("/") or ":memory:")
    return _parsed(name, found, environ.Env.db_url_config)


def sqlite(path: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


def email(name: str, default: str) -> dict[str, Any]:
    """Django's EMAIL_… settings from a URL such as smtp+tls://user:password@host:587."""
    found = url(name, tuple(environ.Env.EMAIL_SCHEMES)) or default
    return _parsed(name, found, environ.Env.email_url_config)


def mailer(email: dict[str, Any]) -> dict[str, Any]:
    """The entry of MAILERS that says what the EMAIL_… settings `email` say."""
    backend: str = email["EMAIL_BACKEND"]
    names = MAILER_OPTIONS.get(backend.removeprefix("django.core.mail.backends."), {})
    given = {option: email.get(name) for option, name in names.items()}
    options = {option: value for option, value in given.items() if value is not None}
    return {"BACKEND": backend, "OPTIONS": options}


def sender(mail_user: str) -> str:
    """Who our mails are from: the mail server's user if that is an address, else this site."""
    site = next((host.strip(".") for host in words("DJANGO_ALLOWED_HOSTS") if host != "*"), "")
    address = mail_user if "@" in mail_user else f"brownian@{site or 'localhost'}"
    return f"Brownian <{address}>"


def _parsed(name: str, found: str, parse: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    try:
        return parse(found)
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        raise stop(name, "a URL such as scheme://user:password@host:port/name") from None


def secret_key(path: Path) -> str:
    """`DJANGO_SECRET_KEY`, or what set-up wrote to `path`."""
    if found := text("DJANGO_SECRET_KEY"):
        return found
    try:
        found = path.read_bytes().decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        raise SystemExit(
            f"DJANGO_SECRET_KEY is not set, and {path} does not exist yet: "
            f"run `make run` or `python -m {__name__}`, which makes that file."
        ) from None
    except OSError as error:
        raise SystemExit(f"{path} cannot be read: {error.strerror}.") from None
    if len(found) < SHORTEST_KEY:  # the disk was full when it was written
        raise SystemExit(
            f"{path} holds only part of a key: delete this file and start again, which writes a "
            "new key. Everybody then has to sign in again."
        )
    return found


def write_secret_key(path: Path) -> None:
    """Write a new key to `path`, readable by its owner alone, unless there is a file.

    The file appears under its name with all of its content, or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    with NamedTemporaryFile("w", dir=path.parent, prefix=path.name) as file:  # mode 0600
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):  # another set-up was faster
            os.link(file.name, path)


def main(path: Path) -> None:
    """Have a key at `path`."""
    try:
        write_secret_key(path)
    except OSError as error:
        raise SystemExit(f"The secret key cannot be written to {path}: {error.strerror}.") from None
    secret_key(path)


if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent / "var" / "secret_key")
