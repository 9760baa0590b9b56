"""The export: pieces joined as one file, the dialog, and the link to a view."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.servers import ROOT

pytestmark = pytest.mark.browser

MOTION = ROOT / "templates" / "motion"
HTML = re.sub(r"{#.*?#}", "", (MOTION / "export.html").read_text())
SENTENCE = "last step must be a step that has happened, at most 5."
SAVED_NOTHING = "Nothing was saved."
NEVER = "new Promise(() => {})"


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { collect, csv, show } = await import("/export_page.js");
      const { toQuery, fromQuery, PANELS, AT_FIRST } = await import("/address.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


# --- pieces.js ---------------------------------------------------------------------------------


def test_pieces_are_joined_as_one_file(modules: Page) -> None:
    got = run(
        modules,
        """const { text, ...rest } = await collect({ first: 50, last: 250_049 });
        return { same: text === csv(50, 250_049), ...rest };""",
    )

    assert got == {
        "same": True,
        "type": "text/csv;charset=utf-8",
        "asked": [
            "/path.csv?first=50&last=250049&piece=1",
            "/path.csv?first=50&last=250049&piece=2",
            "/path.csv?first=50&last=250049&piece=3",
        ],
        "waited": [],
        "progress": [[100_000, 250_000], [200_000, 250_000], [250_000, 250_000]],
    }


def test_failed_piece_is_asked_for_again(modules: Page) -> None:
    same, asked, waited = run(
        modules,
        """const faults = [null, "gone", 503, "cut", "short", "headless"];
        const fault = (number) => faults[number];
        const { text, asked, waited } = await collect({ first: 0, last: 100_500, fault });
        return [text === csv(0, 100_500), asked, waited];""",
    )

    assert same
    assert asked[1:] == ["/path.csv?first=0&last=100500&piece=2"] * 6
    assert [0 <= pause <= 500 * 2**tries for tries, pause in enumerate(waited)] == [True] * 5


@pytest.mark.parametrize("fault", ["gone", 429, "short"])
def test_after_six_failures_nothing_more_is_asked(modules: Page, fault: str | int) -> None:
    got = run(modules, "return collect({ first: 0, last: 200_000, fault: () => a })", fault)

    assert len(got["asked"]) == 6
    assert len(got["waited"]) == 5
    assert got["progress"] == []
    assert re.match("(Type)?Error: |Busy: 429 ", got["error"])


@pytest.mark.parametrize("status", [400, 404])
def test_refusal_stops_with_the_sentence_of_the_server(modules: Page, status: int) -> None:
    got = run(
        modules,
        "return collect({ first: 0, last: 300_000, fault: (number) => number === 1 && a })",
        status,
    )

    assert got["error"] == f"Refusal: {SENTENCE}"
    assert len(got["asked"]) == 2
    assert got["waited"] == []


def test_cancelling_stops_in_the_middle_of_a_piece(modules: Page) -> None:
    got = run(
        modules,
        f"""const fault = (number) => (number === 1 ? {NEVER} : null);
        return collect({{ first: 0, last: 300_000, fault, abortAt: 1 }});""",
    )

    assert got["name"] == "AbortError"
    assert len(got["asked"]) == 2


def test_cancelling_waits_for_no_other_try(modules: Page) -> None:
    name, asked = run(
        modules,
        """const { take } = await import("/pieces.js");
        const job = new AbortController();
        const { random } = Math;
        Math.random = () => 1; // the longest pause
        let asked = 0;
        const fetch = async () => {
          asked += 1;
          setTimeout(() => job.abort());
          throw new TypeError("Failed to fetch");
        };
        const taken = take({ address: () => "/", signal: job.signal, fetch });
        const name = await taken.catch(({ name }) => name).finally(() => (Math.random = random));
        return [name, asked];""",
    )

    assert (name, asked) == ("AbortError", 1)


# --- export.js ---------------------------------------------------------------------------------


def show(modules: Page, options: str = "{}") -> None:
    run(modules, f"globalThis.shown = show(a, {options});", HTML)
    modules.click("#open-export")


def saved(modules: Page) -> list[tuple[str, str]]:
    return [(name, text) for name, text in modules.evaluate("shown.read()")]


def file_name(first: int, last: int, suffix: str = "csv") -> str:
    return f"walk-path-2-steps-{first}-{last}-2026-11-26.{suffix}"


def csv(modules: Page, first: int, last: int) -> str:
    text: str = run(modules, "return csv(...a)", [first, last])
    return text


def focused(modules: Page) -> str:
    identity: str = modules.evaluate("document.activeElement.id")
    return identity


def test_view_is_saved_under_the_name_of_what_it_is(modules: Page) -> None:
    show(modules)
    expect(modules.locator("#export-view")).to_have_text("steps 200 to 800")
    expect(modules.locator("#export-whole")).to_have_text("steps 0 to 250,000")

    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_have_text(f"Saved as {file_name(200, 800)}.")
    assert saved(modules) == [(file_name(200, 800, "csv"), csv(modules, 200, 800))]
    assert modules.evaluate("shown.asked") == [
        "/motions/walk/path.csv?epoch=7&first=200&last=800&piece=1",
    ]
    expect(modules.locator("#export-work")).to_be_hidden()
    assert focused(modules) == "export-csv"


LATER = "Object.assign(shown.subject, { epoch: 8, view: [1, 2], whole: [0, 3] })"


def test_every_file_is_of_the_stretch_that_the_dialog_names(modules: Page) -> None:
    show(modules)
    modules.evaluate(LATER)

    modules.check('[name="stretch"][value="whole"]')
    for kind in ("csv", "png", "svg"):
        modules.click(f"#export-{kind}")
        said = f"Saved as {file_name(0, 250_000, kind)}."
        expect(modules.locator("#export-note")).to_have_text(said)

    assert modules.evaluate("shown.asked.at(-1)").endswith("?epoch=7&first=0&last=250000&piece=3")
    assert modules.evaluate("shown.drawn") == [
        [kind, 7, [0, 250_000], True] for kind in ("png", "svg")
    ]
    assert modules.input_value("#export-link").endswith("?epoch=7&from=0&to=250000")


def test_update_takes_the_newest_steps(modules: Page) -> None:
    show(modules)
    expect(modules.locator("#export-opened")).to_contain_text("; the motion goes on.")
    modules.evaluate(LATER)

    modules.click("#export-update")
    expect(modules.locator("#export-note")).to_have_text("Updated: steps 1 to 2.")
    expect(modules.locator("#export-whole")).to_have_text("steps 0 to 3")
    modules.click("#export-svg")

    expect(modules.locator("#export-note")).to_have_text(f"Saved as {file_name(1, 2, 'svg')}.")
    assert modules.evaluate("shown.drawn") == [["svg", 8, [1, 2], True]]
    assert modules.input_value("#export-link").endswith("?epoch=8&from=1&to=2")


def test_view_that_is_held_still_has_nothing_to_update(modules: Page) -> None:
    show(modules, "{ isMoving: false }")

    expect(modules.locator("#export-update")).to_be_hidden()
    expect(modules.locator("#export-opened")).to_have_text(re.compile(r"^As of [^;]*\.$"))


def test_picture_has_the_colours_of_the_screen_if_they_are_chosen(modules: Page) -> None:
    show(modules)

    modules.check('[name="colours"][value="screen"]')
    modules.click("#export-png")

    expect(modules.locator("#export-note")).to_contain_text("Saved as")
    assert modules.evaluate("shown.drawn") == [["png", 7, [200, 800], False]]


def test_escape_ends_the_work_before_the_dialog(modules: Page) -> None:
    show(modules, f"{{ fault: (number) => (number === 2 ? {NEVER} : null) }}")
    modules.check('[name="stretch"][value="whole"]')
    modules.click("#export-csv")

    expect(modules.locator("#export-words")).to_have_text("200,000 of 250,001 steps")
    expect(modules.locator("#export-announcement")).to_have_text("200,000 of 250,001 steps")
    assert modules.evaluate("document.querySelector('progress').position") == 200_000 / 250_001
    assert focused(modules) == "export-cancel"
    modules.keyboard.press("Escape")

    expect(modules.locator("#export-note")).to_have_text("Cancelled. Nothing was saved.")
    expect(modules.locator("#export")).to_be_visible()
    assert focused(modules) == "export-csv"
    modules.keyboard.press("Escape")
    expect(modules.locator("#export")).to_be_hidden()
    assert focused(modules) == "open-export"
    assert saved(modules) == []


@pytest.mark.parametrize("button", ["cancel", "close"])
def test_cancelled_export_can_be_made_again(modules: Page, button: str) -> None:
    show(modules, f"{{ fault: (number) => (number === 0 ? {NEVER} : null) }}")
    modules.click("#export-csv")
    expect(modules.locator("#export-csv")).to_be_disabled()

    modules.click(f"#export-{button}")
    if button == "close":
        modules.click("#open-export")
    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_contain_text("Saved as")
    assert [name for name, _ in saved(modules)] == [file_name(200, 800, "csv")]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("400", SENTENCE),
        (
            '"gone"',
            f"The server cannot be reached. {SAVED_NOTHING} Check your connection and try again.",
        ),
        ("429", f"The server is too busy. {SAVED_NOTHING} Try again in a minute."),
        ("503", f"The server is too busy. {SAVED_NOTHING} Try again in a minute."),
    ],
)
def test_failure_is_told_in_a_sentence(modules: Page, fault: str, said: str) -> None:
    show(modules, f"{{ fault: () => {fault} }}")

    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_have_text(said)
    assert saved(modules) == []


@pytest.mark.parametrize(
    ("last", "csv", "npz", "reason"),
    [
        (99_999, True, True, ""),
        (100_000, True, False, "A NumPy file holds at most 100,000 steps. Zoom in, or use CSV."),
        (19_999_999, True, False, "A NumPy file holds at most 100,000"),
        (20_000_000, False, False, "A page can save at most 20,000,000 steps."),
    ],
)
def test_too_long_a_stretch_is_not_offered(
    modules: Page, last: int, csv: bool, npz: bool, reason: str
) -> None:
    show(modules, f"{{ whole: [0, {last}] }}")
    assert modules.is_enabled("#export-npz")

    modules.check('[name="stretch"][value="whole"]')

    assert modules.is_enabled("#export-csv") == csv
    assert modules.is_enabled("#export-npz") == npz
    assert modules.inner_text("#export-reason").startswith(reason)
    assert bool(modules.inner_text("#export-reason")) == bool(reason)


def test_other_files_are_one_download_each(modules: Page) -> None:
    show(modules)

    for format in ("npz", "png", "svg"):
        modules.click(f"#export-{format}")
        file = file_name(200, 800, format)
        expect(modules.locator("#export-note")).to_have_text(f"Saved as {file}.")

    assert modules.evaluate("shown.asked") == ["/motions/walk/path.npz?epoch=7&first=200&last=800"]
    files = saved(modules)
    assert [name.rsplit(".")[-1] for name, _ in files] == ["npz", "png", "svg"]
    assert [text for _, text in files[1:]] == ["a png", "a svg"]


def test_picture_that_cannot_be_drawn_is_no_file(modules: Page) -> None:
    show(modules, '{ image: async () => { throw new Error("no canvas"); } }')

    modules.click("#export-png")

    said = "The picture could not be drawn, so nothing was saved. Reload the page and try again."
    expect(modules.locator("#export-note")).to_have_text(said)
    assert saved(modules) == []


def test_cancelled_picture_is_no_file(modules: Page) -> None:
    show(modules, "{ image: () => new Promise((draw) => (globalThis.draw = draw)) }")

    modules.click("#export-svg")
    modules.click("#export-cancel")
    modules.evaluate('draw(new Blob(["late"]))')

    expect(modules.locator("#export-note")).to_have_text("Cancelled. Nothing was saved.")
    assert saved(modules) == []


CLIPBOARD = """(mayWrite) => Object.defineProperty(navigator, "clipboard", {
  configurable: true,
  value: mayWrite === null ? undefined : {
    writeText: async (text) => {
      if (!mayWrite) throw new Error("NotAllowed");
      globalThis.copied = text;
    },
  },
})"""


@pytest.mark.parametrize(
    ("may_write", "said"),
    [(True, "Copied."), (False, "Your browser blocked copying. Select the text and copy it.")],
)
def test_link_is_copied(modules: Page, may_write: bool, said: str) -> None:
    modules.evaluate(CLIPBOARD, may_write)
    show(modules)

    modules.click("#export-copy")

    expect(modules.locator("#export-note")).to_have_text(said)
    link = modules.input_value("#export-link")
    assert link == "https://example.org/motions/walk/?epoch=7&from=200&to=800"
    if may_write:
        assert modules.evaluate("copied") == link
    else:
        assert modules.evaluate("getSelection().toString()") == link


def test_where_nothing_can_be_copied_the_link_can_be_selected(modules: Page) -> None:
    modules.evaluate(CLIPBOARD, None)
    show(modules)

    expect(modules.locator("#export-copy")).to_be_hidden()
    modules.focus("#export-link")

    assert modules.evaluate("getSelection().toString()") == modules.input_value("#export-link")


# --- address.js --------------------------------------------------------------------------------

PANELS = ["histogram", "moments", "quadratic", "displacement"]
FIRST: dict[str, Any] = {
    "epoch": None,
    "mode": "follow",
    "range": None,
    "since": None,
    "x": "step",
    "y": "position",
    "band": None,
    "marks": True,
    "panels": PANELS[:2],
}


def some_view(chance: random.Random) -> dict[str, Any]:
    """Any view a page may have: a place in a path, only where the path is named."""
    epoch = chance.choice([None, 1, 1_763_812_345, 2**53 - 1])
    left = chance.randrange(-1_000, 2**40 - 1)
    is_fixed = epoch is not None and chance.random() < 0.5
    return FIRST | {
        "epoch": epoch,
        "mode": "fixed" if is_fixed else chance.choice(["follow", "all"]),
        "range": [left, chance.randrange(left + 1, 2**40)] if is_fixed else None,
        "x": chance.choice(["step", "elapsed", "clock"]),
        "y": chance.choice(["position", "increments"]),
        "band": chance.choice([None, "view", 0, 14_402, 2**40]),
        "marks": chance.random() < 0.5,
        "panels": [name for name in PANELS if chance.random() < 0.5],
        "since": None if epoch is None else chance.choice([None, 0, 14_402]),
    }


def test_link_opens_the_view_it_was_made_of(modules: Page) -> None:
    chance = random.Random(4)
    views = [FIRST, *(some_view(chance) for _ in range(500))]

    queries = run(modules, "return a.map(toQuery)", views)

    assert run(modules, "return a.map(fromQuery)", queries) == views
    assert queries[0] == "?view=follow"  # else the page would be as they left it who open the link
    assert max(map(len, queries)) < 200


@pytest.mark.parametrize(
    ("view", "query"),
    [
        ({"mode": "all"}, "?view=all"),
        ({"range": [3, 9]}, "?view=follow"),
        ({"mode": "fixed", "range": [3, 9]}, "?view=follow"),
        (
            {"epoch": 7, "mode": "fixed", "range": [199.6, 800.2]},
            "?epoch=7&from=200&to=800",
        ),
        (
            {"epoch": 7, "since": 500, "x": "clock", "y": "increments", "band": 0, "marks": False},
            "?epoch=7&since=500&x=clock&y=increments&band=0&marks=off",
        ),
        ({"since": 500, "band": "view"}, "?band=view"),
        ({"panels": []}, "?panels=none"),
        ({"panels": ["moments", "quadratic"]}, "?panels=moments,quadratic"),
    ],
)
def test_link_says_only_what_differs(modules: Page, view: dict[str, Any], query: str) -> None:
    assert run(modules, "return toQuery(a)", FIRST | view) == query


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", None),
        ("?glance&next=/", None),
        ("view=all", {"mode": "all"}),
        ("?view=all&from=3&to=9", {"mode": "all"}),
        ("?epoch=7&from=9&to=3", {"epoch": 7}),
        ("?epoch=7&from=3&to=9&to=10", {"epoch": 7}),
        ("?epoch=0&from=3&to=9&since=5", None),
        ("?epoch=9007199254740992", None),
        ("?epoch=1e3&x=feet&y=&band=-1&marks=constructor&panels=pie", None),
        ("?panels=moments,pie&marks=off", {"marks": False}),
        ("?panels=moments,histogram,moments&band=3", {"band": 3}),
        (f"?band={2**40 + 1}&view=fixed&x=clock", {"x": "clock"}),
        ("?epoch=７&since=５&view=all%00", None),
        ("?%&%ff=%ff&x=%E0%A4%A&y=increments", {"y": "increments"}),
    ],
)
def test_what_a_link_cannot_mean_is_passed_over(
    modules: Page, query: str, said: dict[str, Any] | None
) -> None:
    expected = None if said is None else FIRST | said

    assert run(modules, "return fromQuery(a)", query) == expected


def test_panels_of_links_are_those_of_the_page(modules: Page) -> None:
    chips = re.findall(r'data-panel="(\w+)"', (MOTION / "theory.html").read_text())
    theory = (ROOT / "static" / "motion" / "theory.js").read_text()
    at_first = re.findall(r'"(\w+)"', theory.split("const AT_FIRST = [")[1].split("]")[0])

    assert run(modules, "return [PANELS, AT_FIRST.panels]") == [chips, at_first]
