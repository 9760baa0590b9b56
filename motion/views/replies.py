"""What a refusal becomes where it meets a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from ..core.errors import ForbiddenError, MotionError, NoSuchMotionError
from . import gate


@contextmanager
def refusals(request: HttpRequest, done: str = "") -> Iterator[None]:
    """Say `done` when the block is through; what it refuses is a page, or a message on the next.

    Raises:
        Http404, PermissionDenied.
    """
    try:
        yield
    except NoSuchMotionError:
        raise gate.no_such_motion() from None
    except ForbiddenError as error:
        raise PermissionDenied(str(error)) from None
    except MotionError as error:
        messages.error(request, str(error))
    else:
        if done:
            messages.success(request, done)
