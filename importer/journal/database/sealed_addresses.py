"""Addresses of APIs have check values, too: under another address everybody who was created is unknown.

They stand in META, a record an address, made by the first command that finds none.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select

from importer.journal.database.database_errors import damaged
from importer.journal.database.engine import Database
from importer.journal.database.tables import APIS, META
from importer.messages.text import Text

_PREFIX: Final = "api "
_SEALS: Final = select(META.c.name, META.c.value).where(META.c.name.startswith(_PREFIX))
_FORGET: Final = delete(META).where(META.c.name == bindparam("own_name"))


def look_at_addresses(database: Database) -> None:
    """Hold every address against its check value. Raises BooksDontBalance: one is not what was written, or gone."""
    with database.reading() as connection:
        found, sealed = _of_now(database, connection), _sealed(connection)
    if any(found.get(name) != value for name, value in sealed.items()):
        raise damaged(database.location, Text("the address of an API in it is not what was written"))


def seal_addresses(database: Database) -> None:
    """Give the addresses that have none their check values."""
    with database.reading() as connection:
        if _of_now(database, connection).keys() == _sealed(connection).keys():
            return
    with database.writing() as connection:  # another process may have done so meanwhile
        sealed = _sealed(connection)
        lacking = {name: value for name, value in _of_now(database, connection).items() if name not in sealed}
        if lacking:
            connection.execute(insert(META), [{"name": name, "value": value} for name, value in lacking.items()])


def unseal(connection: Connection, number: int) -> None:
    """An address gets another spelling, or goes."""
    connection.execute(_FORGET, {"own_name": f"{_PREFIX}{number}"})


def _of_now(database: Database, connection: Connection) -> dict[str, str]:
    keys = database.keys()
    return {
        f"{_PREFIX}{number}": keys.mac(APIS.name, number, address).hex()
        for number, address in connection.execute(select(APIS.c.number, APIS.c.address))
    }


def _sealed(connection: Connection) -> dict[str, str]:
    return {str(name): str(value) for name, value in connection.execute(_SEALS)}
