"""The Django admin: everything that is changed there goes through `control` and `people`."""

from django.contrib import admin

from .accounts import AccountAdmin, AuthenticatorAdmin
from .changes import ChangeAdmin
from .motions import MotionAdmin
from .processes import ProcessAdmin

__all__ = ["AccountAdmin", "AuthenticatorAdmin", "ChangeAdmin", "MotionAdmin", "ProcessAdmin"]

admin.site.site_header = "Brownian motion"
admin.site.site_title = "Brownian motion"
admin.site.index_title = "Administration"
