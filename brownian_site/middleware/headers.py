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
"""Features of browsers that no page of ours uses."""

PERMISSIONS_POLICY: Final = ", ".join(f"{name}=()" for name in UNUSED)


class PermissionsPolicy(MiddlewareMixin):
    """Denies our pages, and any script that might get into one, everything in `UNUSED`."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class CacheControl(MiddlewareMixin):
    """Lets no cache keep an answer, unless its view sets another Cache-Control.

    So after you sign out, a browser's Back button shows nothing about you, and no motion that is
    not public. What views set is in `motion/views/path.py`.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class RetryAfter(MiddlewareMixin):
    """Makes the answer to a form that a limit refused a 429; its page keeps what was typed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if wait_s := attempts.get_retry_after_s(request):
            response.status_code = 429
            response.headers["Retry-After"] = str(wait_s)
        return response
