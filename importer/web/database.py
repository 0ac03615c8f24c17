"""A small SQLite file of the page's own: readable by its owner alone, every change whole or not at all."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importer.errors import StorageFailed
from importer.storage.private_files import close_to_others, create_private, make_folder

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
            with self._connected() as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(self.schema)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state throughout. Raises StorageFailed."""
        with self._translated(), self._connected() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are on disk after the block, or gone where it raised. Raises StorageFailed."""
        with self._translated(), self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            yield connection
        finally:
            connection.close()

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
