"""`{% page_version %}`: the version of the page that a template makes."""

from __future__ import annotations

from django import template

from ..telemetry import release

register = template.Library()


@register.simple_tag
def page_version() -> str:
    return release.page_version()
