"""Files that appear whole or not at all: temporary name, fsync, rename, fsync of the folder."""

import contextlib
import errno
import hashlib
import io
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from importer.errors import StorageFailed
from importer.messages.text import Text
from importer.storage.private_files import sync_folder

if os.name == "posix":
    import fcntl

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_PRIVATE: Final = 0o600
_BUFFER_BYTES: Final = 1 << 20
_REMEDIES: Final = {
    errno.ENOSPC: Text("free some space"),
    errno.EDQUOT: Text("free some space or raise the quota"),
    errno.EFBIG: Text("free some space or raise the file size limit"),
    errno.EROFS: Text("choose another folder"),
    errno.EACCES: Text("close the file in other programs, or choose another folder"),
    errno.EPERM: Text("close the file in other programs, or choose another folder"),
    errno.ENOENT: Text("make the folder again, or choose another one"),
    errno.ENAMETOOLONG: Text("choose a shorter name"),
}


def storage_failed(path: Path, failure: OSError) -> StorageFailed:
    """What a person is told when ``path`` could not be written: why, and what to do."""
    remedy = _REMEDIES.get(failure.errno or 0, Text("look at the disk"))
    reason = failure.strerror or type(failure).__name__
    return StorageFailed(
        "cannot write {path}: {reason}; {remedy}, then give the same command again",
        path=path,
        reason=reason,
        remedy=remedy,
    )


@contextlib.contextmanager
def closed_meanwhile() -> Iterator[None]:
    """Tell of a folder that is closed to this user while a run is under way, as of a disk that refuses a file.

    Raises:
        StorageFailed: The block was refused what it looked for; what is recorded stays.
    """
    try:
        yield
    except PermissionError as exc:
        if exc.filename is None:
            raise
        raise storage_failed(Path(exc.filename), exc) from exc


def temporary_failed(failure: OSError) -> StorageFailed:
    """The same for the folder of temporary files, which another one may replace."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # none of those that are tried could be written
        folder = os.environ.get("TMPDIR", "/tmp")  # noqa: S108 (named, not used)
    reason = failure.strerror or type(failure).__name__
    return StorageFailed(
        "cannot write to the folder of temporary files, {folder}: {reason}; free some space there, or "
        "name another one that has room, TMPDIR=/path/to/it, then give the same command again",
        folder=folder,
        reason=reason,
    )


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """A disk that refuses while ``path`` is written is a StorageFailed."""
    try:
        yield
    except OSError as failure:
        raise storage_failed(path, failure) from failure


class _Raw(io.FileIO):
    """The unbuffered file: a failed write names the target, whichever library was writing."""

    def __init__(self, descriptor: int, target: Path) -> None:
        super().__init__(descriptor, "r+b")
        self._target = target

    def write(self, data: "ReadableBuffer", /) -> int:
        with disk_errors(self._target):
            return super().write(data)


class PendingFile:
    """A file being written beside its target under a temporary name; nothing shows before ``publish``.

    Several files are made visible together by preparing each before publishing any. ``file``: binary, seekable, also
    readable.
    """

    file: BinaryIO

    def __init__(self, path: Path, *, mode: int = _PRIVATE, exact_mode: bool = True) -> None:
        """Create the temporary file in the target's folder, which must exist.

        ``exact_mode``: whether its permissions hold under any umask, or are narrowed by it.

        Raises:
            StorageFailed: The folder is missing, read-only or full.
        """
        self.path = path
        prefix = _prefix(path)
        _sweep(path.parent, prefix)
        with disk_errors(path):
            self.temporary, descriptor = _create_locked(path.parent, prefix, mode)
            if os.name == "posix" and exact_mode:
                os.fchmod(descriptor, mode)
        self._raw = _Raw(descriptor, path)
        self.file = io.BufferedRandom(self._raw, _BUFFER_BYTES)

    def scratch_folder(self) -> Path:
        """A folder beside the temporary file, for what a library keeps in files while it writes.

        It goes with the file, also after a kill: what was half written holds people's data.

        Raises:
            StorageFailed: The disk refused.
        """
        folder = _scratch_of(self.temporary)
        with disk_errors(self.path):
            folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def prepare(self) -> None:
        """Make what was written durable. Raises StorageFailed where the disk refused."""
        with disk_errors(self.path):
            self.file.flush()
            os.fsync(self.file.fileno())

    def publish(self) -> None:
        """Put the file in its place, replacing what was there; it is prepared first where it wasn't.

        Raises:
            StorageFailed: The disk refused, or another program holds the target.
        """
        if not self.file.closed:
            self.prepare()
        shutil.rmtree(_scratch_of(self.temporary), ignore_errors=True)
        with disk_errors(self.path):
            if os.name != "posix":  # an open file can't be renamed there
                self.file.close()
            self.temporary.replace(self.path)
            self.file.close()
            sync_folder(self.path.parent)

    def discard(self) -> None:
        """Remove what was written; harmless after ``publish``."""
        # Closing the raw file first keeps the buffer from being flushed to a disk that has just refused.
        with contextlib.suppress(OSError):
            self._raw.close()
        shutil.rmtree(_scratch_of(self.temporary), ignore_errors=True)
        with contextlib.suppress(OSError):
            self.temporary.unlink()


@contextlib.contextmanager
def atomic_file(path: Path, *, mode: int = _PRIVATE, exact_mode: bool = True) -> Iterator[BinaryIO]:
    """Write ``path`` whole or not at all.

    The body writes to the file it is given. On its normal end the file is fsynced and renamed into place, and the
    folder fsynced; on any exception the temporary file goes and the target stays as it was.

    Args:
        path: The target; its folder must exist.
        mode: Permissions of the file: 0600 unless it may be read by others.
        exact_mode: Whether they hold under any umask, or are narrowed by it.

    Raises:
        StorageFailed: Disk full, read-only, no permission; names the target and what to do.
    """
    pending = PendingFile(path, mode=mode, exact_mode=exact_mode)
    try:
        yield pending.file
        pending.publish()
    finally:
        pending.discard()


def _prefix(path: Path) -> str:
    # A digest: the target's own name may already be as long as the file system allows.
    return f".importer-{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]}-"


def _scratch_of(temporary: Path) -> Path:
    return temporary.with_suffix(".parts")


def _create_locked(folder: Path, prefix: str, mode: int) -> tuple[Path, int]:
    """A new temporary file and its descriptor; another one where a neighbour swept it away before it was locked."""
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    while True:
        path = folder / f"{prefix}{secrets.token_hex(8)}.tmp"
        descriptor = os.open(path, flags, mode)
        if os.name != "posix":
            return path, descriptor
        with contextlib.suppress(OSError):  # some network folders have no locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, descriptor
        os.close(descriptor)


def _sweep(folder: Path, prefix: str) -> None:
    """Remove what killed processes left of the same target: a living one holds the lock of its file."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        for left_over in folder.glob(f"{prefix}*.tmp"):
            with contextlib.suppress(OSError):
                _remove_unlocked(left_over)


def _remove_unlocked(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(_scratch_of(path), ignore_errors=True)
        # It may also be a neighbour's that is between its creation and its lock: that one makes another.
        path.unlink()
    finally:
        os.close(descriptor)
