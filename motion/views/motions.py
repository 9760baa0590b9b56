"""One motion's page, and the page of all its changes."""

import math
import secrets
from dataclasses import replace
from typing import Final

from django.conf import settings
from django.core.paginator import Paginator
from django.forms.utils import flatatt
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..core.format import write_decimal, write_number
from ..core.parameters import LIMITS
from ..models import Change, Motion, make_person_id
from ..protocol import messages
from ..protocol.messages import State
from ..queries import changelog, snapshots
from ..queries.permissions import VisibleMotion
from ..queries.previews import load_previews
from ..telemetry.release import page_version
from . import figures, gate, sketches
from .fields import build_number_attributes
from .ways_in import describe_way_in

YEAR_S = 365 * 24 * 3600


@require_safe
def default_motion(request: HttpRequest) -> HttpResponse:
    """The motion at /."""
    return motion(request, settings.DEFAULT_MOTION)


@require_safe
def motion(request: HttpRequest, slug: str) -> HttpResponse:
    """One motion's page, rendered with its present state, and live from then on."""
    visible = gate.get_visible_motion(request, slug)
    found = snapshots.read_state(visible.motion)
    if found is None:
        raise gate.NoSuchMotion
    current, ordinal = found
    state = messages.make_state_fields(
        current, can_control=visible.can_control, version=page_version()
    )
    user_id = visible.person.user_id
    wall = _describe_wall(request, visible)  # it has no buttons
    presses = {"can_control": visible.can_control and not wall}
    context = {
        "motion": visible.motion,
        "socket": f"/ws/motions/{visible.motion.slug}/",
        "me": make_person_id(visible.motion.pk, user_id) if user_id else "",
        "is_owner": visible.person.role == "owner",
        "has_seat": visible.person.seat is not None and max(current.paths, current.ensemble) > 0,
        "state": state,
        "shown": _format_readouts(current),
        "limits": {name: flatatt(build_number_attributes(name)) for name in LIMITS},
        "written": {name: f"{state[name]:.12g}" for name in LIMITS},
        "ordinal": ordinal,
        "sketch": _draw_sketch(visible.motion),
        "terms": changelog.describe_settings(replace(current.change.parameters, paused=False)),
        "beginning": changelog.describe_beginning(state | presses),
        "page": {"figure": figures.build_figure(), "state": state, "ordinal": ordinal},
        **_build_addresses(visible),
        **wall,
    }
    return _set_viewer_cookie(request, render(request, "motion/motion.html", context))


def _format_readouts(state: State) -> dict[str, str]:
    """The first numbers of the card Now, written as readouts.js writes them."""
    parameters = state.change.parameters
    return {
        "position": write_decimal(state.position, sign=True),
        "law": f"N({write_number(parameters.drift)}, {write_number(parameters.variance)})",
        "deviation": write_decimal(math.sqrt(parameters.variance)),
    }


def _draw_sketch(motion: Motion) -> sketches.Sketch | None:
    preview = load_previews([motion], steps=sketches.FOLLOWED_STEPS).get(motion.pk)
    return sketches.sketch_page(preview.step, preview.positions) if preview else None


def _build_addresses(visible: VisibleMotion) -> dict[str, str]:
    """The addresses for managing this motion, for visitors who may."""
    names = ("settings", "people", "share") if visible.can_manage else ()
    slug = [visible.motion.slug]
    own = {f"{name}_url": reverse(f"motion-{name}", args=slug) for name in names}
    return own | {"hand_over": reverse("hand-over", args=slug)}


def _describe_wall(request: HttpRequest, visible: VisibleMotion) -> dict[str, object]:
    """Projector mode, if the query asks for it; visitors who manage the motion see how to join."""
    if "wall" not in request.GET:
        return {}
    way_in = describe_way_in(request, visible.motion) if visible.can_manage else None
    return {"is_wall": True, "way_in": way_in}


def _set_viewer_cookie(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give a browser without an account a cookie by which all its tabs count as one viewer."""
    if not request.user.is_authenticated and settings.VIEWER_COOKIE not in request.COOKIES:
        response.set_cookie(
            settings.VIEWER_COOKIE,
            secrets.token_urlsafe(16),
            max_age=YEAR_S,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


# --- its changes ---------------------------------------------------------------------------

CHANGES_A_PAGE: Final = changelog.EVENT_CHANGES
"""So every page has an entry: an event is listed at its last change."""


class NewestFirst:
    """The changes of a motion for a `Paginator`.

    They are numbered from 1 on, so a page of a million costs what the first one costs: nothing is
    counted, and nothing skipped.
    """

    def __init__(self, motion: Motion) -> None:
        self._motion = motion

    def __len__(self) -> int:
        return self._motion.revision

    def __getitem__(self, places: slice) -> list[Change]:
        newest = self._motion.revision - places.start
        rows = Change.objects.filter(
            motion=self._motion,
            revision__gt=self._motion.revision - places.stop,
            revision__lte=newest,
        )
        return list(rows.select_related("by", "whom", "epoch").order_by("-revision"))


@require_safe
def motion_changes(request: HttpRequest, slug: str) -> HttpResponse:
    """The changes of all paths of a motion, with author and time, newest first."""
    visible = gate.get_visible_motion(request, slug)
    pages: Paginator[Change] = Paginator(NewestFirst(visible.motion), CHANGES_A_PAGE)  # type: ignore[arg-type]
    page = pages.get_page(request.GET.get("page"))
    name = changelog.load_namer(visible.motion)
    context = {
        "motion": visible.motion,
        "can_manage": visible.can_manage,
        "page": page,
        "entries": list(changelog.list_events(list(page.object_list), name=name)),
    }
    return render(request, "motion/changes.html", context)
