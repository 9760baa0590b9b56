"""Questions over HTTP: the owner asks and reveals, participants answer.

All responses are JSON for the page's own script, but for the file of results.
"""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.views.decorators.http import require_POST, require_safe

from ..core.errors import ForbiddenAnswerError, InvalidValueError
from ..core.limits import ANSWERS_PER_MINUTE
from ..core.questions import Draft, check_question
from ..core.typed import read_id, read_number, read_whole
from ..queries.exports import remove_formulas
from ..queries.questions import Row, list_questions, read_answer_rows
from ..services import attempts, questions
from ..services.attempts import MINUTE_S, Limit, TooManyAttemptsError
from . import gate
from .gate import explain_refusals, mark_private, respond_in_json, respond_in_text

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it Excel takes the names in a file for another encoding."""


# --- answers -------------------------------------------------------------------------------


@require_POST
@explain_refusals(respond_in_json)
def answer_question(request: HttpRequest, slug: str) -> HttpResponse:
    """Store the visitor's answer to the `question` of `opened_at`, from `low` to `high`.

    The response comes after the answer is stored, with what is stored.
    """
    motion = gate.get_visible_motion(request, slug).motion
    if not request.user.is_authenticated:
        raise ForbiddenAnswerError  # before it locks the question: nothing counts its attempts
    try:
        Limit("answers", ANSWERS_PER_MINUTE, MINUTE_S).count_attempt(str(request.user.pk))
    except TooManyAttemptsError as error:
        attempts.mark_refused(request, error)
        return respond_in_json(f"You answered too often. {error}", 429)
    number = _get_question_number(request.POST, "question")
    low, high = (_read_number(request.POST, name, "answer") for name in ("low", "high"))
    if low is None or high is None:
        raise InvalidValueError("answer", "a number")
    opened_at = request.POST.get("opened_at", "")
    low, high = questions.store_answer(
        motion.pk, number, low, high, by=request.user, opened_at=opened_at
    )
    return mark_private(JsonResponse({"question": number, "low": low, "high": high}))


# --- for the manager -----------------------------------------------------------------------


@require_POST
@explain_refusals(respond_in_json)
def change_questions(request: HttpRequest, slug: str) -> HttpResponse:
    """Prepare, ask, open, close, reveal, put away or remove a question, as `action` says."""
    motion = gate.get_managed_motion(request, slug)
    action, by = request.POST.get("action", ""), request.user
    if action in NEW:
        number = NEW[action](motion.pk, _read_draft(request.POST), by=by)
    elif action in EXISTING:
        number = _get_question_number(request.POST, "number")
        number = EXISTING[action](motion.pk, number, by=by) or number
    else:
        raise InvalidValueError("action", f"one of {', '.join([*NEW, *EXISTING])}")
    return mark_private(JsonResponse({"number": number}))


NEW: Final = {"prepare": questions.prepare_question, "ask": questions.ask_question}
"""Actions that make a question, and return its number."""

EXISTING: Final[dict[str, Callable[..., int | None]]] = {
    "open": questions.open_question,
    "close": questions.close_question,
    "reveal": questions.reveal_question,
    "show-names": partial(questions.show_names, on=True),
    "hide-names": partial(questions.show_names, on=False),
    "put-away": questions.put_away_question,
    "remove": questions.remove_question,
    "again": questions.ask_again,
}
"""Actions on a question; one that makes another returns its number."""


@require_safe
@explain_refusals(respond_in_json)
def questions_json(request: HttpRequest, slug: str) -> HttpResponse:
    """All questions, newest first, and the number of the one that everyone sees."""
    motion = gate.get_managed_motion(request, slug)
    return mark_private(
        JsonResponse({"shown": motion.question, "questions": list_questions(motion)})
    )


@require_safe
@explain_refusals(respond_in_text)
def questions_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The answers to all revealed questions, each in a row, as a file."""
    motion = gate.get_managed_motion(request, slug)
    text = io.StringIO(BYTE_ORDER_MARK)
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    for row in read_answer_rows(motion):
        writer.writerow(map(_write_cell, row))
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{motion.file_stem}-questions.csv"'
    return mark_private(response)


def _write_cell(value: object) -> object:
    """A time in ISO 8601, or a text that a spreadsheet does not take for a formula."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return remove_formulas(value) if isinstance(value, str) else value


# --- fields of forms -----------------------------------------------------------------------


def _get_question_number(form: QueryDict, name: str) -> int:
    number = read_id(form.get(name, ""))
    if number is None:
        raise InvalidValueError(name, "the number of a question")
    return number


def _read_draft(form: QueryDict) -> Draft:
    """The question in a form; options stand on a line each.

    Raises:
        InvalidValueError.
    """
    ahead = form.get("ahead", "").strip()
    return check_question(
        {
            "kind": form.get("kind"),
            "text": form.get("text"),
            "options": [line for line in form.get("options", "").splitlines() if line.strip()],
            "level": _read_number(form, "level", "level"),
            "ahead": (read_whole(ahead) or 0) if ahead else None,  # 0 is refused
            "correct": _read_number(form, "correct", "correct answer"),
        }
    )


def _read_number(form: QueryDict, name: str, label: str) -> float | None:
    """A number as a person or a script writes it; None for an empty field.

    Args:
        label: of the field, in a sentence for a person.

    Raises:
        InvalidValueError.
    """
    text = form.get(name, "").strip()
    if not text:
        return None
    number = read_number(text)
    if number is None:
        raise InvalidValueError(label, "a number such as 12.5")
    return number
