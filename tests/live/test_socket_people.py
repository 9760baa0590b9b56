"""Sockets of people: whose rights change, whose session ends, who watches beside them."""

from __future__ import annotations

import asyncio
import signal
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from motion.live.presenting import BURST
from tests.core.presented_views import VIEW
from tests.support.client import ANSWER_S, Client, watching
from tests.support.raw_socket import RawSocket
from tests.support.servers import (
    START_S,
    Daphne,
    Site,
    Valkey,
    database_of_its_own,
    wait_until,
)
from tests.support.stage import make_motions, shell, sign_in

pytestmark = pytest.mark.server

PEOPLE = ("ada", "ben", "cy", "dot", "eve", "flo", "gus")
MESSAGE_BURST = 40
FOLLOWERS = 40
LIMITS = {"MOTION_SWEEP_S": 0.5, "MOTION_SESSION_CHECK_S": 0.5}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(
        tmp_path_factory.mktemp("site"), database_url=database_of_its_own(), settings=LIMITS
    ).setup()
    still: dict[str, Any] = {"paused": True, "step": 40}
    guarded = still | {"control": "controllers"}
    make_motions(site, public=still, guarded=guarded, watched=still, previewed=still, pinged=still)
    make_motions(site, secret=guarded | {"visibility": "private"}, hidden=guarded, lived=still)
    shell(
        site,
        "from motion.services import members",
        f"ada, *others = [make_user(name) for name in {PEOPLE!r}]",
        "for slug in ('guarded', 'secret', 'hidden'):",
        "    motion = Motion.objects.get(slug=slug)",
        "    members.transfer_ownership(motion.pk, ada, is_new=True)",
        "    for user in others:",
        "        members.set_role(motion.pk, user, 'viewer')",
    )
    yield site
    site.stop()


@pytest.fixture(scope="module")
def cookies(daphne: Daphne) -> dict[str, str]:
    return {"nobody": "", **{name: sign_in(daphne, name) for name in PEOPLE}}


def act(site: Site, *lines: str) -> None:
    """Run `lines`, which know `person(name)` and `motion(slug)`, in a process of its own."""
    shell(
        site,
        "from motion.services import members",
        "from django.contrib.auth import get_user_model",
        "person = lambda name: get_user_model().objects.get(username=name)",
        "motion = lambda slug: Motion.objects.get(slug=slug).pk",
        *lines,
    )


async def act_in_thread(site: Site, *lines: str) -> None:
    """The same beside the loop."""
    await asyncio.to_thread(act, site, *lines)


def post(server: Daphne, path: str, cookie: str, **fields: str) -> int:
    """Post a form as its page would; the status, redirects not followed."""
    form = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": "a" * 32}).encode()
    headers = {
        "Cookie": f"{cookie}; csrftoken={'a' * 32}",
        "Accept": "application/json",
        "Origin": server.url,
    }
    request = urllib.request.Request(f"{server.url}{path}", form, headers)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=START_S) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


async def wait_for_state(client: Client, condition: Any) -> Any:
    async with asyncio.timeout(ANSWER_S):
        while not condition(state := await client.receive("state")):
            pass
    return state


# --- rights ----------------------------------------------------------------------------------


