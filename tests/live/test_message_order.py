"""A client's messages are answered in order and within limits, whichever server reads them.

Our Daphne has a ping answered as soon as it arrives, the stock one after it was queued.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from motion.live.consumers import MotionConsumer
from tests.support.raw_socket import RawSocket, client_frame
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions

pytestmark = pytest.mark.server

BURST = 40


@pytest.fixture(scope="module", params=["stock", "ours"])
def server(request: pytest.FixtureRequest, site: Site) -> Daphne:
    make_motions(site, **{request.param: {"paused": True, "step": 5}})
    return site.start_daphne() if request.param == "stock" else site.start_server()


@pytest.fixture
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.node.callspec.params["server"])


def message(kind: str, **fields: Any) -> bytes:
    return client_frame(json.dumps({"type": kind, **fields}).encode())


def converse(server: Daphne, slug: str, sent: list[bytes], answers: int) -> list[dict[str, Any]]:
    """The first answers to frames that all arrive at once."""
    with RawSocket(server, slug) as raw:
        raw.read_frames(3)  # the greeting
        raw.socket.sendall(b"".join(sent))
        return [json.loads(frame) for frame in raw.read_frames(answers)]


def test_ping_behind_a_command_is_answered_after_it(server: Daphne, slug: str) -> None:
    """A command waits for the database."""
    stale = message("change", variance=2.0, revision=99)

    answers = converse(server, slug, [stale, message("ping", n=1), message("ping", n=2)], 3)

    assert [answer["type"] for answer in answers] == ["error", "pong", "pong"]
    assert (answers[0]["re"], answers[1]["n"], answers[2]["n"]) == ("change", 1, 2)


def test_messages_of_all_kinds_are_answered_in_order(server: Daphne, slug: str) -> None:
    sent = [
        message("ping", n=1),
        message("ping", n=1.5),
        message("ping", n=2, step=5),
        client_frame(b"{}", opcode=2),
        message("ping", n=3),
        client_frame(b'{"type": "ping", "n"', is_final=False),
        client_frame(b": 4}", opcode=0),
        message("ping", n=5) + client_frame(b"[" * 200) + message("ping", n=6),
    ]

    answers = converse(server, slug, sent, 9)

    assert [answer.get("n", answer.get("code")) for answer in answers] == [
        *(1, "invalid", 2, "malformed", 3, 4, 5, "malformed", 6)
    ]


def test_ping_beyond_the_burst_closes_with_4429(server: Daphne, slug: str) -> None:
    with RawSocket(server, slug) as raw:
        raw.read_frames(3)
        # More than enough: ten more a second are welcome, and a busy machine may take some.
        raw.socket.sendall(b"".join(message("ping", n=n) for n in range(2 * BURST)))

        pongs = [json.loads(frame)["n"] for frame in raw.read_frames(BURST)]

        assert pongs == list(range(BURST))
        assert raw.closed_with() == 4429


async def test_error_in_the_short_way_ends_the_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would in `receive`: the server closes with 1011 and logs it."""
    consumer = MotionConsumer()
    monkeypatch.setattr(consumer, "handle", {}.__getitem__)

    queued = consumer.take_over("a text")

    assert isinstance(queued, dict)
    with pytest.raises(KeyError, match="a text"):
        await consumer.dispatch(queued)
