"""Collected files."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import ContentFile

from brownian_site.static import HashedModuleStorage, WholeFileStorage


class Overlong(ContentFile):
    """More than the disk takes."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"half"
        raise OSError(errno.ENOSPC, "No space left on device")


def test_manifest_is_whole_or_the_one_before_when_the_disk_is_full(tmp_path: Path) -> None:
    storage = WholeFileStorage(location=tmp_path, allow_overwrite=True)
    storage._save("manifest", ContentFile(b"before"))

    for content, kept in [(Overlong(b""), b"before"), (ContentFile(b"after"), b"after")]:
        storage.delete("manifest")
        try:
            storage._save("manifest", content)
        except OSError:
            assert kept == b"before"
        assert (tmp_path / "manifest").read_bytes() == kept


def test_manifest_of_the_site_is_written_so() -> None:
    assert isinstance(HashedModuleStorage().manifest_storage, WholeFileStorage)