async def test_control_is_handed_over_and_taken_back_on_open_pages(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    path = "/motions/guarded/hand-over/"
    async with watching(daphne, "guarded", cookie=cookies["ben"]) as ben:
        first = await ben.receive("state")
        await ben.watched((1, ["ben"]))
        (person,) = ben.viewers["ids"]

        let = post(daphne, path, cookies["ada"], action="let", person=person)
        handed = await wait_for_state(ben, lambda state: state["can_control"])
        await ben.send("change", variance=2.0)
        changed = await wait_for_state(ben, lambda state: state["variance"] == 2.0)
        back = post(daphne, path, cookies["ada"], action="take-back", person=person)
        taken = await wait_for_state(ben, lambda state: not state["can_control"])
        await ben.send("change", variance=3.0)
        refused = await ben.receive("error")

    assert (let, back) == (204, 204)
    assert (first["can_control"], first["controllers"], first["owner"]) == (False, [], "ada")
    assert (handed["controllers"], changed["by"], taken["controllers"]) == (["ben"], "ben", [])
    assert (handed["controller_ids"], taken["controller_ids"]) == ([person], [])
    assert (refused["code"], taken["variance"]) == ("forbidden", 2.0)


async def test_only_the_owner_controls_at_one_click(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    path = "/motions/hidden/hand-over/"
    async with watching(daphne, "hidden", cookie=cookies["cy"]) as cy:
        await cy.watched((1, ["cy"]))
        (person,) = cy.viewers["ids"]
        post(daphne, path, cookies["ada"], action="let", person=person)
        await wait_for_state(cy, lambda state: state["can_control"])

        post(daphne, path, cookies["ada"], action="only-me", on="true")
        alone = await wait_for_state(cy, lambda state: not state["can_control"])
        post(daphne, path, cookies["ada"], action="only-me", on="false")
        again = await wait_for_state(cy, lambda state: state["can_control"])

    assert (alone["control"], again["control"]) == ("owner", "controllers")


@pytest.mark.parametrize("who", ["nobody", "ben"])
def test_hand_over_is_refused_to_others_than_the_owner(
    site: Site, daphne: Daphne, cookies: dict[str, str], who: str
) -> None:
    path = "/motions/guarded/hand-over/"
    forms = [
        {"action": "let", "person": "dot"},
        {"action": "take-back", "person": "ada"},
        {"action": "only-me", "on": "true"},
    ]

    statuses = [post(daphne, path, cookies[who], **form) for form in forms]

    assert statuses == [403] * 3
    ((owner_only,),) = site.execute("SELECT owner_only FROM motion_motion WHERE slug='guarded'")
    assert owner_only == 0


async def test_removed_member_loses_the_socket_and_the_motion(
    site: Site, daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with (
        watching(daphne, "secret", cookie=cookies["dot"]) as dot,
        watching(daphne, "secret", cookie=cookies["ben"]) as ben,
    ):
        await dot.receive("state")
        await ben.receive("state")

        await act_in_thread(site, "members.remove_member(motion('secret'), person('dot'))")
        code = await dot.closed()
        await ben.pong()

    async with watching(daphne, "secret", cookie=cookies["dot"]) as dot:
        frames: list[Any] = []
        again = await dot.closed(frames)
    assert (code, again, frames) == (4403, 4404, [])


async def test_motion_that_turns_private_keeps_only_members(
    site: Site, daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with (
        watching(daphne, "hidden") as nobody,
        watching(daphne, "hidden", cookie=cookies["ben"]) as ben,
    ):
        await nobody.receive("state")
        await ben.receive("state")

        await act_in_thread(
            site, "motions.update_description(motion('hidden'), visibility='private')"
        )
        code = await nobody.closed()
        state = await ben.receive("state")

    assert (code, state["slug"]) == (4403, "hidden")


@pytest.mark.fault("somebody else's private motion, by any way")
@pytest.mark.parametrize("who", ["nobody", "stranger"])
async def test_private_motion_closes_a_socket_like_a_missing_one(
    site: Site, daphne: Daphne, who: str
) -> None:
    if who == "stranger":
        shell(site, "make_user('stranger')")
    cookie = sign_in(daphne, who) if who == "stranger" else ""
    ends = []
    for slug in ("secret", "none-at-all"):
        async with watching(daphne, slug, cookie=cookie) as client:
            frames: list[Any] = []
            ends.append((await client.closed(frames), frames))

    assert ends == [(4404, [])] * 2


# --- sessions ----------------------------------------------------------------------------------


@pytest.mark.fault("signed out elsewhere, session expired, deactivated, another password")
@pytest.mark.parametrize(
    ("who", "end"),
    [
        ("cy", "sign out"),
        ("eve", "person('eve').__class__.objects.filter(username='eve').update(is_active=False)"),
        ("flo", "u = person('flo'); u.set_password('another'); u.save()"),
        (
            "gus",
            "from django.contrib.sessions.models import Session; from django.utils import timezone;"
            " [s.delete() for s in Session.objects.all()"
            " if s.get_decoded().get('_auth_user_id') == str(person('gus').pk)]",
        ),
    ],
)
async def test_ended_session_closes_its_sockets_only(
    site: Site, daphne: Daphne, cookies: dict[str, str], who: str, end: str
) -> None:
    async with AsyncExitStack() as stack:
        tabs = [
            await stack.enter_async_context(watching(daphne, "lived", cookie=cookies[who]))
            for _ in range(2)
        ]
        ben = await stack.enter_async_context(watching(daphne, "lived", cookie=cookies["ben"]))
        nobody = await stack.enter_async_context(watching(daphne, "lived"))
        for client in (*tabs, ben, nobody):
            await client.receive("state")

        if end == "sign out":
            assert post(daphne, "/accounts/logout/", cookies[who]) == 200
        else:
            await act_in_thread(site, end)
        codes = [await tab.closed() for tab in tabs]

        assert codes == [4401, 4401]
        await ben.pong()
        await nobody.pong()


# --- who watches ---------------------------------------------------------------------------------


async def test_viewers_are_counted_once_and_sent_soon(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(watching(daphne, "watched", cookie=cookies["ada"]))
        await ada.watched((1, ["ada"]))

        crowd = AsyncExitStack()
        for cookie in (cookies["ben"], cookies["ben"], "viewer=one", "viewer=one", "viewer=two"):
            await crowd.enter_async_context(watching(daphne, "watched", cookie=cookie))
        await crowd.enter_async_context(watching(daphne, "watched", query="?preview"))
        await ada.watched((4, ["ada", "ben"]))

        await crowd.aclose()
        await ada.watched((1, ["ada"]))


async def test_preview_socket_may_not_change(daphne: Daphne, cookies: dict[str, str]) -> None:
    async with watching(daphne, "previewed", "?preview", cookie=cookies["ada"]) as client:
        await client.receive("state")
        await client.send("change", variance=7.0)
        refused = await client.receive("error")

    assert refused["code"] == "forbidden"


async def test_view_of_the_owner_reaches_all_who_watch(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with AsyncExitStack() as stack:
        ada, again, ben, visitor = [
            await stack.enter_async_context(watching(daphne, "guarded", cookie=cookies[name]))
            for name in ("ada", "ada", "ben", "nobody")
        ]
        await ben.send("follow", on=True)
        await ada.hold("viewers", lambda viewers: viewers["followers"] == 1)
        (owner,) = [
            each
            for each, name in zip(ada.viewers["ids"], ada.viewers["names"], strict=True)
            if name == "ada"
        ]

        await ada.send("present", view=VIEW)
        for client in (ada, again, ben, visitor):
            frame = await client.hold("view", bool)
            assert frame == {"type": "view", "by": "ada", "id": owner, "view": VIEW}
        await ada.send("present", view=None)
        await ben.hold("view", lambda frame: frame["view"] is None)


async def test_view_of_anyone_but_the_owner_is_refused(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    for name, query in (("ben", ""), ("nobody", ""), ("ada", "?preview")):
        async with watching(daphne, "guarded", query, cookie=cookies[name]) as client:
            await client.send("present", view=VIEW)

            refusal = await client.receive("error")

            assert (refusal["code"], refusal["re"]) == ("forbidden", "present")
            assert refusal["message"] == "Only the owner of this motion can present a view."


async def test_relayed_views_do_not_count_as_messages(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    """A presenter may move for minutes. Views beyond ten a second are left out, and count."""
    async with watching(daphne, "hidden", cookie=cookies["ada"]) as ada:
        await ada.receive("history")
        for n in range(BURST):
            await ada.send("present", view=VIEW | {"epoch": n})
            await ada.hold("view", lambda frame, n=n: frame["view"]["epoch"] == n)
        await asyncio.gather(*(ada.send("ping", n=n) for n in range(MESSAGE_BURST)))

        pongs = [await ada.receive("pong") for _ in range(MESSAGE_BURST)]

    assert [pong["n"] for pong in pongs] == list(range(MESSAGE_BURST))


async def test_latecomer_gets_the_viewers_at_once(daphne: Daphne, cookies: dict[str, str]) -> None:
    async with watching(daphne, "previewed", cookie=cookies["ada"]) as ada:
        await ada.watched((1, ["ada"]))

        async with watching(daphne, "previewed", query="?preview") as late:
            await late.pong()  # all that greets it has come
            assert (late.viewers["count"], late.viewers["names"]) == (1, ["ada"])


async def test_viewers_of_a_private_motion_reach_its_viewers_only(
    daphne: Daphne, cookies: dict[str, str]
) -> None:
    async with watching(daphne, "secret", cookie=cookies["ada"]) as ada:
        await ada.watched((1, ["ada"]))

        async with watching(daphne, "secret") as nobody:
            await nobody.closed()

    assert nobody.viewers == {}


@pytest.mark.fault("a half-open connection")
async def test_half_open_connection_is_no_viewer(site: Site) -> None:
    """Stock daphne pings after 20 s and waits 30 s for an answer; here 1 s each."""
    server = site.start_daphne(options="--ping-interval 1 --ping-timeout 1")
    async with watching(server, "pinged", cookie="viewer=x") as client:
        # It answers no ping, as a phone out of reach.
        with await asyncio.to_thread(RawSocket, server, "pinged"):
            await client.watched((2, []))
            await client.watched((1, []))


@pytest.fixture
def cluster(tmp_path: Any, valkey: Valkey) -> Iterator[Site]:
    """Two servers that share a database and Valkey, and forget each other soon."""
    limits = LIMITS | {"MOTION_PRESENCE_LASTS_S": 3.0, "MOTION_WATCH_RENEW_S": 1.0}
    site = Site(tmp_path, redis_url=valkey.url, settings=limits).setup()
    yield site
    site.stop()


@pytest.mark.fault("kill -9 of a server")
async def test_viewers_are_right_across_servers_and_after_a_kill(cluster: Site) -> None:
    shell(cluster, "make_user('ada')", "make_user('ben')")
    one, two = cluster.start_daphne(), cluster.start_daphne()
    ada, ben = sign_in(one, "ada"), sign_in(two, "ben")
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(watching(one, cookie=ada))
        for server, cookie in ((one, "viewer=x"), (two, "viewer=x"), (two, ada)):
            await stack.enter_async_context(watching(server, cookie=cookie))
        there = await stack.enter_async_context(watching(two, cookie=ben))
        for client in (here, there):
            await client.watched((3, ["ada", "ben"]))
        ((until,),) = cluster.execute("SELECT max(until) FROM motion_presence")

        def have_renewed() -> bool:
            return cluster.execute("SELECT min(until) FROM motion_presence")[0][0] > until

        await wait_until(have_renewed, "both servers to renew their rows")
        await there.watched((3, ["ada", "ben"]))

        two.process.kill()

        await here.watched((2, ["ada"]))


@pytest.mark.fault("Redis restarted at once, away for 2 s, idle, hanging, never there")
async def test_hanging_layer_delays_nobody(cluster: Site, valkey: Valkey) -> None:
    """Stopped, not gone: it takes connections and answers nothing, as behind a cut network."""
    shell(cluster, "make_user('ada')")
    make_motions(cluster, other={"interval": 0.1})
    server = cluster.start_daphne()
    cluster.start_worker()
    ada = sign_in(server, "ada")
    async with watching(server, cookie=ada) as client:
        await client.receive("increments")
        assert valkey.process
        valkey.process.popen.send_signal(signal.SIGSTOP)
        try:
            step = client.path.step or 0
            await client.reach(step + 8)
            async with watching(server, "other") as late:
                await late.receive("state")
            post(server, "/accounts/logout/", ada)
            assert await client.closed() == 4401
        finally:
            valkey.process.popen.send_signal(signal.SIGCONT)


async def test_viewers_are_right_without_the_layer(cluster: Site, valkey: Valkey) -> None:
    one, two = cluster.start_daphne(), cluster.start_daphne()
    async with watching(one, cookie="viewer=x") as here:
        await here.watched((1, []))
        valkey.stop()

        async with watching(two, cookie="viewer=y"):
            await here.watched((2, []))
        await here.watched((1, []))


async def test_views_reach_forty_followers_on_two_servers(cluster: Site) -> None:
    shell(
        cluster,
        "ada = make_user('ada')",
        "motion = make_motion(slug='led')",
        "members.transfer_ownership(motion.pk, ada, is_new=True)",
    )
    servers = [cluster.start_server() for _ in range(2)]
    cookie = sign_in(servers[0], "ada")
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(watching(servers[0], "led", cookie=cookie))
        followers = [
            await stack.enter_async_context(watching(server, "led", cookie=f"viewer={number}"))
            for number in range(FOLLOWERS // 2)
            for server in servers
        ]
        for client in (ada, *followers):
            await client.send("follow", on=True)
        await ada.hold("viewers", lambda viewers: viewers["followers"] == FOLLOWERS + 1)

        for number in range(BURST):
            shown = VIEW | {"epoch": number}
            await ada.send("present", view=shown)
            for client in followers:
                await client.hold("view", lambda frame, shown=shown: frame["view"] == shown)
