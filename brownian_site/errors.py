"""Answers to requests that fail: without the database, and forms without a valid token."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import REASON_BAD_ORIGIN, REASON_NO_CSRF_COOKIE
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

from motion.telemetry import logs

RETRY_AFTER_S: Final = 5
UNAVAILABLE: Final = "The database of this site does not answer. Try again in a few seconds."


# --- the database is away ------------------------------------------------------------------


def server_error(request: HttpRequest) -> HttpResponseBase:
    """The site's `handler500`: every exception of a view or a middleware ends here."""
    return answer_outage(request, sys.exc_info()[1]) or defaults.server_error(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """The site's `handler400`: Django takes a session that could not be saved for a deleted one."""
    return answer_outage(request, exception) or defaults.bad_request(request, exception)


def answer_outage(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """A 503 in the form that the request wants, if the database is the reason; else None.

    Neither a session nor a user is read for it: both are in the database.
    """
    while isinstance(error, SessionInterrupted | UpdateError):
        error = error.__context__
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    logs.database.warn(error)  # one line for all the requests of an outage
    response = answer_in_form(
        request, UNAVAILABLE, 503, lambda: HttpResponse(render_to_string("503.html"), status=503)
    )
    response["Retry-After"] = str(RETRY_AFTER_S)
    vars(response)["_has_been_logged"] = True  # else Django logs a traceback
    return response


def answer_in_form(
    request: HttpRequest, sentence: str, status: int, page: Callable[[], HttpResponse]
) -> HttpResponse:
    """JSON or plain text where a program asks, a page where a person does."""
    if request.path.endswith(".json") or not request.accepts("text/html"):
        return JsonResponse({"message": sentence}, status=status)
    if request.path.endswith((".csv", ".npz")):
        return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain")
    return page()


# --- a form without the token that it needs ------------------------------------------------

ENTRANCES: Final = frozenset({"account_login", "account_signup", "admin:login"})
ORIGIN_REASONS: Final = (REASON_BAD_ORIGIN.partition(" - ")[0], "Referer checking failed")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why a form was refused, for the person who sent it."""

    title: str
    sentence: str


STALE: Final = Refusal(
    title="This form is out of date.",
    sentence="Nothing was changed. The page was opened before you signed in or out in another tab.",
)
NO_COOKIE: Final = Refusal(
    title="This site needs cookies.",
    sentence="Nothing was changed: your browser sent no cookie with the form."
    " Allow cookies for this site in your browser’s settings, then try again.",
)
FOREIGN: Final = Refusal(
    title="This form came from another address.",
    sentence="Nothing was changed: this site does not trust the address that sent the form."
    " If it was this site’s own address, ask its administrator to read the log.",
)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The site's `CSRF_FAILURE_VIEW`, which reads only `next` of the refused form.

    A person who has signed in, and then sends the sign-in form of another tab, is redirected as
    after signing in.
    """
    refusal = explain_refusal(reason)
    entrance = request.resolver_match and request.resolver_match.view_name in ENTRANCES
    if refusal is STALE and entrance and request.user.is_authenticated:
        wanted = request.POST.get("next") or request.GET.get("next")
        return redirect(check_local_address(wanted) or settings.LOGIN_REDIRECT_URL)
    context = {"refusal": refusal, "again": find_previous_page(request)}
    return answer_in_form(
        request,
        f"{refusal.title} {refusal.sentence}",
        403,
        lambda: render(request, "403_csrf.html", context, status=403),
    )


def explain_refusal(reason: str) -> Refusal:
    """Translate Django's `reason` for a person."""
    if reason == REASON_NO_CSRF_COOKIE:
        return NO_COOKIE
    return FOREIGN if reason.startswith(ORIGIN_REASONS) else STALE


def find_previous_page(request: HttpRequest) -> str:
    """The page of ours that had the form, if the browser names it; else the first page."""
    host, _, rest = request.META.get("HTTP_REFERER", "").partition("://")[2].partition("/")
    is_ours = host == request.get_host()
    return (is_ours and check_local_address(f"/{rest}")) or "/"


def check_local_address(address: str | None) -> str | None:
    """`address` if it is a path of this site, else None."""
    if address and address.startswith("/") and url_has_allowed_host_and_scheme(address, None):
        return address
    return None
