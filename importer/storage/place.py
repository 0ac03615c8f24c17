"""Objects by name, in a folder or a bucket (fsspec): who reads one knows its SHA-256, and takes nothing else for it."""

import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from importer.errors import StorageFailed, UsageError
from importer.journal.private import make_folder
from importer.messages.text import Text
from importer.settings import refuse_foreign

_KINDS: Final = ("file", "s3", "gs", "gcs", "abfs", "az", "memory")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_WORK: Final = "work-"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_LONGEST_CHECK: Final = timedelta(days=2)
"""Older folders of work were left behind by a command that was killed: none checks a file for so long."""


@dataclass(frozen=True)
class Stored:
    """An object: its name, and the SHA-256 of its content as hex."""

    name: str
    sha256: str


class Storage:
    """A storage; objects are private where that is a folder's to say: files 0600, folders 0700.

    A bucket's credentials come from each machine's own environment: none is handed on.

    Args:
        url: A folder, or an address like ``s3://bucket/folder``.

    Attributes:
        url: The address, a folder's absolute.

    Raises:
        UsageError: the address cannot be used, or what it needs is not installed.
    """

    def __init__(self, url: str) -> None:
        scheme = _SCHEME.match(url)
        kind = scheme[1].lower() if scheme else "file"
        if kind not in _KINDS:
            known = ", ".join(f"{name}://" for name in _KINDS[1:-1])
            raise UsageError(
                Text(
                    "--storage {url}: expected a folder, or one of {known}",
                    url=scheme[0] if scheme else "",
                    known=known,
                )
            )
        if scheme and "@" in url.partition("://")[2].split("/")[0]:
            raise UsageError(
                Text("--storage {url}…: no credentials in the address; the environment has them", url=scheme[0])
            )
        self.folder = Path(re.sub("^file://", "", url)).expanduser().absolute() if kind == "file" else None
        self.url = str(self.folder or url.rstrip("/"))
        self._files, self._top = _opened(self.url)

    def write(self, name: str, content: bytes) -> Stored:
        """Store an object.

        Raises:
            StorageFailed: it cannot be written.
        """
        try:
            if self.folder is None:
                self._files.pipe_file(self._path(name), content)
            else:
                _write_private(self.folder / name, content)
        except OSError as exc:
            raise self._failed(Text("cannot be written ({why})", why=_why(exc))) from exc
        return Stored(name, hashlib.sha256(content).hexdigest())

    def read(self, stored: Stored) -> bytes:
        """The content of an object.

        Raises:
            StorageFailed: it cannot be read, or is not what was stored.
        """
        try:
            content: bytes = self._files.cat_file(self._path(stored.name))
        except OSError as exc:
            raise self._failed(Text("cannot be read ({why})", why=_why(exc))) from exc
        if hashlib.sha256(content).hexdigest() != stored.sha256:
            raise self._failed(Text("{name} is not what was written: it is damaged", name=stored.name))
        return content

    def new_work_folder(self) -> str:
        """The name of a folder for what one command needs until it ends; what killed ones left is removed."""
        now = datetime.now(UTC)
        oldest = _WORK + (now - _LONGEST_CHECK).strftime(_STAMP)
        for name in self._names():
            if name.startswith(_WORK) and name < oldest:
                self.remove(name)
        return f"{_WORK}{now.strftime(_STAMP)}-{secrets.token_hex(4)}"

    def remove(self, name: str) -> None:
        """Remove a folder and what lies in it; one that is not there, or cannot be removed now, is left."""
        try:
            self._files.rm(self._path(name), recursive=True)
        except OSError:
            return

    def _names(self) -> list[str]:
        try:
            return [str(path).rstrip("/").rpartition("/")[2] for path in self._files.ls(self._top, detail=False)]
        except OSError:
            return []

    def _path(self, name: str) -> str:
        return f"{self._top}/{name}"

    def _failed(self, what: str) -> StorageFailed:
        return StorageFailed(Text("the storage {url}: {what}; the same command starts again", url=self.url, what=what))


def _opened(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    # Whoever has no cluster needs no such library.
    import fsspec  # noqa: PLC0415

    try:
        if Path(url).is_absolute():
            refuse_foreign(Path(url), "storage folder")
        files, top = fsspec.core.url_to_fs(url)
    except ImportError as exc:
        raise UsageError(
            Text("--storage {url}: {why}", url=url, why=str(exc).splitlines()[0] or "a package is missing")
        ) from exc
    return files, str(top).rstrip("/")


def _write_private(path: Path, content: bytes) -> None:
    make_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _why(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__
