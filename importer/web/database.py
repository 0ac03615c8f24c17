"""A small SQLite file of the page's own: readable by its owner alone, every change whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed
from importer.storage.private_files import close_to_others, create_private, make_folder
from importer.web.storage_trouble import NO_ROOM

_PATIENCE: Final = 20.0
"""Seconds that a change waits for another one."""


@dataclass(frozen=True)
class PageDatabase:
    """Where it is, and what is in it.

    Attributes:
        path: The file.
        schema: Statements that make its tables where they are missing.
    """

    path: Path
    schema: str

    def prepare(self) -> None:
        """Make the file and its tables, where they are missing. Raises StorageFailed: it cannot be written."""
        with self._translated():
            make_folder(self.path.parent)
            with suppress(FileExistsError):
                create_private(self.path)
            close_to_others(self.path)
            with closing(self._connection()) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(self.schema)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state throughout. Raises StorageFailed."""
        with self._translated(), self._readable() as connection:
            yield connection
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are on disk after the block, or gone where it raised. Raises StorageFailed."""
        with self._translated(), closing(self._connection()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _readable(self) -> Iterator[sqlite3.Connection]:
        """A connection that has begun to read; on a full disk SQLite cannot make the files that readers share."""
        with ExitStack() as opened:
            connection = opened.enter_context(closing(self._connection()))
            try:
                _begin_to_read(connection)
            except sqlite3.OperationalError as exc:
                if exc.sqlite_errorcode & 0xFF not in NO_ROOM or not self._is_whole:
                    raise
                sealed = f"{self.path.absolute().as_uri()}?immutable=1"
                connection = opened.enter_context(closing(self._connection(sealed)))
                _begin_to_read(connection)
            yield connection

    @property
    def _is_whole(self) -> bool:
        """Whether all of it stands in its one file: nothing was written that still lies beside it."""
        try:
            return not self.path.with_name(self.path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return True

    def _connection(self, uri: str = "") -> sqlite3.Connection:
        connection = sqlite3.connect(uri or self.path, timeout=_PATIENCE, isolation_level=None, uri=bool(uri))
        connection.row_factory = sqlite3.Row
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.OperationalError, OSError) as exc:
            raise StorageFailed(
                "{path}: cannot be read or written ({exc}); look at the disk", path=self.path, exc=exc
            ) from exc
        except sqlite3.DatabaseError as exc:
            raise StorageFailed(
                "{path}: is damaged ({exc}); move it away, and upload the file again", path=self.path, exc=exc
            ) from exc


def _begin_to_read(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # until something is read, nothing is opened
