"""The list of motions, as a browser that runs no script gets it."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from motion.live import presence
from motion.live.presence import Viewers
from motion.models import Change, Epoch, Motion
from motion.queries import previews
from motion.queries.previews import PREVIEW_STEPS, load_previews
from motion.queries.snapshots import read_snapshot
from motion.services import members, motions
from motion.views import sketches
from tests.support.factories import (
    change_very_often,
    make_motion,
    make_own_motion,
    make_user,
    rows_made,
)
from tests.support.markup import Element, parse_html

pytestmark = pytest.mark.django_db

_processes = count(1)


def make_signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def get(client: Client | None = None, page: str = "") -> str:
    response = (client or Client()).get(f"/motions/{page}")
    assert response.status_code == 200
    return response.content.decode()


def read_sections(html: str) -> dict[str, list[str]]:
    """The titles of the cards, by the section they stand in."""
    found = parse_html(html).find_all("section", aria_labelledby=True)
    return {
        section["aria-labelledby"]: [title.text for title in section.find_all("h3")]
        for section in found
    }


def read_card(html: str, title: str) -> str:
    """The words of one card that are shown, without tags, in one line."""
    (found,) = (card for card in parse_html(html).find_all("li") if title in card.text)
    found.children = [child for child in found.children if not is_hidden(child)]
    return " ".join(" ".join(found.list_texts()).split())


def is_hidden(child: Element | str) -> bool:
    return isinstance(child, Element) and "hidden" in child


def test_list_without_a_motion_says_so() -> None:
    html = get()

    assert read_sections(html) == {"public": []}
    assert "No public motions yet." in html
    assert "Sign in to make a motion" in html
    assert "/accounts/login/?next=/motions/new/" in html


def test_list_of_a_newcomer_offers_to_make_one() -> None:
    html = get(make_signed_in(make_user("new")))

    assert read_sections(html) == {"mine": [], "shared": [], "public": []}
    assert 'You have no motions yet. <a href="/motions/new/">Make one</a>.' in html


def test_list_has_own_shared_and_public_motions() -> None:
    ada, ben = make_user("ada"), make_user("ben")
    for owner in (ada, ben):
        for visibility in ("public", "unlisted", "private"):
            make_own_motion(owner, title=f"{owner} {visibility}", visibility=visibility)
    shared = make_own_motion(ben, title="shared", visibility="private")
    members.set_role(shared.pk, ada, "viewer")

    assert read_sections(get()) == {"public": ["ada public", "ben public"]}
    assert read_sections(get(make_signed_in(ada))) == {
        "mine": ["ada private", "ada public", "ada unlisted"],
        "shared": ["shared"],
        "public": ["ben public"],
    }
    assert read_sections(get(make_signed_in(make_user("eve")))) == {
        "mine": [],
        "shared": [],
        "public": ["ada public", "ben public"],
    }


def test_list_shows_an_admin_no_more_than_others() -> None:
    make_motion(title="hidden", visibility="private")

    html = get(make_signed_in(make_user("root", is_staff=True, is_superuser=True)))

    assert read_sections(html) == {"mine": [], "shared": [], "public": []}


def test_card_shows_settings_viewers_and_role() -> None:
    ada, ben = make_user("ada"), make_user("ben")
    mine = make_own_motion(
        ada, title="Mine", visibility="private", variance=0.25, paused=True, step=1
    )
    shared = make_own_motion(ben, title="Shared", drift=0.5, step=1)
    members.set_role(shared.pk, ada, "controller")
    presence.write_rows("p", {mine.pk: Viewers({ada.pk: "ada"}, frozenset({"a", "b"}))})

    html = get(make_signed_in(ada))

    assert read_card(html, "Mine") == (
        "Mine variance 0.25 · 2 steps/s · paused 3 watching private Share People Settings"
    )
    assert read_card(html, "Shared") == (
        "Shared variance 1 · drift 0.5 · 2 steps/s 0 watching public controller by ben Leave…"
    )


def test_card_offers_a_visitor_no_management() -> None:
    make_own_motion(make_user("ada"), title="Hers", step=1)

    assert read_card(get(), "Hers") == "Hers variance 1 · 2 steps/s 0 watching public by ada"


def test_card_has_the_data_for_its_socket() -> None:
    motion = make_motion(slug="near", step=500, seed=7)

    html = get()

    snapshot = read_snapshot(motion.pk)
    assert snapshot
    start = snapshot.timeline.position(500 - PREVIEW_STEPS)
    card = parse_html(html).find(data_socket="/ws/motions/near/")
    assert card["data-epoch"] == str(motion.epoch)
    assert (card["data-step"], card["data-position"]) == ("300", repr(start))
    sketch = sketches.draw_sketch(snapshot.timeline.positions(300, 500).tolist())
    assert card.find("polyline")["points"] == sketch


def test_card_of_a_motion_without_steps_says_so() -> None:
    make_motion(title="Waiting", paused=True)
    make_motion(title="Under way", step=1)

    html = get()

    assert read_card(html, "Waiting").startswith(
        "Waiting No steps yet variance 1 · 2 steps/s · paused"
    )
    assert html.count('<p class="no-steps" hidden>') == 1


def test_list_holds_no_seed() -> None:
    make_motion(step=10, seed=8_131_415_926_535_897)

    assert "8131415926535897" not in get()


def test_titles_are_escaped() -> None:
    make_motion(title="<script>alert(1)</script>")

    assert "<script>alert" not in get()


def test_public_motions_come_by_the_page() -> None:
    for number in range(30):
        make_motion(title=f"{number:02}")

    pages = [read_sections(get(page=f"?page={page}"))["public"] for page in (1, 2)]

    assert [len(page) for page in pages] == [24, 6]
    assert sorted(pages[0] + pages[1]) == [f"{number:02}" for number in range(30)]


def test_shared_motions_come_by_the_page_beside_the_public_ones() -> None:
    ada, ben = make_user("ada"), make_user("ben")
    for number in range(30):
        make_motion(title=f"public {number:02}")
        shared = make_own_motion(ben, title=f"shared {number:02}", visibility="private")
        members.set_role(shared.pk, ada, "viewer")

    html = get(make_signed_in(ada), "?page=2&shared=2")

    titles = read_sections(html)
    assert titles["shared"] == [f"shared {number:02}" for number in range(24, 30)]
    assert titles["public"] == [f"public {number:02}" for number in range(24, 30)]
    assert [link["href"] for link in parse_html(html).find_all("a", rel="prev")] == [
        "?page=2&shared=1#shared",
        "?page=1&shared=2#public",
    ]


@pytest.mark.parametrize("page", ["0", "-1", "99", "x", "", "1e999"])
def test_list_shows_the_nearest_page_for_a_wrong_number(page: str) -> None:
    make_motion(title="only")

    assert read_sections(get(page=f"?page={page}"))["public"] == ["only"]


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_list_takes_no_commands(method: str) -> None:
    assert getattr(Client(), method)("/motions/").status_code == 405


@pytest.mark.parametrize("who", ["visitor", "member"])
def test_queries_do_not_grow_with_the_motions(who: str) -> None:
    ada, ben = make_user("ada"), make_user("ben")

    def add(number: int) -> None:
        for index in range(number):
            for owner in (ada, ben):
                motion = make_own_motion(owner, title=f"{owner} {index}", step=500)
                motions.change_motion(motion.pk, values={"variance": 2.0 + index})
                presence.write_rows(f"p{next(_processes)}", {motion.pk: Viewers({ben.pk: "ben"})})
            members.set_role(motion.pk, ada, "viewer")
            make_own_motion(ben, title=f"public {index}", step=index)

    def queries() -> int:
        client = Client() if who == "visitor" else make_signed_in(ada)
        with CaptureQueriesContext(connection) as captured:
            get(client)
        return len(captured)

    add(1)
    few = queries()
    add(9)
    many = queries()

    # PostgreSQL is asked one thing more: what time it is.
    assert few == many <= (7 if who == "visitor" else 13)


# --- previews ---------------------------------------------------------------------------------


def compute_positions(motion: Motion, first: int, last: int) -> Any:
    snapshot = read_snapshot(motion.pk)
    assert snapshot
    return snapshot.timeline.positions(first, last)


@pytest.mark.parametrize("step", [0, 1, 199, 200, 201, 5_000])
def test_preview_is_the_end_of_the_path(step: int) -> None:
    motion = make_motion(step=step)

    preview = load_previews([motion])[motion.pk]

    first = max(0, step - PREVIEW_STEPS)
    assert (preview.epoch, preview.first, preview.step) == (motion.epoch, first, step)
    assert preview.positions == compute_positions(motion, first, step).tolist()


def test_preview_spans_changes_and_needs_none_before_them() -> None:
    motion = make_motion()
    for step, variance in ((100, 2.0), (800, 3.0), (800, 4.0), (850, 5.0), (1_000, 6.0)):
        Motion.objects.filter(pk=motion.pk).update(step=step)
        motions.change_motion(motion.pk, values={"variance": variance})
    motion.refresh_from_db()

    with CaptureQueriesContext(connection) as captured:
        preview = load_previews([motion])[motion.pk]

    assert np.array_equal(preview.positions, compute_positions(motion, 800, 1_000))
    assert len(captured) == 2


def test_preview_shows_only_the_running_path() -> None:
    motion = make_motion(step=1_000)
    motions.restart_motion(motion.pk)
    Motion.objects.filter(pk=motion.pk).update(step=3)
    motion.refresh_from_db()

    preview = load_previews([motion])[motion.pk]

    assert (preview.epoch, preview.first, preview.step) == (motion.epoch, 0, 3)
    assert preview.positions == compute_positions(motion, 0, 3).tolist()


def test_preview_takes_the_rows_as_they_were_read() -> None:
    motion = make_motion(step=400)
    Motion.objects.filter(pk=motion.pk).update(step=410)
    motions.change_motion(motion.pk, values={"variance": 9.0})

    preview = load_previews([motion])[motion.pk]

    assert (preview.first, preview.step) == (200, 400)
    assert preview.positions == pytest.approx(compute_positions(motion, 200, 400).tolist())


def test_unreadable_motion_hides_no_other() -> None:
    broken, whole = make_motion(title="broken"), make_motion(title="whole", step=3)
    Epoch.objects.filter(motion=broken).update(algorithm=99)

    assert load_previews([broken, whole]).keys() == {whole.pk}
    assert read_sections(get())["public"] == ["broken", "whole"]


def test_previews_need_no_query_without_motions() -> None:
    assert previews.load_previews([]) == {}


@pytest.mark.parametrize("a_step", [20_000, 20, 1])
def test_preview_reads_one_change_for_each_step(a_step: int) -> None:
    motion = make_motion()
    change_very_often(motion, 20_000, a_step=a_step)

    with rows_made(Change) as rows:
        preview = load_previews([motion])[motion.pk]

    assert len(rows) <= PREVIEW_STEPS + 1
    assert preview.positions == compute_positions(motion, preview.first, motion.step).tolist()
