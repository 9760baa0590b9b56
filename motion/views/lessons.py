"""Lessons over HTTP: started with a motion, gone through on its page, changed in its settings.

Only people who manage a motion get anything of its lesson: it has the notes of the teacher, the
questions that are not asked yet, and the right answers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..core.errors import InvalidValueError, LessonError, NoLessonError
from ..core.lesson_parser import LESSON_BYTES, parse_lesson, parse_view
from ..core.lessons import Lesson, write_lesson
from ..core.typed import read_id
from ..models import Motion
from ..queries.lessons import describe_scene, load_lesson
from ..services import lessons
from ..services.motions import is_key
from . import gate
from .gate import explain_refusals, mark_private, report_refusals, respond_in_json


@login_required
@require_POST
def start_lesson(request: HttpRequest) -> HttpResponse:
    """Make a motion with a ready lesson or one from a file, and go to its page."""
    owner = gate.require_account(request)
    key = request.POST.get("key", "")
    with _report_refusals(request):
        lesson = _read_lesson(request)
        motion = lessons.create_motion_with_lesson(owner, lesson, key=key if is_key(key) else "")
        return redirect(f"{motion.get_absolute_url()}?lesson")  # the page enters the first scene
    return redirect("new-motion")


@require_http_methods(["GET", "HEAD", "POST"])
def change_lesson(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Where the motion is in its lesson; a POST first does what its `action` says.

    Answers the page's own script in JSON, and the forms of the settings with pages.
    """
    if request.method == "POST" and request.accepts("text/html"):
        return _change_from_settings(request, slug)
    return _change_from_script(request, slug)


def _change_from_settings(request: HttpRequest, slug: str) -> HttpResponse:
    motion = gate.require_manager(request, slug).motion
    with _report_refusals(request):
        _apply_action(request, motion)
    return redirect(reverse("motion-settings", args=[slug]) + "#lesson")


@explain_refusals(respond_in_json)
def _change_from_script(request: HttpRequest, slug: str) -> HttpResponse:
    motion = gate.get_managed_motion(request, slug)
    if request.method == "POST":
        _apply_action(request, motion)
        motion.refresh_from_db()
    return mark_private(JsonResponse(describe_scene(motion)))


@require_safe
@explain_refusals(respond_in_json)
def lesson_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The lesson as a file, which can be imported again."""
    motion = gate.get_managed_motion(request, slug)
    lesson = load_lesson(motion.pk)
    if lesson is None:
        raise NoLessonError
    response = HttpResponse(write_lesson(lesson), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{motion.file_stem}-lesson.json"'
    return mark_private(response)


# --- what a POST does ----------------------------------------------------------------------


def _apply_action(request: HttpRequest, motion: Motion) -> None:
    """Do what the form says.

    Raises:
        InvalidValueError: the action is unknown, or one of its fields is wrong.
        LessonError, ConflictError, ForbiddenError, NoLessonError, TooManyQuestionsError.
    """
    action = request.POST.get("action", "")
    if action not in ACTIONS:
        raise InvalidValueError("action", f"one of {', '.join(ACTIONS)}")
    ACTIONS[action](request, motion)


def _go_to_scene(request: HttpRequest, motion: Motion) -> None:
    lessons.go_to_scene(motion.pk, _read_scene(request.POST), by=request.user)


def _add_scene(request: HttpRequest, motion: Motion) -> None:
    form = request.POST
    lessons.add_scene(
        motion.pk,
        title=form.get("title", ""),
        notes=form.get("notes", ""),
        view=parse_view(form["view"]) if form.get("view") else None,
        by=request.user,
    )


def _remove_part(request: HttpRequest, motion: Motion) -> None:
    if "scene" in request.POST:
        scene, scenes = (_read_scene(request.POST, name) for name in ("scene", "scenes"))
        lessons.remove_scene(motion.pk, scene, of=scenes, by=request.user)
    else:
        lessons.remove_lesson(motion.pk, by=request.user)


def _set_lesson(request: HttpRequest, motion: Motion) -> None:
    lessons.set_lesson(motion.pk, _read_lesson(request), by=request.user)


def _make_lesson(request: HttpRequest, motion: Motion) -> None:
    lessons.make_lesson(motion.pk, by=request.user)


ACTIONS: Final[dict[str, Callable[[HttpRequest, Motion], None]]] = {
    "go": _go_to_scene,
    "add": _add_scene,
    "remove": _remove_part,
    "set": _set_lesson,
    "make": _make_lesson,
}


# --- what comes from outside ---------------------------------------------------------------


def _read_lesson(request: HttpRequest) -> Lesson:
    """The `ready` lesson that a form names, or the one in its `file`.

    Raises:
        InvalidValueError, LessonError.
    """
    if name := request.POST.get("ready"):
        ready = lessons.load_ready_lessons()
        if name not in ready:
            raise InvalidValueError("lesson", f"one of {', '.join(ready)}")
        return ready[name]
    file = request.FILES.get("file")
    if file is None:
        raise InvalidValueError("file", "a lesson in JSON: choose one")
    return parse_lesson(file.read(LESSON_BYTES + 1))


def _read_scene(form: QueryDict, name: str = "scene") -> int:
    """The number of a scene, or of all; 0, which no scene has, for any other text."""
    return read_id(form.get(name, "")) or 0


@contextmanager
def _report_refusals(request: HttpRequest) -> Iterator[None]:
    """As `gate.report_refusals`; a malformed lesson is named as such."""
    with report_refusals(request):
        try:
            yield
        except LessonError as error:
            messages.error(request, f"This lesson cannot be used. {error}")
