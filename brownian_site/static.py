"""How static files are found, hashed and compressed."""

from __future__ import annotations

import logging
import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from servestatic.storage import CompressedManifestStaticFilesStorage

logger = logging.getLogger(__name__)

PAGES = "motion/pages/"
SHEETS = "motion/css/"
SHEET_IMPORT: Final = re.compile(rb'^@import "(.+)";$', re.MULTILINE)
PLOTLY_FILE = "plotly.min.js"
UNTESTED = "its file is not in brownian_site/plotly_bundle.py"


class WholeFileStorage(FileSystemStorage):
    """Replaces a file only by a complete one, also when the disk is full.

    Half a manifest of hashed names makes every page a 500.
    """

    def delete(self, name: str) -> None:
        """Keep the file: a manifest is deleted only before it is saved again."""

    def _save(self, name: str, content: File[bytes]) -> str:
        unfinished = super()._save(f"{name}.unfinished", content)  # type: ignore[misc]
        os.replace(self.path(unfinished), self.path(name))
        return name


class HashedModuleStorage(CompressedManifestStaticFilesStorage):
    """Hashed names inside ES modules too: browsers cache `import "../live/series.js"` for ever."""

    support_js_module_import_aggregation = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        manifest = WholeFileStorage(location=settings.STATIC_ROOT, allow_overwrite=True)
        super().__init__(*args, manifest_storage=manifest, **kwargs)

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool | Exception]]:
        """Put the modules and the style sheets that a file imports into it."""
        # The parser takes a while to import, and only collectstatic needs it.
        from . import page_scripts

        def read(name: str) -> bytes:
            storage, path = paths[name]
            with storage.open(path) as file:
                return file.read()

        linked = InMemoryStorage()
        for name in paths:
            if name.startswith(PAGES) and name.endswith(".js"):
                whole = page_scripts.link(name, read)
            elif name.startswith(SHEETS):
                whole = link_sheet(name, read)
            else:
                continue
            if whole:
                linked.save(name, ContentFile(whole))
                paths[name] = (linked, name)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """Compress hashed names alone: a page has no others."""
        return super().compress_files(paths & set(self.hashed_files.values()))


def link_sheet(name: str, read: Callable[[str], bytes]) -> bytes | None:
    """A style sheet with the sheets that it imports in their places; None if it imports none."""

    def read_imported(found: re.Match[bytes]) -> bytes:
        return read(posixpath.join(posixpath.dirname(name), found[1].decode()))

    sheet, imports = SHEET_IMPORT.subn(read_imported, read(name))
    return sheet if imports else None


class PlotlyFinder(BaseFinder):
    """Finds `plotly.min.js`: what the page uses of it, or all of it if nobody has tested that."""

    @cached_property
    def storage(self) -> FileSystemStorage:
        # The parser takes a while to import, and only collectstatic and `runserver` need it.
        from . import plotly_bundle

        package = Path(str(files("plotly") / "package_data"))
        folder = settings.VAR_DIR / "plotly"
        try:
            plotly_bundle.write_cut(package / PLOTLY_FILE, folder / PLOTLY_FILE)
        except plotly_bundle.UntestedBundleError:
            logger.warning("Visitors get all of Plotly, 1.5 MB instead of 0.3: %s", UNTESTED)
            return FileSystemStorage(location=package)
        return FileSystemStorage(location=folder)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != PLOTLY_FILE:
            return []
        found = self.storage.path(PLOTLY_FILE)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        yield PLOTLY_FILE, self.storage
