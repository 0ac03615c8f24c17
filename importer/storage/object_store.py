"""Objects by name, in a folder or a bucket (fsspec): who reads one knows its SHA-256, and takes nothing else for it."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from errno import ENOENT
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO, Final

from importer.errors import ImporterError, StorageFailed, UsageError
from importer.messages.text import Text
from importer.storage.home_path import expanded
from importer.storage.private_files import make_folder, open_private, sync_folder
from importer.storage.storage_errors import reason, unreadable, unwritable
from importer.storage.trust import refuse_foreign

_KINDS: Final = ("file", "s3", "gs", "gcs", "abfs", "az", "memory")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_WORK: Final = "work-"
_RUN: Final = "run-"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_OF_A_COMMAND: Final = re.compile(r"work-[0-9]{8}T[0-9]{6}Z-[0-9a-f]+")
_LONGEST_CHECK: Final = timedelta(days=2)
"""Older folders of work were left behind by a command that was killed: none checks a file for so long."""


@dataclass(frozen=True)
class Stored:
    """An object, or a piece of one: its name, the SHA-256 of its content as hex, and its first byte and the last.

    The last one is left out (``None``: to the end).
    """

    name: str
    sha256: str
    start: int = 0
    end: int | None = None


def folder_of_run(run_id: str) -> str:
    """The name of the folder of a run's own objects."""
    return f"{_RUN}{run_id}"


