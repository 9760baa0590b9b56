"""Handing control over and taking it back: what the buttons of a motion's page post."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from .. import people, presence
from ..core.errors import ForbiddenError, InvalidValueError, MotionError, OutdatedPageError
from ..models import Motion, person_id
from . import gate


@require_POST
def hand_over(request: HttpRequest, slug: str) -> HttpResponse:
    """`action` let or take-back, with a `person`; or only-me, with `on` true or false.

    Answers 204 to the page's own script, and any other form with the page.
    """
    sight = gate.seen(request, slug)
    motion = sight.motion
    try:
        if not sight.may_administer:  # asked first: ids show who belongs to a motion
            raise ForbiddenError
        _act(motion, request)
    except MotionError as error:
        status = 403 if isinstance(error, ForbiddenError) else 400
        return JsonResponse({"message": str(error)}, status=status)
    if request.accepts("text/html"):
        return redirect(motion)
    return HttpResponse(status=204)


def _act(motion: Motion, request: HttpRequest) -> None:
    asked_by = gate.signed_in(request)
    match request.POST.get("action"):
        case "let":
            people.let_control(motion.pk, _person(motion, request), asked_by=asked_by)
        case "take-back":
            people.take_back(motion.pk, _person(motion, request), asked_by=asked_by)
        case "only-me" if request.POST.get("on") in {"true", "false"}:
            on = request.POST["on"] == "true"
            people.let_only_owner_control(motion.pk, on, asked_by=asked_by)
        case _:
            raise InvalidValueError("action", "let, take-back, or only-me with on=true or false")


def _person(motion: Motion, request: HttpRequest) -> Any:
    """The member or viewer of that id; nobody else has one here.

    Raises:
        OutdatedPageError, InvalidValueError.
    """
    wanted = request.POST.get("person", "")
    if not wanted and "name" in request.POST:
        raise OutdatedPageError
    audience = presence.audiences([motion.pk]).get(motion.pk, presence.Audience())
    members = motion.memberships.values_list("user", flat=True)
    ids = [pk for pk in {*audience.named, *members} if person_id(motion.pk, pk) == wanted]
    user = get_user_model().objects.filter(pk__in=ids, is_active=True).first()
    if user is None:
        raise InvalidValueError("person", "a viewer or a member of this motion")
    return user
