"""The people of a motion: the page of its members and invitations, and who controls it.

Control is handed over and taken back on the motion's page, in its card of people.
"""

import re
from typing import Final, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from brownian_site import hosts

from ..core.errors import ForbiddenError, InvalidValueError, MotionError, OutdatedPageError
from ..core.names import GUEST_NAME_LENGTH, NAME_LENGTH, clean_text, isolate_text
from ..core.typed import read_id
from ..live import presence
from ..models import (
    Epoch,
    Invitation,
    Membership,
    Motion,
    display_name,
    is_guest,
    make_person_id,
    shown_name,
)
from ..queries.permissions import Role
from ..services import guests
from ..services.invitations import create_invitation, find_valid_invitations, revoke_invitation
from ..services.members import hand_over_control, remove_member, set_role, transfer_ownership
from ..services.motions import update_description
from . import gate
from .forms import InvitationForm, form_view
from .gate import explain_refusals, mark_private, report_refusals, respond_in_json

Row = TypeVar("Row", bound=Model)

SWITCHES: Final = {
    "hide-names": ("names_hidden", "Names are shown.", "Names are hidden: “Student 7”."),
    "close-door": ("door_closed", "The door is open.", "The door is closed for newcomers."),
}
"""By action: a field of the motion, and the sentence for off and for on."""

MAX_FOUND_PEOPLE: Final = 30
"""The number of people that the page lists without a search."""


@login_required
@form_view
def motion_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Members, guests and invitations; a POST changes one of them, as its `action` says."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST" and request.POST.get("action") != "invite":
        return _change_people(request, motion)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        _invite(request, motion, form)
        return redirect("motion-people", motion.slug)
    context = {
        "motion": motion,
        "members": _list_members(motion),
        "guests": [(row, display_name(row.user)) for row in guests.find_members(motion)],
        "guest_limit": settings.GUESTS_PER_MOTION,
        "paths": Epoch.objects.get(motion=motion, number=motion.epoch).paths,
        "name_length": 2 * GUEST_NAME_LENGTH,  # a browser counts most emoji as two
        "invitations": _list_invitations(request, motion),
        "form": form,
    }
    return render(request, "motion/people.html", context)


@login_required
@require_POST
def change_guests(request: HttpRequest, slug: str) -> HttpResponse:
    """Rename a guest, hide the names of all, or close the door, as `action` says."""
    motion = gate.require_manager(request, slug).motion
    action, on = request.POST.get("action"), request.POST.get("on")
    if action == "rename":
        user = _get_member(motion, request.POST.get("member")).user
        with report_refusals(request):
            name = guests.rename_guest(
                motion.pk, user, request.POST.get("name", ""), by=request.user
            )
            messages.success(request, f"The guest is now called {isolate_text(name)}.")
    elif action in SWITCHES and on in {"true", "false"}:
        field, *done = SWITCHES[action]
        with report_refusals(request, done[on == "true"]):
            update_description(motion.pk, by=request.user, **{field: on == "true"})
    else:
        raise Http404
    return redirect("motion-people", motion.slug)


@login_required
@form_view
def remove_from_motion(request: HttpRequest, slug: str, membership: int) -> HttpResponse:
    """Ask first; then end the membership of a member or a guest."""
    motion = gate.require_manager(request, slug).motion
    member = _get_member(motion, membership)
    if member.role == Role.OWNER:
        raise Http404
    name = display_name(member.user)
    if request.method == "POST":
        with report_refusals(request, f"{isolate_text(name)} was removed."):
            remove_member(motion.pk, member.user, by=request.user)
        return redirect("motion-people", motion.slug)
    context = {"motion": motion, "name": name, "is_guest": is_guest(member.user)}
    return render(request, "motion/remove.html", context)


@login_required
@form_view
def transfer_motion(request: HttpRequest, slug: str, membership: int) -> HttpResponse:
    """Ask first; then give the motion to another owner."""
    motion = gate.require_manager(request, slug).motion
    member = _get_member(motion, membership)
    if member.role == Role.OWNER:
        raise Http404
    if is_guest(member.user):
        raise PermissionDenied(
            "A guest cannot own a motion. With “Keep my seat” it gets an account."
        )
    name = display_name(member.user)
    if request.method == "POST":
        with report_refusals(request, f"{isolate_text(name)} is now the owner. A new path began."):
            transfer_ownership(motion.pk, member.user, by=request.user)
            return redirect("motions")
        return redirect("motion-people", motion.slug)
    return render(request, "motion/transfer.html", {"motion": motion, "name": name})


