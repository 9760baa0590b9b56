"""Invitations: how the owner shows one, and how visitors enter a code, open a link, and join."""

from typing import Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from brownian_site import hosts

from ..core.errors import DoorClosedError, InvalidValueError, MotionError, NoSuchInvitationError
from ..models import Guest, Invitation, Motion, display_name, is_guest
from ..queries import permissions
from ..queries.permissions import Person, Role
from ..services import attempts, guests, invitations
from ..services.attempts import MINUTE_S, Limit, TooManyAttemptsError
from . import gate
from .forms import CodeForm, JoinForm, compute_expiry, form_view
from .gate import report_refusals
from .ways_in import draw_qr_code, find_coded_invitation

FIVE_MINUTES_S: Final = 5 * MINUTE_S
DAY_S: Final = 24 * 60 * MINUTE_S

WRONG_CODE: Final = "This code is wrong or has expired. Check it, or ask for a new one."


@form_view
def join_code(request: HttpRequest) -> HttpResponse:
    """A form for a code; a right code leads to its invitation.

    Only wrong codes count against the limits, because a classroom shares one address. Visitors have
    one limit for each address. Beyond it the page asks them to wait or to sign in: each account has
    a limit of its own, which nobody else can exhaust.
    """
    form = CodeForm(request.POST or None)
    form.fields["code"].widget.attrs["autofocus"] = True
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
        limit = Limit("code-of-user", settings.WRONG_CODES_PER_PERSON, FIVE_MINUTES_S)
        return limit, str(request.user.pk)
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
    form = JoinForm(request.POST or None)
    try:
        invitation = invitations.find_invitation(token)
        if invitations.is_shut_out(invitation, request.user):
            raise NoSuchInvitationError
        person = permissions.load_person(invitation.motion_id, request.user)
        if person.is_guest and invitation.role == Role.VIEWER:
            return redirect(invitation.motion)
        if request.method == "POST":
            joined = _accept(request, invitation, form, can_accept=not person.is_guest)
            if joined is not None:
                return joined
    except NoSuchInvitationError:
        raise Http404 from None
    return _show_invitation(request, invitation, person, form)


def _show_invitation(
    request: HttpRequest, invitation: Invitation, person: Person, form: JoinForm
) -> HttpResponse:
    motion = invitation.motion
    context = {
        "invitation": invitation,
        "motion": motion,
        "by": display_name(invitation.by) if invitation.by else "",
        "is_open": motion.visibility != Motion.Visibility.PRIVATE,
        "role": person.role,
        "has_account": _has_account(request),
        "is_guest_here": person.is_guest,
        "takes_guests": invitation.role == Role.VIEWER,
        "elsewhere": _find_guest_elsewhere(request, person),
        "form": form,
    }
    return render(request, "motion/join.html", context)


def _accept(
    request: HttpRequest, invitation: Invitation, form: JoinForm, *, can_accept: bool
) -> HttpResponse | None:
    """Join as an account or as a guest; None if the page has to say why not."""
    if request.user.is_authenticated and _has_account(request):
        try:
            return redirect(invitations.accept_invitation(invitation.token, request.user))
        except DoorClosedError as error:
            messages.error(request, str(error))
            return redirect("join", invitation.token)
    if invitation.role == Role.VIEWER:
        return _join_as_guest(request, invitation, form)
    return redirect_to_login(request.get_full_path()) if can_accept else None


def _join_as_guest(
    request: HttpRequest, invitation: Invitation, form: JoinForm
) -> HttpResponse | None:
    """Make a guest, and sign its browser in; None if `form` says why not.

    Raises:
        NoSuchInvitationError.
    """
    if not form.is_valid():
        return None
    limit = Limit("join", settings.GUEST_JOINS_PER_ADDRESS, MINUTE_S)
    address = get_adapter().get_client_ip(request)
    try:
        limit.count_attempt(address)
        user = guests.join_as_guest(invitation.token, **form.cleaned_data)
    except TooManyAttemptsError as error:
        attempts.mark_refused(request, error)
        form.add_error(None, f"Too many people in your network are joining at once. {error}")
    except MotionError as error:
        limit.undo_attempt(address)
        if isinstance(error, NoSuchInvitationError):
            raise
        form.add_error("name" if isinstance(error, InvalidValueError) else None, str(error))
    else:
        _sign_in_guest(request, user)
        return redirect(invitation.motion)
    return None


def _sign_in_guest(request: HttpRequest, user: User) -> None:
    if request.user.is_authenticated:  # a guest of another motion
        guests.replace_guest(request.user, user)
    login(request, user, settings.AUTHENTICATION_BACKENDS[0])
    request.session.set_expiry(settings.GUEST_DAYS * DAY_S)  # as long as the guest itself


def _has_account(request: HttpRequest) -> bool:
    return request.user.is_authenticated and not is_guest(request.user)


def _find_guest_elsewhere(request: HttpRequest, person: Person) -> Guest | None:
    """The guest that this browser is in another motion."""
    if not request.user.is_authenticated or _has_account(request) or person.is_guest:
        return None
    return guests.find_guest(request.user.pk)


# --- showing one ---------------------------------------------------------------------------


@login_required
@form_view
def motion_share(request: HttpRequest, slug: str) -> HttpResponse:
    """Link, QR code and code of a motion, large enough for a projector.

    POST chooses an address, or makes a code for one day.
    """
    motion = gate.require_manager(request, slug).motion
    invitation = find_coded_invitation(motion)
    if request.method == "POST":
        if "host" in request.POST:
            _choose_host(request, request.POST["host"])
        elif invitation is None:
            expires_at = compute_expiry("day")
            with report_refusals(request):
                invitations.create_invitation(motion.pk, by=request.user, expires_at=expires_at)
        if "wall" in request.POST:
            return redirect(f"{motion.get_absolute_url()}?wall")
        return redirect("motion-share", motion.slug)
    link = _build_link(request, motion, invitation)
    watch_link = _build_link(request, motion, None) if invitation else None
    host = hosts.choose_host_for_others(request)
    context = {
        "motion": motion,
        "invitation": invitation,
        "link": link,
        "watch_link": watch_link,
        "qr": draw_qr_code(link) if link else None,
        "host": host,
        "hosts": hosts.list_hosts_for_others(request),
        "join_at": f"{host}{reverse('join-code').rstrip('/')}",
        "is_reachable": hosts.is_reachable_by_others(request),
    }
    return render(request, "motion/share.html", context)


def _choose_host(request: HttpRequest, host: str) -> None:
    """Use this address in links and QR codes from now on."""
    if host in hosts.list_hosts_for_others(request):
        request.session[hosts.CHOSEN] = host
    else:
        messages.error(request, "This computer has left that network: choose another address.")


def _build_link(request: HttpRequest, motion: Motion, invitation: Invitation | None) -> str | None:
    """Where people join; without an invitation, where they watch a motion that is not private."""
    if invitation is not None:
        return hosts.build_public_url(request, invitation.get_absolute_url())
    if motion.visibility != Motion.Visibility.PRIVATE:
        return hosts.build_public_url(request, motion.get_absolute_url())
    return None
