"""What only a motion's owner may do with it: describe it, restart it from here, delete it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..core.names import isolate_text
from ..live import presence
from ..models import Motion
from ..queries.permissions import VisibleMotion
from ..services import motions
from . import gate
from .forms import SettingsForm, form_view
from .responses import report_refusals


@login_required
@form_view
def motion_settings(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is called, and who may see and control it."""
    visible = gate.require_manager(request, slug)
    if request.method == "POST":
        with report_refusals(request):
            return _save_settings(request, visible)
    return _settings_page(request, visible, SettingsForm(motion=visible.motion))


@transaction.atomic
def _save_settings(request: HttpRequest, visible: VisibleMotion) -> HttpResponse:
    """With the motion locked, so that nobody changes it between comparing and saving."""
    form = SettingsForm(request.POST, motion=motions.lock_motion(visible.motion.pk))
    if not form.is_valid():
        return _settings_page(request, visible, form)
    with report_refusals(request, "Saved. Open pages update now."):
        motions.update_description(visible.motion.pk, by=request.user, **form.cleaned_data)
    return redirect("motion-settings", visible.motion.slug)


def _settings_page(
    request: HttpRequest, visible: VisibleMotion, form: SettingsForm
) -> HttpResponse:
    context = {"motion": visible.motion, "form": form, "can_see_seeds": visible.can_see_seeds}
    return render(request, "motion/settings.html", context)


@login_required
@form_view
def restart_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first; a new path begins at zero."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST":
        paused = {"yes": True, "no": False}.get(request.POST.get("paused", ""))
        done = "A new path waits at step 0." if paused else "A new path began at zero."
        with report_refusals(request, done):
            motions.restart_motion(
                motion.pk,
                by=request.user,
                expected_revision=_sent(request, "revision"),
                paused=paused,
            )
        return redirect(motion)
    return render(request, "motion/restart.html", {"motion": motion, "watching": _watching(motion)})


@login_required
@form_view
def delete_motion(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first, and says who would lose it."""
    motion = gate.require_manager(request, slug).motion
    if request.method == "POST":
        with report_refusals(request, f"“{isolate_text(str(motion))}” was deleted."):
            motions.delete_motion(motion.pk, by=request.user)
        return redirect("motions")
    return render(request, "motion/delete.html", {"motion": motion, "watching": _watching(motion)})


def _sent(request: HttpRequest, name: str) -> int:
    """The version that the page showed, so that nothing newer is undone unseen; −1 for none."""
    sent = request.POST.get(name, "")
    return int(sent) if sent.isdecimal() and len(sent) < 16 else -1


def _watching(motion: Motion) -> int:
    return presence.read_viewers([motion.pk])[motion.pk].count
