"""Motions in the Django admin: everything that is changed there goes through `control`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from . import control
from .core.errors import ConflictError, MotionError
from .core.parameters import LIMITS, NAMES
from .models import Change, Epoch, Motion

RECENT_CHANGES = 20

admin.site.site_header = "Brownian motion"
admin.site.site_title = "Brownian motion"
admin.site.index_title = "Administration"


def version_of(motion: Motion) -> str:
    """What a form carries of the motion it showed: it changes with every change."""
    return f"{motion.revision}.{motion.access_version}"


class MotionForm(forms.ModelForm):
    """Refuses to save over what somebody changed since the form was shown.

    The version shown travels beside the form, in a hidden field named after the motion (see
    `MotionAdmin.shown_version`), so that the form and every row of the list carry one alike.
    """

    class Meta:
        model = Motion
        fields = ["title", "slug", "control", *NAMES]
        widgets = {name: forms.NumberInput(attrs={"class": "vIntegerField"}) for name in LIMITS}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.pk and self.has_changed():
            shown = self.data.get(f"shown-{self.instance.pk}", "")
            if shown != version_of(self.instance):
                revision = shown.partition(".")[0]
                raise ConflictError(
                    expected=int(revision) if revision.isdigit() else 0,
                    actual=self.instance.revision,
                )
        return cleaned

    def changed_values(self, names: Any) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name in names}


@admin.register(Motion)
class MotionAdmin(admin.ModelAdmin):
    form = MotionForm
    list_display = ["title", *NAMES, "step", "live_page", "shown_version"]
    list_editable = NAMES
    list_filter = ["paused", "control"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = ["live_page", "step", "realisation", "shown_version", "recent_changes"]
    actions = ["pause", "resume", "restart"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "control", "live_page"]}),
        ("Parameters", {"fields": NAMES}),
        ("Now", {"fields": ["step", "realisation", "shown_version"]}),
        ("Recent changes", {"fields": ["recent_changes"]}),
    ]

    # --- what is shown ---

    def get_fieldsets(self, request: HttpRequest, obj: Motion | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["title", "slug", "control"]}), self.fieldsets[1]]
        return self.fieldsets

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=MotionForm, **kwargs)

    @admin.display(description="live page")
    def live_page(self, motion: Motion) -> SafeString:
        return format_html('<a href="{}">open</a>', motion.get_absolute_url())

    @admin.display(description="revision")
    def shown_version(self, motion: Motion) -> SafeString:
        return format_html(
            '{}<input type="hidden" name="shown-{}" value="{}">',
            *(motion.revision, motion.pk, version_of(motion)),
        )

    @admin.display(description="realisation")
    def realisation(self, motion: Motion) -> str:
        epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
        return f"no. {epoch.ordinal}, since {epoch.began_at:%Y-%m-%d %H:%M:%S} UTC"

    @admin.display(description="newest first")
    def recent_changes(self, motion: Motion) -> SafeString:
        rows = motion.changes.select_related("by", "epoch").order_by("-revision")[:RECENT_CHANGES]
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join(
                "", "<th>{}</th>", ((title,) for title in ("revision", *NAMES, "step", "by", "at"))
            ),
            format_html_join("", "<tr>{}</tr>", ((_cells(change),) for change in rows)),
        )

    # --- what is done ---

    def save_model(self, request: HttpRequest, obj: Motion, form: Any, change: bool) -> None:
        if not change:
            created = control.create_motion(
                by=request.user,
                **{name: form.cleaned_data[name] for name in control.DESCRIPTION},
                parameters={name: form.cleaned_data[name] for name in NAMES},
            )
            vars(obj).update(vars(created))
            return
        if description := form.changed_values(control.DESCRIPTION):
            control.describe_motion(obj.pk, **description)
        if parameters := form.changed_values(NAMES):
            control.change_motion(
                obj.pk,
                by=request.user,
                expected_revision=obj.revision,
                under_policy=False,
                values=parameters,
            )

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _or_back(request, super().changeform_view, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return _or_back(request, super().changelist_view, *args, **kwargs)

    @admin.action(description="Pause, for everyone", permissions=["change"])
    def pause(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        self._change_all(request, motions, "paused", paused=True)

    @admin.action(description="Resume, for everyone", permissions=["change"])
    def resume(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        self._change_all(request, motions, "resumed", paused=False)

    @admin.action(description="Restart: a new path from zero", permissions=["change"])
    def restart(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        for motion in motions:
            control.restart_motion(motion.pk, by=request.user, under_policy=False)
        self.message_user(request, f"{len(motions)} restarted.", messages.SUCCESS)

    def _change_all(
        self, request: HttpRequest, motions: QuerySet[Motion], done: str, *, paused: bool
    ) -> None:
        for motion in motions:
            control.change_motion(
                motion.pk, by=request.user, under_policy=False, values={"paused": paused}
            )
        self.message_user(request, f"{len(motions)} {done}.", messages.SUCCESS)


def _cells(change: Change) -> SafeString:
    by = change.by.get_username() if change.by else "—"
    at = f"{change.at:%Y-%m-%d %H:%M:%S}"
    parameters = [
        *(f"{getattr(change, name):g}" for name in LIMITS),
        "yes" if change.paused else "no",
    ]
    return format_html_join(
        "",
        "<td>{}</td>",
        ((value,) for value in (change.revision, *parameters, change.step, by, at)),
    )


def _or_back(
    request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
) -> HttpResponse:
    """What `view` answers; if the motion refuses, its reason over the page as it is now."""
    try:
        return view(request, *args, **kwargs)
    except MotionError as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(request.get_full_path())
