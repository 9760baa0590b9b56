"""The path over HTTP: windows of it in JSON, stretches of it as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Final

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
)
from django.views.decorators.http import conditional_page, require_safe

from ..core import limits
from ..core.errors import InvalidValueError
from ..core.parameters import STEP_LIMIT
from ..models import Epoch, Motion, timestamp
from ..protocol.messages import COUNT_LIMIT
from ..queries import exports, windows
from ..queries.exports import Export
from ..queries.windows import Window
from . import gate
from .streams import streamed

POINTS: Final = 2_000

KEPT: Final = "public, max-age=300, must-revalidate"
"""Of what never changes and anyone may see: a motion that is made private is gone from all caches
five minutes later, and until then a browser asks for nothing twice."""

REVALIDATED: Final = "private, no-cache"
"""Of what changes and anyone may see: sent again only if it differs."""

NOT_KEPT: Final = "private, no-store"
"""Of all else."""

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a request asks for; None: the default."""

    epoch: int | None
    first: int
    last: int | None
    points: int
    changes: int
    piece: int | None


def saying(answer: Callable[[str, int], HttpResponse]) -> Callable[[View], View]:
    """Let a view that refuses say why by `answer(sentence, status)`, kept by no cache."""

    def decorate(view: View) -> View:
        @wraps(view)
        def refusing(request: HttpRequest, slug: str) -> HttpResponseBase:
            try:
                return view(request, slug)
            except (Http404, InvalidValueError) as error:
                status = 404 if isinstance(error, Http404) else 400
                response = answer(str(error), status)
                response["Cache-Control"] = NOT_KEPT
                return response

        return refusing

    return decorate


def in_json(sentence: str, status: int) -> HttpResponse:
    return JsonResponse({"message": sentence}, status=status)


def in_plain_text(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")


@require_safe
@conditional_page
@saying(in_json)
def path_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """A window of the path, thinned to the smallest stride that gives at most `points`."""
    motion = gate.shown(request, slug)
    query = parse(request, "epoch", "first", "last", "points", "changes")
    window = _read(motion, query)
    response = JsonResponse(
        window.fields(), json_dumps_params={"allow_nan": False, "separators": (",", ":")}
    )
    return cached(response, motion, query, is_past=window.is_past)


@require_safe
@conditional_page
@saying(in_plain_text)
def path_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every step of a stretch as a file, or a `piece` of it; at most 100,000 of them."""
    return _answer_file(request, slug, "csv", "text/csv; charset=utf-8", "piece")


@require_safe
@conditional_page
@saying(in_plain_text)
def path_npz(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same as NumPy's .npz, whole."""
    return _answer_file(request, slug, "npz", "application/octet-stream")


# --- parsing -------------------------------------------------------------------------------


def parse(request: HttpRequest, *allowed: str) -> Query:
    """What the query asks for.

    Raises:
        InvalidValueError: a parameter is unknown, given twice, or no number within its limits.
    """
    if not request.GET.keys() <= set(allowed):
        raise InvalidValueError("parameters", f"some of {', '.join(allowed)}")
    points = _number(request, "points", least=1, most=limits.WINDOW_POINTS)
    changes = _number(request, "changes", most=limits.WINDOW_CHANGES)
    piece = _number(request, "piece", least=1, most=STEP_LIMIT)
    if piece is not None and not {"epoch", "last"} <= request.GET.keys():
        raise InvalidValueError("piece", "given together with epoch and last")
    limit = POINTS if "points" in allowed else limits.FILE_STEPS
    return Query(
        epoch=_number(request, "epoch", most=COUNT_LIMIT),
        first=_number(request, "first", most=STEP_LIMIT - 1) or 0,
        last=_number(request, "last", most=STEP_LIMIT - 1),
        points=limit if points is None else points,
        changes=limits.WINDOW_CHANGES if changes is None else changes,
        piece=piece,
    )


def _number(request: HttpRequest, name: str, *, least: int = 0, most: int) -> int | None:
    texts = request.GET.getlist(name)
    if not texts:
        return None
    text = texts[0]
    digits = len(texts) == 1 and text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not digits or not least <= int(text) <= most:
        raise InvalidValueError(name, f"a whole number from {least} to {most}, given once")
    return int(text)


# --- reading and telling -------------------------------------------------------------------


def found_epoch(motion: Motion, query: Query) -> Epoch:
    """The epoch that the query names, or the one that runs.

    Raises:
        Http404: there is none of that number.
    """
    epoch = windows.find_epoch(motion, query.epoch)
    if epoch is None:
        raise Http404("There is no such epoch.")
    return epoch


def _answer_file(
    request: HttpRequest, slug: str, suffix: str, content_type: str, *allowed: str
) -> HttpResponseBase:
    """Every step of what the request asks for, to be saved under a name of its own."""
    motion = gate.shown(request, slug)
    query = parse(request, "epoch", "first", "last", *allowed)
    is_private = motion.visibility == Motion.Visibility.PRIVATE
    export = exports.read_export(
        motion,
        found_epoch(motion, query),
        first=query.first,
        last=query.last,
        piece=query.piece,
        address="" if is_private else request.build_absolute_uri(motion.get_absolute_url()),
    )
    made = timestamp()
    pieces = export.write_csv(made) if suffix == "csv" else export.write_npz(made)
    response = streamed(request, pieces, content_type=content_type)
    name = export.facts.make_file_name(made, suffix)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["ETag"] = _etag(motion, export)
    return cached(response, motion, query, is_past=export.is_past)


def _read(motion: Motion, query: Query) -> Window:
    return windows.read_window(
        motion,
        found_epoch(motion, query),
        first=query.first,
        last=query.last,
        points=query.points,
        max_changes=query.changes,
    )


def cached(
    response: HttpResponseBase, motion: Motion, query: Query, *, is_past: bool
) -> HttpResponseBase:
    """Kept by any cache if its address means this window for ever, and anyone may see it."""
    names_its_path = query.epoch is not None  # without, a restart gives the address another one
    never_changes = names_its_path and is_past
    return caching(response, motion, KEPT if never_changes else REVALIDATED)


def caching(response: HttpResponseBase, motion: Motion, policy: str) -> HttpResponseBase:
    """Let caches have a public motion's answer by `policy`; of any other they keep nothing."""
    if motion.visibility == Motion.Visibility.PUBLIC:
        response["Cache-Control"] = policy
    else:
        response["Cache-Control"] = NOT_KEPT
        response.headers.pop("ETag", None)  # nobody has one to compare
    return response


def _etag(motion: Motion, export: Export) -> str:
    """Of a file that is not there yet, by what it is computed of. The seed is named by the epoch.

    A weak one: two such files differ in when they were made.
    """
    whole = repr((motion.pk, export, exports.COLUMNS))
    return f'W/"{sha256(whole.encode()).hexdigest()[:32]}"'
