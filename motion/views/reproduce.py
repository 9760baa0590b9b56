"""Reproduce paths outside this program: seeds and changes, for the owner alone.

No cache may keep any of it: a running seed is the future. The site's rule for caches is in
`brownian_site/middleware/headers.py`.
"""

from collections.abc import AsyncIterator
from typing import Final, NamedTuple

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from ..core.brownian import ALGORITHM
from ..core.typed import read_id
from ..models import Change, Epoch, Motion
from ..queries.exports import write_title
from . import gate
from .gate import explain_refusals, respond_in_text
from .parsing import find_epoch, parse_query

SHOWN_PATHS: Final = 100
PROGRAM_CHANGES: Final = 100
"""A program contains at most this many; for more it reads the file of changes."""
PROGRAM_STEPS: Final = 10
"""How many of the newest steps a program prints."""
PIECE: Final = 1_000
"""Changes that are read and written at a time."""
COLUMNS: Final = ("step", "position", "standard", "variance", "drift")


class PathRow(NamedTuple):
    """A path in the list; `steps` is its last step so far."""

    epoch: Epoch
    is_running: bool
    steps: int


@login_required
@require_safe
def reproduce(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest paths with their seeds, and a program that computes one of them again."""
    motion = _require_seed_access(request, slug)
    epochs = Epoch.objects.filter(motion=motion, number__lte=motion.epoch).order_by("-number")
    chosen = _describe_path(motion, _choose_epoch(epochs, request.GET.get("epoch", "")))
    context = {
        "motion": motion,
        "paths": [_describe_path(motion, epoch) for epoch in epochs[:SHOWN_PATHS]],
        "chosen": chosen,
        "program": write_program(motion, chosen.epoch, last=chosen.steps),
    }
    return render(request, "motion/reproduce.html", context)


def _choose_epoch(epochs: QuerySet[Epoch], number: str) -> Epoch:
    """The epoch that the query names, or the newest.

    Raises:
        Http404: the motion has no such path.
    """
    if number:
        epochs = epochs.filter(number=read_id(number) or 0)
    if (epoch := epochs.first()) is None:
        raise Http404("This motion has no such path.")
    return epoch


def _describe_path(motion: Motion, epoch: Epoch) -> PathRow:
    is_running = epoch.number == motion.epoch
    return PathRow(epoch, is_running, motion.step if is_running else epoch.last_step or 0)


def write_program(motion: Motion, epoch: Epoch, *, last: int) -> str | None:
    """A program in Python that prints the path's newest steps, with NumPy alone.

    None for a path of an algorithm that the recipe does not compute.
    """
    if epoch.algorithm != ALGORITHM:
        return None
    changes = Change.objects.filter(epoch=epoch, revision__lte=motion.revision)
    rows = list(changes.order_by("revision").values_list(*COLUMNS)[: PROGRAM_CHANGES + 1])
    context = {
        "seed": epoch.seed,
        "paths": epoch.paths,
        "rows": rows if len(rows) <= PROGRAM_CHANGES else None,
        "file": _name_file(motion, epoch),
        "first": max(last - PROGRAM_STEPS + 1, 0),
        "last": last,
    }
    return render_to_string("motion/recipe.py.txt", context)


def _name_file(motion: Motion, epoch: Epoch) -> str:
    return f"{motion.file_stem}-path-{epoch.ordinal}-changes.csv"


@login_required
@require_safe
@explain_refusals(respond_in_text)
def changes_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The changes of one path as a file, oldest first."""
    motion = _require_seed_access(request, slug)
    epoch = find_epoch(motion, parse_query(request, "epoch"))
    lines = _write_lines(motion, epoch)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = _name_file(motion, epoch)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _write_lines(motion: Motion, epoch: Epoch) -> AsyncIterator[str]:
    """The file piece by piece: a path may have a million changes."""
    yield f"# title: {write_title(str(motion))}\n"
    yield f"# path: {epoch.ordinal} (epoch {epoch.number}; algorithm version {epoch.algorithm})\n"
    yield f"# seed: {epoch.seed} (a secret while the path goes on: its future follows from it)\n"
    yield ",".join(COLUMNS) + "\n"
    after = 0
    while rows := await sync_to_async(_read_piece)(epoch.pk, after, motion.revision):
        yield "".join(f"{','.join(map(repr, row))}\n" for _, *row in rows)
        after = rows[-1][0]


def _read_piece(epoch_id: int, after: int, up_to: int) -> list[tuple[int, *tuple[float, ...]]]:
    """The next changes of a path, each with its revision before its columns."""
    rows = Change.objects.filter(epoch=epoch_id, revision__gt=after, revision__lte=up_to)
    return list(rows.order_by("revision").values_list("revision", *COLUMNS)[:PIECE])


def _require_seed_access(request: HttpRequest, slug: str) -> Motion:
    """The motion at `slug`, if the visitor may know its seeds.

    Raises:
        NoSuchMotion.
        PermissionDenied: the visitor may only see the motion.
    """
    visible = gate.get_visible_motion(request, slug)
    if not visible.can_see_seeds:
        raise PermissionDenied("Only the motion's owner may do that.")
    return visible.motion
