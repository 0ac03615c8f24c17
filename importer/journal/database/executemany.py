"""One statement for many records, whose parameters go to the driver as they are.

SQLAlchemy makes the statement's text; what it does to each record on its way to the driver (names, types) took a third
of the journal's time for a row, and changes nothing where values have the types that the driver takes. Without this
file planning takes twice as long, and sending goes at 5,800 rows a second instead of 6,500.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Insert, Update
from sqlalchemy.sql.compiler import SQLCompiler


def executemany(connection: Connection, statement: Insert | Update, records: Sequence[Mapping[str, Any]]) -> int:
    """Execute a statement once for each record, as ``connection.execute`` does.

    Args:
        connection: In a transaction.
        statement: One that lives as long as the program.
        records: One at least; parameter → value of the type that the driver takes, the same names in all of them.

    Returns:
        How many rows were changed.

    Raises:
        sqlalchemy.exc.DBAPIError: As the database reports it.
    """
    text, places, constants = _compiled(statement, connection.dialect, tuple(records[0]))
    given: list[Any] = [{**constants, **record} for record in records]
    if places is not None:
        given = [tuple([record[name] for name in places]) for record in given]
    return connection.exec_driver_sql(text, given).rowcount


@lru_cache(maxsize=32)
def _compiled(
    statement: Insert | Update, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Sequence[str] | None, Mapping[str, Any]]:
    """Its text, the order of its parameters (None: they have names in it), and those of them that no record gives."""
    compiled = statement.compile(dialect=dialect, column_keys=list(names), for_executemany=True)
    assert isinstance(compiled, SQLCompiler)  # noqa: S101 (a statement, as said)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    return str(compiled), compiled.positiontup, constants
