"""export-dialog.js: the dialog of the export."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

MOTION = ROOT / "templates" / "motion"
HTML = render_to_string("motion/export.html")
SENTENCE = "last step must be a step that has happened, at most 5."
SAVED_NOTHING = "Nothing was saved."
NEVER = "new Promise(() => {})"


def run(modules: Page, script: str, argument: Any = None) -> Any:
    head = """async (a) => {
      const { csv, show } = await import("/export_page.js");
      """
    return modules.evaluate(f"{head}{script}}}", argument)


def show(modules: Page, options: str = "{}") -> None:
    run(modules, f"globalThis.shown = show(a, {options});", HTML)
    modules.click("#open-export")


def list_saved(modules: Page) -> list[tuple[str, str]]:
    return [(name, text) for name, text in modules.evaluate("shown.read()")]


def build_file_name(first: int, last: int, suffix: str = "csv") -> str:
    return f"walk-path-2-steps-{first}-{last}-2026-11-26.{suffix}"


def write_csv(modules: Page, first: int, last: int) -> str:
    text: str = run(modules, "return csv(...a)", [first, last])
    return text


def find_focused(modules: Page) -> str:
    identity: str = modules.evaluate("document.activeElement.id")
    return identity


def test_file_name_has_title_path_steps_and_day(modules: Page) -> None:
    show(modules)
    expect(modules.locator("#export-view")).to_have_text("steps 200 to 800")
    expect(modules.locator("#export-whole")).to_have_text("steps 0 to 250,000")

    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_have_text(f"Saved as {build_file_name(200, 800)}.")
    assert list_saved(modules) == [(build_file_name(200, 800, "csv"), write_csv(modules, 200, 800))]
    assert modules.evaluate("shown.asked") == [
        "/motions/walk/path.csv?epoch=7&first=200&last=800&piece=1",
    ]
    expect(modules.locator("#export-work")).to_be_hidden()
    assert find_focused(modules) == "export-csv"


LATER = "Object.assign(shown.subject, { epoch: 8, view: [1, 2], whole: [0, 3] })"


def test_every_file_has_the_chosen_steps(modules: Page) -> None:
    show(modules)
    modules.evaluate(LATER)

    modules.check('[name="stretch"][value="whole"]')
    for kind in ("csv", "png", "svg"):
        modules.click(f"#export-{kind}")
        note = f"Saved as {build_file_name(0, 250_000, kind)}."
        expect(modules.locator("#export-note")).to_have_text(note)

    assert modules.evaluate("shown.asked.at(-1)").endswith("?epoch=7&first=0&last=250000&piece=3")
    assert modules.evaluate("shown.drawn") == [
        [kind, 7, [0, 250_000], True] for kind in ("png", "svg")
    ]
    assert modules.input_value("#export-link").endswith("?epoch=7&from=0&to=250000")


def test_update_offers_the_newest_steps(modules: Page) -> None:
    show(modules)
    expect(modules.locator("#export-opened")).to_contain_text("; the motion goes on.")
    modules.evaluate(LATER)

    modules.click("#export-update")
    expect(modules.locator("#export-note")).to_have_text("Updated: steps 1 to 2.")
    expect(modules.locator("#export-whole")).to_have_text("steps 0 to 3")
    modules.click("#export-svg")

    expect(modules.locator("#export-note")).to_have_text(
        f"Saved as {build_file_name(1, 2, 'svg')}."
    )
    assert modules.evaluate("shown.drawn") == [["svg", 8, [1, 2], True]]
    assert modules.input_value("#export-link").endswith("?epoch=8&from=1&to=2")


def test_update_is_hidden_when_the_view_is_frozen(modules: Page) -> None:
    show(modules, "{ isMoving: false }")

    expect(modules.locator("#export-update")).to_be_hidden()
    expect(modules.locator("#export-opened")).to_have_text(re.compile(r"^As of [^;]*\.$"))


def test_picture_has_the_chosen_colours(modules: Page) -> None:
    show(modules)

    modules.check('[name="colours"][value="screen"]')
    modules.click("#export-png")

    expect(modules.locator("#export-note")).to_contain_text("Saved as")
    assert modules.evaluate("shown.drawn") == [["png", 7, [200, 800], False]]


def test_escape_cancels_the_job_before_it_closes_the_dialog(modules: Page) -> None:
    show(modules, f"{{ fault: (number) => (number === 2 ? {NEVER} : null) }}")
    modules.check('[name="stretch"][value="whole"]')
    modules.click("#export-csv")

    expect(modules.locator("#export-text")).to_have_text("200,000 of 250,001 steps")
    expect(modules.locator("#export-announcement")).to_have_text("200,000 of 250,001 steps")
    assert modules.evaluate("document.querySelector('progress').position") == 200_000 / 250_001
    assert find_focused(modules) == "export-cancel"
    modules.keyboard.press("Escape")

    expect(modules.locator("#export-note")).to_have_text("Cancelled. Nothing was saved.")
    expect(modules.locator("#export")).to_be_visible()
    assert find_focused(modules) == "export-csv"
    modules.keyboard.press("Escape")
    expect(modules.locator("#export")).to_be_hidden()
    assert find_focused(modules) == "open-export"
    assert list_saved(modules) == []


@pytest.mark.parametrize("button", ["cancel", "close"])
def test_export_can_be_repeated_after_a_cancel(modules: Page, button: str) -> None:
    show(modules, f"{{ fault: (number) => (number === 0 ? {NEVER} : null) }}")
    modules.click("#export-csv")
    expect(modules.locator("#export-csv")).to_be_disabled()

    modules.click(f"#export-{button}")
    if button == "close":
        modules.click("#open-export")
    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_contain_text("Saved as")
    assert [name for name, _ in list_saved(modules)] == [build_file_name(200, 800, "csv")]


@pytest.mark.parametrize(
    ("fault", "note"),
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
def test_failure_is_explained(modules: Page, fault: str, note: str) -> None:
    show(modules, f"{{ fault: () => {fault} }}")

    modules.click("#export-csv")

    expect(modules.locator("#export-note")).to_have_text(note)
    assert list_saved(modules) == []


@pytest.mark.parametrize(
    ("last", "csv", "npz", "reason"),
    [
        (99_999, True, True, ""),
        (100_000, True, False, "A NumPy file holds at most 100,000 steps. Zoom in, or use CSV."),
        (19_999_999, True, False, "A NumPy file holds at most 100,000"),
        (20_000_000, False, False, "A page can save at most 20,000,000 steps."),
    ],
)
def test_files_are_disabled_when_the_stretch_is_too_long(
    modules: Page, last: int, csv: bool, npz: bool, reason: str
) -> None:
    show(modules, f"{{ whole: [0, {last}] }}")
    assert modules.is_enabled("#export-npz")

    modules.check('[name="stretch"][value="whole"]')

    assert modules.is_enabled("#export-csv") == csv
    assert modules.is_enabled("#export-npz") == npz
    assert modules.inner_text("#export-reason").startswith(reason)
    assert bool(modules.inner_text("#export-reason")) == bool(reason)


def test_numpy_file_is_one_request(modules: Page) -> None:
    show(modules)

    for format in ("npz", "png", "svg"):
        modules.click(f"#export-{format}")
        file = build_file_name(200, 800, format)
        expect(modules.locator("#export-note")).to_have_text(f"Saved as {file}.")

    assert modules.evaluate("shown.asked") == ["/motions/walk/path.npz?epoch=7&first=200&last=800"]
    files = list_saved(modules)
    assert [name.rsplit(".")[-1] for name, _ in files] == ["npz", "png", "svg"]
    assert [text for _, text in files[1:]] == ["a png", "a svg"]


def test_data_has_the_paths_of_the_class_when_chosen(modules: Page) -> None:
    show(modules, "{ paths: 40 }")
    expect(modules.locator("#export-paths")).to_have_text("All 40 paths of the class")

    modules.check('[name="table"][value="ensemble"]')
    for kind in ("csv", "npz", "svg"):
        modules.click(f"#export-{kind}")
        expect(modules.locator("#export-note")).to_contain_text(f".{kind}.")

    base = "/motions/walk/ensemble"
    assert modules.evaluate("shown.asked") == [
        f"{base}.csv?epoch=7&first=200&last=800&piece=1",
        f"{base}.npz?epoch=7&first=200&last=800",
    ]
    assert [name for name, _ in list_saved(modules)] == [
        "walk-path-2-ensemble-steps-200-800-2026-11-26.csv",
        "walk-path-2-ensemble-steps-200-800-2026-11-26.npz",
        build_file_name(200, 800, "svg"),
    ]


def test_choice_of_paths_is_hidden_without_a_class(modules: Page) -> None:
    show(modules)

    expect(modules.locator("#export-table")).to_be_hidden()


@pytest.mark.parametrize(
    ("last", "csv", "npz", "reason"),
    [
        (49_999, True, True, ""),
        (50_000, True, False, "A NumPy file holds at most 50,000 steps. Zoom in, or use CSV."),
        (
            500_000,
            False,
            False,
            "A page can save at most 500,000 steps. Zoom in, or fetch ensemble.csv",
        ),
    ],
)
def test_files_of_a_class_have_fewer_steps(
    modules: Page, last: int, csv: bool, npz: bool, reason: str
) -> None:
    show(modules, f"{{ paths: 40, view: [0, {last}] }}")

    modules.check('[name="table"][value="ensemble"]')

    assert modules.is_enabled("#export-csv") == csv
    assert modules.is_enabled("#export-npz") == npz
    assert modules.inner_text("#export-reason").startswith(reason)


def test_no_file_is_saved_when_drawing_fails(modules: Page) -> None:
    show(modules, '{ image: async () => { throw new Error("no canvas"); } }')

    modules.click("#export-png")

    note = "The picture could not be drawn, so nothing was saved. Reload the page and try again."
    expect(modules.locator("#export-note")).to_have_text(note)
    assert list_saved(modules) == []


def test_no_file_is_saved_when_a_picture_is_cancelled(modules: Page) -> None:
    show(modules, "{ image: () => new Promise((draw) => (globalThis.draw = draw)) }")

    modules.click("#export-svg")
    modules.click("#export-cancel")
    modules.evaluate('draw(new Blob(["late"]))')

    expect(modules.locator("#export-note")).to_have_text("Cancelled. Nothing was saved.")
    assert list_saved(modules) == []


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
    ("may_write", "note"),
    [(True, "Copied."), (False, "Your browser blocked copying. Select the text and copy it.")],
)
def test_copy_button_copies_the_link(modules: Page, may_write: bool, note: str) -> None:
    modules.evaluate(CLIPBOARD, may_write)
    show(modules)

    modules.click("#export-copy")

    expect(modules.locator("#export-note")).to_have_text(note)
    link = modules.input_value("#export-link")
    assert link == "https://example.org/motions/walk/?epoch=7&from=200&to=800"
    if may_write:
        assert modules.evaluate("copied") == link
    else:
        assert modules.evaluate("getSelection().toString()") == link


def test_link_can_be_selected_when_copying_is_blocked(modules: Page) -> None:
    modules.evaluate(CLIPBOARD, None)
    show(modules)

    expect(modules.locator("#export-copy")).to_be_hidden()
    modules.focus("#export-link")

    assert modules.evaluate("getSelection().toString()") == modules.input_value("#export-link")
