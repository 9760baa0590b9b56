"""The page's pure modules, each by itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Error, Page

from motion.core.errors import CloseCode, ErrorCode
from tests.core.test_format import NUMBERS
from tests.typed_numbers import AMBIGUOUS, MEANT, NO_NUMBERS, NOT_WHOLE, WHOLE

pytestmark = pytest.mark.browser


def evaluate(modules: Page, module: str, body: str, argument: Any = None) -> Any:
    """What `body` returns, with the module's exports in `m` and the argument in `a`."""
    script = f'async (a) => {{ const m = await import("/{module}.js"); {body} }}'
    return modules.evaluate(script, argument)


# --- protocol.js ---------------------------------------------------------------------------


def test_close_codes_are_those_of_the_server(modules: Page) -> None:
    table = evaluate(modules, "protocol", "return m.CLOSE")

    assert {int(code): entry["comesBack"] for code, entry in table.items()} == {
        code.value: code.comes_back for code in CloseCode
    }
    assert all(entry["text"].endswith(".") for entry in table.values())


def test_error_codes_are_those_of_the_server(modules: Page) -> None:
    assert evaluate(modules, "protocol", "return m.ERROR_CODES") == [
        code.value for code in ErrorCode
    ]


PONG = '{"type":"pong","n":1,"step":2}'


def test_parse_gives_the_frame(modules: Page) -> None:
    frame = evaluate(modules, "protocol", "return m.parse(a)", PONG)

    assert frame == {"type": "pong", "n": 1, "step": 2}


@pytest.mark.parametrize(
    "data",
    [
        "",
        "null",
        "[]",
        '{"type":"surprise"}',
        '{"type":"toString"}',
        '{"type":"pong","n":1}',
        '{"type":"pong","n":1.5,"step":2}',
        '{"type":"pong","n":1e300,"step":2}',
        '{"type":"increments","epoch":1,"revision":1,"first_step":1,"increments":["1"],"position":1}',
        '{"type":"increments","epoch":1,"revision":1,"first_step":1,"increments":[1e999],"position":1}',
    ],
)
def test_parse_throws_on_what_it_does_not_know(modules: Page, data: str) -> None:
    with pytest.raises(Error, match=r"SyntaxError|TypeError"):
        evaluate(modules, "protocol", "return m.parse(a)", data)


# --- backoff.js, throttle.js, rate.js ------------------------------------------------------


def test_delays_double_up_to_a_ceiling(modules: Page) -> None:
    body = "return [0, 1, 2, 3, 50, 5000].map((attempt) => m.delayBefore(attempt, 0.999))"

    delays = evaluate(modules, "backoff", body)

    assert delays[:4] == [500, 999, 1998, 3996]
    assert delays[4] == delays[5] <= 15_000


def test_delays_have_full_jitter(modules: Page) -> None:
    body = "return [0, 0.25, 0.5].map((random) => m.delayBefore(3, random))"

    assert evaluate(modules, "backoff", body) == [0, 1000, 2000]


# A clock of its own: time passes only when the test says so.
THROTTLE = """
  let now = 0;
  const due = [];
  const sent = [];
  const call = m.throttle((x) => sent.push([now, x]), 200, () => now,
    (run, wait) => due.push({ run, at: now + wait }));
  for (let at = 0; at <= 2000; at += 10) {
    now = at;
    while (due[0]?.at <= now) due.shift().run();
    if (at % a.every === 0 && at <= a.until) call(at);
  }
  return sent;
"""


def test_a_drag_sends_five_times_a_second_and_its_end(modules: Page) -> None:
    sent = evaluate(modules, "throttle", THROTTLE, {"every": 10, "until": 990})

    times = [time for time, _ in sent]
    assert len([time for time in times if time < 1_000]) == 5
    assert all(later - sooner >= 200 for sooner, later in pairwise(times))
    assert sent[-1][1] == 990


def test_a_single_call_goes_at_once_and_once(modules: Page) -> None:
    assert evaluate(modules, "throttle", THROTTLE, {"every": 5_000, "until": 0}) == [[0, 0]]


RATE = """
  const rate = new m.Rate();
  for (const [step, now] of a.marks) rate.mark(step, now);
  return rate.perSecond(a.now);
"""


