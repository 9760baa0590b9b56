"""Accounts in the admin, where Django's and allauth's own would go behind our back."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import people

User = get_user_model()
SHOWN = ("user", "type", "created_at", "last_used_at")  # not `data`: the secret is in there

admin.site.unregister(User)
admin.site.unregister(Authenticator)


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Deletes people so that open pages name them no longer, and nobody who owns a motion."""

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        people.lock_motions_of([obj])
        people.end_memberships(obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        people.lock_motions_of(queryset)
        for user in queryset:
            people.end_memberships(user)
        super().delete_queryset(request, queryset)


@admin.register(Authenticator)
class AuthenticatorAdmin(admin.ModelAdmin):
    """Second factors: can be taken from who lost theirs, never looked into."""

    list_display = SHOWN
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = SHOWN
    readonly_fields = SHOWN

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
