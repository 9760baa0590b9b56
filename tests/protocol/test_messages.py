"""Messages of clients: the server parses each one, or answers it with an error frame."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from motion.core.errors import MotionError, UnknownTypeError
from motion.protocol import messages
from motion.protocol.messages import (
    Change,
    Follow,
    Message,
    Ping,
    Present,
    Restart,
    Sync,
    find_type,
    parse_message,
)
from tests.core.presented_views import VIEW

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def encode(**fields):
    return json.dumps(fields)


def read_refusal(text):
    """The error frame that answers a refused message."""
    with pytest.raises(MotionError) as refused:
        parse_message(text)
    return json.loads(messages.encode_error(refused.value, re=find_type(text)))


# --- what a client may send -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "ping", "n": 7}', Ping(n=7)),
        ('{"type": "ping", "n": -1, "step": 0}', Ping(n=-1, step=0)),
        ('{"type": "ping", "n": 0, "step": null}', Ping(n=0)),
        ('{"type": "change", "variance": 2}', Change(values={"variance": 2.0})),
        (
            '{"type": "change", "drift": -0.5, "paused": true, "revision": 3}',
            Change(values={"drift": -0.5, "paused": True}, revision=3),
        ),
        ('{"type": "change", "interval": 0.02}', Change(values={"interval": 0.02})),
        (
            '{"type": "change", "variance": 2, "drag": 7}',
            Change(values={"variance": 2.0}, drag=7),
        ),
        ('{"type": "restart"}', Restart()),
        ('{"type": "restart", "revision": 0}', Restart(revision=0)),
        ('{"type": "restart", "paused": true}', Restart(paused=True)),
        ('{"type": "restart", "revision": 3, "paused": false}', Restart(revision=3, paused=False)),
        ('{"type": "sync", "epoch": 1800000000, "step": 41}', Sync(epoch=1800000000, step=41)),
        ('{"type": "present", "view": null}', Present(view=None)),
        (encode(type="present", view=VIEW), Present(view=VIEW)),
        ('{"type": "follow", "on": true}', Follow(on=True)),
        ('{"type": "follow", "on": false}', Follow(on=False)),
        (' {"step": 0, "epoch": 1, "type": "\\u0073ync"}\n', Sync(epoch=1, step=0)),
    ],
)
def test_parse_message_reads_each_type(text, message):
    assert parse_message(text) == message


@unhurried
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "variance": st.floats(0, 10_000),
            "drift": st.floats(-1_000, 1_000),
            "interval": st.floats(0.02, 3_600),
            "paused": st.booleans(),
        },
    ).filter(bool),
    st.none() | st.integers(0, 2**53),
)
def test_parse_message_keeps_every_digit_of_a_change(values, revision):
    parsed = parse_message(encode(type="change", revision=revision, **values))

    assert parsed == Change(values=values, revision=revision)


@pytest.mark.parametrize(
    "place",
    ["-1", "-1e30", "1e30", "3.0", "1e999", "-Infinity", "NaN", str(2**60), "1" + "0" * 400],
)
def test_parse_message_accepts_a_sync_with_an_impossible_cursor(place):
    assert parse_message(f'{{"type": "sync", "epoch": 5, "step": {place}}}') == Sync(
        epoch=5, step=None
    )
    assert parse_message(f'{{"type": "sync", "epoch": {place}, "step": 5}}') == Sync(
        epoch=None, step=5
    )


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "{", "}", "null", "true", "7", '"ping"', "[]", '[{"type": "ping", "n": 1}]'),
        *("{'type': 'ping'}", '{"type": "ping", "n": 1} {}', "\ufeff{}", "\x00", "\ud800", "NaN"),
        *("[" * 10_000, '{"a":' * 3_000, "[" * 8_000 + "]" * 8_000, "9" * 5_000),
        *("{}", '{"n": 1}', '{"type": null}', '{"type": 1}', '{"type": true}'),
        *('{"type": ["ping"]}', '{"type": {"ping": 1}}', '{"type": []}', '{"Type": "ping"}'),
    ],
    ids=lambda text: repr(text[:24]),
)
def test_text_is_malformed_when_it_is_no_message(text):
    frame = read_refusal(text)

    assert (frame["code"], frame["re"]) == ("malformed", None)


@pytest.mark.parametrize(
    "kind",
    [
        *("", "PING", "ping ", "pong", "state", "increments", "history", "error", "viewers"),
        *("__init__", "__class__", "connect", "receive", "websocket.disconnect", "place"),
        *("\ud800", "ping\x00", "x" * 16_000),
    ],
)
def test_type_is_unknown_when_no_client_may_send_it(kind):
    frame = read_refusal(encode(type=kind, n=1))

    assert (frame["code"], frame["re"]) == ("unknown_type", None)
    assert frame["message"] == str(UnknownTypeError())


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("ping", {}),
        ("ping", {"n": 1, "m": 2}),
        ("ping", {"n": 1, "__class__": 2}),
        ("change", {}),
        ("change", {"revision": 1}),
        ("change", {"variance": 1.0, "seed": 1}),
        ("change", {"variance": 1.0, "": 1}),
        ("restart", {"variance": 1.0}),
        ("sync", {}),
        ("sync", {"epoch": 1}),
        ("sync", {"step": 1}),
        ("sync", {"epoch": 1, "step": 1, "first": 1}),
        ("present", {}),
        ("present", {"view": None, "on": True}),
        ("present", {"view": []}),
        ("present", {"view": VIEW | {"title": "x"}}),
        ("follow", {}),
        ("follow", {"on": True, "view": None}),
    ],
)
def test_message_is_malformed_when_a_field_is_missing_or_unknown(kind, fields):
    frame = read_refusal(encode(type=kind, **fields))

    assert (frame["code"], frame["re"]) == ("malformed", kind)


BAD_NUMBERS = [
    *("null", "true", "false", '"1"', '""', "[]", "[1]", "{}"),
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e300", "-1e300"),
    *("1" + "0" * 400, "-1" + "0" * 400),
]


@pytest.mark.parametrize("name", ["variance", "drift", "interval"])
@pytest.mark.parametrize("value", [*BAD_NUMBERS, "10000.000000001", "-1000.000000001"])
def test_change_is_refused_when_its_number_is_bad(name, value):
    frame = read_refusal(f'{{"type": "change", "{name}": {value}}}')

    assert (frame["code"], frame["re"]) == ("invalid", "change")
    assert frame["message"].startswith(f"The {name} must be a number from ")


@pytest.mark.parametrize("kind", ["change", "restart"])
@pytest.mark.parametrize("value", ["null", "0", "1", '"true"', "[]", "NaN"])
def test_pause_is_refused_when_it_is_no_boolean(kind, value):
    if (kind, value) != ("restart", "null"):  # null keeps the pause as it is
        assert read_refusal(f'{{"type": "{kind}", "paused": {value}}}')["code"] == "invalid"


@pytest.mark.parametrize(
    ("kind", "name", "beyond", "needed"),
    [
        ("ping", "n", ["9007199254740993", "-9007199254740993", "null"], ""),
        ("ping", "step", ["-1", str(2**40)], '"n": 1, '),
        ("change", "revision", ["-1", "9007199254740993"], '"variance": 1, '),
        ("restart", "revision", ["-1", "9007199254740993"], ""),
    ],
)
def test_whole_number_is_refused_when_it_is_none(kind, name, beyond, needed):
    for value in [bad for bad in BAD_NUMBERS if bad != "null"] + ["1.0", "0.5", "1e2", *beyond]:
        frame = read_refusal(f'{{"type": "{kind}", {needed}"{name}": {value}}}')

        assert (frame["code"], frame["re"]) == ("invalid", kind), value
        assert f"The {name} must be a whole number" in frame["message"]


@pytest.mark.parametrize("name", ["epoch", "step"])
@pytest.mark.parametrize("value", ["null", "true", '"1"', "[]", "{}"])
def test_sync_is_refused_when_its_cursor_is_no_number(name, value):
    fields = {"epoch": "1", "step": "1"} | {name: value}

    frame = read_refusal(
        f'{{"type": "sync", "epoch": {fields["epoch"]}, "step": {fields["step"]}}}'
    )

    assert (frame["code"], frame["re"]) == ("invalid", "sync")


@pytest.mark.parametrize("value", ["null", "0", "1", '"true"', "[]", "NaN"])
def test_follow_is_refused_when_it_is_no_boolean(value):
    frame = read_refusal(f'{{"type": "follow", "on": {value}}}')

    assert (frame["code"], frame["re"]) == ("invalid", "follow")


def test_view_is_refused_when_one_of_its_values_is_bad():
    frame = read_refusal(encode(type="present", view=VIEW | {"band": -1}))

    assert (frame["code"], frame["re"]) == ("invalid", "present")
    assert frame["message"].startswith("The band of the view must be null, view or a step from 0")


def test_view_is_refused_when_its_message_has_more_than_4_kib():
    text = encode(type="present", view=VIEW)
    full = text + " " * (4 * 1024 - len(text))

    assert parse_message(full) == Present(view=VIEW)
    frame = read_refusal(full + " ")
    assert (frame["code"], frame["re"]) == ("malformed", "present")
    assert frame["message"] == "A view can have at most 4 KiB."


@pytest.mark.parametrize("character", ["x", "é", "−", "🎲"])
def test_message_is_refused_when_it_has_more_than_16_kib(character):
    size = len(character.encode())
    room = 16 * 1024 - len('{"type": ""}')
    full = '{"type": "' + "x" * (room % size) + character * (room // size) + '"}'

    assert len(full.encode()) == 16 * 1024
    assert read_refusal(full)["code"] == "unknown_type"
    assert read_refusal(full + " ") == {
        "type": "error",
        "code": "malformed",
        "message": "A message can have at most 16 KiB.",
        "re": None,
    }


# --- arbitrary text -----------------------------------------------------------------------------

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just(10**400)
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
KINDS = ["ping", "change", "restart", "sync", "present", "follow"]
kinds = st.sampled_from([*KINDS, "__init__"]) | anything
names = st.sampled_from(
    ["n", "step", "epoch", "revision", "variance", "drift", "paused", "view", "on"]
)
near_messages = st.builds(
    lambda fields, kind: fields | {"type": kind}, st.dictionaries(names, anything), kinds
)


@pytest.mark.fault("malformed or empty JSON, unknown types, dunder names")
@settings(unhurried, max_examples=250)
@given(
    st.text()
    | st.text(alphabet='{}[]":,0eE-.truefalsn \\')
    | (anything | near_messages).map(json.dumps)
)
def test_arbitrary_text_is_parsed_or_answered(text):
    try:
        message = parse_message(text)
    except MotionError as error:
        frame = json.loads(messages.encode_error(error, re=find_type(text)))
        assert frame["code"] in {"malformed", "unknown_type", "invalid"}
        assert frame["re"] in {None, *KINDS}
    else:
        assert isinstance(message, Message)


@pytest.mark.parametrize(
    ("epoch", "step", "cursor"),
    [
        ("1800000000", "41", (1800000000, 41)),
        ("0", "0", (0, 0)),
        (None, None, (None, None)),
        ("", "-1", (None, None)),
        ("1e30", "1.0", (None, None)),
        ("9" * 16, "9" * 5_000, (None, None)),
        ("²", "٣", (None, None)),
        (" 1", "1_0", (None, None)),
        ("NaN", "null", (None, None)),
    ],
)
def test_parse_cursor_reads_only_plain_digits(epoch, step, cursor):
    assert messages.parse_cursor(epoch, step) == Sync(epoch=cursor[0], step=cursor[1])
