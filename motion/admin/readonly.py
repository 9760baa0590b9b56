"""What the admin only shows."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..core.names import clean_text
from ..models import display_name, is_guest


def isolate_name(name: str) -> SafeString:
    """A name or a title, cleaned, which does not change the direction of the text around it."""
    return format_html("<bdi>{}</bdi>", clean_text(name) or "—")


def write_user(user: User) -> str:
    """The user name of an account, and the name of a guest."""
    return f"{display_name(user)} (guest)" if is_guest(user) else user.get_username()


class ReadOnlyAdmin(admin.ModelAdmin):
    """Nobody adds, changes or deletes rows here; Django's permissions say who may view them."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission
