"""Undocumented names of Twisted, autobahn and Daphne, and close codes of the site."""

import pytest
from autobahn.websocket.protocol import WebSocketServerProtocol
from twisted.internet import tcp

from brownian_site.server import frames
from brownian_site.server.private_names import check_names
from motion.core.errors import CloseCode


@pytest.mark.parametrize(
    ("library", "owner"), [("Twisted", tcp.Connection), ("autobahn", WebSocketServerProtocol)]
)
def test_missing_name_stops_the_import_with_a_sentence(library: str, owner: type) -> None:
    with pytest.raises(
        ImportError, match=rf"^{library} \d\S* has no _gone, gone in {owner.__name__}: "
    ):
        check_names({library: {owner: "gone _gone"}})


@pytest.mark.parametrize("name", ["TOO_SLOW", "RESTARTING", "TOO_FAST"])
def test_close_code_of_the_server_is_the_protocols(name: str) -> None:
    assert getattr(frames, name) == CloseCode[name]
