"""Motions: show, change, share and delete them."""

import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from functools import partial, wraps
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..core.errors import MotionError, NoSuchMotionError
from ..core.format import write_count, write_number, write_ordinal
from ..core.parameters import LIMITS, NAMES
from ..core.typed import read_id
from ..models import Change, Epoch, Membership, Motion, Question
from ..queries import changelog, permissions
from ..queries.permissions import Role
from ..services.motions import (
    DESCRIPTION,
    RESERVED_SLUGS,
    change_motion,
    create_motion,
    delete_motion,
    find_parameter_change,
    lock_motion,
    restart_motion,
    update_description,
)
from ..templatetags.moments import write_time
from ..views.fields import (
    PATHS_ATTRIBUTES,
    ComparedForm,
    ParameterField,
    PathsField,
    TitleField,
    build_number_attributes,
)
from ..views.forms import BEGIN_PAUSED, BEGIN_PAUSED_HELP, get_describer_name
from ..views.gate import View
from .members import InvitationInline, MemberInline
from .readonly import isolate_name, write_user

RECENT_CHANGES = 20
LIST_ROW = re.compile(r"form-\d+-id")
RECENT_COLUMNS = ["revision", "path", "who", "at", "what was done"]
DESCRIPTION_FIELDS = [
    *("title", "slug", "visibility", "control", "owner_only", "ensemble"),
    *("names_hidden", "door_closed"),
]


