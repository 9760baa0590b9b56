"""Questions with their answers, to read: who answered what needs a permission of its own."""

from typing import Any, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from ..core.format import write_number
from ..models import Answer, Question
from .readonly import ReadOnlyAdmin, isolate_name, write_user

MAX_ANSWERS: Final = 1_000


class AnswerFormSet(BaseInlineFormSet):
    """The answers of a question, at most `MAX_ANSWERS`, in one query."""

    queryset: QuerySet[Answer]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.queryset = self.queryset.select_related("user").order_by("pk")[:MAX_ANSWERS]


class AnswerInline(admin.TabularInline):
    """All answers of a question: only with the permission *view answer*, also after the reveal."""

    model = Answer
    formset = AnswerFormSet
    fields = readonly_fields = ("who", "low", "high", "at")
    can_delete = False
    verbose_name_plural = f"answers (the first {write_number(MAX_ANSWERS)})"

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(empty_value="—")
    def who(self, answer: Answer) -> SafeString | None:
        return isolate_name(write_user(answer.user)) if answer.user else None


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    """Nobody asks here, and no list counts or filters by answers."""

    list_display = ("motion", "number", "question", "kind", "state", "opened_at")
    list_display_links = ("question",)
    list_filter = ("state", "kind")
    list_select_related = ("motion",)
    search_fields = ("text", "motion__title", "motion__slug")
    ordering = ("-pk",)
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    fields = (
        *("motion", "number", "question", "kind", "options", "level", "correct"),
        *("state", "epoch", "step", "names_shown", "who"),
        *("created_at", "opened_at", "closed_at", "revealed_at"),
    )
    readonly_fields = fields
    inlines = (AnswerInline,)

    @admin.display(description="text", ordering="text")
    def question(self, question: Question) -> SafeString:
        return isolate_name(question.text)

    @admin.display(description="asked by", empty_value="—")
    def who(self, question: Question) -> SafeString | None:
        return isolate_name(write_user(question.by)) if question.by else None
