"""Headers that Django has no setting for."""

from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from motion.services import attempts

UNUSED: Final = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "hid"),
    *("magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
)
"""Features of browsers that no page of ours uses."""


class DefaultHeader(MiddlewareMixin):
    """Sets a header of an answer, unless its view has set it."""

    name: str
    default: str

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault(self.name, self.default)
        return response


class PermissionsPolicy(DefaultHeader):
    """Denies our pages, and any script that might get into one, everything in `UNUSED`."""

    name = "Permissions-Policy"
    default = ", ".join(f"{name}=()" for name in UNUSED)


class CacheControl(DefaultHeader):
    """Lets no cache keep an answer, unless its view sets another Cache-Control.

    So after you sign out, a browser's Back button shows nothing about you, and no motion that is
    not public. What views set is in `motion/views/path.py`.
    """

    name = "Cache-Control"
    default = "private, no-store"


class RetryAfter(MiddlewareMixin):
    """Makes the answer to a form that a limit refused a 429; its page keeps what was typed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if wait_s := attempts.get_retry_after_s(request):
            response.status_code = 429
            response.headers["Retry-After"] = str(wait_s)
        return response
