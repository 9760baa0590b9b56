"""Following an invitation: its code, its link, and joining."""

from __future__ import annotations

from typing import Any, Final

from allauth.core import ratelimit
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from .. import access, people
from ..core.errors import NoSuchInvitationError
from ..forms import CodeForm
from ..models import Invitation, Motion, display_name

page_with_form = require_http_methods(["GET", "HEAD", "POST"])

WRONG_CODE: Final = "join_code"
"""The limit on wrong codes, in settings.ACCOUNT_RATE_LIMITS."""


@page_with_form
def join_code(request: HttpRequest) -> HttpResponse:
    """A form for a code; a right one leads to its invitation.

    Only wrong codes count against the limit: a classroom shares one address.
    """
    form = CodeForm(request.POST or None)
    if not form.is_valid():
        return render(request, "motion/join_code.html", {"form": form})
    if not ratelimit.consume(request, action=WRONG_CODE, dry_run=True):
        form.add_error(None, "Too many wrong codes came from here. Wait five minutes, then retry.")
        return render(request, "motion/join_code.html", {"form": form}, status=429)
    try:
        return redirect(people.find_by_code(form.cleaned_data["code"]))
    except NoSuchInvitationError:
        ratelimit.consume(request, action=WRONG_CODE)
        form.add_error("code", "No invitation has this code, or not any more.")
        return render(request, "motion/join_code.html", {"form": form})


@page_with_form
def join(request: HttpRequest, token: str) -> HttpResponse:
    """What one is invited to; posting accepts it.

    Raises:
        Http404: alike for an unknown, an expired and a revoked invitation, and for who was removed.
    """
    invitation = _invitation(token, request.user)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return redirect(_joined(token, request.user))
    motion = invitation.motion
    context = {
        "invitation": invitation,
        "motion": motion,
        "by": display_name(invitation.by) if invitation.by else "",
        "is_open": motion.visibility != Motion.Visibility.PRIVATE,
        "role": access.person(motion.pk, request.user).role,
    }
    return render(request, "motion/join.html", context)


def _invitation(token: str, user: Any) -> Invitation:
    try:
        invitation = people.find_invitation(token)
    except NoSuchInvitationError:
        raise Http404 from None
    if people.shuts_out(invitation, user):
        raise Http404
    return invitation


def _joined(token: str, user: object) -> Motion:
    try:
        return people.join(token, user)
    except NoSuchInvitationError:
        raise Http404 from None