class Storage:
    """A storage; objects are private where that is a folder's to say: files 0600, folders 0700.

    A bucket's credentials come from each machine's own environment: none is handed on. A library of buckets may raise
    anything; here it becomes StorageFailed, in words of ``reasons``.

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
                "--storage {url}: expected a folder, or one of {known}",
                url=scheme[0] if scheme else "",
                known=known,
            )
        if scheme and "@" in url.partition("://")[2].split("/")[0]:
            raise UsageError("--storage {url}…: no credentials in the address; the environment has them", url=scheme[0])
        self.folder = expanded(re.sub("^file://", "", url)).absolute() if kind == "file" else None
        self.url = str(self.folder or url.rstrip("/"))
        self._files, self._top = _opened(self.url)

    def write(self, name: str, content: bytes) -> Stored:
        """Store an object. Raises StorageFailed where it cannot be written."""
        with self._told(unwritable):
            if self.folder is None:
                self._files.pipe_file(self._path(name), content)
            else:
                work = _OF_A_COMMAND.match(name)
                if work and not (self.folder / work[0]).is_dir():  # its command has ended: nothing is left behind
                    raise FileNotFoundError(ENOENT, os.strerror(ENOENT), work[0])
                with _private_file(self.folder / name) as file:
                    file.write(content)
        return Stored(name, hashlib.sha256(content).hexdigest())

    def write_pieces(self, name: str, pieces: Sequence[bytes]) -> list[Stored]:
        """Store one object whose pieces are read each by itself. Raises StorageFailed where it cannot be written."""
        self.write(name, b"".join(pieces))
        ends = list(accumulate(map(len, pieces)))
        return [
            Stored(name, hashlib.sha256(piece).hexdigest(), end - len(piece), end)
            for piece, end in zip(pieces, ends, strict=True)
        ]

    def put(self, name: str, path: Path) -> None:
        """Store a file's content, which may be larger than the memory; it is there as a whole, or not at all.

        Raises:
            StorageFailed: it cannot be written, or the file not be read.
        """
        with self._told(unwritable):
            if self.folder is None:
                self._files.put_file(str(path), self._path(name))
                return
            target = self.folder / name
            draft = target.with_name(f"{target.name}.{secrets.token_hex(4)}.new")
            try:
                with path.open("rb") as source, _private_file(draft) as file:
                    shutil.copyfileobj(source, file)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(target)
                sync_folder(target.parent)
            finally:
                draft.unlink(missing_ok=True)

    def read(self, stored: Stored) -> bytes:
        """The content of an object. Raises StorageFailed where it cannot be read, or is not what was stored."""
        with self._told(unreadable):
            content: bytes = self._files.cat_file(self._path(stored.name), start=stored.start, end=stored.end)
        self._refuse_other(stored, hashlib.sha256(content).hexdigest())
        return content

    def get(self, stored: Stored, path: Path) -> None:
        """Write an object's content to a new file, 0600, which is there as a whole, or not at all.

        Raises:
            StorageFailed: it cannot be read, or is not what was stored, or the file cannot be written.
        """
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        try:
            with self._told(unreadable):
                _private_file(draft).close()
                self._files.get_file(self._path(stored.name), str(draft))
                with draft.open("rb") as file:
                    os.fsync(file.fileno())
                    found = hashlib.file_digest(file, "sha256").hexdigest()
            self._refuse_other(stored, found)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def has(self, name: str) -> bool:
        """Whether there is an object of this name. Raises StorageFailed where that cannot be told."""
        with self._told(unreadable):
            there: bool = self._files.exists(self._path(name))
        return there

    @contextmanager
    def work_folder(self) -> Iterator[str]:
        """The name of a folder for what one command needs, for the block; what killed ones left is removed, too."""
        now = datetime.now(UTC)
        oldest = _WORK + (now - _LONGEST_CHECK).strftime(_STAMP)
        with suppress(StorageFailed):  # whoever writes there next is told
            for name in self.names():
                if name.startswith(_WORK) and name < oldest:
                    self.remove(name)
        folder = f"{_WORK}{now.strftime(_STAMP)}-{secrets.token_hex(4)}"
        if self.folder is not None:
            with self._told(unwritable):
                make_folder(self.folder / folder)
        try:
            yield folder
        finally:
            for _ in range(2):  # a worker may have been writing when it was removed first
                with suppress(StorageFailed):  # a later command removes it
                    self.remove(folder)

    def remove(self, name: str) -> None:
        """Remove a folder and what lies in it, if it is there. Raises StorageFailed where it cannot be removed now."""
        with self._told(unwritable), suppress(FileNotFoundError):
            self._files.rm(self._path(name), recursive=True)

    def names(self) -> set[str]:
        """The names of its folders. Raises StorageFailed where they cannot be told."""
        with self._told(unreadable), suppress(FileNotFoundError):  # nothing was stored yet
            return {str(path).rstrip("/").rpartition("/")[2] for path in self._files.ls(self._top, detail=False)}
        return set()

    def _path(self, name: str) -> str:
        return f"{self._top}/{name}"

    def _refuse_other(self, stored: Stored, found: str) -> None:
        if found != stored.sha256:
            raise self._failed(Text("{name} is not what was written: it is damaged", name=stored.name))

    def _failed(self, what: str) -> StorageFailed:
        return StorageFailed("the storage {url}: {what}; the same command starts again", url=self.url, what=what)

    @contextmanager
    def _told(self, sentence: Callable[[str], Text]) -> Iterator[None]:
        """Tell whatever a storage's library raises in a ``sentence`` with the reason."""
        try:
            yield
        except ImporterError:
            raise
        except Exception as exc:
            raise self._failed(sentence(reason(exc, bucket=self.folder is None))) from exc


def _opened(url: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it."""
    if Path(url).is_absolute():
        refuse_foreign(Path(url), "storage folder")
    try:
        import fsspec  # noqa: PLC0415 (whoever has no cluster needs no such library)

        # what other machines stored or removed meanwhile counts, too: no listing is kept
        files, top = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except ImportError as exc:
        raise UsageError(
            "--storage {url}: {why}", url=url, why=str(exc).splitlines()[0] or "a package is missing"
        ) from exc
    return files, str(top).rstrip("/")


def _private_file(path: Path) -> BinaryIO:
    make_folder(path.parent)
    return open_private(path)
