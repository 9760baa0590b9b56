"""Hand control over and take it back: the requests of the card of people on a motion's page."""

from __future__ import annotations

import re
from typing import Any, Final

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from ..core.errors import ForbiddenError, InvalidValueError, MotionError, OutdatedPageError
from ..core.names import NAME_LENGTH, clean_text
from ..live import presence
from ..models import Motion, display_name, make_person_id
from ..queries.permissions import Role
from ..services.members import hand_over_control, set_role
from ..services.motions import update_description
from . import gate
from .responses import NO_STORE, explain_refusals, respond_in_json

MAX_FOUND_PEOPLE: Final = 30
"""The number of people that the page lists without a search."""


@require_POST
def hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """`action` let or take-back, with a `person`; or only-me, with `on` true or false.

    Answers 204 to the page's own script, and any other form with the page.
    """
    visible = gate.get_visible_motion(request, slug)
    motion = visible.motion
    try:
        if not visible.can_manage:  # checked first: ids show who belongs to a motion
            raise ForbiddenError
        _execute(motion, request)
    except MotionError as error:
        status = 403 if isinstance(error, ForbiddenError) else 400
        return JsonResponse({"message": str(error)}, status=status)
    if request.accepts("text/html"):
        return redirect(motion)
    return HttpResponse(status=204)


@require_safe
@explain_refusals(respond_in_json)
def people_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The viewers and members whose names contain `name`, for the owner.

    The page's own list ends after 30 names, so that a crowd does not cost every page more.
    """
    visible = gate.get_visible_motion(request, slug)
    if not visible.can_manage:
        return respond_in_json(str(ForbiddenError()), 403)
    wanted = clean_text(request.GET.get("name", "")).casefold()
    if not 0 < len(wanted) <= NAME_LENGTH:
        raise InvalidValueError("name", f"1 to {NAME_LENGTH} characters long")
    response = JsonResponse({"people": _find_people(visible.motion, wanted)})
    response["Cache-Control"] = NO_STORE
    return response


def _find_people(motion: Motion, wanted: str) -> list[dict[str, Any]]:
    """At most `MAX_FOUND_PEOPLE`, by name, with whether they watch and their role."""
    here = presence.read_viewers([motion.pk])[motion.pk].named
    matching = {user_id: name for user_id, name in here.items() if wanted in name.casefold()}
    watching = sorted(matching, key=lambda user_id: (matching[user_id].casefold(), user_id))
    members = motion.memberships.select_related("user").filter(user__is_active=True)
    shown = f"^[^@]*{re.escape(wanted)}"  # not in the part of an address that nobody sees
    by_name = members.filter(user__username__iregex=shown).order_by("user__username")
    of_watching = members.filter(user__in=watching[:MAX_FOUND_PEOPLE])
    rows = {row.user_id: row for row in [*of_watching, *by_name[:MAX_FOUND_PEOPLE]]}
    names = {pk: matching[pk] for pk in watching[:MAX_FOUND_PEOPLE]} | {
        pk: name
        for pk, row in rows.items()
        if wanted in (name := display_name(row.user)).casefold()
    }
    found = sorted(names.items(), key=lambda item: (item[1].casefold(), item[0]))
    return [
        {
            "id": make_person_id(motion.pk, pk),
            "name": name,
            "is_here": pk in here,
            "role": rows[pk].role if pk in rows else None,
        }
        for pk, name in found[:MAX_FOUND_PEOPLE]
    ]


def _execute(motion: Motion, request: HttpRequest) -> None:
    by = gate.require_account(request)
    match request.POST.get("action"):
        case "let":
            hand_over_control(motion.pk, _find_person(motion, request), by=by)
        case "take-back":
            set_role(motion.pk, _find_person(motion, request), Role.VIEWER, by=by)
        case "only-me" if request.POST.get("on") in {"true", "false"}:
            on = request.POST["on"] == "true"
            update_description(motion.pk, by=by, owner_only=on)
        case _:
            raise InvalidValueError("action", "let, take-back, or only-me with on=true or false")


def _find_person(motion: Motion, request: HttpRequest) -> Any:
    """The member or viewer of that id; nobody else has one here.

    Raises:
        OutdatedPageError, InvalidValueError.
    """
    wanted = request.POST.get("person", "")
    if not wanted and "name" in request.POST:
        raise OutdatedPageError
    viewers = presence.read_viewers([motion.pk])[motion.pk]
    members = motion.memberships.values_list("user", flat=True)
    ids = [pk for pk in {*viewers.named, *members} if make_person_id(motion.pk, pk) == wanted]
    user = get_user_model().objects.filter(pk__in=ids, is_active=True).first()
    if user is None:
        raise InvalidValueError("person", "a viewer or a member of this motion")
    return user
