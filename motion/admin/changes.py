"""Every change of every motion, to read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ..core.format import write_number, write_ordinal
from ..models import Change, Motion
from ..queries import changelog
from ..templatetags.moments import write_time
from .readonly import ReadOnlyAdmin, isolate_name


class DescribedChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        texts = changelog.describe_rows(rows)
        for row in rows:
            vars(row)["text"] = texts[row.pk]
        self.result_list: Any = rows


class MotionFilter(admin.ListFilter):
    """One motion, which staff find by typing: there may be thousands."""

    title = "motion"
    template = "admin/motion/motion_filter.html"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        chosen = str((params.pop("motion", None) or [""])[-1])
        self.chosen = chosen if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else ""
        self.widget = build_motion_widget(model_admin.admin_site)
        if self.chosen:
            self.used_parameters["motion"] = self.chosen

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return ["motion"]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """One entry: the field, with the current search, which the form would otherwise drop."""
        yield {
            "selected": bool(self.chosen),
            "query_string": changelist.get_query_string(remove=["motion"]),
            "display": "All",
            "field": self.widget.render("motion", self.chosen, {"id": "filter-by-motion"}),
            "kept": {SEARCH_VAR: changelist.query} if changelist.query else {},
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(motion=self.chosen) if self.chosen else queryset


def build_motion_widget(site: Any) -> Any:
    """The widget of a form field, which reads only the chosen motion from the database."""
    widget = AutocompleteSelect(Change._meta.get_field("motion"), site)
    return forms.ModelChoiceField(Motion.objects.all(), widget=widget, required=False).widget


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Staff who may view motions can read changes; nobody edits a change."""

    list_display = ["motion", "path", "number", "who", "time", "what"]
    list_display_links = None
    list_filter: ClassVar[Any] = [MotionFilter]
    list_select_related = ["motion", "epoch", "by", "whom"]
    search_fields = ["by__username"]
    search_help_text = "User name of the person who made the change."
    ordering = ["-pk"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @property
    def media(self) -> Any:
        return super().media + build_motion_widget(self.admin_site).media

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return DescribedChangeList

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("motion.view_motion")

    @admin.display(description="revision", ordering="revision")
    def number(self, change: Change) -> str:
        return write_number(change.revision)

    @admin.display(ordering="at")
    def time(self, change: Change) -> str:
        return write_time(change.at, "second")

    @admin.display(ordering="by__username", empty_value="—")
    def who(self, change: Change) -> SafeString | None:
        return isolate_name(change.by.get_username()) if change.by else None

    @admin.display(description="path")
    def path(self, change: Change) -> str:
        return write_ordinal(change.epoch.ordinal)

    @admin.display(description="what was done")
    def what(self, change: Change) -> str:
        return str(vars(change)["text"])
