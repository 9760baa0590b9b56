"""Filters for the person behind a request."""

from django import template
from django.contrib.auth.base_user import AbstractBaseUser

from .. import models

register = template.Library()
register.filter("display_name", models.display_name)


@register.filter
def is_guest(user: object) -> bool:
    """Whether this is a guest. An error page may have no user at all."""
    return isinstance(user, AbstractBaseUser) and models.is_guest(user)
