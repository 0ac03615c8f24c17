"""What brings a journal of an earlier version up to date, told and in one transaction; and how one looks until then.

Columns are added in SQL: SQLAlchemy Core makes tables, and changes none. Journals of those versions are SQLite's.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Connection, Dialect, select, update

from importer.journal.database.database_errors import damaged
from importer.journal.database.engine import Database
from importer.journal.database.tables import (
    APIS,
    ARRIVALS,
    LEDGER,
    META,
    PACKED_REMARKS,
    REFUSED,
    REMARKS,
    REPEATS,
    ROWS,
    ROWS_IN_DOUBT,
    SCHEMA_VERSION,
)
from importer.journal.integrity.macs import mac_of
from importer.messages.text import Text

log = logging.getLogger("importer")


def _add_macs(connection: Connection) -> None:
    """Give every record of version 2 its MAC, as it stands: what was damaged before cannot be told any more."""
    REPEATS.create(connection)
    for table in (ROWS, REMARKS, LEDGER):
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN mac BLOB")
        connection.execute(update(table).values(mac=mac_of(table)))


_PRINTED: Final = ((LEDGER, "prints", "BLOB"), (ARRIVALS, "prints", "BLOB"), (APIS, "updates", "VARCHAR(10)"))
"""What version 4 added: table, column, type."""


def _add_prints(connection: Connection) -> None:
    for table, column, kind in _PRINTED:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {column} {kind}")


def _index_doubts_anew(connection: Connection) -> None:
    ROWS_IN_DOUBT.drop(connection, checkfirst=True)
    ROWS_IN_DOUBT.create(connection)


MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {
    1: REFUSED.create,  # version 2 remembers the rows that were refused
    2: _add_macs,  # version 3 notices a disk that lies, and folds what comes again each night
    3: _add_prints,  # version 4 notices whose fields have changed since they were sent, and sends updates
    4: PACKED_REMARKS.create,  # version 5 packs the texts of rows; those that are there at the end of the next run
    5: _index_doubts_anew,  # version 6 knows rows that were refused after a request whose answer was lost
}
"""Schema version → what brings a journal of that version to the next one, inside one transaction."""


_NEW_TABLES: Final = {2: REFUSED, 3: REPEATS, 5: PACKED_REMARKS}
"""Schema version → the table that it brought."""


def shown_as_now(version: int, dialect: Dialect) -> list[str]:
    """Statements that make an older journal, which is only read, look like one of this version on a connection."""
    made = []
    for table in (table for since, table in _NEW_TABLES.items() if version < since):
        columns = (f"{column.name} {column.type.compile(dialect)}" for column in table.c)
        made.append(f"CREATE TEMP TABLE {table.name} ({', '.join(columns)})")
    added = {table: f"NULL AS {column}" for table, column, _ in _PRINTED} if version < 4 else {}  # noqa: PLR2004 (see MIGRATIONS)
    if version < 3:  # noqa: PLR2004 (which had no check values)
        for table in (ROWS, REMARKS, LEDGER):
            added[table] = ", ".join(filter(None, (f"{mac_of(table)} AS mac", added.get(table, ""))))
    return made + [
        f"CREATE TEMP VIEW {table.name} AS SELECT *, {more} FROM main.{table.name}"  # noqa: S608 (our names)
        for table, more in added.items()
    ]


def migrate(database: Database) -> None:
    """Bring an older journal up to date, one version at a time; another process may have done so meanwhile."""
    statement = select(META.c.value).where(META.c.name == "schema_version")
    with database.reading() as connection:
        if int(connection.execute(statement).scalar_one()) == SCHEMA_VERSION:
            return
    with database.writing() as connection:
        version = int(connection.execute(statement).scalar_one())
        for step in range(version, SCHEMA_VERSION):
            if step not in MIGRATIONS:
                old = Text("its schema version {version} is older than this program can read", version=step)
                raise damaged(database.location, old)
            MIGRATIONS[step](connection)
        values = {"value": str(SCHEMA_VERSION)}
        connection.execute(update(META).where(META.c.name == "schema_version").values(values))
    if version < SCHEMA_VERSION:
        log.info(
            Text(
                "the journal {path} was brought from version {old} of its tables to {new}: earlier programs cannot use "
                "it",
                path=database.location,
                old=version,
                new=SCHEMA_VERSION,
            )
        )
