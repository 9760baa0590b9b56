"""`{% module %}`: what a page's script needs is named in its head."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Template

from motion.templatetags.modules import needs

ROOT = Path(__file__).resolve().parent.parent


def test_modules_are_named_before_the_script_that_needs_them() -> None:
    page = Template('{% load modules %}{% module "motion/copy.js" %}').render(Context())
    list_page = Template('{% load modules %}{% module "motion/list.js" %}').render(Context())

    assert page.strip() == '<script type="module" src="/static/motion/copy.js"></script>'
    assert '<link rel="modulepreload" href="/static/motion/miniature.js">' in list_page
    assert list_page.endswith('<script type="module" src="/static/motion/list.js"></script>')


def test_each_module_is_named_once_and_none_is_forgotten() -> None:
    named = needs("motion/main.js")

    assert len(set(named)) == len(named)
    for importer in ("motion/main.js", *named):
        text = (ROOT / "static" / importer).read_text()
        imported = {line.split('"./')[1][:-2] for line in text.splitlines() if ' from "./' in line}
        assert {f"motion/{file}" for file in imported} <= set(named)


def test_module_that_is_not_there_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"motion/missing\.js"):
        needs("motion/missing.js")
