"""Invitations as visitors see them: enter a code, open a link, join."""

from __future__ import annotations

from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..core.errors import NoSuchInvitationError
from ..models import Invitation, Motion, display_name
from ..queries import permissions
from ..queries.permissions import AnyUser
from ..services import attempts, invitations
from ..services.attempts import MINUTE_S, Limit, TooManyAttemptsError
from .forms import CodeForm, form_view

FIVE_MINUTES_S: Final = 5 * MINUTE_S

WRONG_CODE: Final = "This code is wrong or has expired. Check it, or ask for a new one."


@form_view
def join_code(request: HttpRequest) -> HttpResponse:
    """A form for a code; a right code leads to its invitation.

    Only wrong codes count against the limits, because a classroom shares one address. Guests have
    one limit for each address. Beyond it the page asks them to sign in, which joining needs anyway:
    each account has a limit of its own, which nobody else can exhaust.
    """
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect(_find_by_code(request, form.cleaned_data["code"]))
        except NoSuchInvitationError:
            form.add_error("code", WRONG_CODE)
        except TooManyAttemptsError as error:
            attempts.mark_refused(request, error)
            form.add_error(None, _explain_refusal(request, error))
    return render(request, "motion/join_code.html", {"form": form})


def _find_by_code(request: HttpRequest, code: str) -> Invitation:
    """The invitation of a code.

    Raises:
        NoSuchInvitationError: the attempt counts.
        TooManyAttemptsError: the code was not checked.
    """
    limit, who = _get_limit(request)
    limit.count_attempt(who)
    invitation = invitations.find_invitation_by_code(code)
    limit.undo_attempt(who)
    return invitation


def _get_limit(request: HttpRequest) -> tuple[Limit, str]:
    if request.user.is_authenticated:
        of_person = Limit("code-of-user", settings.WRONG_CODES_PER_PERSON, FIVE_MINUTES_S)
        return of_person, str(request.user.pk)
    address = get_adapter().get_client_ip(request)
    return Limit("code", settings.WRONG_CODES_PER_ADDRESS, FIVE_MINUTES_S), address


def _explain_refusal(request: HttpRequest, error: TooManyAttemptsError) -> str:
    if request.user.is_authenticated:
        return f"You typed too many wrong codes. {error}"
    return f"Too many wrong codes came from this network. Sign in first, or wait. {error}"


@form_view
def join(request: HttpRequest, token: str) -> HttpResponse:
    """The invitation of a link; POST accepts it.

    Raises:
        Http404: the invitation is unknown, expired or revoked, or the owner removed the visitor.
    """
    invitation = _get_invitation(token, request.user)
    if request.method == "POST":
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return redirect(_accept(token, request.user))
    motion = invitation.motion
    context = {
        "invitation": invitation,
        "motion": motion,
        "by": display_name(invitation.by) if invitation.by else "",
        "is_open": motion.visibility != Motion.Visibility.PRIVATE,
        "role": permissions.load_person(motion.pk, request.user).role,
    }
    return render(request, "motion/join.html", context)


def _get_invitation(token: str, user: AnyUser) -> Invitation:
    try:
        invitation = invitations.find_invitation(token)
    except NoSuchInvitationError:
        raise Http404 from None
    if invitations.is_shut_out(invitation, user):
        raise Http404
    return invitation


def _accept(token: str, user: User) -> Motion:
    try:
        return invitations.accept_invitation(token, user)
    except NoSuchInvitationError:
        raise Http404 from None
