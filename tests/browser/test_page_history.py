"""The whole path on the real page: zoom, both pauses, axes, marks, export, links, replay."""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.motion_page import Path as Points
from tests.browser.motion_page import (
    assert_true_points,
    drawn,
    expect_live,
    let_page_draw,
    let_steps_pass,
    ranges,
    status,
    step_shown,
    titles,
    trace,
    until,
    wait_drawn,
)
from tests.browser.visitors import Visitors
from tests.support.servers import Daphne, Site
from tests.support.stage import shell

pytestmark = pytest.mark.browser

ALL_POINTS = """() => {
  const { x, markers, band } = document.getElementById("chart").picture;
  return x.length + markers.length + 3 * (band?.x.length ?? 0);
}"""
CHATHAM = "Pacific/Chatham"  # 13:45 ahead of UTC in summer
HOVER = "#chart .hoverlayer .hovertext"


@pytest.fixture(scope="module")
def storied(site: Site, daphne: Daphne) -> str:
    """A motion at rest: an earlier path of 250 steps; 900 steps, changed at 300 and 600."""
    shell(
        site,
        "m = make_motion(slug='storied', title='A story', step=250, paused=True)",
        "go = lambda step: Motion.objects.filter(pk=m.pk).update(step=step)",
        "motions.restart_motion(m.pk)",
        "go(300); motions.change_motion(m.pk, values={'variance': 4})",
        "go(600); motions.change_motion(m.pk, by=make_user('jm'), values={'drift': 0.5})",
        "go(900)",
    )
    return f"{daphne.url}/motions/storied/"


def in_view(page: Page) -> Points:
    left, right = ranges(page)[0]
    return {step: y for step, y in drawn(page).items() if left <= step <= right}


def is_fine(points: Points) -> bool:
    """Whether no step is missing between the first and the last."""
    return len(points) > 2 and max(points) - min(points) == len(points) - 1


