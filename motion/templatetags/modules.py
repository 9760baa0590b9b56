"""`{% module "motion/pages/form.js" %}`: an ES module, and preloads of everything it imports."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path
from typing import Final

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..telemetry import release

IMPORTED: Final = re.compile(r'^(?:import|export)\b[^"();]*"(\.{1,2}/[\w/-]+\.js)"', re.MULTILINE)

register = template.Library()


@register.simple_tag
def module(name: str) -> SafeString:
    """The script, after a preload of each module that it needs.

    Otherwise a browser learns of a module when it has read the one that imports it: a round trip
    for each generation of them, behind the large files that it knows of from the beginning.
    """
    preloads = format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}">',
        ((static(needed),) for needed in needs(name)),
    )
    return format_html('{}\n<script type="module" src="{}"></script>', preloads, static(name))


@register.simple_tag
def page_version() -> str:
    return release.page_version()


@cache
def needs(name: str) -> tuple[str, ...]:
    """What a static module imports, and what that imports, each once, nearest first.

    Raises:
        FileNotFoundError: there is no such file, or one of those named in it.
    """
    found = [name]
    for importer in found:
        folder = posixpath.dirname(importer)
        imported = IMPORTED.findall(source(importer))
        named = (posixpath.normpath(posixpath.join(folder, path)) for path in imported)
        found.extend(new for new in dict.fromkeys(named) if new not in found)
    return tuple(found[1:])


def source(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"There is no static file {name}.")
    return Path(path).read_text()
