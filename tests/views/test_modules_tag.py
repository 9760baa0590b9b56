"""`{% module %}`: what a page's script needs is named in its head."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Template

from motion.templatetags.modules import needs

ROOT = Path(__file__).resolve().parent.parent.parent


def test_modules_are_named_before_the_script_that_needs_them() -> None:
    page = render("motion/pages/copy-buttons.js")
    list_page = render("motion/pages/motion-list.js")

    assert page == '<script type="module" src="/static/motion/pages/copy-buttons.js"></script>'
    assert '<link rel="modulepreload" href="/static/motion/widgets/preview-card.js">' in list_page
    assert list_page.endswith(
        '<script type="module" src="/static/motion/pages/motion-list.js"></script>'
    )


def render(name: str) -> str:
    return Template(f'{{% load modules %}}{{% module "{name}" %}}').render(Context()).strip()


def test_each_module_is_named_once_and_none_is_forgotten() -> None:
    named = needs("motion/pages/motion-page.js")

    assert len(set(named)) == len(named)
    for importer in ("motion/pages/motion-page.js", *named):
        file = ROOT / "static" / importer
        lines = [line for line in file.read_text().splitlines() if ' from "' in line]
        paths = [(file.parent / line.split('"')[1]).resolve() for line in lines]
        assert {str(path.relative_to(ROOT / "static")) for path in paths} <= set(named)


def test_missing_module_is_named_in_the_error() -> None:
    with pytest.raises(FileNotFoundError, match=r"motion/lib/missing\.js"):
        needs("motion/lib/missing.js")
