"""Accounts in the admin: Django's and allauth's own pages would bypass `motion/services/`."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from brownian_site import hosts

from ..core.errors import InvalidValueError
from ..core.names import check_name, clean_name
from ..models import Guest, display_name, is_guest
from ..models.people import GUEST_PREFIX
from ..services import accounts, guests
from .readonly import ReadOnlyAdmin, isolate_name

COLUMNS = ("user", "type", "created_at", "last_used_at")  # not `data`: the secret is in there

admin.site.unregister(User)
admin.site.unregister(Authenticator)


class CheckedNameForm(forms.BaseModelForm):
    """Checks a user name that was edited; an old name may stay although newer rules refuse it."""

    def clean_username(self) -> str:
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

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded if "username" in self.changed_data else excluded | {"username"}


class AccountForm(CheckedNameForm, UserChangeForm):
    pass


class NewAccountForm(CheckedNameForm, AdminUserCreationForm):
    pass


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("accounts", "Accounts"), ("guests", "Guests")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        guests = {"username__startswith": GUEST_PREFIX}
        match self.value():
            case "accounts":
                return queryset.exclude(**guests)
            case "guests":
                return queryset.filter(**guests)
        return queryset


@admin.register(User)
class AccountAdmin(UserAdmin):
    """Ends the memberships of deleted people on open pages; refuses to delete an owner.

    Guests can be looked at and deleted, and not changed: nobody makes one a member of the staff.
    """

    form = AccountForm
    add_form = NewAccountForm
    list_filter = [KindFilter, *UserAdmin.list_filter]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        can_change = obj is None or not is_guest(obj)
        return can_change and super().has_change_permission(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        if "autocomplete" in request.path:  # of members: guests join by an invitation
            found = found.exclude(username__startswith=GUEST_PREFIX)
        return found, may_repeat

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.password_link)
        own = [path("<int:pk>/password-link/", view, name="auth_user_password_link")]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        account = self.get_object(request, unquote(object_id))
        can_reset = account is not None and self._can_reset_password(request, account)
        context = (extra_context or {}) | {"may_reset_password": can_reset}
        return super().change_view(request, object_id, form_url, context)

    @method_decorator([require_POST, never_cache])
    def password_link(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A link that lets anyone who has it choose this account's password; shown only once."""
        account = get_object_or_404(User, pk=pk)
        if not self._can_reset_password(request, account):
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

    def _can_reset_password(self, request: HttpRequest, account: User) -> bool:
        """Only a superuser takes over the account of a superuser."""
        is_above = account.is_superuser and not request.user.is_superuser
        return account.is_active and not is_above and self.has_change_permission(request, account)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: User) -> None:
        accounts.lock_shared_motions([obj])
        accounts.end_memberships(obj)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        accounts.lock_shared_motions(queryset)
        for user in queryset:
            accounts.end_memberships(user)
        super().delete_queryset(request, queryset)


@admin.register(Guest)
class GuestAdmin(ReadOnlyAdmin):
    """Guests and their motions; a deleted guest disappears from open pages."""

    list_display = ("name", "motion", "seen_at")
    list_filter = ["seen_at"]
    list_select_related = ["user", "motion"]
    search_fields = ["user__first_name", "motion__title", "motion__slug"]
    fields = readonly_fields = ("name", "user", "motion", "seen_at")

    has_delete_permission = admin.ModelAdmin.has_delete_permission

    def delete_model(self, request: HttpRequest, obj: Guest) -> None:
        guests.leave(obj.user)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Guest]) -> None:
        accounts.lock_shared_motions([guest.user for guest in queryset])
        for guest in queryset:
            guests.leave(guest.user)

    @admin.display(ordering="user__first_name")
    def name(self, guest: Guest) -> SafeString:
        return isolate_name(display_name(guest.user))


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors: staff can delete one that a person has lost, and see no secret."""

    list_display = COLUMNS
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
    fields = COLUMNS
    readonly_fields = COLUMNS

    has_delete_permission = admin.ModelAdmin.has_delete_permission
