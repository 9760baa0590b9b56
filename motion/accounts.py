"""A person's own account: what django-allauth has no page for."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


class SignInForm(LoginForm):
    """allauth's, with labels that say what to type."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Username or e-mail"
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["remember"].label = "Keep me signed in"


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Where everything about one's account is found."""
    context = {"two_factor": is_mfa_enabled(request.user)}
    return render(request, "account/overview.html", context)
