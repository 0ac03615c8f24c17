"""``importer journal copy``, ``backup`` and ``restore``: a journal somewhere else, with what belongs to it."""

import gzip
import io
import tarfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from importer.errors import StorageFailed, UsageError
from importer.journal import Journal
from importer.journal.copying import copy
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.location import location_of
from importer.progress import Watch
from importer.settings import Settings
from importer.settings.journal_address import JournalAddress
from importer.storage.private_files import create_private, make_folder, sync_file

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_JOURNAL: Final = "journal.db"
_AT_ONCE: Final = 1024 * 1024


def copy_journal(source: str, target: str, settings: Settings, watch: Watch) -> int:
    """Copy a journal into an empty one, of either kind; how many runs.

    Raises:
        UsageError: There is none, or the other one is not empty, or has another key.
        BooksDontBalance: The journal is damaged. StorageFailed: it cannot be read or written.
    """
    watch.began("copying the journal")
    with Journal.open(_address(source, settings), read_only=True) as journal:
        return _copied(journal, _address(target, settings), watch)


def backup(path: Path, settings: Settings, watch: Watch) -> int:
    """Write the journal, its key and the copies of the inputs into one private archive; how many runs.

    Raises:
        UsageError: There is no journal, or the file is there already.
        BooksDontBalance: The journal is damaged. StorageFailed: it cannot be read or written.
    """
    if path.exists():
        raise UsageError("{path} is there already: name a new file for the backup.", path=path)
    watch.began("copying the journal")
    try:
        with TemporaryDirectory(prefix=".backup-", dir=path.absolute().parent) as folder:
            whole = Path(folder) / "journal"
            make_folder(whole)
            with Journal.open(settings.journal_location, read_only=True) as journal:
                runs = copy(journal, JournalAddress(str(whole / _JOURNAL), whole), watch.advanced_or_ended)
            draft = Path(folder) / "archive"
            create_private(draft)
            with _Archive(draft, watch) as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
                archive.add(whole, arcname=".")
            sync_file(draft)
            draft.rename(path)
    except OSError as exc:
        raise _unwritable(path, exc) from exc
    return runs


def restore(path: Path, settings: Settings, watch: Watch) -> int:
    """Bring a backup back into an empty journal, with the key where there is none; how many runs.

    It is read to its end first, where its checksum stands: of a damaged one nothing is taken.

    Raises:
        UsageError: It is no backup, or a damaged one; or the journal has runs, or another key.
        StorageFailed: It cannot be read or written.
    """
    watch.began("copying the journal")
    try:
        make_folder(settings.home)
        with TemporaryDirectory(prefix=".restore-", dir=settings.home) as folder:
            with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r:") as archive:
                for member in archive:
                    watch.check()
                    archive.extract(member, folder, filter="data")
                while file.read(_AT_ONCE):
                    watch.check()
            address = JournalAddress(str(Path(folder) / _JOURNAL), Path(folder))
            with Journal.open(address, read_only=True) as journal:
                return _copied(journal, settings.journal_location, watch)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as exc:
        raise UsageError(
            "{path} is no backup of a journal, or a damaged one: nothing was restored.", path=path
        ) from exc
    except OSError as exc:
        raise _unwritable(path, exc) from exc


class _Archive(io.BufferedWriter):
    """A file that is written until the command is asked to end: to compress a large journal takes minutes."""

    def __init__(self, path: Path, watch: Watch) -> None:
        super().__init__(io.FileIO(path, "wb"))
        self._watch = watch

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write; raises Interrupted."""
        self._watch.check()
        return super().write(content)


def _copied(journal: Journal, address: str, watch: Watch) -> int:
    with journal_errors(location_of(address)):
        return copy(journal, address, watch.advanced_or_ended)


def _address(text: str, settings: Settings) -> JournalAddress:
    return JournalAddress(text, settings.home, settings.key_file)


def _unwritable(path: Path, exc: OSError) -> StorageFailed:
    reason = exc.strerror or type(exc).__name__
    return StorageFailed("{path} cannot be read or written: {reason}.", path=path, reason=reason)
