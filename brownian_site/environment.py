"""Strict readers of environment variables: a wrong value stops the start with one sentence.

They raise `SystemExit`, not an exception with a traceback: the sentence is for a person who
mistyped a variable, under `daphne` and `manage.py` alike. Why they are not django-environ's casts:
docs/decisions/7-parts-that-we-keep.md.
"""

import ipaddress
import os
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import environ

T = TypeVar("T")

SITE_ENVIRONMENT = Path("/etc/brownian/environment")
"""What the services of a server read, and its `brownian-manage`: docs/deploy.md."""

FLAGS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}

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


class WrongValueError(SystemExit):
    """Says what a variable should be, but not what it is: the value may be a secret."""

    def __init__(self, name: str, expected: str) -> None:
        super().__init__(f"{name} must be {expected}.")


def read(name: str, default: T, parse: Callable[[str], T], expected: str) -> T:
    """Parse a variable; `default` if it is not set.

    Raises:
        WrongValueError: `parse` raised one of the errors by which parsers refuse a text.
    """
    found = read_text(name)
    try:
        return parse(found) if found else default
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        raise WrongValueError(name, expected) from None


def read_text(name: str, default: str = "") -> str:
    """Read a variable, or the file that `name`_FILE names: secrets are often mounted."""
    found = os.environ.get(name, "").strip()
    if file := os.environ.get(f"{name}_FILE", "").strip():
        if found:
            raise SystemExit(f"{name} and {name}_FILE are both set: unset one of them.")
        with suppress(OSError, UnicodeDecodeError):
            found = Path(file).read_text(encoding="utf-8").strip()
        if not found:  # an empty file is a secret that was not written, not a wish for the default
            raise WrongValueError(f"{name}_FILE", "a readable text file that is not empty")
    return found or default


def require_site_environment(arguments: Sequence[str]) -> None:
    """Stop a command that would use an empty SQLite file instead of the site's own database."""
    command = arguments[0] if arguments else "help"
    if command in {"collectstatic", "help", "--help", "--version"} or read_text("DATABASE_URL"):
        return
    if SITE_ENVIRONMENT.exists():
        raise SystemExit(
            f"DATABASE_URL is not set, but this machine has a site, set up by {SITE_ENVIRONMENT}: "
            f"run `brownian-manage {command}`, or set DATABASE_URL to another database."
        )


def read_flag(name: str, *, default: bool) -> bool:
    expected = "on or off (or 1/0, true/false, yes/no)"
    return read(name, default, lambda word: FLAGS[word.lower()], expected)


def read_choice(name: str, allowed: tuple[str, ...]) -> str:
    """Read one of `allowed`; the first is the default."""
    return read(name, allowed[0], lambda word: _pick(allowed, word), " or ".join(allowed))


def read_list(name: str) -> list[str]:
    """Read a comma-separated list."""
    return [word.strip() for word in read_text(name).split(",") if word.strip()]


def read_number(
    name: str, default: int, *, most: int = 10**9, expected: str = "a whole number above 0"
) -> int:
    """Read a whole number from 1 to `most`."""
    possible = range(1, most + 1)
    return read(name, default, lambda word: _pick(possible, int(_match("[0-9]+", word))), expected)


def read_port(name: str, default: int) -> int:
    return read_number(name, default, most=65535, expected="a port number from 1 to 65535")


def read_host(name: str, default: str) -> str:
    """Read an IP address or a host name to listen on; IPv6 with or without its brackets."""

    def parse(found: str) -> str:
        found = found.removeprefix("[").removesuffix("]")
        with suppress(ValueError):
            return str(ipaddress.ip_address(found) and found)
        return _match("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", found)

    return read(name, default, parse, "an IP address or a host name, such as 127.0.0.1 or ::")


def read_origins(name: str) -> list[str]:
    """Read origins such as https://motion.example, without a path, as Django compares them."""
    expected = "a comma-separated list of origins such as https://motion.example"
    return _read_each(name, lambda origin: urlsplit(_match("https?://[^/?#@]+", origin)), expected)


