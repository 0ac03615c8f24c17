"""Files and folders that only their owner may read, also under a lax umask, and that survive a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700
DRAFT: Final = ".new"
"""Ending of a file that is being written for another one, behind that one's name."""

_FOLDERS_WITHOUT_FSYNC: Final = {errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EBADF, errno.EPERM}


def create_private(path: Path, content: bytes = b"") -> None:
    """Make a new file (FileExistsError when there is one), 0600, all of its content on disk on return; or none."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:  # it writes on where the system took only a part
            os.fchmod(descriptor, FILE_MODE)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def open_private(path: Path, *, append: bool = False) -> BinaryIO:
    """Open a file, 0600, to be written anew or behind its end; the caller closes it, and syncs what has to last."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    return os.fdopen(os.open(path, flags, FILE_MODE), "wb")


def write_private(path: Path, content: str | bytes) -> None:
    """Write a small file, 0600: at any moment, also after a power cut, it has its old content or all of this.

    Two that write the same file at once need a lock.

    Raises:
        OSError: it cannot be written; the old content stays.
    """
    with replaced(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)
    with suppress(OSError):  # a network share may know no such thing; it is written all the same
        sync_folder(path.parent)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file, 0600, to be written in the block; when that ends well it is on disk, and takes the other one's place.

    Its folder is not brought to the disk. Where the block fails the old content stays, and nothing beside it.
    """
    draft = draft_of(path)
    draft.unlink(missing_ok=True)  # a killed command's, perhaps of another user's
    try:
        with open_private(draft) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def draft_of(path: Path) -> Path:
    """Where a file is written until it is whole."""
    return path.with_name(path.name + DRAFT)


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, each 0700; existing ones stay as they are."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def close_to_others(path: Path) -> None:
    """Take an existing file's rights from everybody but its owner, where it has any."""
    if path.exists() and path.stat().st_mode & 0o077:
        path.chmod(FILE_MODE)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Bring a folder's entries (a rename in it) to the disk, where the system can: a network share may not."""
    try:
        sync_file(path)  # a folder is one to the system
    except OSError as exc:
        if exc.errno not in _FOLDERS_WITHOUT_FSYNC:
            raise
