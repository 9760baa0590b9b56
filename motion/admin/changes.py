"""Every change of every motion, to read."""

from collections.abc import Iterator

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ..core.format import write_number, write_ordinal
from ..core.typed import read_id
from ..models import Change, Motion
from ..queries import changelog
from ..templatetags.moments import write_time
from .readonly import ReadOnlyAdmin, isolate_name, write_user


class MotionFilter(admin.ListFilter):
    """One motion, which staff find by typing: there may be thousands."""

    title = "motion"
    template = "admin/motion/motion_filter.html"

    def __init__(
        self,
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: admin.ModelAdmin,
    ) -> None:
        super().__init__(request, params, model, model_admin)
        self.chosen = read_id((params.pop("motion", None) or [""])[-1])
        self.widget = build_motion_widget(model_admin.admin_site)
        if self.chosen:
            self.used_parameters["motion"] = self.chosen

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return ["motion"]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, object]]:
        """One entry: the field, with the current search, which the form would otherwise drop."""
        yield {
            "selected": bool(self.chosen),
            "query_string": changelist.get_query_string(remove=["motion"]),
            "display": "All",
            "field": self.widget.render("motion", self.chosen, {"id": "filter-by-motion"}),
            "kept": {SEARCH_VAR: changelist.query} if changelist.query else {},
        }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        return queryset.filter(motion=self.chosen) if self.chosen else queryset


def build_motion_widget(site: admin.AdminSite) -> forms.Widget:
    """The widget of a form field, which reads only the chosen motion from the database."""
    widget = AutocompleteSelect(Change._meta.get_field("motion"), site)
    return forms.ModelChoiceField(Motion.objects.all(), widget=widget, required=False).widget


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    """Staff who may view motions can read changes; nobody edits a change."""

    list_display = ["motion", "path", "number", "who", "time", "what"]
    list_display_links = None
    list_filter = [MotionFilter]
    list_select_related = ["motion", "epoch", "by", "whom"]
    search_fields = ["by__username"]
    search_help_text = "User name of the person who made the change."
    ordering = ["-pk"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    actions = None

    @property
    def media(self) -> forms.Media:
        return super().media + build_motion_widget(self.admin_site).media

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The rows of one page of the list, each with its `text`."""
        changelist = super().get_changelist_instance(request)
        texts = changelog.describe_rows(list(changelist.result_list))
        for row in changelist.result_list:
            vars(row)["text"] = texts[row.pk]
        return changelist

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("motion.view_motion")

    @admin.display(description="revision", ordering="revision")
    def number(self, change: Change) -> str:
        return write_number(change.revision)

    @admin.display(ordering="at")
    def time(self, change: Change) -> str:
        return write_time(change.at, "second")

    @admin.display(ordering="by__username", empty_value="—")
    def who(self, change: Change) -> SafeString | None:
        return isolate_name(write_user(change.by)) if change.by else None

    @admin.display(description="path")
    def path(self, change: Change) -> str:
        return write_ordinal(change.epoch.ordinal)

    @admin.display(description="what was done")
    def what(self, change: Change) -> str:
        return str(vars(change)["text"])
