"""What is PostgreSQL's own: a durable session, transactions, what it stores, the space that it takes.

Writers come one after the other, as with SQLite: a write transaction holds the journal's advisory lock from its
beginning to its end (but for what machines agree by, see ``shared_tables``). So numbers of arrivals are given in the
order of commits, and no statement meets what another one is about to write.

What is asked in SQL (settings, sizes, sequences, VACUUM) SQLAlchemy Core has no words for.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event

from importer.errors import UsageError
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.location import Location
from importer.journal.database.server_session import READING, WRITING, connect, understood
from importer.journal.database.tables import (
    APIS,
    ARRIVALS,
    IN_DOUBT,
    METADATA,
    PACKED_REMARKS,
    REFUSED,
    REMARKS,
    ROWS,
    ROWS_IN_DOUBT,
    RUNS,
)
from importer.journal.integrity.keys import JournalKeys, load_key
from importer.journal.integrity.mac_function import ServerKeys

ROWS_IN_DOUBT.dialect_kwargs["postgresql_where"] = IN_DOUBT

_PERSONAL: Final = (REMARKS.name, PACKED_REMARKS.name, REFUSED.name)
"""What a purge takes records out of."""

_WRITER: Final = "SELECT pg_advisory_xact_lock(hashtextextended('importer journal ' || current_schema(), 0))"


def engine(location: Location, *, read_only: bool, keys: Callable[[], JournalKeys]) -> Engine:
    """Give the engine of a journal. A session of it that is not durable raises StorageFailed."""
    understood(location)
    # values of cells must not reach an exception's text: hide_parameters
    made = create_engine(
        "postgresql+psycopg://",
        creator=partial(connect, location, keys),
        hide_parameters=True,
        pool_pre_ping=True,
    )
    event.listen(made, "begin", partial(_begin, read_only))
    return made


def keys(location: Location, fingerprint: str) -> JournalKeys:
    """Read the key file; ``fingerprint`` is what the journal expects, "" for anything.

    Raises:
        UsageError: There is none, or it is not the key of this journal.
    """
    if not location.key.is_file():
        raise UsageError(
            "The key file {path} of the journal {journal} is missing: without it no phone can be looked up. One "
            "key serves all machines: copy it from where the journal was first used, and name it in "
            "IMPORTER_KEY_FILE if it lies elsewhere.",
            path=location.key,
            journal=location,
        )
    found = load_key(location.key, kind=ServerKeys)
    if fingerprint and found.fingerprint != fingerprint:
        raise UsageError(
            "The key file {path} is not the one that the journal {journal} was made with: every phone would look "
            "new. Nothing was sent. Name the right one in IMPORTER_KEY_FILE; one key serves all machines.",
            path=location.key,
            journal=location,
        )
    return found


@dataclass(frozen=True)
class ServerFacts:
    """What a server is: its version, and which of the settings that keep a commit on the disk are off there."""

    version: str
    switched_off: frozenset[str]


def facts_of(location: Location) -> ServerFacts:
    """Ask a server what it is; the journal need not be there yet.

    Raises:
        UsageError: It refuses who asks, or cannot serve. StorageFailed: it cannot be reached.
    """
    asked = engine(location, read_only=True, keys=partial(keys, location, ""))
    told = (  # reset_val: what holds for a session that sets nothing, as ours does
        "SELECT current_setting('server_version'), array(SELECT name FROM pg_settings WHERE reset_val = 'off' "
        "AND name IN ('fsync', 'full_page_writes', 'synchronous_commit'))"
    )
    try:
        with journal_errors(location), asked.connect() as connection:
            version, off = connection.exec_driver_sql(told).one()
            return ServerFacts(version, frozenset(off))
    finally:
        asked.dispose()


def check_pages(_connection: Connection, _tables: Iterable[str] = ()) -> bool:
    """The server looks after its pages itself (data checksums); what it gives is held against MACs."""
    return True


def size(_location: Location, connection: Connection) -> int:
    """Bytes of the journal's tables and their indexes."""
    # to_regclass: a journal made before a table was has none of that name
    there = "SELECT to_regclass(name) FROM unnest(%s::text[]) AS name"
    told = f"SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c WHERE c.oid IN ({there})"  # noqa: S608 (ours)
    return int(connection.exec_driver_sql(told, (list(METADATA.tables),)).scalar_one())


def look_through(connection: Connection) -> None:
    """Join large sets by hashes.

    Statistics follow a minute late what is written, and by them next to no row of a run has a FreedomID yet. So the
    rows were looked through once for each FreedomID: of 200,000 rows, of which 93,000 had one, for hours (0.1 s now).
    """
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")


def count_on(connection: Connection) -> None:
    """Set the sequences behind the numbers that records were copied with."""
    for table in (APIS, RUNS, ARRIVALS):
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'number'), coalesce(max(number), 0) + 1, false) "  # noqa: S608 (our names)
            f"FROM {table.name}"
        )


def empty_log(database: Engine) -> None:
    """Take what was deleted out of the tables that had personal data; the server's log goes by its own rules."""
    _vacuum(database, "VACUUM", *_PERSONAL)


def compact(database: Engine, _location: Location, _size: int) -> str:
    """Write the tables that a purge empties anew; others wait meanwhile."""
    _vacuum(database, "VACUUM FULL", *_PERSONAL, ROWS.name)
    return ""


def _vacuum(database: Engine, how: str, *tables: str) -> None:
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.exec_driver_sql(f'{how} "{table}"')


def _begin(read_only: bool, connection: Connection) -> None:
    """Take the journal's lock at once where it will be needed; a reader sees one state of the journal."""
    options = connection.get_execution_options()
    writing = options.get("journal_writing", False)
    session: Any = connection.connection.driver_connection
    beside = options.get("journal_beside", False)
    session.isolation_level = WRITING if writing or beside else READING
    session.read_only = read_only and not options.get("journal_sorts")
    if writing:
        try:
            connection.exec_driver_sql(_WRITER)
        except BaseException:
            if not session.closed:
                session.rollback()
            raise
