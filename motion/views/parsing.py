"""The query of a request for a path: which epoch, which steps, how many points."""

import re
from dataclasses import dataclass
from typing import Final

from django.http import Http404, HttpRequest

from ..core import limits
from ..core.errors import InvalidValueError
from ..core.parameters import STEP_LIMIT
from ..core.typed import COUNT_LIMIT
from ..models import Epoch, Motion
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
    step: int | None
    paths: tuple[int, ...]
    law: str | None
    low: float | None
    high: float | None


_SOME_PATHS: Final = re.compile(r"\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*", re.ASCII)


def parse_query(
    request: HttpRequest, *allowed: str, most_points: int = limits.WINDOW_POINTS
) -> Query:
    """The parameters in the query.

    Raises:
        InvalidValueError: a parameter is unknown, given twice, or no number within its limits.
    """
    if not request.GET.keys() <= set(allowed):
        raise InvalidValueError("parameters", f"some of {', '.join(allowed)}")
    points = _parse_number(request, "points", least=1, most=most_points)
    changes = _parse_number(request, "changes", most=limits.WINDOW_CHANGES)
    piece = _parse_number(request, "piece", least=1, most=STEP_LIMIT)
    if piece is not None and not {"epoch", "last"} <= request.GET.keys():
        raise InvalidValueError("piece", "given together with epoch and last")
    limit = min(DEFAULT_POINTS, most_points) if "points" in allowed else limits.FILE_STEPS
    return Query(
        epoch=_parse_number(request, "epoch", most=COUNT_LIMIT),
        first=_parse_number(request, "first", most=STEP_LIMIT - 1) or 0,
        last=_parse_number(request, "last", most=STEP_LIMIT - 1),
        points=limit if points is None else points,
        changes=limits.WINDOW_CHANGES if changes is None else changes,
        piece=piece,
        step=_parse_number(request, "step", most=STEP_LIMIT - 1),
        paths=_parse_paths(request.GET.getlist("paths")),
        law=",".join(request.GET.getlist("law")) if "law" in request.GET else None,
        low=_parse_height(request, "low"),
        high=_parse_height(request, "high"),
    )


def _parse_paths(texts: list[str]) -> tuple[int, ...]:
    """The numbers in a text such as "7" or "1-30,45", in order and once each.

    Raises:
        InvalidValueError.
    """
    if not texts:
        return ()
    most, numbers = limits.WINDOW_PATHS, set[int]()
    is_list = len(texts) == 1 and _SOME_PATHS.fullmatch(texts[0])
    for part in texts[0].split(",") if is_list else ():
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
        if len(numbers) > most:
            break  # a long text of long ranges would take a second
    if not 1 <= len(numbers) <= most:
        raise InvalidValueError("paths", f"at most {most} numbers, such as 7 or 1-30,45")
    return tuple(sorted(numbers))


def _parse_number(request: HttpRequest, name: str, *, least: int = 0, most: int) -> int | None:
    texts = request.GET.getlist(name)
    if not texts:
        return None
    text = texts[0]
    digits = len(texts) == 1 and text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise InvalidValueError(name, f"a whole number from {least} to {most}, given once")
    return int(text)


_HEIGHT: Final = re.compile(r"-?\d{1,12}(\.\d{1,12})?", re.ASCII)


def _parse_height(request: HttpRequest, name: str) -> float | None:
    texts = request.GET.getlist(name)
    if not texts:
        return None
    if len(texts) > 1 or not _HEIGHT.fullmatch(texts[0]):
        raise InvalidValueError(name, "a number such as 20 or -1.5, given once")
    return float(texts[0])


def find_ensemble_epoch(motion: Motion, query: Query) -> Epoch:
    """The epoch that `find_epoch` finds, which has an ensemble.

    Raises:
        Http404: there is no such epoch, or it has no ensemble.
    """
    epoch = find_epoch(motion, query)
    if not epoch.paths:
        raise Http404("This path has no ensemble.")
    return epoch


def find_epoch(motion: Motion, query: Query) -> Epoch:
    """The epoch that the query names, or the running one.

    Raises:
        Http404: the motion has no epoch of that number.
    """
    epoch = windows.find_epoch(motion, query.epoch)
    if epoch is None:
        raise Http404("There is no such epoch.")
    return epoch
