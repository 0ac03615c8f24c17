"""A run's copy of its input where its machines reach it (``--storage``): another one can go on with the run."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from importer.errors import StorageFailed
from importer.settings import Settings
from importer.storage import Storage, Stored, folder_of_run
from importer.storage.private_files import make_folder

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library

_STORAGE: Final = "storage"
"""Where a run remembers its storage, among its settings."""


def storage_of(run: "Run") -> str:
    """The address of the storage that a run has its own files in; "" for none."""
    return str(run.settings.get(_STORAGE, ""))


def keep_in_storage(journal: "Journal", run: "Run", copy: Path, settings: Settings) -> "Run":
    """Put a run's copy of its input into the storage of the settings, if they name one, unless it is there.

    Raises:
        StorageFailed: it cannot be put there. UsageError: the storage cannot be used.
    """
    if not settings.storage:
        return run
    storage, stored = Storage(settings.storage), _stored(run, copy)
    if storage_of(run) != storage.url:  # remembered before anything lies there: a purge looks there
        run = journal.update_run(run.id, settings={**run.settings, _STORAGE: storage.url})
    if not storage.has(stored.name):
        storage.put(stored.name, copy)
    return run


def fetch_copy(run: "Run", copy: Path) -> bool:
    """Write a run's copy of its input here, from its storage; False: it has none, or the copy is not there.

    Raises:
        StorageFailed: it cannot be read, or is damaged, or cannot be written here.
    """
    if not storage_of(run) or run.state == "purged":
        return False
    storage, stored = Storage(storage_of(run)), _stored(run, copy)
    if not storage.has(stored.name):
        return False
    try:
        make_folder(copy.parent)
    except OSError as exc:
        raise StorageFailed(
            "{copy}: the input's copy cannot be written ({strerror})", copy=copy, strerror=exc.strerror
        ) from exc
    storage.get(stored, copy)
    return True


def _stored(run: "Run", copy: Path) -> Stored:
    return Stored(f"{folder_of_run(run.id)}/{copy.name}", run.input_sha256)
