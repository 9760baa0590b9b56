"""Accounts in the admin, where Django's and allauth's own would go behind our back."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from brownian_site import hosts

from ..core.errors import InvalidValueError
from ..core.names import check_name, clean_name
from ..services import accounts

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
            accounts.refuse_lookalike(name, except_for=self.instance.pk)
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

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.password_link)
        own = [path("<int:pk>/password-link/", view, name="auth_user_password_link")]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        account = self.get_object(request, unquote(object_id))
        may = account is not None and self._may_reset_password(request, account)
        shown = (extra_context or {}) | {"may_reset_password": may}
        return super().change_view(request, object_id, form_url, shown)

    @method_decorator([require_POST, never_cache])
    def password_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A link that lets its holder choose this account's password, shown this once."""
        account = get_object_or_404(User, pk=pk)
        if not self._may_reset_password(request, account):
            raise PermissionDenied
        key = (user_pk_to_url_str(account), default_token_generator.make_token(account))
        address = reverse("account_reset_password_from_key", args=key)
        self.log_change(request, account, "Made a link for a new password.")
        context = self.admin_site.each_context(request) | {
            "title": "Link for a new password",
            "opts": self.opts,
            "original": account,
            "link": hosts.build_public_url(request, address),
            "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 3600),
        }
        return render(request, "admin/auth/user/password_link.html", context)

    def _may_reset_password(self, request: HttpRequest, account: Any) -> bool:
        """Only a superuser takes over the account of a superuser."""
        is_above = account.is_superuser and not request.user.is_superuser
        return account.is_active and not is_above and self.has_change_permission(request, account)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        accounts.lock_motions_of([obj])
        accounts.end_memberships(obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        accounts.lock_motions_of(queryset)
        for user in queryset:
            accounts.end_memberships(user)
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
