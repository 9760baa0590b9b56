"""A person's own account: what django-allauth has no page for."""

import re
from functools import partial
from typing import Any

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.forms import LoginForm, SignupForm
from allauth.account.internal.flows.manage_email import email_already_exists
from allauth.account.internal.flows.signup import complete_signup
from allauth.account.utils import setup_user_email
from allauth.core import context
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from ..core.errors import MotionError
from ..core.names import isolate_text
from ..models import Membership, Motion, display_name
from ..services import accounts, attempts, guests
from ..services.accounts import DELETE
from ..services.attempts import MINUTE_S, Limit, TooManyAttemptsError
from . import gate
from .forms import form_view


class SignInForm(LoginForm):
    """allauth's, with labels that say what to type."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or email"
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = "Keep me signed in"


class LimitedForm(forms.BaseForm):
    """A form of allauth with a limit for each address; beyond it the form keeps what was typed."""

    limit_name: str
    limit_setting: str
    """The name of the setting that says how many may be sent in a minute."""

    def full_clean(self) -> None:
        # Before any field is checked: an error beside a field would say which names exist.
        if not self.is_bound or self._is_within_limit():
            super().full_clean()

    def _is_within_limit(self) -> bool:
        limit = Limit(self.limit_name, getattr(settings, self.limit_setting), MINUTE_S)
        try:
            limit.count_attempt(get_adapter().get_client_ip(context.request))
        except TooManyAttemptsError as error:
            attempts.mark_refused(context.request, error)
            self._errors = ErrorDict()
            self.cleaned_data = {}
            self.add_error(None, f"Too many people in your network are doing this at once. {error}")
            return False
        return True


class SignUpForm(LimitedForm, SignupForm):
    """allauth's form, with the rule for names beside the field: an error empties both passwords."""

    limit_name, limit_setting = "signup", "SIGNUPS_PER_MINUTE"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Letters, digits and . + - _ only, no spaces."


class KeepSeatForm(SignUpForm):
    """allauth's form, for a guest that is there already."""

    def __init__(self, *args: Any, guest: User, **kwargs: Any) -> None:
        suggested = re.sub(r"[^\w.+-]+", "_", display_name(guest)).strip("_")
        super().__init__(*args, initial={"username": suggested}, **kwargs)

    def validate_unique_email(self, value: str) -> str:
        email: str = email_already_exists(value, always_raise=True)[0]
        return email

    def save_to(self, request: HttpRequest, guest: User) -> None:
        """Give the guest a name, a password and an address as a new account gets them."""
        guest.first_name = ""
        get_adapter().save_user(request, guest, self)
        setup_user_email(request, guest, [])


class ResetPasswordForm(LimitedForm, allauth_forms.ResetPasswordForm):
    limit_name, limit_setting = "reset", "RESETS_PER_MINUTE"


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page of allauth's own limits, all of which last a minute."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(MINUTE_S)
    return response


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """All pages about the visitor's own account."""
    two_factor = is_mfa_enabled(request.user)
    return render(request, "account/overview.html", {"two_factor": two_factor})


@form_view
@sensitive_post_parameters()
def keep_seat(request: HttpRequest, slug: str) -> HttpResponse:
    """Make an account of the guest that asks, and sign its browser in to it."""
    visible = gate.get_visible_motion(request, slug)
    if not visible.person.is_guest:
        return redirect(visible.motion)
    guest = gate.require_account(request)
    form = KeepSeatForm(request.POST or None, guest=guest)
    if form.is_valid():
        save = partial(form.save_to, request)
        try:
            account = guests.keep_seat(visible.motion.pk, guest, save)
        except MotionError as error:
            form.add_error(None, str(error))
        else:
            address = visible.motion.get_absolute_url()
            response: HttpResponse = complete_signup(request, user=account, redirect_url=address)
            return response
    context = {"motion": visible.motion, "form": form, "seat": visible.person.seat}
    return render(request, "motion/keep_seat.html", context)


# --- deleting it ----------------------------------------------------------------------------


class DeleteAccountForm(forms.Form):
    """Asks what to do with each motion of `owner`, and whether they are sure."""

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.motions = {}
        for motion in _find_owned_motions(owner):
            name = f"motion-{motion.pk}"
            self.motions[name] = motion.pk
            self.fields[name] = forms.ChoiceField(
                label=isolate_text(str(motion)), choices=_build_fate_choices(motion)
            )
        self.fields["sure"] = forms.BooleanField(label="Yes, delete my account for good")

    def get_fates(self) -> dict[int, str]:
        """By motion, `DELETE` or the id of its next owner."""
        return {pk: self.cleaned_data[name] for name, pk in self.motions.items()}


@form_view
@reauthentication_required
def delete_account(request: HttpRequest) -> HttpResponse:
    """Delete the account, and transfer or delete its motions."""
    owner = gate.require_account(request)
    form = DeleteAccountForm(request.POST or None, owner=owner)
    if form.is_valid():
        try:
            accounts.delete_account(owner, form.get_fates())
        except MotionError as error:
            form.add_error(None, f"Nothing was deleted. {error}")
        else:
            logout(request)
            messages.success(request, "Your account was deleted.")
            return redirect("/")
    return render(request, "account/delete.html", {"form": form})


def _find_owned_motions(owner: User) -> QuerySet[Motion]:
    """By title, each with the members who may become its owner as its memberships."""
    role = Membership.Role.OWNER
    found = Motion.objects.filter(memberships__user=owner, memberships__role=role)
    heirs = Membership.objects.filter(user__is_active=True, user__guest=None).exclude(user=owner)
    members = Prefetch("memberships", heirs.select_related("user"))
    return found.order_by("title").prefetch_related(members)


def _build_fate_choices(motion: Motion) -> list[tuple[str, str]]:
    heirs = [(str(heir.user_id), display_name(heir.user)) for heir in motion.memberships.all()]
    return [
        ("", "Choose…"),
        (DELETE, "Delete it, with its whole path"),
        *(
            (key, f"Hand it over to {isolate_text(name)}, and begin a new path")
            for key, name in heirs
        ),
    ]
