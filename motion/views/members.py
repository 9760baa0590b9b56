"""The page of a motion's members and invitations."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from brownian_site import hosts

from ..core.names import isolate_text
from ..models import Invitation, Membership, Motion, display_name
from ..queries.permissions import Role
from ..services.invitations import (
    create_invitation,
    find_valid_invitations,
    revoke_invitation,
)
from ..services.members import remove_member, set_role, transfer_ownership
from . import gate
from .forms import InvitationForm, form_view
from .responses import report_refusals


@login_required
@form_view
def motion_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Members and invitations; a POST changes one of them, as its `action` says."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST" and request.POST.get("action") != "invite":
        _execute(request, motion)
        return redirect("motion-people", motion.slug)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        _invite(request, motion, form)
        return redirect("motion-people", motion.slug)
    context = {
        "motion": motion,
        "members": _list_members(motion),
        "invitations": _list_invitations(request, motion),
        "form": form,
    }
    return render(request, "motion/people.html", context)


@login_required
@form_view
def transfer_motion(request: HttpRequest, slug: str, membership: int) -> HttpResponse:
    """Ask first; then give the motion to another owner."""
    motion = gate.require_manager(request, slug).motion
    member = _get_member(motion, membership)
    if member.role == Role.OWNER:
        raise Http404
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
            remove_member(visible.motion.pk, member, by=member)
        return redirect("motions")
    return render(request, "motion/leave.html", {"motion": visible.motion})


def _execute(request: HttpRequest, motion: Motion) -> None:
    """Do what a button beside a member or an invitation says.

    Raises:
        Http404: an unknown action, or a person who does not belong to the motion.
    """
    match request.POST.get("action"):
        case "role":
            _set_role(request, motion)
        case "remove":
            _remove(request, motion)
        case "revoke":
            _revoke(request, motion)
        case _:
            raise Http404


def _set_role(request: HttpRequest, motion: Motion) -> None:
    user = _get_member(motion, request.POST.get("member")).user
    role = request.POST.get("role", "")
    if role not in {Role.VIEWER, Role.CONTROLLER}:
        raise Http404
    with report_refusals(request, f"{isolate_text(display_name(user))} is now a {role}."):
        set_role(motion.pk, user, role, by=request.user)


def _remove(request: HttpRequest, motion: Motion) -> None:
    user = _get_member(motion, request.POST.get("member")).user
    with report_refusals(request, f"{isolate_text(display_name(user))} is no longer a member."):
        remove_member(motion.pk, user, by=request.user)


def _revoke(request: HttpRequest, motion: Motion) -> None:
    invitation = _get_row(motion.invitations, request.POST.get("invitation"))
    with report_refusals(
        request, "Invitation revoked. People who already joined keep their access."
    ):
        revoke_invitation(invitation, by=request.user)


def _invite(request: HttpRequest, motion: Motion, form: InvitationForm) -> None:
    with report_refusals(request, "The invitation is ready. Share its link or code."):
        create_invitation(
            motion.pk,
            by=request.user,
            role=form.cleaned_data["role"],
            expires_at=form.expires_at,
            with_code=form.cleaned_data["with_code"],
        )


def _get_member(motion: Motion, key: Any) -> Membership:
    member: Membership = _get_row(motion.memberships.select_related("user"), key)
    return member


def _get_row(rows: Any, key: Any) -> Any:
    """The row of this motion that a form names.

    Raises:
        Http404.
    """
    if not str(key).isdecimal() or len(str(key)) > 18:  # nothing that a column could not hold
        raise Http404
    return get_object_or_404(rows, pk=key)


def _list_members(motion: Motion) -> list[tuple[Membership, str]]:
    """Each with the name that others see, the owner first."""
    rows = motion.memberships.select_related("user").order_by("user__username")
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
