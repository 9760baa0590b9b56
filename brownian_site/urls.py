"""The site's addresses."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from motion.views import accounts

# The limits on guessing, and the second factor, hold for the admin too.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler429 = "motion.views.accounts.too_many_requests"  # for allauth

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", accounts.overview, name="account"),
    path("accounts/delete/", accounts.delete_account, name="delete-account"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/two-factor/", include("allauth.mfa.urls")),
    path("", include("motion.urls")),
]

handler400 = "brownian_site.errors.bad_request"
handler500 = "brownian_site.errors.server_error"
