"""The undocumented names of Twisted, autobahn and Daphne that this server relies on.

They may change in any version, so `check_names` looks for them when this module is imported.
Names that are read or set are used in this module alone; the others are methods and attributes
that our subclasses override or call.
"""

import asyncio
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from types import FunctionType, MappingProxyType
from typing import Any, Final

import daphne.server  # before anything of Twisted: it chooses the reactor
from autobahn.websocket.protocol import WebSocketServerProtocol
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import tcp
from twisted.web.http import HTTPChannel, Request

NAMES: Final[Mapping[str, Mapping[type, str]]] = {
    "Twisted": {
        tcp.Connection: "TLS dataBuffer offset _tempDataBuffer _tempDataLen disconnecting",
        HTTPChannel: "_handlingRequest requests requestFactory lineReceived resetTimeout"
        " allContentReceived",
        Request: "parsePOSTFormSubmission requestReceived gotLength",
    },
    "autobahn": {
        WebSocketServerProtocol: "closedByMe localCloseCode is_closed http_request_data data"
        " consumeData sendCloseFrame _perMessageCompress state inside_message"
        " autoPingTimeoutCall CONFIG_ATTRS http_headers http_response_data send_queue",
    },
    "Daphne": {
        daphne.server.Server: "connections application_instance http_factory ws_factory"
        " create_application handle_reply kill_all_applications listen_error listen_success",
        HTTPFactory: "server",
        WebRequest: "process server",
        WebSocketProtocol: "application_queue server serverSend serverReject last_ping"
        " request clean_headers",
    },
}
"""By library: each class, and the names that its instances must have or its methods must use."""


def check_names(names: Mapping[str, Mapping[type, str]] = NAMES) -> None:
    """Raise an ImportError that lists the names which the installed versions lack."""
    for library, classes in names.items():
        for owner, needed in classes.items():
            if missing := set(needed.split()) - find_names(owner):
                raise ImportError(
                    f"{library} {version(library)} has no {', '.join(sorted(missing))} in "
                    f"{owner.__name__}: install the version in requirements/run.txt, or adapt "
                    "brownian_site/server/private_names.py."
                )


def find_names(owner: type) -> set[str]:
    """The attributes of a class, and all names, arguments and texts in its methods."""
    functions = [
        value
        for base in owner.__mro__
        for value in vars(base).values()
        if isinstance(value, FunctionType)
    ]
    code = [function.__code__ for function in functions]
    mentioned = [(*each.co_names, *each.co_varnames, *each.co_consts) for each in code]
    return {*dir(owner), *(name for names in mentioned for name in names if isinstance(name, str))}


check_names()

# --- a transport of Twisted ---


def is_plain(transport: object) -> bool:
    """Whether a connection is TCP or a Unix socket, and not encrypted in this process."""
    return isinstance(transport, tcp.Connection) and not transport.TLS


def has_backlog(transport: Any) -> bool:
    """Whether bytes wait for the kernel, of a transport that `is_plain`."""
    return bool(transport.dataBuffer or transport._tempDataBuffer)


def count_backlog(transport: object) -> int:
    """Bytes that wait for the kernel; 0 for a transport that does not say so."""
    if not isinstance(transport, tcp.Connection):
        return 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen


# --- an HTTP connection of Twisted ---

NO_FORMS: Final = {"parsePOSTFormSubmission": False}
"""Keeps Twisted from parsing forms on the event loop, which takes up to 0.5 s: Django does."""


def is_handling_request(channel: HTTPChannel) -> bool:
    return bool(channel._handlingRequest)


def forget_requests(channel: HTTPChannel) -> None:
    """Break the cycle between a channel and its requests, after a WebSocket has taken over."""
    channel.requests.clear()


# --- a WebSocket of autobahn ---


NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


def forget_handshake(socket: Any) -> None:
    """Free what autobahn and Daphne would keep of the handshake as long as the socket."""
    socket.http_request_data = socket.http_response_data = None
    socket.http_headers = socket.request.headers = NO_HEADERS
    socket.clean_headers = ()
    socket.send_queue = ()  # for frames in pieces, which Daphne never sends


def share_attributes(socket: Any) -> None:
    """Keep the attributes that all sockets have alike in their class.

    autobahn sets a hundred in each socket: its options, and None or False for what comes later, if
    ever. A class attribute is hidden by one of the instance, which autobahn sets when it changes.
    """
    owner, own = type(socket), {}
    for name, value in vars(socket).items():
        is_option = name in owner.CONFIG_ATTRS and not callable(value)  # no function as a method
        if value is None or value is False or is_option:
            if not hasattr(owner, name):
                setattr(owner, name, value)
            if getattr(owner, name) is value:
                continue
        own[name] = value
    socket.__dict__ = own


def forget_end(socket: Any) -> None:
    """Break the cycle between a socket and the future of its end, whose result is the socket.

    So the socket is freed at once. With the thresholds in asgi.py the collector comes too seldom.
    """
    socket.is_closed = None


def handle_frame(socket: Any, frame: bytes) -> None:
    """Do what autobahn does with received data, without the 6 µs of a log line nobody reads."""
    socket.data = frame
    socket.consumeData()


def is_between_messages(socket: Any) -> bool:
    """Whether a new message may begin, and autobahn has nothing to do for it but to decode it.

    It also ends the wait for the pong of Daphne's own ping, which any frame of the client answers.
    """
    return not socket.inside_message and socket.autoPingTimeoutCall is None


def is_compressed(socket: Any) -> bool:
    return socket._perMessageCompress is not None


def find_sent_close_code(socket: Any) -> int | None:
    """The code with which this server closed the socket; None if the client closed it."""
    code: int | None = socket.localCloseCode if socket.closedByMe else None
    return code


# --- a server of Daphne ---


def find_running(connections: Iterable[Mapping[str, Any]]) -> list[asyncio.Future[Any]]:
    """The calls of the application that have not ended."""
    found = [details.get("application_instance") for details in connections]
    return [running for running in found if running is not None and not running.done()]
