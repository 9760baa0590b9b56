"""What only a motion's owner may do: change its settings, restart it from this page, delete it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ..core.errors import LessonError
from ..core.lessons import Lesson
from ..core.names import isolate_text
from ..core.typed import read_id
from ..live import presence
from ..models import Epoch, Motion
from ..queries.lessons import load_lesson
from ..services import motions, questions
from ..services.lessons import load_ready_lessons
from . import gate
from .forms import QuestionForm, SettingsForm, form_view
from .gate import report_refusals


@login_required
@form_view
def motion_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Title, address, who may see and control the motion, and its questions."""
    visible = gate.require_manager(request, slug)
    form = SettingsForm(motion=visible.motion)
    question_form = QuestionForm(prefix="question")
    if "question" in request.POST:
        question_form = QuestionForm(request.POST, prefix="question")
        if _change_questions(request, visible.motion, question_form):
            return redirect(f"{reverse('motion-settings', args=[visible.motion.slug])}#questions")
    elif request.method == "POST":
        with report_refusals(request), transaction.atomic():
            # Locked, so that nobody changes it between comparing and saving.
            form = SettingsForm(request.POST, motion=motions.lock_motion(visible.motion.pk))
            if form.is_valid():
                return _save_settings(request, visible.motion, form)
    context = {
        "motion": visible.motion,
        "form": form,
        "can_see_seeds": visible.can_see_seeds,
        "has_new_paths": has_new_paths(visible.motion),
        "lesson": _load_lesson(request, visible.motion),
        "ready_lessons": load_ready_lessons(),
        "question_form": question_form,
        "questions": visible.motion.questions.order_by("-number"),
    }
    return render(request, "motion/settings.html", context)


def _load_lesson(request: HttpRequest, motion: Motion) -> Lesson | None:
    """The lesson of a motion; one of a newer version, which this one cannot read, is none."""
    try:
        return load_lesson(motion.pk)
    except LessonError as error:
        messages.error(request, f"The lesson of this motion cannot be read. {error}")
        return None


def _change_questions(request: HttpRequest, motion: Motion, form: QuestionForm) -> bool:
    """Remove the question whose number the form has as `question`, or else prepare that in `form`.

    False if the form is to be shown again.
    """
    number = read_id(request.POST.get("question", ""))
    if number is not None:
        with report_refusals(request, "Removed."):
            questions.remove_question(motion.pk, number, by=request.user)
        return True
    if not form.is_valid():
        return False
    with report_refusals(request, "Prepared. Ask it on the live page."):
        questions.prepare_question(motion.pk, form.draft, by=request.user)
    return True


def has_new_paths(motion: Motion) -> bool:
    """Whether the next path begins with another ensemble than the one that runs."""
    running = Epoch.objects.filter(motion=motion, number=motion.epoch, paths=motion.ensemble)
    return not running.exists()


def _save_settings(request: HttpRequest, motion: Motion, form: SettingsForm) -> HttpResponse:
    with report_refusals(request, "Saved. Open pages update now."):
        motions.update_description(motion.pk, by=request.user, **form.cleaned_data)
    return redirect("motion-settings", motion.slug)


@login_required
@form_view
def restart_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask first; then begin a new path at zero."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST":
        paused = {"yes": True, "no": False}.get(request.POST.get("paused", ""))
        # The revision that the page showed, so that nobody undoes a newer change unseen.
        revision = read_id(request.POST.get("revision", ""))
        done = "A new path waits at step 0." if paused else "A new path began at zero."
        with report_refusals(request, done):
            motions.restart_motion(
                motion.pk,
                by=request.user,
                expected_revision=-1 if revision is None else revision,
                paused=paused,
            )
        return redirect(motion)
    return _ask_first(request, "motion/restart.html", motion)


@login_required
@form_view
def delete_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask first, and say how many people watch; then delete the motion."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST":
        with report_refusals(request, f"“{isolate_text(str(motion))}” was deleted."):
            motions.delete_motion(motion.pk, by=request.user)
        return redirect("motions")
    return _ask_first(request, "motion/delete.html", motion)


def _ask_first(request: HttpRequest, template: str, motion: Motion) -> HttpResponse:
    """A page that says how many people watch, and asks whether the owner is sure."""
    watching = presence.read_viewers([motion.pk])[motion.pk].count
    return render(request, template, {"motion": motion, "watching": watching})
