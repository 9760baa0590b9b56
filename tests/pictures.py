"""make pictures: the README's pictures, taken from the real page in a real browser."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser_binary import FLAGS, chromium
from tests.support.servers import ROOT, Daphne, Site
from tests.support.stage import shell, sign_in

FOLDER = ROOT / "docs" / "pictures"
SEED = 20_261_122
STEP = 14_394
GUESTS = ("Mia", "Jun", "Ana", "Leo", "Zoe")

LESSONS = {
    "1-square-root-law": ("wall", SEED + 1, 5, {3: 100, 5: 400}),
    "2-variance": ("wall", SEED + 1, 3, {1: 150, 3: 300}),
    "3-quadratic-variation": ("wall", SEED + 1, 7, {3: 400, 5: 400, 7: 500}),
    "4-arcsine-law": ("wall", SEED, 3, {3: 200}),
    "5-barrier-and-ruin": ("wall", SEED, 3, {3: 100}),
    "6-how-sure-are-you": ("wall", SEED + 1, 3, {1: 100, 3: 200}),
}
"""By ready lesson: what the picture shows, a seed, in which scene, and where scenes end.

The seeds are of classes that agree with theory, as most do.
"""

CHART_AND_PICTURES = """() => {
  scrollTo(0, 0);
  const { x, y, width } = document.getElementById("plot").getBoundingClientRect();
  const pictures = [...document.querySelectorAll("#theory .picture")];
  const ends = pictures.map((picture) => picture.getBoundingClientRect().bottom);
  return { x: x - 8, y: y - 8, width: width + 16, height: Math.max(...ends) - y + 16 };
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        site = Site(Path(folder)).setup()
        site.execute("UPDATE motion_epoch SET seed = ?", SEED)
        site.execute("UPDATE motion_motion SET step = ?, variance = 0.3", STEP)
        shell(
            site,
            "ada, *others = [make_user(name) for name in ('ada', 'jonas', 'mei')]",
            "motion = make_own_motion(ada, slug='lesson', title='Tuesday, third lesson',",
            "    step=5200, seed=2718281828, interval=0.2, variance=0.6, control='controllers',",
            "    visibility='unlisted')",
            "for user in others: members.set_role(motion.pk, user, 'viewer')",
            "invitations.create_invitation(motion.pk, by=ada)",
            "lesson = make_own_motion(ada, slug='class', title='Lesson 3: diffusion',",
            f"    ensemble=100, step=470, seed={SEED}, control='controllers',",
            "    visibility='unlisted')",
            "invitations.create_invitation(lesson.pk, by=ada)",
        )
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        try:
            take(browser, site.start_daphne(), site)
        finally:
            browser.close()
            site.stop()


def take(browser: Browser, server: Daphne, site: Site) -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, width, height, scheme in (
        ("wide-dark", 1440, 860, "dark"),
        ("wide-light", 1440, 860, "light"),
        ("phone-light", 360, 740, "light"),
    ):
        phone = width < 800
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,  # type: ignore[arg-type]
            is_mobile=phone,
            has_touch=phone,
        )
        shoot_motion(context.new_page(), server, FOLDER / f"{name}.png")
        context.close()
    shoot_class(browser, server, site)
    shoot_lesson(browser, server)
    for name in LESSONS:
        shoot_ready_lesson(browser, server, site, name)
    page = browser.new_page(viewport={"width": 1280, "height": 760})
    shoot_admin(page, server, site)


def shoot_class(browser: Browser, server: Daphne, site: Site) -> None:
    """A class of a hundred paths: the page on which one joins, a phone, and the wall."""
    ((token,),) = site.execute(
        "SELECT i.token FROM motion_invitation i JOIN motion_motion m ON m.id = i.motion_id"
        " WHERE m.slug = 'class'"
    )
    guests = [
        browser.new_context(
            viewport={"width": 360, "height": 640},
            color_scheme="light",
            is_mobile=True,
            has_touch=True,
        ).new_page()
        for _ in GUESTS
    ]
    for guest, name in zip(guests, GUESTS, strict=True):
        guest.goto(f"{server.url}/join/{token}/")
        guest.get_by_label("Your name").fill(name)
        if name == GUESTS[0]:
            guest.screenshot(path=FOLDER / "class-join.png")
        guest.get_by_role("button", name="Join").tap()
        expect(guest.locator("#mine-name")).to_have_text(name)
    wall = enter(browser, server, "ada", f"{server.url}/motions/class/?wall", 1500, 844)
    wall.wait_for_function("() => chart.picture?.ensemble?.thin.length === 100")
    wall.locator("#seats-list button").first.dispatch_event("click")  # its path lights up
    for scheme in ("dark", "light"):
        wall.emulate_media(color_scheme=scheme)
        wall.wait_for_timeout(1_000)
        wall.screenshot(path=FOLDER / f"class-{scheme}.png")
    guests[0].screenshot(path=FOLDER / "class-phone.png")


