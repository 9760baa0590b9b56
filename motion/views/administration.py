"""What only a motion's owner may do: change its settings, restart it from this page, delete it."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..core.names import isolate_text
from ..core.typed import read_id
from ..live import presence
from ..models import Epoch, Motion
from ..queries.lessons import load_lesson
from ..services import motions
from ..services.lessons import load_ready_lessons
from . import gate
from .forms import SettingsForm, form_view
from .gate import report_refusals


@login_required
@form_view
def motion_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Title, address, and who may see and control the motion."""
    visible = gate.require_manager(request, slug)
    form = SettingsForm(motion=visible.motion)
    if request.method == "POST":
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
        "lesson": load_lesson(visible.motion.pk),
        "ready_lessons": load_ready_lessons(),
    }
    return render(request, "motion/settings.html", context)


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
