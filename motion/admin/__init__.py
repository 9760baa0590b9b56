"""The Django admin: it changes motions and members only through `motion/services/`."""

from typing import Final

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from ..core.format import write_number
from .accounts import AccountAdmin, AuthenticatorAdmin, GuestAdmin
from .changes import ChangeAdmin
from .motions import MotionAdmin
from .processes import ProcessAdmin
from .questions import QuestionAdmin

MAX_DELETED: Final = 5_000
"""The confirmation page sends the key of each row; DATA_UPLOAD_MAX_NUMBER_FIELDS limits them."""


@admin.action(permissions=["delete"], description="Delete selected %(verbose_name_plural)s")
def delete_selected_rows(
    model_admin: admin.ModelAdmin, request: HttpRequest, chosen: QuerySet[Model]
) -> HttpResponse | None:
    """Django's own action, for as many rows as its page can send."""
    if (count := chosen.count()) > MAX_DELETED:
        most = write_number(MAX_DELETED)
        text = f"{write_number(count)} are too many to delete at once. Choose at most {most}."
        model_admin.message_user(request, text, messages.ERROR)
        return None
    response: HttpResponse | None = delete_selected(model_admin, request, chosen)
    return response


admin.site.add_action(delete_selected_rows, "delete_selected")

admin.site.site_header = "Brownian motion"
admin.site.site_title = "Brownian motion"
admin.site.index_title = "Administration"