def read_networks(name: str) -> list[str]:
    return _read_each(
        name, ipaddress.ip_network, "a comma-separated list of IP addresses or networks"
    )


def read_url(name: str, schemes: Sequence[str]) -> str:
    """Read a URL with one of `schemes`; the default is the empty string."""
    expected = f"a URL that starts with {' or '.join(f'{scheme}://' for scheme in schemes)}"
    return read(name, "", lambda url: _pick(schemes, urlsplit(url).scheme) and url, expected)


def read_token(name: str) -> str:
    """Read a secret that is sent in a header; the default is the empty string."""
    expected = "at least 16 ASCII characters without a space, for example of `openssl rand -hex 32`"
    return read(name, "", lambda found: _match("[!-~]{16,}", found), expected)


def read_database(name: str, default: Path) -> dict[str, Any]:
    """Read a URL as Django's settings of a database; without one, the SQLite file `default`."""
    read_url(name, ("sqlite", "postgres", "postgresql"))
    return read(
        name,
        _describe_sqlite(str(default)),
        _parse_database,
        "a URL such as postgres://user:password@host:5432/name or sqlite:////srv/brownian/db.sqlite3",
    )


def read_email(name: str, default: str) -> dict[str, Any]:
    """Read Django's EMAIL_… settings from a URL such as smtp+tls://user:password@host:587."""
    read_url(name, tuple(environ.Env.EMAIL_SCHEMES))
    expected = "a URL such as smtp+tls://user:password@host:587"
    found: dict[str, Any] = read(name, {}, environ.Env.email_url_config, expected)
    return found or dict(environ.Env.email_url_config(default))


# --- parsers: each raises ValueError for a wrong text ---


def _match(pattern: str, found: str) -> str:
    if not re.fullmatch(pattern, found):
        raise ValueError
    return found


def _pick(allowed: Sequence[T], found: T) -> T:
    return allowed[allowed.index(found)]


def _read_each(name: str, check: Callable[[str], object], expected: str) -> list[str]:
    return read(name, [], lambda _: [word for word in read_list(name) if check(word)], expected)


def _parse_database(url: str) -> dict[str, Any]:
    if not url.startswith("sqlite:"):
        return dict(environ.Env.db_url_config(url))
    # Not by the library, which takes + for a blank, and cuts a path off at a #.
    path = unquote(url.removeprefix("sqlite://").partition("?")[0])
    return _describe_sqlite(_match("(:memory:)?|/.*", path).removeprefix("/") or ":memory:")


def _describe_sqlite(path: str) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path}


def build_sender(mail_user: str) -> str:
    """The From of our mails: the mail server's user if that is an address, else this site."""
    hosts = read_list("DJANGO_ALLOWED_HOSTS")
    site = next((host.strip(".") for host in hosts if host != "*"), "localhost")
    return f"Brownian <{mail_user if '@' in mail_user else f'brownian@{site}'}>"


def build_mailer(email: dict[str, Any]) -> dict[str, Any]:
    """The entry of Django 6.1's MAILERS for the EMAIL_… settings `email`."""
    backend: str = email["EMAIL_BACKEND"]
    names = MAILER_OPTIONS.get(backend.removeprefix("django.core.mail.backends."), {})
    given = {option: email.get(name) for option, name in names.items()}
    options = {option: value for option, value in given.items() if value is not None}
    return {"BACKEND": backend, "OPTIONS": options}


def read_secret_key(path: Path) -> str:
    """Read `DJANGO_SECRET_KEY`, or the file that set-up wrote to `path`."""
    if found := read_text("DJANGO_SECRET_KEY"):
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
    """Write a new key to `path`, readable by its owner alone, unless the file exists.

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
    """Make sure that there is a key at `path`."""
    try:
        write_secret_key(path)
    except OSError as error:
        raise SystemExit(f"The secret key cannot be written to {path}: {error.strerror}.") from None
    read_secret_key(path)


if __name__ == "__main__":
    main(Path(__file__).resolve().parent.parent / "var" / "secret_key")
