"""The sweep of a process: repairs what hints did not bring, in a few queries for all its feeds."""

from collections.abc import Callable, Iterable, Mapping

from django.conf import settings

from ..core.errors import CloseCode
from ..models import Motion, now
from ..queries.threads import run_in_thread
from ..telemetry import metrics
from . import sessions
from .feed import Feed


async def compare_feeds(feeds: Mapping[int, Feed], refresh: Callable[[Feed], None]) -> None:
    """Bring every feed to the state in the database; one whose motion changed is read again."""
    stored = await run_in_thread(_read_versions, list(feeds))
    for feed in list(feeds.values()):
        *version, step = stored.get(feed.motion_id, (0, 0, 0, 0))
        if (*version, step) > (*feed.snapshot.version, feed.snapshot.step):
            metrics.repaired.labels("sweep").inc()
        if tuple(version) == feed.snapshot.version:
            await feed.advance(step)
        else:
            refresh(feed)


def _read_versions(motion_ids: list[int]) -> dict[int, tuple[int, int, int, int]]:
    """By motion: epoch, revision, access version and step."""
    rows = Motion.objects.filter(pk__in=motion_ids)
    columns = ("pk", "epoch", "revision", "access_version", "step")
    return {pk: version for pk, *version in rows.values_list(*columns)}


async def close_ended_sessions(feeds: Mapping[int, Feed]) -> None:
    """Close the sockets whose session has ended."""
    sockets = [socket for feed in feeds.values() for socket in feed.sockets]
    logins = {socket.login for socket in sockets if socket.login is not None}
    ended = await run_in_thread(sessions.find_ended, logins)
    for socket in sockets:
        if socket.login in ended:
            await socket.close(CloseCode.SIGNED_OUT)


async def renew_watch(motion_ids: Iterable[int]) -> None:
    """Let workers publish the steps of these motions until three renewals from now."""
    await run_in_thread(_renew_watch, list(motion_ids))


def _renew_watch(motion_ids: list[int]) -> None:
    if motion_ids:
        until = now() + 3 * settings.MOTION_WATCH_RENEW_S
        Motion.objects.filter(pk__in=motion_ids).update(watched_until=until)