@login_required
@form_view
def leave_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask first; then end the membership of the person who asks."""
    visible = gate.get_visible_motion(request, slug)
    if visible.person.role in {None, Role.OWNER}:
        raise PermissionDenied(
            "Only members can leave a motion, and an owner has to hand it over first."
        )
    if request.method == "POST":
        with report_refusals(request, f"You left “{isolate_text(str(visible.motion))}”."):
            member = gate.require_account(request)
            if visible.person.is_guest:
                guests.leave(member)
                logout(request)
            else:
                remove_member(visible.motion.pk, member, by=member)
        return redirect("motions")
    return render(request, "motion/leave.html", {"motion": visible.motion, "me": visible.person})


def _change_people(request: HttpRequest, motion: Motion) -> HttpResponse:
    """Do what a button beside a member or an invitation says.

    Raises:
        Http404: an unknown action, or a person who does not belong to the motion.
    """
    action, role = request.POST.get("action"), request.POST.get("role", "")
    if action == "revoke":
        invitation = _get_row(motion.invitations.all(), request.POST.get("invitation"))
        done = "Invitation revoked. People who already joined keep their access."
        with report_refusals(request, done):
            revoke_invitation(invitation, by=request.user)
        return redirect("motion-people", motion.slug)
    member = _get_member(motion, request.POST.get("member"))
    name = isolate_text(display_name(member.user))
    if action == "remove":  # of a page that an earlier version wrote
        return redirect("remove-member", motion.slug, member.pk)
    if action != "role" or role not in {Role.VIEWER, Role.CONTROLLER}:
        raise Http404
    with report_refusals(request, f"{name} is now a {role}."):
        set_role(motion.pk, member.user, role, by=request.user)
    return redirect("motion-people", motion.slug)


def _invite(request: HttpRequest, motion: Motion, form: InvitationForm) -> None:
    with report_refusals(request, "The invitation is ready. Share its link or code."):
        create_invitation(
            motion.pk,
            by=request.user,
            role=form.cleaned_data["role"],
            expires_at=form.expires_at,
            with_code=form.cleaned_data["with_code"],
        )


def _get_member(motion: Motion, key: object) -> Membership:
    return _get_row(motion.memberships.select_related("user"), key)


def _get_row(rows: QuerySet[Row], key: object) -> Row:
    """The row of this motion that a form names.

    Raises:
        Http404.
    """
    if (pk := read_id(str(key))) is None:
        raise Http404
    return get_object_or_404(rows, pk=pk)


def _list_members(motion: Motion) -> list[tuple[Membership, str]]:
    """The members with an account, each with the name that others see, the owner first."""
    accounts = motion.memberships.filter(user__guest=None)
    rows = accounts.select_related("user").order_by("user__username")
    members = sorted(rows, key=lambda row: row.role != Role.OWNER)
    return [(row, display_name(row.user)) for row in members]


def _list_invitations(request: HttpRequest, motion: Motion) -> list[tuple[Invitation, str, str]]:
    """The valid ones, each with its link and its author, newest first."""
    return [
        (
            row,
            hosts.build_public_url(request, row.get_absolute_url()),
            display_name(row.by) if row.by else "Somebody",
        )
        for row in find_valid_invitations(motion).select_related("by")
    ]


# --- handing control over ------------------------------------------------------------------


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
        _change_control(motion, request)
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
    motion = gate.get_managed_motion(request, slug)
    wanted = clean_text(request.GET.get("name", "")).casefold()
    if not 0 < len(wanted) <= NAME_LENGTH:
        raise InvalidValueError("name", f"1 to {NAME_LENGTH} characters long")
    return mark_private(JsonResponse({"people": _find_people(motion, wanted)}))


def _find_people(motion: Motion, wanted: str) -> list[dict[str, object]]:
    """At most `MAX_FOUND_PEOPLE`, by name, with whether they watch and their role."""
    here = presence.read_viewers([motion.pk])[motion.pk].named
    matching = {user_id: name for user_id, name in here.items() if wanted in name.casefold()}
    watching = sorted(matching, key=lambda user_id: (matching[user_id].casefold(), user_id))
    members = motion.memberships.select_related("user").filter(user__is_active=True)
    shown = f"^[^@]*{re.escape(wanted)}"  # not in the part of an address that nobody sees
    by_name = members.filter(
        Q(user__guest=None, user__username__iregex=shown)
        | Q(user__guest__motion=motion, user__first_name__iregex=re.escape(wanted))
        | Q(user__guest__motion=motion, seat=_parse_student(wanted))
    ).order_by("user__username")
    watching_rows = members.filter(user__in=watching[:MAX_FOUND_PEOPLE])
    rows = {row.user_id: row for row in [*watching_rows, *by_name[:MAX_FOUND_PEOPLE]]}
    names = {pk: matching[pk] for pk in watching[:MAX_FOUND_PEOPLE]} | {
        pk: name
        for pk, row in rows.items()
        if wanted in (name := shown_name(row.user, row.seat, hidden=motion.names_hidden)).casefold()
        or wanted in display_name(row.user).casefold()
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


def _parse_student(wanted: str) -> int:
    """The seat in "student 7", as guests are called while names are hidden; 0 for none."""
    word, _, number = wanted.rpartition(" ")
    return (read_id(number) if word in {"", "student"} else None) or 0


def _change_control(motion: Motion, request: HttpRequest) -> None:
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


def _find_person(motion: Motion, request: HttpRequest) -> User:
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
    user = User.objects.filter(pk__in=ids, is_active=True).first()
    if user is None:
        raise InvalidValueError("person", "a viewer or a member of this motion")
    return user
