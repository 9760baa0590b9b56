"""Filters for the person behind a request."""

from django import template
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.template.context import RequestContext
from django.utils.crypto import salted_hmac

from .. import models

register = template.Library()
register.filter("display_name", models.display_name)


@register.filter
def is_guest(user: object) -> bool:
    """Whether this is a guest. An error page may have no user at all."""
    return isinstance(user, AbstractBaseUser) and models.is_guest(user)


@register.simple_tag(takes_context=True)
def session_mark(context: RequestContext) -> str:
    """A mark of the session behind a request, which does not lead to it; "" for a visitor.

    By it an open page sees that a page in another tab is of another session.
    """
    if not isinstance(context.get("user"), AbstractBaseUser):
        return ""
    request: HttpRequest = context["request"]
    return salted_hmac("session mark", request.session.session_key or "").hexdigest()[:16]
