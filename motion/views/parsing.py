"""The query of a request for a path: which epoch, which steps, how many points."""

from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest

from ..core import limits
from ..core.errors import InvalidValueError
from ..core.parameters import STEP_LIMIT
from ..models import Epoch, Motion
from ..protocol.messages import COUNT_LIMIT
from ..queries import windows

DEFAULT_POINTS: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Query:
    """The parameters of a request; None stands for the default."""

    epoch: int | None
    first: int
    last: int | None
    points: int
    changes: int
    piece: int | None


def parse_query(request: HttpRequest, *allowed: str) -> Query:
    """The parameters in the query.

    Raises:
        InvalidValueError: a parameter is unknown, given twice, or no number within its limits.
    """
    if not request.GET.keys() <= set(allowed):
        raise InvalidValueError("parameters", f"some of {', '.join(allowed)}")
    points = _parse_number(request, "points", least=1, most=limits.WINDOW_POINTS)
    changes = _parse_number(request, "changes", most=limits.WINDOW_CHANGES)
    piece = _parse_number(request, "piece", least=1, most=STEP_LIMIT)
    if piece is not None and not {"epoch", "last"} <= request.GET.keys():
        raise InvalidValueError("piece", "given together with epoch and last")
    limit = DEFAULT_POINTS if "points" in allowed else limits.FILE_STEPS
    return Query(
        epoch=_parse_number(request, "epoch", most=COUNT_LIMIT),
        first=_parse_number(request, "first", most=STEP_LIMIT - 1) or 0,
        last=_parse_number(request, "last", most=STEP_LIMIT - 1),
        points=limit if points is None else points,
        changes=limits.WINDOW_CHANGES if changes is None else changes,
        piece=piece,
    )


def _parse_number(request: HttpRequest, name: str, *, least: int = 0, most: int) -> int | None:
    texts = request.GET.getlist(name)
    if not texts:
        return None
    text = texts[0]
    digits = len(texts) == 1 and text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise InvalidValueError(name, f"a whole number from {least} to {most}, given once")
    return int(text)


def find_epoch(motion: Motion, query: Query) -> Epoch:
    """The epoch that the query names, or the running one.

    Raises:
        Http404: the motion has no epoch of that number.
    """
    epoch = windows.find_epoch(motion, query.epoch)
    if epoch is None:
        raise Http404("There is no such epoch.")
    return epoch