def test_zoom_reaches_single_steps_and_the_whole_path(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    page = visitors.open(f"{daphne.url}/motions/long/")
    wait_drawn(page, 1_500_000)
    page.locator("#all").click()
    until(page, lambda: min(drawn(page)) == 0, "the whole life")
    box = page.locator("#overview .strip").bounding_box()
    assert box

    for _ in range(20):
        page.locator("#chart").press("+")
        left, right = ranges(page)[0]
        points = drawn(page)  # coarse, never blank
        assert min(points) <= left
        assert min(right, 1_500_000) <= max(points)
    until(page, lambda: is_fine(in_view(page)), "every step in view")
    near = in_view(page)
    page.mouse.click(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    until(page, lambda: ranges(page)[0][1] < 500_000, "other steps")
    until(page, lambda: is_fine(in_view(page)), "every step of it")

    assert_true_points(site, "long", near)
    assert_true_points(site, "long", drawn(page))
    assert page.evaluate(ALL_POINTS) <= 5_000
    page.locator("#all").click()
    until(page, lambda: min(drawn(page)) == 0, "the whole life again")
    assert_true_points(site, "long", drawn(page))


def test_frozen_view_stays_and_counts_missed_steps(visitors: Visitors, daphne: Daphne) -> None:
    page, other = (visitors.open(f"{daphne.url}/motions/running/") for _ in range(2))
    wait_drawn(page, 5)
    page.locator("#freeze").click()
    until(page, lambda: status(page).inner_text().startswith("View frozen"), "a frozen view")
    let_page_draw(page)
    before, seen = drawn(page), max(wait_drawn(other))

    expect(status(page)).to_have_text(re.compile(r"^View frozen, \d{2,} steps behind$"))

    assert drawn(page) == before
    assert max(let_steps_pass(other)) > seen
    expect(status(other)).to_have_text("Live")
    expect(page.locator("#pause")).to_have_text("Pause for everyone")
    page.locator("#freeze").click()
    expect_live(page)
    assert max(wait_drawn(page, max(before) + 10)) > max(before)


def test_choice_of_axes_changes_one_view_only(visitors: Visitors, storied: str, site: Site) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)

    page.locator("#up").select_option("increments")
    until(page, lambda: titles(page)[1] == "increment", "them")
    increments = drawn(page)
    page.locator("#across").select_option("elapsed")
    until(page, lambda: max(drawn(page)) < 900, "minutes")

    expected = site.timeline("storied").increments(301, 900)
    assert [increments[k] for k in range(301, 901)] == pytest.approx(list(expected), abs=1e-9)
    assert "since the start" in titles(page)[0]
    page.locator("#across").select_option("clock")
    until(page, lambda: page.evaluate("chart.picture.axis.type") == "date", "the clock")
    page.reload(wait_until="commit")
    wait_drawn(page)
    assert page.locator("#across").input_value() == "clock"


def test_clock_stays_on_the_axis_while_steps_come(visitors: Visitors, daphne: Daphne) -> None:
    page = visitors.open(f"{daphne.url}/motions/long/", timezone_id=CHATHAM)
    wait_drawn(page, 1_500_000)
    page.locator("#across").select_option("clock")
    for _ in range(8):
        page.locator("#chart").press("ArrowLeft")
    until(page, lambda: page.evaluate("chart.picture.axis.type") == "date", "the clock")
    begun, seen = step_shown(page), ranges(page)[0]

    until(page, lambda: step_shown(page) > begun + 5, "steps")

    labels = page.locator("#chart .xtick text").all_text_contents()
    assert labels
    assert all(":" in label for label in labels), labels
    # It was given its steps at once: for the page they took as long as their interval says.
    newest = datetime.now(ZoneInfo(CHATHAM)) + timedelta(seconds=1_500_000 * 0.1)
    around = [newest + timedelta(hours=hours) for hours in (-1, 0, 1)]
    assert {label[:3] for label in labels} <= {f"{at:%H:}" for at in around}
    days = {f"{at.day} {at:%b %Y}" for at in around}
    assert any(label.endswith(tuple(days)) for label in labels), labels
    assert page.evaluate("chart._fullLayout.xaxis.autorange") is False
    assert ranges(page)[0] == pytest.approx(seen, abs=5_000)  # ms: the times are estimates


def test_changes_are_reached_by_keyboard_and_from_the_list(
    visitors: Visitors, storied: str
) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    chart = page.locator("#chart")

    chart.press(".")
    expect(page.locator("#change-announcement")).to_contain_text("variance 1 → 4 at step 300")
    expect(page.locator(HOVER).first).to_contain_text("variance 1")
    chart.press(".")

    expect(page.locator("#change-announcement")).to_contain_text("jm changed the drift 0 → 0.5")
    page.get_by_role("button", name="variance 1 → 4").click()
    until(page, lambda: sum(ranges(page)[0]) / 2 == pytest.approx(300), "the change amid the view")
    page.locator("#follow").click()
    page.locator("#chart").press("+")
    page.locator("#chart").press("+")
    until(page, lambda: ranges(page)[0][0] > 450, "a view without the first")
    chart.press(",")
    until(page, lambda: ranges(page)[0][0] < 450, "the change before it, brought into sight")
    expect(page.locator(HOVER).first).to_contain_text("variance 1")
    page.locator("#show-changes").click()
    until(page, lambda: not trace(page, "markers")[0], "no marks")


# How far the label of a change stands from a step's place, in pixels; null without a label.
LABEL_FROM = """(step) => {
  const chart = document.getElementById("chart");
  const label = chart.querySelector(".hoverlayer .hovertext");
  if (!label) return null;
  const [, x] = label.getAttribute("transform").match(/translate[(]([-.0-9]+)/);
  const { xaxis } = chart._fullLayout;
  return Math.abs(x - xaxis._offset - xaxis.d2p(step));
}"""


def test_label_of_a_change_moves_with_its_marker_or_disappears(
    visitors: Visitors, storied: str
) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    chart = page.locator("#chart")
    chart.press(".")
    expect(page.locator(HOVER)).to_have_count(1)
    whole = ranges(page)[0]

    def is_label_at_its_mark() -> bool:
        distance = page.evaluate(LABEL_FROM, 300)
        return ranges(page)[0] != whole and distance is not None and distance < 6

    for key in ("ArrowLeft", "a", "+"):
        chart.press(key)
        until(page, is_label_at_its_mark, f"the label at its mark after {key}")
        whole = ranges(page)[0]
    for _ in range(4):
        chart.press("ArrowRight")

    until(page, lambda: ranges(page)[0][0] > 300, "a view without the mark")
    expect(page.locator(HOVER)).to_have_count(0)


def test_band_follows_the_changes(visitors: Visitors, storied: str) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    page.locator("#all").click()
    page.locator("#band").click()
    until(page, lambda: trace(page, "mean")[0], "the band")

    x, mean = trace(page, "mean")
    outline = trace(page, "band")

    assert np.interp([300, 600, 900], x, mean) == pytest.approx([0, 0, 150])
    upper = len(x)
    deviation = np.sqrt(300 + 300 * 4 + 300 * 4)
    high = np.interp(900, outline[0][:upper], outline[1][:upper])
    assert high == pytest.approx(150 + 1.96 * deviation, rel=1e-4)
    page.locator("#band-from").fill("0,5")
    page.locator("#band-from").press("Enter")
    expect(page.locator("#band-error")).to_have_text("Enter a whole number, 0 or more.")
    page.locator("#band-from").fill("600")
    page.locator("#band-from").press("Enter")
    expect(page.locator("#band-error")).to_be_hidden()
    until(page, lambda: trace(page, "mean")[0][0] == 600, "a band from step 600")


# The colour at the corner of a picture, and its width.
CORNER = """async (address) => {
  const image = await createImageBitmap(await (await fetch(address)).blob());
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(2, 2, 1, 1).data, image.width];
}"""


def test_export_holds_the_path(
    visitors: Visitors, storied: str, site: Site, tmp_path: Path
) -> None:
    page = visitors.open(storied, color_scheme="dark")
    wait_drawn(page, 900)
    page.locator("#band").click()
    page.locator("#open-export").click()
    page.get_by_role("dialog").get_by_text("The whole path").click()
    stem = f"storied-path-2-steps-0-900-{datetime.now(UTC):%Y-%m-%d}"

    for kind in ("csv", "npz", "png", "svg"):
        with page.expect_download() as download:
            page.locator(f"#export-{kind}").click()
        assert download.value.suggested_filename == f"{stem}.{kind}"
        download.value.save_as(tmp_path / f"path.{kind}")

    lines = (tmp_path / "path.csv").read_text().splitlines()
    assert lines[0] == "# title: A story"
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [int(row["step"]) for row in rows] == list(range(901))
    expected = site.timeline("storied").positions(0, 900)
    assert [float(row["position"]) for row in rows] == expected.tolist()
    assert {row["variance"] for row in rows[301:]} == {"4.0"}
    assert np.load(tmp_path / "path.npz")["position"].tolist() == expected.tolist()
    page.route("**/path.png", lambda route: route.fulfill(path=tmp_path / "path.png"))
    assert page.evaluate(CORNER, "/path.png") == [255, 255, 255, 255, 3_200]
    svg = (tmp_path / "path.svg").read_text()
    texts = re.findall(r"<(?:text|tspan)[^>]*>([^<]+)<", svg)
    for text in (
        *("A story", "step", "position", "95 % band"),
        "Steps 0 to 900 of the 2nd path, of which one in 2 is drawn",
        f"{storied} · ",
    ):
        assert any(found.startswith(text) for found in texts), text
    assert "variance 4 from step 300 on; drift 0.5 from step 600 on" in " ".join(texts)
    assert "fill: rgb(255, 255, 255)" in svg


def test_picture_of_a_motion_that_is_unlisted_now_has_no_address(
    visitors: Visitors, daphne: Daphne, site: Site
) -> None:
    shell(site, "make_motion(slug='hidden-link', step=40, paused=True)")
    page = visitors.open(f"{daphne.url}/motions/hidden-link/")
    wait_drawn(page, 40)
    shell(
        site,
        "motion = Motion.objects.get(slug='hidden-link')",
        "motions.update_description(motion.pk, visibility='unlisted', title='Unlisted')",
    )
    expect(page.locator("#title")).to_have_text("Unlisted")
    page.locator("#open-export").click()

    with page.expect_download() as download:
        page.locator("#export-svg").click()

    assert download.value.suggested_filename.startswith("motion-path-1-steps-0-40")
    svg = download.value.path().read_text()
    assert "Steps 0 to 40" in svg
    assert "hidden-link" not in svg


def test_link_opens_exactly_this_view(visitors: Visitors, storied: str) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    page.locator("#chart").press("ArrowLeft")
    page.locator("#chart").press("+")
    page.locator("#band").click()
    page.locator("#band-from").fill("500")
    page.locator("#band-from").press("Enter")
    page.locator("#up").select_option("increments")
    page.locator("#open-export").click()
    link = page.locator("#export-link").input_value()

    other = visitors.open(link)
    wait_drawn(other)

    until(other, lambda: trace(other, "mean")[0], "the band")
    wanted = [pytest.approx(end, abs=1) for end in ranges(page)[0]]
    until(other, lambda: ranges(other)[0] == wanted, "the same steps")
    assert other.locator("#up").input_value() == "increments"
    assert other.locator("#band").get_attribute("aria-pressed") == "true"
    assert other.locator("#band-from").input_value() == "500"


def test_earlier_path_is_reached_and_played_again(
    visitors: Visitors, storied: str, site: Site
) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    paths = page.locator("#paths")
    paths.focus()
    number = paths.locator("option", has_text="1st path").get_attribute("value")
    assert number

    paths.select_option(number)
    until(page, lambda: max(drawn(page)) == 250, "the 1st path")

    path, timeline = drawn(page), site.timeline("storied", int(number))
    assert list(path) == list(range(251))
    assert list(path.values()) == pytest.approx(timeline.positions(0, 250).tolist())
    expect(status(page)).to_have_text("Earlier path (1st). The live motion continues.")
    page.locator("#replay").click()
    until(page, lambda: 0 < max(drawn(page)) < 200, "a path that grows")
    for name in ("Pause replay", "Resume for everyone"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(1)
    page.locator("#player-head").fill("250")
    until(page, lambda: max(drawn(page)) == 250, "its end")
    page.locator("#player-close").click()
    until(page, lambda: max(drawn(page)) == 900, "the live path")


def test_theory_agrees_beside_the_path(visitors: Visitors, storied: str) -> None:
    page = visitors.open(storied)
    wait_drawn(page, 900)
    page.locator("#all").click()
    for name in ("Quadratic variation", "Displacement"):
        page.get_by_role("button", name=name).click()
    page.locator("#theory").scroll_into_view_if_needed()

    expect(page.locator("#theory-window")).to_have_text("Computed from steps 1–900")
    for name in ("histogram", "moments", "quadratic", "displacement"):
        expect(page.locator(f"#theory-{name}-fit")).not_to_be_empty()
