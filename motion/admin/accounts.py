"""Accounts in the admin, where Django's and allauth's own would go behind our back."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from .. import people
from ..core.errors import InvalidValueError
from ..core.names import check_name, clean_name

User = get_user_model()
SHOWN = ("user", "type", "created_at", "last_used_at")  # not `data`: the secret is in there

admin.site.unregister(User)
admin.site.unregister(Authenticator)


class CheckedName:
    """A form of an account; a name that stays as it is may be older than the rules for names."""

    def clean_username(self: Any) -> str:
        given: str = self.cleaned_data["username"]
        if "username" not in self.changed_data:
            return given
        name = clean_name(given)
        try:
            check_name(name)
            people.refuse_lookalike(name, but=self.instance.pk)
        except InvalidValueError as error:
            raise ValidationError(str(error)) from None
        return name

    def _get_validation_exclusions(self: Any) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "username" in self.changed_data else excluded | {"username"}


class AccountForm(CheckedName, UserChangeForm):
    pass


class NewAccountForm(CheckedName, AdminUserCreationForm):
    pass


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Deletes people so that open pages name them no longer, and nobody who owns a motion."""

    form = AccountForm
    add_form = NewAccountForm

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