def shoot_lesson(browser: Browser, server: Daphne) -> None:
    """A teacher's page with people on it, after control was handed over; and what is projected."""
    path = f"{server.url}/motions/lesson/"
    pupils = [visit(browser, server, name, path) for name in ("jonas", "mei", "", "")]
    teacher = visit(browser, server, "ada", path, width=1440, height=1000)
    teacher.get_by_role("button", name="Let jonas control").click()
    pupils[0].wait_for_selector("#controls:enabled")
    for variance in ("0.25", "0.8"):
        pupils[0].locator("#variance").fill(variance)
        pupils[0].keyboard.press("Enter")
        teacher.wait_for_timeout(8_000)  # some path between the marks: no test, but a picture
    teacher.screenshot(path=FOLDER / "lesson.png")
    teacher.goto(f"{path}share/")
    teacher.set_viewport_size({"width": 1280, "height": 800})
    teacher.screenshot(path=FOLDER / "share.png")


def shoot_ready_lesson(browser: Browser, server: Daphne, site: Site, name: str) -> None:
    """What a class of twelve sees in one scene of a ready lesson: the wall, or a student's page."""
    what, _, scene, _ = LESSONS[name]
    path = json.loads(shell(site, "from tests.pictures import *", f"go_through({name!r})"))
    teacher = enter(browser, server, "ada", f"{server.url}{path}", 1280, 800)
    expect(teacher.locator("#lesson-title")).to_contain_text(f"scene {scene} of")
    teacher.locator("#lesson-show").click()
    if what == "wall":
        wall = f"{server.url}{path}?wall"
        seen = enter(browser, server, "ada", wall, 1500, 844, device_scale_factor=0.7)
    else:
        seen = enter(browser, server, "", f"{server.url}{path}", 1180, 700)
    seen.wait_for_function("() => chart.picture?.x.length > 20")
    expect(seen.locator("#presenter-text")).to_have_text("Following ada")
    if what == "page":
        seen.locator("#theory").scroll_into_view_if_needed()  # it is drawn near the screen alone
    seen.wait_for_timeout(3_000)  # for what the server computes: no test, but a picture
    file = FOLDER / f"lesson-{name}.png"
    if what == "page":
        seen.screenshot(path=file, full_page=True, clip=seen.evaluate(CHART_AND_PICTURES))
    else:
        seen.screenshot(path=file)
    for page in (teacher, seen):
        page.context.close()


def go_through(name: str) -> None:
    """In a site's shell: start a lesson, let a class answer its questions, and stop in a scene."""
    from tests.support import teaching

    _, seed, scene, frontiers = LESSONS[name]
    print(json.dumps(teaching.go_through(name, scene, frontiers, seed=seed)))


def visit(
    browser: Browser, server: Daphne, name: str, path: str, width: int = 1280, height: int = 800
) -> Page:
    """A motion's page, once Plotly has drawn its chart."""
    page = enter(browser, server, name, path, width, height)
    page.wait_for_selector("#chart .scatterlayer .trace", state="attached")
    return page


def enter(
    browser: Browser,
    server: Daphne,
    name: str,
    path: str,
    width: int,
    height: int,
    *,
    device_scale_factor: float = 1,
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="light",
        device_scale_factor=device_scale_factor,
    )
    if name:
        key, value = sign_in(server, name).split("=", 1)
        context.add_cookies([{"name": key, "value": value, "url": server.url}])
    page = context.new_page()
    page.goto(path)
    return page


def shoot_motion(page: Page, server: Daphne, path: Path) -> None:
    page.goto(server.url)
    page.wait_for_selector("#chart .scatterlayer .trace", state="attached")
    expect(page.locator("#rate")).not_to_have_text("–", timeout=20_000)
    page.screenshot(path=path)


def shoot_admin(page: Page, server: Daphne, site: Site) -> None:
    page.goto(f"{server.url}/admin/login/?next=/admin/motion/motion/1/change/")
    page.fill("#id_login", "admin")
    page.fill("#id_password", site.admin_password)
    page.click("main button[type=submit]")
    for variance, drift in ((1, 0.0), (0.25, 0.0), (0.3, 0.02)):
        page.fill("#id_variance", str(variance))
        page.fill("#id_drift", str(drift))
        page.click("input[name=_continue]")
    page.screenshot(path=FOLDER / "admin.png", full_page=True)


if __name__ == "__main__":
    main()
