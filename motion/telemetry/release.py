"""The version of the pages that this process serves."""

from functools import cache

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage


@cache
def page_version() -> str:
    """The release and a hash of all static files: equal in all processes of one release.

    `asgi.py` calls it first, before the files on the disk can be those of a newer release.
    """
    files = getattr(staticfiles_storage, "manifest_hash", "")
    return "-".join(part for part in (settings.VERSION, files) if part)
