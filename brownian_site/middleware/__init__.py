"""ASGI middleware, and Django's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:  # our Daphne starts before Django has its models
    from django.contrib.auth.models import AnonymousUser, User
    from django.contrib.sessions.backends.base import SessionBase


class Scope(TypedDict, total=False):
    """The scope of a request or a socket: ASGI's keys that we read, and those of our middleware."""

    type: str
    method: str
    scheme: str
    path: str
    root_path: str
    query_string: bytes
    headers: Iterable[tuple[bytes, bytes]]
    client: tuple[str, int] | None
    server: tuple[str, int | None] | None
    extensions: dict[str, dict[str, Callable[..., bool]]]
    cookies: dict[str, str]
    session: SessionBase
    user: User | AnonymousUser
    url_route: dict[str, dict[str, str]]


class Event(TypedDict, total=False):
    """An event of ASGI that a server and an application send each other."""

    type: str
    status: int
    headers: Iterable[tuple[bytes, bytes]]
    body: bytes
    code: int


Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]


class Middleware:
    def __init__(self, application: ASGIApplication) -> None:
        self.application = application
