"""How static files are found, hashed and compressed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from servestatic.storage import CompressedManifestStaticFilesStorage

PLOTLY_FILE = "plotly.min.js"


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


class PlotlyFinder(BaseFinder):
    """Finds `plotly.min.js` in the plotly package, without the datasets and notebooks beside it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=str(files("plotly") / "package_data"))
        self.storages = {"plotly": self.storage}

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != PLOTLY_FILE:
            return []
        found = self.storage.path(PLOTLY_FILE)
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        yield PLOTLY_FILE, self.storage
