"""Tables that only a journal on a server has: what several machines agree by.

None of them is history: what became of a row stands in ROWS alone. They are made when such a journal is opened.
"""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, MetaData, String, Table, Text, func

SHARED: Final = MetaData()

NOW: Final = func.extract("epoch", func.clock_timestamp()).cast(Float)
"""The server's clock, in seconds since 1970: those of machines differ."""

SENT: Final = Table(
    "sent",
    SHARED,
    Column("api", Integer, primary_key=True, autoincrement=False),
    Column("phone", LargeBinary(16), primary_key=True),
    Column("run", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),
)
"""Whose row a phone was sent with: entered before the request leaves, so that no two runs send one phone at once. It
stays; whether it is still in the way is what the row's state says (see ``sent_phones``)."""

FEEDS: Final = Table(
    "feeds",
    SHARED,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("until", Float, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
)
"""A run whose rows are handed to workers: until when (seconds since 1970, of the server's clock) its client is taken to
be alive, whether all rows were handed out, whether the workers are to end, or to pause."""

OWNERS: Final = Table(
    "owners",
    SHARED,
    Column("identity", String(64), primary_key=True),
    Column("number", String(16), nullable=False),
)
"""Who owns an import, by a number of its own: one that was overtaken does nothing more (see ``session_locks``)."""

CLAIMS: Final = Table(
    "claims",
    SHARED,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("first", BigInteger, primary_key=True, autoincrement=False),
    Column("last", BigInteger, nullable=False),
    Column("stored", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("owner", Integer),
)
"""Rows that are handed out together: a span, where their bodies are stored, and the worker that has claimed them (NULL:
none yet). The owner is the fencing number: who has lost a claim begins no row of it any more."""

WORKERS: Final = Table(
    "workers",
    SHARED,
    Column("number", Integer, primary_key=True),
    Column("run", Integer, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("until", Float, nullable=False),
    Column("told", Text, nullable=False),
)
"""Who sends rows of a run, until when (of the server's clock) its lease runs, and what it told of its work (JSON).
Numbers are never used twice."""

BUDGETS: Final = Table(
    "budgets",
    SHARED,
    Column("api", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
)
"""What the workers that send to one API share of its quota (see ``budgets``), one record an API, as JSON."""

COMMITS: Final = Table(
    "commits",
    SHARED,
    Column("writer", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("at", Float, nullable=False),
)
"""The last commit of each writer of rows (see ``commit_markers``)."""
