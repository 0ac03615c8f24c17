"""Processes with one token file: one at a time spends its refresh token."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import filelock

from importer.errors import StorageFailed
from importer.freedom_id.refresh_call import RefreshUnanswered
from importer.freedom_id.token_file import lock_path, recover
from importer.messages.text import Text

_LOCK_SECONDS: Final = 120.0
_LOCK_POLL: Final = 0.1


def recover_if_free(path: Path) -> None:
    """As ``recover``, unless somebody is renewing the token right now, or none was ever renewed here."""
    if lock_path(path).exists():
        with contextlib.suppress(filelock.Timeout, OSError), filelock.FileLock(lock_path(path), timeout=0):
            recover(path)


@contextlib.asynccontextmanager
async def token_locked(path: Path) -> AsyncIterator[None]:
    """Keep other processes with the same token file from spending the same refresh token."""
    lock = filelock.FileLock(lock_path(path), timeout=0)
    for waited in itertools.count():
        try:
            lock.acquire()
            break
        except filelock.Timeout as exc:
            if waited * _LOCK_POLL >= _LOCK_SECONDS:
                why = Text("another process is renewing the token and does not end")
                raise RefreshUnanswered(why, again=True) from exc
            await asyncio.sleep(_LOCK_POLL)
        except OSError as exc:
            raise StorageFailed(
                "token file {path}: no lock beside it can be taken ({strerror})", path=path, strerror=exc.strerror
            ) from exc
    try:
        yield
    finally:
        lock.release()
