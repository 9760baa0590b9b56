"""What is read in the admin, and not written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..core.names import clean_text


def isolate(name: str) -> SafeString:
    """A name or a title, even one that was given before they were cleaned."""
    return format_html("<bdi>{}</bdi>", clean_text(name) or "—")


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nothing is added, changed or deleted here, whoever asks; who may view it, Django says."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
