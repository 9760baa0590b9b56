"""Headers that Django has no setting for."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from motion.services import attempts

UNUSED: Final = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
"""What a browser could let a page do that no page here does."""

PERMISSIONS_POLICY: Final = ", ".join(f"{name}=()" for name in UNUSED)


class PermissionsPolicy(MiddlewareMixin):
    """Denies our pages, and whatever might get into one, everything in `UNUSED`."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class CacheControl(MiddlewareMixin):
    """Lets no cache keep an answer, unless its view says who may see it and for how long.

    That is everything about a person, and about motions that not everyone may see: after signing
    out a browser's Back button shows none of it. What views say is in `motion/views/path.py`.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RetryAfter(MiddlewareMixin):
    """Marks the page of a form that a limit refused; the page keeps what was typed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if wait_s := attempts.get_retry_after_s(request):
            response.status_code = 429
            response.headers["Retry-After"] = str(wait_s)
        return response
