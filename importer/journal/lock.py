"""Locks between processes: held by the operating system, so that nothing but a living process holds one."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from importer.errors import AlreadyRunning, StorageFailed
from importer.messages.text import Text
from importer.storage.private_files import FILE_MODE, create_private, make_folder

_PATIENCE: Final = 120.0
"""Seconds to wait for a step that takes another process moments (the creation of the journal)."""


@contextmanager
def held(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an OS lock on a file for the block.

    Raises:
        AlreadyRunning: Another process (or another holder in this one) has it.
        StorageFailed: The lock file cannot be made, or the file system knows no locks.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 (whoever only looks holds nothing)

    lock = FileLock(
        path,
        timeout=_PATIENCE if wait else 0,
        mode=FILE_MODE,
        thread_local=False,
        fallback_to_soft=False,  # a lock that is only a file would outlive kill -9
    )
    try:
        make_folder(path.parent)
        lock.acquire()
    except Timeout as exc:
        raise AlreadyRunning(Text("Another process holds this; wait until it has ended.")) from exc
    except (OSError, NotImplementedError) as exc:
        reason = getattr(exc, "strerror", None) or Text("the file system has no locks")
        raise StorageFailed(
            "The lock file {path} cannot be used: {reason}. It needs a disk that this user may write and that has "
            "locks.",
            path=path,
            reason=reason,
        ) from exc
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)  # while it is held: whoever locks a file without a name tries anew
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock of a file; one that nobody holds any more is removed."""
    try:
        with held(path, wait=False):
            return False
    except AlreadyRunning:
        return True


def owned_by(who: str) -> AlreadyRunning:
    """What to raise where another process works on an import."""
    refusal = AlreadyRunning(
        "This file is already being imported {who}. Nothing was sent by this command; wait until the "
        "other one has ended, or stop it, and give this command again.",
        who=who,
    )
    refusal.who = who
    return refusal


def _sign(owner: Path, since: str) -> None:
    """Leave a note who holds the lock: for the message only, the lock itself is the operating system's."""
    draft = owner.with_suffix(f".{os.getpid()}")
    note = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        draft.unlink(missing_ok=True)
        create_private(draft, json.dumps(note).encode())
        draft.replace(owner)


def _who(owner: Path) -> str:
    try:
        note = json.loads(owner.read_bytes())
        return Text(
            "by process {pid:d} on {host} since {since}", pid=note["pid"], host=note["host"], since=note["since"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Text("by another process")


class FileLocks:
    """The locks of a journal that is a file, in the folder of its runs; ``session_locks`` has those of a server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "locks"

    @contextmanager
    def own(self, identity: str, since: str) -> Iterator[None]:
        """Own an import for the block; a second owner is told who the first is (pid, host, since when).

        Raises:
            AlreadyRunning: It is being worked on.
            StorageFailed: See ``held``.
        """
        owner = self._path(identity).with_suffix(".owner")
        with ExitStack() as stack:
            try:
                stack.enter_context(self.hold(identity))
            except AlreadyRunning as exc:
                raise owned_by(_who(owner)) from exc
            _sign(owner, since)
            try:
                yield
            finally:
                with suppress(OSError):
                    owner.unlink(missing_ok=True)

    def hold(self, identity: str) -> AbstractContextManager[None]:
        """Keep others from an import for a block; see ``held``."""
        return held(self._path(identity), wait=False)

    def is_held(self, identity: str) -> bool:
        """Whether a process owns an import."""
        return is_held(self._path(identity))

    def is_worked_on(self, identity: str) -> bool:
        """Whether the process that owns an import is there, told by its note and without touching the lock.

        Taking the lock for a moment would turn away a command that starts in that moment. A process on another host is
        taken to be there as long as its note is.
        """
        try:
            note = json.loads(self._path(identity).with_suffix(".owner").read_bytes())
            if note["host"] == socket.gethostname():
                os.kill(int(note["pid"]), 0)
        except PermissionError:
            return True  # another user's
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def any_held(self) -> bool:
        """Whether a process owns any import."""
        return self._folder.is_dir() and any(is_held(path) for path in list(self._folder.glob("*.lock")))

    def owner(self) -> None:
        """A lock on a file needs no connection."""

    def renew(self) -> None:
        """Nothing can take a lock on a file away."""

    def close(self) -> None:
        """Nothing is open."""

    def _path(self, identity: str) -> Path:
        return self._folder / f"{identity[:32]}.lock"
