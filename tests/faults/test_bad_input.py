"""Bad input by socket: refused in words, or that socket alone closes (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.client import Client, Frame, watching
from tests.support.raw_socket import RawSocket
from tests.support.servers import Daphne, Site
from tests.support.stage import make_motions, stored_changes

pytestmark = pytest.mark.server

NUMBERS = {
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "1e999": "1e999",
    "-1e999": "-1e999",
    "10**400": "1" + "0" * 400,
    "below": "-0.001",
    "above": "10000.001",
    "true": "true",
    "null": "null",
    "string": '"1.0"',
    "list": "[1.0]",
    "object": '{"$gt": 0}',
}

MALFORMED = {
    "empty": "",
    "blank": " ",
    "not JSON": "{",
    "two objects": "{}{}",
    "array": '[{"type": "ping", "n": 1}]',
    "string": '"ping"',
    "number": "1",
    "null": "null",
    "deep": "[" * 5_000,
    "deep object": '{"type":' * 2_000,
    "huge integer": '{"type": "ping", "n": ' + "9" * 5_000 + "}",
    "no type": '{"n": 1}',
    "type of a wrong type": '{"type": ["ping"], "n": 1}',
    "type null": '{"type": null}',
}

UNKNOWN = {
    "unknown": "pong",
    "dunder": "__class__",
    "dunder method": "__init__",
    "a handler of the consumer": "websocket.disconnect",
    "a method of the consumer": "disconnect",
    "a message of the layer": "motion.increments",
    "another message of the layer": "motion.changed",
    "empty": "",
    "case": "Ping",
    "lone surrogate": "\ud800",
}

OF_ITS_TYPE = {
    "ping without n": ("ping", '"x": 1', "malformed"),
    "ping with more": ("ping", '"n": 1, "__proto__": {}', "malformed"),
    "ping n float": ("ping", '"n": 1.5', "invalid"),
    "ping n true": ("ping", '"n": true', "invalid"),
    "ping n beyond": ("ping", '"n": 9007199254740993', "invalid"),
    "ping step negative": ("ping", '"n": 1, "step": -1', "invalid"),
    "ping step 1e30": ("ping", '"n": 1, "step": 1e30', "invalid"),
    "ping step beyond": ("ping", '"n": 1, "step": 1099511627776', "invalid"),
    "change of nothing": ("change", '"revision": 1', "malformed"),
    "change of step": ("change", '"variance": 2, "step": 7', "malformed"),
    "change of dunder": ("change", '"__class__": 1', "malformed"),
    "change of seed": ("change", '"seed": 1', "malformed"),
    "paused 1": ("change", '"paused": 1', "invalid"),
    "paused string": ("change", '"paused": "false"', "invalid"),
    "one good, one bad": ("change", '"variance": 2, "drift": 1001', "invalid"),
    "interval 0": ("change", '"interval": 0', "invalid"),
    "interval long": ("change", '"interval": 3600.1', "invalid"),
    "revision string": ("change", '"variance": 2, "revision": "1"', "invalid"),
    "revision negative": ("restart", '"revision": -1', "invalid"),
    "restart with more": ("restart", '"epoch": 1', "malformed"),
    "sync without step": ("sync", '"epoch": 1', "malformed"),
    "sync with more": ("sync", '"epoch": 1, "step": 1, "to": 2', "malformed"),
    "sync of a string": ("sync", '"epoch": "1", "step": 1', "invalid"),
    "sync of true": ("sync", '"epoch": 1, "step": true', "invalid"),
    "sync of null": ("sync", '"epoch": null, "step": null', "invalid"),
    **{
        f"variance {name}": ("change", f'"variance": {number}', "invalid")
        for name, number in NUMBERS.items()
    },
    "drift NaN": ("change", '"drift": NaN', "invalid"),
    "interval Infinity": ("change", '"interval": Infinity', "invalid"),
}


@pytest.fixture(scope="module")
def daphne(site: Site) -> Daphne:
    make_motions(
        site,
        still={"paused": True, "step": 5},
        other={"paused": True, "step": 5},
        running={"interval": 0.05},
        edited={"interval": 0.05},
        edited_still={"paused": True, "step": 30},
    )
    return site.start_server()


@pytest.fixture
async def client(daphne: Daphne) -> AsyncIterator[Client]:
    async with watching(daphne, "still") as found:
        await found.pong()
        yield found


@pytest.fixture
async def bystander(daphne: Daphne) -> AsyncIterator[Client]:
    """A socket of somebody else on the same motion, who must not notice anything."""
    async with watching(daphne, "still") as found:
        await found.pong()
        yield found
        assert [frame["type"] for frame in await found.pong()] == ["pong"]


async def read_refusal(client: Client, data: str | bytes) -> tuple[str, str | None]:
    """The code and `re` of the only answer to `data`, from a socket that lives on."""
    await client.connection.send(data)
    error, pong = await client.pong()
    assert pong["type"] == "pong"
    assert error.keys() == {"type", "code", "message", "re"}
    assert error["type"] == "error"
    assert error["message"].endswith(".")
    return error["code"], error["re"]


# --- refused in words ----------------------------------------------------------------------


@pytest.mark.fault("malformed or empty JSON, unknown types, dunder names")
@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
async def test_invalid_message_is_malformed(client: Client, bystander: Client, text: str) -> None:
    assert await read_refusal(client, text) == ("malformed", None)


@pytest.mark.fault("malformed or empty JSON, unknown types, dunder names")
@pytest.mark.parametrize("kind", UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_unknown_type_is_refused(client: Client, bystander: Client, kind: str) -> None:
    assert await read_refusal(client, json.dumps({"type": kind, "motion": 1})) == (
        "unknown_type",
        None,
    )


@pytest.mark.fault("a variance that is no finite number within its limits")
@pytest.mark.parametrize(("kind", "fields", "code"), OF_ITS_TYPE.values(), ids=OF_ITS_TYPE.keys())
async def test_fields_are_checked_before_anything_happens(
    site: Site, client: Client, bystander: Client, kind: str, fields: str, code: str
) -> None:
    stored = stored_changes(site, "still")

    assert await read_refusal(client, f'{{"type": "{kind}", {fields}}}') == (code, kind)

    assert stored_changes(site, "still") == stored


@pytest.mark.fault("a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage")
async def test_binary_frame_is_malformed(client: Client, bystander: Client) -> None:
    assert await read_refusal(client, b'{"type": "ping", "n": 1}') == ("malformed", None)


@pytest.mark.parametrize("too_long", [" " * (16 * 1024 + 1), "\N{SNOWMAN}" * 6_000])
async def test_message_has_at_most_16_kib(client: Client, bystander: Client, too_long: str) -> None:
    await client.connection.send('{"type": "ping", "n": 1}'.ljust(16 * 1024))
    assert (await client.frame())["type"] == "pong"

    await client.connection.send(too_long)

    assert await client.closed() == 1009


@pytest.mark.fault("malformed or empty JSON, unknown types, dunder names")
async def test_twenty_errors_in_a_minute_close_with_4400(client: Client, bystander: Client) -> None:
    for _ in range(19):
        assert (await read_refusal(client, "nonsense"))[0] == "malformed"

    await client.connection.send("nonsense")

    assert (await client.frame())["type"] == "error"
    assert await client.closed() == 4400


# --- too much ------------------------------------------------------------------------------


@pytest.mark.fault("a flood of messages")
async def test_flood_is_closed_with_4429_and_delays_no_other_client(
    client: Client, bystander: Client, daphne: Daphne
) -> None:
    began = time.monotonic()
    flood = asyncio.create_task(keep_sending(client, 3_000))
    await bystander.pong()

    frames: list[Frame] = []
    assert await client.closed(frames) == 4429
    flood.cancel()

    # None, where so many lay in its inbox at once that none was handled.
    assert {frame["type"] for frame in frames} <= {"pong"}
    assert len(frames) <= 50 + 10 * (time.monotonic() - began)
    await bystander.pong()


async def test_fifth_sync_at_once_closes_with_4429(client: Client) -> None:
    began = time.monotonic()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(50):  # one more is welcome each second, and a busy machine may take some
            await client.send("sync", epoch=0, step=0)

    frames: list[Frame] = []
    assert await client.closed(frames) == 4429
    assert 3 <= count_histories(frames) <= 4 + time.monotonic() - began


def count_histories(frames: list[Frame]) -> int:
    return [frame["type"] for frame in frames].count("history")


async def keep_sending(client: Client, times: int) -> None:
    for n in range(times):
        await client.send("ping", n=n)


async def test_burst_of_40_and_10_a_second_are_welcome(client: Client) -> None:
    await keep_sending(client, 39)
    for _ in range(39):
        await client.receive("pong")
    for _ in range(12):
        await asyncio.sleep(0.11)  # the pace that the server must allow
        await client.pong()


@pytest.mark.fault("a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage")
async def test_frame_of_2_mb_closes_that_socket_alone(
    client: Client, bystander: Client, daphne: Daphne
) -> None:
    with contextlib.suppress(ConnectionClosed):
        await client.connection.send("x" * 2_000_000)

    assert await client.closed() in {1006, 1009}


async def test_frame_spoken_by_hand_is_understood(daphne: Daphne, bystander: Client) -> None:
    with RawSocket(daphne, "still") as raw:  # so that what follows fails for its own reason
        raw.send_frame(b'{"type": "ping", "n": 31}')

        assert b'{"type":"pong","n":31,"step":5}' in raw.read_frames(4)


@pytest.mark.fault("a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage")
async def test_invalid_utf8_closes_that_socket_alone(daphne: Daphne, bystander: Client) -> None:
    with RawSocket(daphne, "still") as raw:
        raw.send_frame(b'{"type": "\xff\xfe"}')

        assert raw.closed_with() in {0, 1007}


@pytest.mark.fault("a binary frame, invalid UTF-8, an unmasked frame, 2 MB, garbage")
async def test_unmasked_frame_closes_that_socket_alone(daphne: Daphne, bystander: Client) -> None:
    with RawSocket(daphne, "still") as raw:
        raw.send_frame(b'{"type": "ping", "n": 1}', masked=False)

        assert raw.closed_with() in {0, 1002}


# --- addresses and origins -----------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/ws/motions/nothing-there/",
        "/ws/motions/still/more/",
        "/ws/motions/still",
        "/ws/motions//",
        "/ws/motions/%00/",
        "/ws/motions/..%2f..%2fadmin/",
        "/ws/",
        "/",
        "/admin/",
    ],
)
async def test_any_other_address_closes_with_4404(daphne: Daphne, path: str) -> None:
    async with watching(daphne, url=f"ws://127.0.0.1:{daphne.port}{path}") as client:
        assert await client.closed() == 4404


@pytest.mark.fault("no Origin, null, another site's, another port's")
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:{other_port}",
        "http://127.0.0.1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1.evil.example:{port}",
        "http://evil.example/http://127.0.0.1:{port}",
        "null",
        None,
    ],
)
async def test_foreign_origin_is_refused_at_the_handshake(
    daphne: Daphne, origin: str | None
) -> None:
    if origin:
        origin = origin.format(port=daphne.port, other_port=daphne.port + 1)

    with pytest.raises(InvalidStatus) as refused:
        async with watching(daphne, "still", origin=origin):
            pass

    assert refused.value.response.status_code == 403


# --- behind the program's back -------------------------------------------------------------


@pytest.mark.fault("a row changed by SQL")
async def test_edit_by_sql_reaches_clients_with_the_next_tick(site: Site, daphne: Daphne) -> None:
    async with watching(daphne, "edited") as client:
        await client.receive("history")
        await client.reach(client.path.step + 3)
        site.execute("UPDATE motion_motion SET variance = 9, drift = 1 WHERE slug = 'edited'")
        edited_at = site.frontier("edited")[1]

        state = await client.receive("state")
        await client.reach(state["step"] + 5)

    assert (state["variance"], state["drift"], state["revision"]) == (9.0, 1.0, 2)
    assert state["step"] <= edited_at + 1
    client.path.assert_whole()
    client.path.assert_agrees(site.timeline("edited"))


@pytest.mark.fault("a row changed by SQL")
async def test_paused_row_edited_by_sql_reaches_clients_within_the_sweep(
    site: Site, daphne: Daphne
) -> None:
    async with watching(daphne, "edited-still") as client:
        await client.pong()
        site.execute("UPDATE motion_motion SET variance = 9 WHERE slug = 'edited-still'")
        state = await client.receive("state")
        assert (state["variance"], state["revision"], state["step"]) == (9.0, 2, 30)

        site.execute("UPDATE motion_motion SET paused = FALSE WHERE slug = 'edited-still'")
        state = await client.receive("state")
        assert (state["paused"], state["step"]) == (False, 30)
        await client.reach(31)

    client.path.assert_agrees(site.timeline("edited-still"))
    assert len(stored_changes(site, "edited-still")) == 3


# --- after all that ------------------------------------------------------------------------


async def test_server_wrote_no_traceback(site: Site, daphne: Daphne, client: Client) -> None:
    await client.pong()  # all that came before has been handled

    assert "Traceback" not in daphne.process.output()
