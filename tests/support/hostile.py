"""Headers by which an outsider would move a site, and answers to compare."""

from __future__ import annotations

import re
from typing import NamedTuple

Headers = list[tuple[bytes, bytes]]

HOSTILE: Headers = [
    (b"Daphne-Root-Path", b"http://evil.example"),
    (b"Daphne_Root_Path", b"http://evil.example"),
    (b"Forwarded", b"for=203.0.113.7;host=evil.example;proto=https"),
    (b"Script-Name", b"/evil.example"),
    (b"SCRIPT_NAME", b"/evil.example"),
    (b"X-Forwarded-For", b"203.0.113.7"),
    (b"X-Forwarded-For", b"198.51.100.9, 127.0.0.1"),
    (b"X-Forwarded-Host", b"evil.example"),
    (b"X_Forwarded_Host", b"evil.example"),
    (b"X-Forwarded-Port", b"6666"),
    (b"X-Forwarded-Prefix", b"/evil.example"),
    (b"X-Forwarded-Proto", b"https"),
    (b"X-Forwarded-Scheme", b"https"),
    (b"X-Forwarded-Server", b"evil.example"),
    (b"X-Forwarded-Ssl", b"on"),
    (b"Front-End-Https", b"on"),
    (b"X-Host", b"evil.example"),
    (b"X-HTTP-Method-Override", b"DELETE"),
    (b"X-Original-Host", b"evil.example"),
    (b"X-Original-URL", b"/admin/evil.example"),
    (b"X-Real-IP", b"203.0.113.7"),
    (b"X-Rewrite-URL", b"/admin/evil.example"),
    (b"X-Request-ID", b"evil.example"),
    (b"X-Script-Name", b"/evil.example"),
    (b"X-Url-Scheme", b"https"),
    (b"Sec-WebSocket-Protocol", b"evil.example"),
    (b"Via", b"1.1 evil.example"),
]
HIGH: Headers = [(name, value + b"\xc3\xa9\xff") for name, value in HOSTILE]
"""The same with bytes above 127, which parsers take for ASCII at their peril."""

DIFFERS_ANYWAY = re.compile(
    rb'name="(csrfmiddlewaretoken|key)" value="\w+"|"now":"[^"]+"|# made: [^\n]+'
    rb'|data-label="[^"]*">[^<]*|<dd>[\d.,]+</dd>'  # ages and counts of the running processes
)
VOLATILE = {"date", "expires", "x-request-id"}
UNSTABLE = {
    "/accounts/two-factor/totp/activate/",
    "/admin/motion/motion/1/change/",
    "/motions/brownian/path.npz",
    "/readyz",
}
"""A secret, a code, a second and an age: these bodies differ from one request to the next."""


class Answer(NamedTuple):
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def comparable(path: str, status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    """An answer without what differs between any two: tokens, dates, ids, values of cookies."""
    kept = [
        (name, value.split("=")[0] if name.lower() == "set-cookie" else value)
        for name, value in headers
        if name.lower() not in VOLATILE
    ]
    return Answer(status, kept, b"" if path in UNSTABLE else DIFFERS_ANYWAY.sub(b"", body))