@pytest.mark.parametrize(
    ("marks", "now", "expected"),
    [
        ([[step, 500 * step] for step in range(60)], 29_500, 2.0),
        ([[25 * step, 50 * step] for step in range(100)], 4_950, 500.0),
        ([[1, 0], [2, 500]], 500, None),
        ([], 500, None),
        ([[7, 0], [8, 500], *([k, 500 * k + 500] for k in range(1, 10))], 5_000, 2.0),
    ],
    ids=["steady", "batches", "too-soon", "nothing", "after-a-restart"],
)
def test_rate_is_measured(
    modules: Page, marks: list[list[int]], now: int, expected: float | None
) -> None:
    assert evaluate(modules, "rate", RATE, {"marks": marks, "now": now}) == expected


# --- format.js, status.js ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("m.count(14402)", "14,402"),
        ("m.count(-3)", "−3"),
        ("m.decimal(-0.1126)", "−0.113"),
        ("m.decimal(0.775, 3, true)", "+0.775"),
        ("m.decimal(-0.0001, 3, true)", "0.000"),
        ("m.decimal(0, 3, true)", "0.000"),
        ("m.decimal(12345.678)", "12,345.678"),
        ("m.counted(1, 'step')", "1 step"),
        ("m.plain(0.1 + 0.2)", "0.3"),
        ("m.pace(19.98)", "20.0"),
        ("m.pace(1 / 3600)", "0.00028"),
        ("m.pace(0)", "0.0"),
        ("m.plain(-0.5)", "−0.5"),
    ],
)
def test_numbers_are_written_for_people(modules: Page, call: str, expected: str) -> None:
    assert evaluate(modules, "format", f"return {call}") == expected


SAME = {"write_number": "plain", "write_decimal": "decimal", "write_ordinal": "ordinal"}


def test_numbers_are_written_as_the_server_does(modules: Page) -> None:
    calls = [[SAME[name], arguments] for name, arguments, _ in NUMBERS]

    written = modules.evaluate(
        """async (calls) => {
          const m = { ...(await import("/format.js")), ...(await import("/ordinal.js")) };
          return calls.map(([name, given]) => m[name](...given));
        }""",
        calls,
    )

    assert written == [text for *_, text in NUMBERS]


STATE = {"paused": False, "interval": 0.5}
LIVE = {"phase": "live", "now": 0, "state": STATE, "standstillMs": 0}
SILENT = {"phase": "waiting", "now": 0, "retryAt": 900, "code": 1006, "silentMs": 10_001}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"phase": "connecting", "now": 0}, "Connecting…"),
        ({"phase": "waiting", "now": 1_000, "retryAt": 3_500}, "Reconnecting in 3 s"),
        ({"phase": "waiting", "now": 4_000, "retryAt": 3_500}, "Reconnecting…"),
        (
            {"phase": "waiting", "now": 0, "retryAt": 900, "code": 4412},
            "The server is not available. Reconnecting in 1 s",
        ),
        ({"phase": "waiting", "now": 0, "retryAt": 900, "code": 1006}, "Reconnecting in 1 s"),
        (
            {"phase": "connecting", "now": 0, "silentMs": 5_001},
            "The server is slow to answer. Please wait.",
        ),
        (SILENT, "The server is not answering. Reconnecting in 1 s; check your network."),
        (
            SILENT | {"retryAt": 0},
            "The server is not answering. Reconnecting; check your network.",
        ),
        (SILENT | {"code": 4412}, "The server is not available. Reconnecting in 1 s"),
        (LIVE, "Live"),
        (LIVE | {"standstillMs": 4_900}, "Live"),
        (LIVE | {"standstillMs": 7_000}, "No new steps for 7 s; the server is not answering"),
        (LIVE | {"standstillMs": 7_000, "state": STATE | {"interval": 2}}, "Live"),
        (LIVE | {"standstillMs": 7_000, "state": STATE | {"paused": True}}, "Paused, for everyone"),
        (LIVE | {"phase": "polling"}, "No live connection: updated every 2 s"),
        (
            LIVE | {"phase": "polling", "standstillMs": 7_000},
            "No new steps for 7 s; the server is not answering",
        ),
        (
            LIVE | {"phase": "polling", "state": STATE | {"paused": True}},
            "Paused, for everyone",
        ),
        (
            {"phase": "ended", "now": 0, "code": 4404},
            "This motion was deleted, or you may no longer watch it.",
        ),
    ],
)
def test_the_state_is_a_sentence(modules: Page, given: dict[str, Any], text: str) -> None:
    assert evaluate(modules, "status", "return m.sentence(a).text", given) == text


