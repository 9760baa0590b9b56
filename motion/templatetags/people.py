"""Filters for the person behind a request."""

from django import template
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
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
    """Marks of the person and of the session behind a request; "" without a person.

    They lead to neither. By them an open page sees that a page in another tab is of another
    session, and whether it is of the same person. A guest has the same marks on all pages, though
    it is a visitor on those of other motions.
    """
    session = getattr(context["request"], "session", None)  # an early error page has none
    if session is None or SESSION_KEY not in session:
        return ""
    marked = session[SESSION_KEY], session.session_key
    hashed = (salted_hmac("session mark", value, algorithm="sha256") for value in marked)
    return "-".join(each.hexdigest()[:16] for each in hashed)