def return_on_refusal(view: View) -> View:
    """Let a view show the reason why a service refused, above its page as it is now."""

    @wraps(view)
    def respond(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except MotionError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    return respond


class MotionForm(ComparedForm, forms.ModelForm):
    """Refuses to overwrite a field that somebody else has changed meanwhile."""

    class Meta:
        model = Motion
        fields = [*DESCRIPTION_FIELDS, *NAMES]
        field_classes = {
            "title": TitleField,
            "ensemble": PathsField,
            **{name: partial(ParameterField, name) for name in LIMITS},
        }
        widgets = {
            name: forms.TextInput(attrs=attributes | {"class": "vIntegerField"})
            for name, attributes in [
                *((name, build_number_attributes(name)) for name in LIMITS),
                ("ensemble", PATHS_ATTRIBUTES),
            ]
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and "paused" in self.fields:
            self.fields["paused"].label = BEGIN_PAUSED
            self.fields["paused"].help_text = BEGIN_PAUSED_HELP

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED_SLUGS:
            raise ValidationError("Another page uses this address. Choose another one.")
        return slug

    def get_changer_name(self, name: str) -> str:
        stored = Motion.objects.select_related("described_by").get(pk=self.instance.pk)
        if name in DESCRIPTION:
            return get_describer_name(stored)
        change = find_parameter_change(stored, name)
        return write_user(change.by) if change and change.by else "Someone"

    def get_changed_values(self, names: Collection[str]) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.changed_data if name in names}


@admin.register(Motion)
@method_decorator(return_on_refusal, name="changeform_view")
@method_decorator(return_on_refusal, name="changelist_view")
@method_decorator(return_on_refusal, name="delete_view")
class MotionAdmin(admin.ModelAdmin):
    form = MotionForm
    inlines = [MemberInline, InvitationInline]
    list_display = [
        *("shown_title", "owner", "seen_by", "controlled_by"),
        *NAMES,
        *("latest_step", "live_page", "latest_revision"),
    ]
    list_editable = NAMES
    list_filter = ["paused", "visibility", "control"]
    search_fields = ["title", "slug", "memberships__user__username"]
    search_help_text = "Title, address, or the user name of the owner or a member."
    prepopulated_fields = {"slug": ["title"]}
    readonly_fields = [
        *("live_page", "latest_step", "realisation", "latest_revision", "recent_changes")
    ]
    actions = ["pause", "resume", "restart", "restart_paused"]
    fieldsets = [
        (None, {"fields": [*DESCRIPTION_FIELDS, "live_page"]}),
        ("Parameters", {"fields": NAMES}),
        ("Now", {"fields": ["latest_step", "realisation", "latest_revision"]}),
        ("Recent changes", {"fields": ["recent_changes"]}),
    ]

    class Media:
        css = {"all": ["motion/css/admin.css"]}

    # --- columns and fields ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Motion]:
        owners = Membership.objects.filter(motion=OuterRef("pk"), role=Role.OWNER)
        name = Subquery(owners.values("user__username")[:1])
        return super().get_queryset(request).annotate(owner_name=name)

    def get_fieldsets(self, request: HttpRequest, obj: Motion | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": DESCRIPTION_FIELDS}), self.fieldsets[1]]
        return self.fieldsets

    def get_inlines(self, request: HttpRequest, obj: Motion | None) -> list[type[InlineModelAdmin]]:
        return self.inlines if obj else [MemberInline]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[forms.ModelForm]:
        return super().get_changelist_form(request, form=MotionForm, **kwargs)

    @admin.display(description="title", ordering="title")
    def shown_title(self, motion: Motion) -> SafeString:
        return isolate_name(str(motion))

    @admin.display(ordering="owner_name", empty_value="—")
    def owner(self, motion: Motion) -> SafeString | None:
        name: str | None = getattr(motion, "owner_name", None)
        return isolate_name(name) if name else None

    @admin.display(ordering="visibility")
    def seen_by(self, motion: Motion) -> str:
        return motion.visibility

    @admin.display(description="control", ordering="control")
    def controlled_by(self, motion: Motion) -> str:
        return permissions.get_policy(motion)

    @admin.display(description="step", ordering="step")
    def latest_step(self, motion: Motion) -> str:
        return write_number(motion.step)

    @admin.display(description="revision", ordering="revision")
    def latest_revision(self, motion: Motion) -> str:
        return write_number(motion.revision)

    @admin.display(description="page")
    def live_page(self, motion: Motion) -> SafeString:
        return format_html('<a href="{}">open</a>', motion.get_absolute_url())

    @admin.display(description="path")
    def realisation(self, motion: Motion) -> str:
        epoch = Epoch.objects.get(motion=motion, number=motion.epoch)
        text = f"{write_ordinal(epoch.ordinal)}, started {write_time(epoch.began_at)}"
        return f"{text}, with {write_count(epoch.paths, 'path')}" if epoch.paths else text

    @admin.display(description="newest first")
    def recent_changes(self, motion: Motion) -> SafeString:
        rows = motion.changes.select_related("by", "whom", "epoch").order_by("-revision")
        newest = list(rows[:RECENT_CHANGES])
        texts = changelog.describe_rows(newest)
        lines = [_format_cells(change, texts[change.pk]) for change in newest]
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", "<th>{}</th>", ((head,) for head in RECENT_COLUMNS)),
            format_html_join("", "<tr>{}</tr>", ((cells,) for cells in lines)),
        )

    # --- changes ---

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Motion | None:
        """Lock the motion while a form is saved, so that nothing changes between its checks."""
        motion: Motion | None = super().get_object(request, object_id, from_field)
        is_saved = request.method == "POST" and connection.in_atomic_block
        if motion is None or not is_saved:  # the page of its history saves nothing, by POST either
            return motion
        lock_motion(motion.pk)
        found: Motion | None = super().get_object(request, object_id, from_field)
        return found

    def save_model(self, request: HttpRequest, obj: Motion, form: MotionForm, change: bool) -> None:
        if not change:
            created = create_motion(
                by=request.user,
                **{name: form.cleaned_data[name] for name in DESCRIPTION_FIELDS},
                parameters={name: form.cleaned_data[name] for name in NAMES},
            )
            vars(obj).update(vars(created), is_new=True)
            return
        if description := form.get_changed_values(DESCRIPTION_FIELDS):
            update_description(obj.pk, by=request.user, **description)
            if "ensemble" in description:
                messages.info(request, "The next path has the new ensemble: restart the motion.")
        if parameters := form.get_changed_values(NAMES):
            change_motion(obj.pk, by=request.user, under_policy=False, values=parameters)

    def delete_model(self, request: HttpRequest, obj: Motion) -> None:
        delete_motion(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Motion]) -> None:
        self._act_on_each(request, queryset, delete_motion)

    def get_deleted_objects(
        self, objs: Iterable[Motion], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What would be deleted, in numbers: Django would list it by reading every change."""
        motions = list(objs)
        counted = {
            "motions": len(motions),
            "changes": Change.objects.filter(motion__in=motions).count(),
            "members": Membership.objects.filter(motion__in=motions).count(),
            "questions": Question.objects.filter(motion__in=motions).count(),
        }
        return [str(motion) for motion in motions], counted, set(), []

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        if request.method != "POST" or "_save" not in request.POST:
            return super().changelist_view(request, extra_context)
        # Lock the rows of the form first, always in one order.
        sent = [str(value) for name, value in request.POST.items() if LIST_ROW.fullmatch(name)]
        ids = [pk for pk in map(read_id, sent) if pk is not None]
        with transaction.atomic():
            list(Motion.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
            return super().changelist_view(request, extra_context)

    @admin.action(description="Pause for everyone", permissions=["change"])
    def pause(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        self._act(request, motions, "paused", partial(change_motion, values={"paused": True}))

    @admin.action(description="Resume for everyone", permissions=["change"])
    def resume(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        self._act(request, motions, "resumed", partial(change_motion, values={"paused": False}))

    @admin.action(description="Restart for everyone", permissions=["change"])
    def restart(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        self._act(request, motions, "restarted", restart_motion)

    @admin.action(description="Restart for everyone and begin paused", permissions=["change"])
    def restart_paused(self, request: HttpRequest, motions: QuerySet[Motion]) -> None:
        restart = partial(restart_motion, paused=True)
        self._act(request, motions, "restarted and paused at step 0", restart)

    def _act(
        self, request: HttpRequest, motions: QuerySet[Motion], done: str, act: Callable[..., object]
    ) -> None:
        """Call `act` for each motion as the person who asked, and say what was `done`."""
        act = partial(act, by=request.user, under_policy=False)
        count = self._act_on_each(request, motions, act)
        self.message_user(request, f"{write_count(count, 'motion')} {done}.", messages.SUCCESS)

    def _act_on_each(
        self, request: HttpRequest, motions: QuerySet[Motion], act: Callable[[int], object]
    ) -> int:
        """Call `act` for each motion; reports motions that are gone. Returns how many were left."""
        chosen = list(motions.values_list("pk", flat=True))
        done = 0
        for motion_id in chosen:
            with suppress(NoSuchMotionError):
                act(motion_id)
                done += 1
        if gone := len(chosen) - done:
            total = write_count(len(chosen), "motion")
            text = f"{write_number(gone)} of {total} had already been deleted."
            self.message_user(request, text, messages.WARNING)
        return done


def _format_cells(change: Change, text: str) -> SafeString:
    path = write_ordinal(change.epoch.ordinal)
    by = isolate_name(write_user(change.by)) if change.by else "—"
    at = write_time(change.at, "second")
    cells = (write_number(change.revision), path, by, at, text)
    return format_html_join("", "<td>{}</td>", ((cell,) for cell in cells))