PAST = LIVE | {"past": {"first": 2_936, "last": 3_213}}


def test_view_of_earlier_steps_is_no_live_one(modules: Page) -> None:
    assert evaluate(modules, "status", "return m.sentence(a)", PAST) == {
        "text": "Viewing steps 2,936 to 3,213",
        "tone": "quiet",
        "said": "Viewing earlier steps",
    }


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"state": STATE | {"paused": True}}, "Paused, for everyone"),
        ({"standstillMs": 7_000}, "No new steps for 7 s; the server is not answering"),
        ({"phase": "polling"}, "No live connection: updated every 2 s"),
        ({"phase": "connecting"}, "Connecting…"),
        ({"past": None}, "Live"),
    ],
)
def test_view_of_earlier_steps_hides_no_trouble(
    modules: Page, given: dict[str, Any], text: str
) -> None:
    assert evaluate(modules, "status", "return m.sentence(a).text", PAST | given) == text


def test_clock_of_the_server_is_kept_until_it_says_another_time(modules: Page) -> None:
    body = """
      const behind = () => Math.round((m.serverNow() - Date.now()) / 1_000);
      const at = (seconds) => new Date(Date.now() + 1_000 * seconds).toISOString();
      const found = [behind()];
      const frames = [[at(-600), null], [undefined, null], ["soon", 2], [at(90), 8_000]];
      for (const [moment, roundTrip] of frames) {
        m.setServerClock(moment, roundTrip);
        found.push(behind());
      }
      m.setServerClock(at(0), null);
      return found;
    """

    assert evaluate(modules, "clock", body) == [0, -600, -600, -600, 94]


TRANSLATED = """
  const p = document.createElement("p");
  p.textContent = "Live";
  const writes = {
    text: () => m.writeText(p, "Live"),
    title: () => m.writeAttribute(p, "title", "of it"),
    each: () => m.writeEach(p, ["a", "b"], (text) => new Text(text)),
  };
  const found = [];
  for (const name of a) {
    writes[name]();
    p.innerHTML = "<font>In diretta</font>";
    p.title = "sua";
    writes[name]();
    found.push([p.textContent, p.title]);
  }
  m.writeText(p, "Paused");
  m.writeAttribute(p, "title", "other");
  return [...found, [p.textContent, p.title]];
"""


@pytest.mark.parametrize("name", ["text", "title", "each"])
def test_write_of_the_same_words_leaves_a_translation(modules: Page, name: str) -> None:
    translated, changed = evaluate(modules, "write", TRANSLATED, [name])

    assert translated == ["In diretta", "sua"]
    assert changed == ["Paused", "other"]


UPGRADE = """
  const kept = {};
  const store = a.store === null ? null : {
    getItem: (key) => kept[key] ?? null,
    setItem: (key, value) => { kept[key] = value; },
  };
  const upgrade = new m.Upgrade("1", store, 0);
  const minutes = (count) => count * 60_000;
"""


@pytest.mark.parametrize(
    ("history", "offers", "reloads"),
    [
        # (minute, version that a server says, or null for a touch); asked after ten minutes
        ([], False, False),
        ([[0, "1"]], False, False),
        ([[0, "2"]], True, True),
        ([[9.5, "2"]], True, False),  # not for a minute yet
        ([[0, "2"], [9.5, "3"]], True, False),
        ([[0, "2"], [9, "2"]], True, True),
        ([[0, "2"], [9, "1"], [9.5, "2"]], True, False),  # two servers, by turns
        ([[0, "2"], [9, "1"]], False, False),
        ([[0, "2"], [6, None]], True, False),  # it is used
        ([[0, "2"], [4, None]], True, True),
        ([[0, ""]], False, False),
    ],
)
def test_upgrade_is_offered_and_taken_when_nobody_uses_the_page(
    modules: Page, history: list[Any], offers: bool, reloads: bool
) -> None:
    body = (
        UPGRADE
        + """
      for (const [at, version] of a.history) {
        if (version === null) upgrade.touch(minutes(at));
        else upgrade.see(version, minutes(at));
      }
      return [upgrade.isOffered, upgrade.takeTurn(minutes(10), { isHidden: false })];
    """
    )
    assert evaluate(modules, "upgrade", body, {"history": history}) == [offers, reloads]


