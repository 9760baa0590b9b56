"""Guests at a real server: sixty join at once, and their sockets follow what happens to them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest

from tests.support.client import Client, watching
from tests.support.joining import Browser, join
from tests.support.servers import Daphne, Site, database_of_its_own
from tests.support.stage import shell

pytestmark = pytest.mark.server

CLASS = 60
LIMITS = {"MOTION_SWEEP_S": 0.5, "MOTION_SESSION_CHECK_S": 0.5}
SLUGS = ("crowd", "walk", "open")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(
        tmp_path_factory.mktemp("site"),
        database_url=database_of_its_own(),
        settings=LIMITS,
        env={"EMBEDDED_WORKER": "on"},
    ).setup()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def paths(site: Site) -> dict[str, str]:
    """By slug, the address of an invitation."""
    return dict(
        json.loads(
            shell(
                site,
                "import json",
                "ada = make_user('ada')",
                "paths = {}",
                f"for slug in {SLUGS!r}:",
                "    motion = make_own_motion(ada, slug=slug, visibility='private', ensemble=80,",
                "                             control='controllers')",
                "    motions.restart_motion(motion.pk, by=ada)",
                "    invitation = invitations.create_invitation(motion.pk, by=ada)",
                "    paths[slug] = invitation.get_absolute_url()",
                "print(json.dumps(paths))",
            )
        )
    )


async def act(site: Site, *lines: str) -> None:
    """Run `lines`, which know `motion(slug)`, `guest(name)` and the services."""
    await asyncio.to_thread(
        shell,
        site,
        "from django.contrib.auth.models import User",
        "from motion.services import guests",
        "motion = lambda slug: Motion.objects.get(slug=slug).pk",
        "guest = lambda name: User.objects.get(first_name=name)",
        *lines,
    )


async def join_as(daphne: Daphne, path: str, name: str) -> Browser:
    return await asyncio.to_thread(join, daphne, path, name)


async def read_texts(client: Client) -> list[str]:
    """The list of changes as the server sends it again."""
    return [change["text"] for change in (await client.receive("history"))["changes"]]


async def test_sixty_guests_join_at_once_from_one_address(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    with ThreadPoolExecutor(CLASS) as phones:  # two taps each, all at once
        tries = [phones.submit(join, daphne, paths["crowd"], "Mia", taps=2) for _ in range(CLASS)]
        browsers = await asyncio.to_thread(lambda: [phone.result() for phone in tries])

    rows = site.execute(
        "SELECT u.first_name, s.seat FROM motion_membership s JOIN auth_user u ON u.id = s.user_id"
        " JOIN motion_motion m ON m.id = s.motion_id WHERE m.slug = 'crowd' AND s.role = 'viewer'"
    )
    names = {"Mia", *(f"Mia {number}" for number in range(2, CLASS + 1))}
    assert sorted(name for name, _ in rows) == sorted(names)
    assert sorted(seat for _, seat in rows) == list(range(1, CLASS + 1))
    async with AsyncExitStack() as sockets:
        watched = [
            await sockets.enter_async_context(watching(daphne, "crowd", cookie=browser.cookie))
            for browser in browsers
        ]
        for client in watched:
            await client.pong()
        seats = {(client.seat["number"], client.seat["name"]) for client in watched}
    assert seats == {(seat, name) for name, seat in rows}


async def test_socket_of_a_guest_follows_control_names_and_removal(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    jun = await join_as(daphne, paths["walk"], "Jun")
    zoe = await join_as(daphne, paths["walk"], "Zoe")
    async with (
        watching(daphne, "walk", cookie=jun.cookie) as one,
        watching(daphne, "walk", cookie=zoe.cookie) as other,
    ):
        assert (await one.receive("state"))["can_control"] is False
        await one.watched((2, ["Jun", "Zoe"]))

        await act(site, "members.hand_over_control(motion('walk'), guest('Jun'))")
        while not (state := await one.receive("state"))["can_control"]:
            pass
        assert state["controllers"] == ["Jun"]
        await one.send("change", variance=4)
        while (await other.receive("state"))["by"] != "Jun":
            pass

        await act(site, "guests.rename_guest(motion('walk'), guest('Jun'), 'June')")
        assert (await read_texts(other))[-1].startswith("June changed the variance 1 → 4")
        await other.watched((2, ["June", "Zoe"]))
        await act(site, "motions.update_description(motion('walk'), names_hidden=True)")
        assert (await read_texts(other))[-1].startswith("Student 1 changed the variance 1 → 4")
        await other.watched((2, ["Student 1", "Student 2"]))

        await act(site, "members.remove_member(motion('walk'), guest('June'))")
        assert await one.closed() == 4403
        await other.watched((1, ["Student 2"]))
    async with watching(daphne, "walk", cookie=jun.cookie) as again:
        assert await again.closed() == 4404


async def test_socket_of_a_guest_comes_back_as_that_of_an_account(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    kim = await join_as(daphne, paths["open"], "Kim")
    password = {"password1": "long secret 7", "password2": "long secret 7"}
    async with watching(daphne, "open", cookie=kim.cookie) as socket:
        await socket.pong()
        seat = socket.seat
        kept = await asyncio.to_thread(
            kim.open, "/motions/open/keep-seat/", username="kimberly", **password
        )
        assert kept == (302, "/motions/open/")
        assert await socket.closed() == 4412  # the page reconnects by itself
    async with watching(daphne, "open", cookie=kim.cookie) as socket:
        await socket.watched((1, ["kimberly"]))
    assert socket.seat == seat | {"name": "kimberly"}


async def test_guest_is_a_stranger_to_the_socket_of_another_motion(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    lee = await join_as(daphne, paths["open"], "Lee")

    async with watching(daphne, "walk", cookie=lee.cookie) as socket:
        assert await socket.closed() == 4404

    await act(site, "make_motion(slug='all', visibility='public', control='everyone')")
    async with watching(daphne, "all", cookie=lee.cookie) as socket:
        assert (await socket.receive("state"))["can_control"] is True
        await socket.send("change", variance=4)
        while (state := await socket.receive("state"))["variance"] != 4:
            pass
        await socket.watched((1, []))
    assert (state["by"], state["text"].partition(" changed")[0]) == (None, "Somebody")


async def test_removed_guest_watches_an_open_motion_as_a_visitor(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    await act(site, "motions.update_description(motion('crowd'), visibility='unlisted')")
    sam = await join_as(daphne, paths["crowd"], "Sam")
    async with watching(daphne, "crowd", cookie=sam.cookie) as socket:
        await socket.watched((1, ["Sam"]))
        await act(site, "members.remove_member(motion('crowd'), guest('Sam'))")
        assert await socket.closed() == 4401
    async with watching(daphne, "crowd", cookie=sam.cookie) as socket:
        await socket.watched((1, []))


async def test_sockets_of_a_guest_close_when_it_leaves(
    site: Site, daphne: Daphne, paths: dict[str, str]
) -> None:
    pat = await join_as(daphne, paths["open"], "Pat")
    async with watching(daphne, "open", cookie=pat.cookie) as socket:
        await socket.pong()
        assert (await asyncio.to_thread(pat.open, "/motions/open/leave/", revision="0"))[0] == 302
        assert await socket.closed() in {4401, 4403}
