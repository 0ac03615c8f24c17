"""The journal's tables, for SQLAlchemy Core; ``sqlite_`` marks what only SQLite takes.

What only PostgreSQL takes stands in ``postgresql``: a word of its dialect here would load all of the dialect for a
journal that is a file, too: a tenth of what ``importer runs`` takes.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    literal_column,
    or_,
)

from importer.journal.integrity.macs import COVERED
from importer.journal.states import RowState

SCHEMA_VERSION: Final = 6
"""Of the tables, and of what stands in them."""

METADATA: Final = MetaData()

META: Final = Table(
    "meta",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""schema_version, the fingerprint of the key file, and check values of addresses (``sealed_addresses``)."""

APIS: Final = Table(
    "apis",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("address", Text, nullable=False, unique=True),
    Column("updates", String(10)),
)
"""One record an API address, so that sandbox and production never mix. ``updates``: see ``updates.UpdateTrial``."""

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", String(12), nullable=False, unique=True),
    Column("identity", String(64), nullable=False, index=True),
    Column("api", Integer, nullable=False),
    Column("input_name", Text, nullable=False),
    Column("input_sha256", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("settings", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("finished_at", String(32), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("counts", Text, nullable=False),
    Column("exit_code", SmallInteger),
    Column("version", String(32), nullable=False),
)

ROWS: Final = Table(
    "rows",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("row", BigInteger, primary_key=True, autoincrement=False),
    Column("state", SmallInteger, nullable=False),
    Column("phone", LargeBinary(16)),
    Column("freedom_id", LargeBinary(64)),
    Column("mac", LargeBinary(8)),
    info={COVERED: ("run", "row", "state", "phone", "freedom_id")},
    sqlite_with_rowid=False,
)
"""Every row of every run, clustered in the order of the file; small, so that millions are soon looked through.
But for those in REPEATS. ``mac``: see ``macs``, here and below."""

IN_DOUBT: Final = or_(
    ROWS.c.state.between(literal_column(str(int(RowState.STARTED))), literal_column(str(int(RowState.UNCONFIRMED)))),
    ROWS.c.state == literal_column(str(int(RowState.REJECTED_IN_DOUBT))),
)
"""Rows whose request may have created a user without this journal knowing the FreedomID.

Literal numbers on purpose: a partial index serves a query only when both spell the same condition.
"""

ROWS_IN_DOUBT: Final = Index("rows_in_doubt", ROWS.c.phone, sqlite_where=IN_DOUBT)

REMARKS: Final = Table(
    "remarks",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("row", BigInteger, primary_key=True, autoincrement=False),
    Column("errors", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("mac", LargeBinary(8)),
    info={COVERED: ("run", "row", "errors", "note")},
    sqlite_with_rowid=False,
)
"""The texts of the rows that have any, as far as they are not in PACKED_REMARKS: what was added to those. They hold
personal data and go when a run is purged."""

PACKED_REMARKS: Final = Table(
    "packed_remarks",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("texts", LargeBinary, nullable=False),
    Column("mac", LargeBinary(8), nullable=False),
    info={COVERED: ("run", "first", "texts")},
    sqlite_with_rowid=False,
)
"""As REMARKS, many rows in one record; see ``packed_remarks``."""

LEDGER: Final = Table(
    "ledger",
    METADATA,
    Column("api", Integer, primary_key=True, autoincrement=False),
    Column("phone", LargeBinary(16), primary_key=True),
    Column("freedom_id", LargeBinary(64), nullable=False),
    Column("run", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("mac", LargeBinary(8)),
    Column("prints", LargeBinary(52)),
    info={COVERED: ("api", "phone", "freedom_id", "run", "row", "at")},
    sqlite_with_rowid=False,
)
"""Phone (keyed hash) → FreedomID across runs; ``at``: seconds since 1970. ``prints``: ``field_prints``; NULL: unknown.
While an update is under way, and after one without an answer, they hold marks of what it has sent.

An empty FreedomID: an update gave the user another phone. The record stays, so that an arrival which is folded again
(after a kill) does not bring the old phone back.
"""

ARRIVALS: Final = Table(
    "arrivals",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("prints", LargeBinary(52)),
    sqlite_autoincrement=True,
)
"""Rows whose FreedomID is not in the ledger's tree yet, in order of arrival; part of the ledger for every reader.

Hashed phones fall on random pages: entering them one by one writes a page a row, four fifths of the cost of
an outcome. So outcomes are noted here, and sorted into the ledger in bulk. Numbers are never used twice: a
process that has folded up to a number may delete up to it, whatever others do meanwhile.
"""

OF_ARRIVAL: Final = (ROWS.c.run == ARRIVALS.c.run) & (ROWS.c.row == ARRIVALS.c.row)
"""That a row is the one that arrived."""

ARRIVALS_AND_ROWS: Final = ARRIVALS.join(RUNS, RUNS.c.number == ARRIVALS.c.run).join(ROWS, OF_ARRIVAL)

REPEATS: Final = Table(
    "repeats",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("origins", LargeBinary, nullable=False),
    Column("mac", LargeBinary(8), nullable=False),
    info={COVERED: ("run", "first", "last", "count", "origins")},
    sqlite_with_rowid=False,
)
"""Rows of finished runs whose user another run had created already, folded; see ``repeats``. No other table has them:
a list that comes again each night must not cost each night what it cost the first time."""

REFUSED: Final = Table(
    "refused",
    METADATA,
    Column("import_row", BigInteger, primary_key=True, autoincrement=False),
    Column("fingerprint", LargeBinary(16), primary_key=True),
    Column("run", Integer, nullable=False),
    Column("phone", LargeBinary(16)),
    Column("wrong", Text, nullable=False),
    Column("cells", LargeBinary(256), nullable=False),
    Index("refused_phone", "phone"),
    Index("refused_run", "run"),
    sqlite_with_rowid=False,
)
"""Rows that a person was asked to mend, to be compared with what comes back; see ``refused``. No cell, no text of one:
keyed hashes and lengths, some 250 bytes a row. The same row of the same file, refused each night, stands once."""

RUN_REQUESTS: Final = Table(
    "wishes",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("wish", String(10), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", String(32), nullable=False),
)
"""What somebody wants of a run (see ``run_requests``); table and column have the names that journals have given them.
An older journal gets the table when it is opened."""

ARRIVED: Final = Table(
    "arrived",
    MetaData(),  # made on a connection that needs it, and gone with it
    Column("number", Integer, primary_key=True),
    Column("api", Integer, nullable=False),
    Column("phone", LargeBinary(16), nullable=False),
    Column("freedom_id", LargeBinary(64), nullable=False),
    Column("run", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("prints", LargeBinary(52)),
    Index("arrived_phone", "api", "phone"),
    prefixes=["TEMPORARY"],
)
"""What ARRIVALS says, in the order of the ledger's tree; of a phone the newest last."""
