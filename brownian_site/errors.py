"""What a person, or a program, gets for a request that cannot be answered as it was sent."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Final

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from motion.logs import Seldom

logger = logging.getLogger(__name__)

# While the database is away every request fails: one line for all of them, and no tracebacks.
not_answered = Seldom(logger, "A request was answered 503, since the database did not answer")

RETRY_AFTER_S: Final = 5
UNAVAILABLE: Final = "The database of this site does not answer. Try again in a few seconds."


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
    not_answered.warn(str(error).partition("\n")[0])
    response = answer_in_form(
        request, UNAVAILABLE, 503, lambda: HttpResponse(render_to_string("503.html"), status=503)
    )
    response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined]  # or Django logs a traceback
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