def test_upgrade_is_taken_once_for_each_version_and_sooner_when_hidden(modules: Page) -> None:
    body = (
        UPGRADE
        + """
      const turns = [];
      const asks = (version, at, isHidden = true) => {
        const page = new m.Upgrade("1", upgrade.store, 0);
        page.see(version, 0);
        page.touch(0);
        turns.push(page.takeTurn(minutes(at), { isHidden }));
      };
      asks("2", 2, false); // somebody has just touched it
      asks("2", 2);
      asks("2", 2); // after the reload: an old server sent the old page again
      asks("3", 2);
      asks("2", 99);
      return turns;
    """
    )
    assert evaluate(modules, "upgrade", body, {}) == [False, True, False, True, False]


def test_upgrade_is_only_offered_where_nothing_can_be_noted_and_until_declined(
    modules: Page,
) -> None:
    body = (
        UPGRADE
        + """
      upgrade.see("2", 0);
      const found = [upgrade.takeTurn(minutes(99), { isHidden: true }), upgrade.isOffered];
      upgrade.decline();
      found.push(upgrade.isOffered);
      upgrade.see("3", 0);
      return [...found, upgrade.isOffered];
    """
    )
    assert evaluate(modules, "upgrade", body, {"store": None}) == [False, True, False, True]


VIEW_OF = {"isLive": False, "isFrozen": False, "past": None, "replay": None, "behind": 1_204}


@pytest.mark.parametrize(
    ("scene", "said", "text"),
    [
        ({"isFrozen": True}, "View frozen", "View frozen, 1,204 steps behind"),
        ({"isFrozen": True, "behind": 1}, "View frozen", "View frozen, 1 step behind"),
        ({"past": 2}, *["Earlier path (2nd). The live motion continues."] * 2),
        ({"replay": {}}, *["Replay. The live motion continues."] * 2),
        ({"replay": {}, "past": 2}, *["Replay. The live motion continues."] * 2),
    ],
)
def test_another_view_than_the_moving_edge_is_told(
    modules: Page, scene: dict[str, Any], said: str, text: str
) -> None:
    words = evaluate(modules, "status", "return m.looking(a)", VIEW_OF | scene)

    assert words == {"text": text, "tone": "warn", "said": said}


def test_frozen_view_of_a_path_that_ended_says_so(modules: Page) -> None:
    frozen = VIEW_OF | {"isFrozen": True}
    body = "return m.looking({ ...a, behind: Infinity }).text"

    assert (
        evaluate(modules, "status", body, frozen) == "Frozen; the motion was restarted since then"
    )


def test_moving_edge_leaves_the_sentence_to_the_motion(modules: Page) -> None:
    assert evaluate(modules, "status", "return m.looking(a)", VIEW_OF | {"isLive": True}) is None


# --- view.js -------------------------------------------------------------------------------

VIEW = """
  const { Series } = await import("/series.js");
  const series = new Series();
  series.begin(7);
  const grow = (count) => series.append({
    first_step: series.last + 1,
    increments: Array(count).fill(0.5),
    position: series.position + count / 2,
  });
  const scene = new m.Scene(series, { items: [] });
  const { view } = scene;
  const draw = () => scene.picture(0, 1);
"""


def view(modules: Page, body: str) -> Any:
    return evaluate(modules, "scene", VIEW + body)


def test_follow_shows_the_newest_steps(modules: Page) -> None:
    [from_, to], newest = view(modules, "grow(2000); const p = draw(); return [p.range, p.newest]")

    assert from_ == 1_400
    assert 2_000 < to < 2_050
    assert newest == [2_000, 1_000]


def test_follow_moves_on_and_a_fixed_view_stays(modules: Page) -> None:
    before, after = view(
        modules,
        "grow(2000); draw(); view.zoom(0.5); const before = draw().range;"
        "grow(300); return [before, draw().range]",
    )

    assert before == after
    assert view(modules, "grow(900); draw(); grow(9); return draw().range[0]") == 309


