"""The frames of a socket over HTTP, for pages on a network that lets no socket through."""

from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ..live import presence, recovery
from ..live.presence import Viewers
from ..live.questions import encode_shown
from ..protocol import messages
from ..queries import permissions, snapshots
from ..queries.permissions import Person
from ..queries.questions import read_answerers, read_answers_of
from ..queries.snapshots import Snapshot
from . import gate
from .gate import explain_refusals, mark_private, respond_in_json

MAX_CACHED: Final = 20
"""Of snapshots; that of a motion with thousands of changes takes up to 2 MB."""

_cached: dict[int, Snapshot] = {}
"""The newest snapshot of each motion; of a known epoch only new changes are read.

Threads share it without a lock: an older snapshot that overwrites a newer one only costs rows.
"""


@require_safe
@explain_refusals(respond_in_json)
def frames_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The greeting that a socket would get with the cursor `epoch` and `step`."""
    visible = gate.get_visible_motion(request, slug)
    snapshot = load_snapshot(visible.motion.pk)
    # The snapshot is newer than the motion, which may have become private in between.
    if snapshot is None or not permissions.can_see(snapshot, visible.person):
        raise gate.NoSuchMotion
    cursor = messages.parse_cursor(request.GET.get("epoch"), request.GET.get("step"))
    can_control = permissions.can_control(snapshot, visible.person)
    frames = [
        frame if isinstance(frame, str) else frame.encode(can_control)
        for frame in recovery.make_greeting(snapshot, epoch=cursor.epoch, step=cursor.step)
    ]
    viewers = load_viewers(snapshot.motion_id, visible.person, request)
    frames.append(viewers.encode(snapshot.motion_id, snapshot.seats))
    signed_in = "false" if visible.person.user_id is None else "true"
    added = _encode_added(snapshot, visible.person, viewers)
    body = f'{{"signed_in":{signed_in},"frames":[{",".join(frames)}]{added}}}'
    return mark_private(HttpResponse(body, content_type="application/json"))


def _encode_added(snapshot: Snapshot, person: Person, viewers: Viewers) -> str:
    """The frames that a page of the version before cannot read, as a member of the answer."""
    ensemble = recovery.make_ensemble_frame(snapshot)
    found = [ensemble and ensemble.text, recovery.make_seat_frame(snapshot, person)]
    if snapshot.question_version:
        found += _encode_question(snapshot, person, viewers)
    added = ",".join(text for text in found if text)
    return f',"added":[{added}]' if added else ""


def _encode_question(snapshot: Snapshot, person: Person, viewers: Viewers) -> Iterator[str]:
    """The question that everyone sees with its tally, and the answer of the person."""
    if snapshot.shown is None:
        yield messages.encode_question(None)
        return
    asked = snapshot.shown.asked
    answered = read_answerers([asked.id])[asked.id]
    yield encode_shown(snapshot, answered, viewers.named)
    if person.user_id is not None:
        stored = read_answers_of(asked, [person.user_id]).get(person.user_id)
        low, high = stored or (None, None)
        yield messages.encode_answer(question=asked.number, low=low, high=high)


def load_snapshot(motion_id: int) -> Snapshot | None:
    """The motion as the database has it, at the cost of what is new since the last call."""
    snapshot = snapshots.read_snapshot(motion_id, _cached.get(motion_id))
    if motion_id not in _cached and len(_cached) >= MAX_CACHED:
        _cached.clear()
    if snapshot is not None:
        _cached[motion_id] = snapshot
    return snapshot


def load_viewers(motion_id: int, person: Person, request: HttpRequest) -> Viewers:
    """Everybody who watches by a socket, and the visitor."""
    watching = presence.read_viewers([motion_id])[motion_id]
    if person.user_id is not None:
        return watching | Viewers({person.user_id: person.name or ""})
    key = presence.hash_cookie(request.COOKIES.get(settings.VIEWER_COOKIE, ""))
    return watching | Viewers(others=frozenset({key}))
