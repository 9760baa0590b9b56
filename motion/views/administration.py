"""What only a motion's owner may do with it: describe it, restart it from here, delete it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from ..core.names import isolate_text
from ..live import presence
from ..models import Motion
from ..services import motions
from . import gate
from .forms import SettingsForm
from .replies import refusals

page_with_form = require_http_methods(["GET", "HEAD", "POST"])


@login_required
@page_with_form
def motion_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is called, and who may see and control it."""
    sight = gate.administered(request, slug)
    if request.method == "POST":
        with refusals(request):
            return _save_settings(request, sight)
    return _settings_page(request, sight, SettingsForm(motion=sight.motion))


@transaction.atomic
def _save_settings(request: HttpRequest, sight: gate.VisibleMotion) -> HttpResponse:
    """With the motion locked, so that nobody changes it between comparing and saving."""
    form = SettingsForm(request.POST, motion=motions.lock_motion(sight.motion.pk))
    if not form.is_valid():
        return _settings_page(request, sight, form)
    with refusals(request, "Saved. Open pages update now."):
        motions.update_description(sight.motion.pk, by=request.user, **form.cleaned_data)
    return redirect("motion-settings", sight.motion.slug)


def _settings_page(
    request: HttpRequest, sight: gate.VisibleMotion, form: SettingsForm
) -> HttpResponse:
    context = {"motion": sight.motion, "form": form, "can_see_seeds": sight.can_see_seeds}
    return render(request, "motion/settings.html", context)


@login_required
@page_with_form
def restart_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first; a new path begins at zero."""
    motion = gate.administered(request, slug).motion
    if request.method == "POST":
        paused = {"yes": True, "no": False}.get(request.POST.get("paused", ""))
        done = "A new path waits at step 0." if paused else "A new path began at zero."
        with refusals(request, done):
            motions.restart_motion(
                motion.pk,
                by=request.user,
                expected_revision=_sent(request, "revision"),
                paused=paused,
            )
        return redirect(motion)
    return render(request, "motion/restart.html", {"motion": motion, "watching": _watching(motion)})


@login_required
@page_with_form
def delete_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first, and says who would lose it."""
    motion = gate.administered(request, slug).motion
    if request.method == "POST":
        with refusals(request, f"“{isolate_text(str(motion))}” was deleted."):
            motions.delete_motion(motion.pk, by=request.user)
        return redirect("motions")
    return render(request, "motion/delete.html", {"motion": motion, "watching": _watching(motion)})


def _sent(request: HttpRequest, name: str) -> int:
    """The version that the page showed, so that nothing newer is undone unseen; −1 for none."""
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 16 else -1


def _watching(motion: Motion) -> int:
    return presence.read_viewers([motion.pk])[motion.pk].count