def test_a_reset_counts_from_zero_until_show_all_or_a_restart(modules: Page) -> None:
    reset, everything, restarted = view(
        modules,
        "grow(1000); scene.reset(); grow(10); const shape = () => {"
        "  const p = draw(); return [p.x[0], p.y[0], ...p.newest, p.x.length] };"
        "const reset = shape(); view.all(); const all = shape();"
        "scene.reset(); series.begin(8); grow(5); return [reset, all, shape()]",
    )

    assert reset == [0, 0, 10, 5, 11]
    assert everything == [0, 0, 1_010, 505, 506]
    assert restarted == [0, 0, 5, 2.5, 6]


def test_few_points_are_drawn_of_a_long_path(modules: Page) -> None:
    count, last = view(
        modules,
        "for (let i = 0; i < 900; i += 1) grow(1000); view.all();"
        "const p = draw(); return [p.x.length, p.x.at(-1)]",
    )

    assert count <= 2_000
    assert last == 900_000


def test_the_y_range_does_not_tremble(modules: Page) -> None:
    first, same, other, flat = evaluate(
        modules,
        "view",
        "const first = m.steadyRange(null, [0, 10]);"
        "return [first, m.steadyRange(first, [-1, 11]), m.steadyRange(first, [0, 40]),"
        "  m.steadyRange(null, [3, 3])]",
    )

    assert first[0] < 0 < 10 < first[1]
    assert same == first
    assert other[1] > 40
    assert flat[0] < 3 < flat[1]


# --- touch.js ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fingers", "expected"),
    [
        ([{"x": 150, "step": 100}], [-200, 1_800]),  # 100 was at 50: moved by a tenth
        ([{"x": 0, "step": 400}, {"x": 500, "step": 600}], [400, 800]),
        ([{"x": 250, "step": 400}, {"x": 250, "step": 600}], [0, 2_000]),
        ([{"x": 300, "step": 400}, {"x": 200, "step": 600}], [0, 2_000]),
    ],
    ids=["one", "two", "on-one-spot", "crossed"],
)
def test_fingers_keep_the_steps_they_hold(
    modules: Page, fingers: list[dict[str, int]], expected: list[int]
) -> None:
    body = "return m.heldRange(a, 1000, [0, 2000])"

    assert evaluate(modules, "touch", body, fingers) == expected


# --- stay.js -------------------------------------------------------------------------------


def test_page_that_stays_open_asks_for_its_own_head(modules: Page) -> None:
    asked = modules.evaluate(
        """async () => {
          const asked = [];
          window.fetch = async (url, { method }) => {
            asked.push([url, method]);
            throw new Error();
          };
          (await import("/stay.js")).stayHere();
          return asked;
        }"""
    )

    assert asked == [[modules.evaluate("location.pathname"), "HEAD"]]


def test_typed_numbers_mean_what_they_mean_to_the_server(modules: Page) -> None:
    typed = [*MEANT, *AMBIGUOUS, *NO_NUMBERS, *WHOLE, *NOT_WHOLE]

    read, whole, explained = modules.evaluate(
        """async (typed) => {
          const { explainAmbiguity, readNumber, readWhole } = await import("/typed.js");
          const read = (reader) => typed.map((text) => {
            const value = reader(text);
            return Number.isNaN(value) ? null : value;
          });
          return [read(readNumber), read(readWhole), typed.map(explainAmbiguity)];
        }""",
        typed,
    )

    numbers = dict(zip(typed, read, strict=True))
    wholes = dict(zip(typed, whole, strict=True))
    assert {text: numbers[text] for text in MEANT} == MEANT
    assert {numbers[text] for text in (*AMBIGUOUS, *NO_NUMBERS)} == {None}
    assert {text: wholes[text] for text in WHOLE} == WHOLE
    assert {wholes[text] for text in NOT_WHOLE} == {None}
    said = {text: words for text, words in zip(typed, explained, strict=True) if words}
    assert {text: said[text] for text in AMBIGUOUS} == AMBIGUOUS
    assert set(said) - set(AMBIGUOUS) <= set(WHOLE)
