"""Many records by one statement: the driver is given what SQLAlchemy would give it."""

import pytest
from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, Table, bindparam, insert, select, update

from importer.errors import ImporterError
from importer.journal import Journal
from importer.journal.database.executemany import executemany

USERS = Table("scratch", MetaData(), Column("number", Integer), Column("state", Integer), Column("stored", LargeBinary))
_ADD = insert(USERS)
_NEW = bindparam("new_state", type_=Integer)
_STEP = (
    update(USERS)
    .where(USERS.c.number == bindparam("own_number"), USERS.c.state == 1)
    .values(state=_NEW, stored=bindparam("own_bytes", type_=LargeBinary))
)


def _told(connection: Connection) -> list[tuple[int, int | None, bytes | None]]:
    found = connection.execute(select(USERS).order_by(USERS.c.number)).all()
    return [(number, state, None if stored is None else bytes(stored)) for number, state, stored in found]


def test_each_record_is_written_with_its_own_values_and_those_that_fit_are_counted(journal: Journal) -> None:
    with journal.database.writing() as connection:
        USERS.create(connection)
        added = [{"stored": bytes([number, 0]), "number": number, "state": 1 + number // 3} for number in range(4)]
        assert executemany(connection, _ADD, added) == 4
        assert executemany(connection, _ADD, [{"number": 9, "stored": None}]) == 1, "other names, another statement"
        assert _told(connection) == [
            *((number, 1, bytes([number, 0])) for number in range(3)),
            (3, 2, b"\x03\0"),
            (9, None, None),
        ]
        steps = [{"own_number": number, "new_state": 10 + number, "own_bytes": b"\0x"} for number in (3, 0, 2, 7)]
        assert executemany(connection, _STEP, steps) == 2, "row 3 is in another state, and there is no row 7"
        assert _told(connection)[:4] == [(0, 10, b"\0x"), (1, 1, b"\x01\0"), (2, 12, b"\0x"), (3, 2, b"\x03\0")]
        USERS.drop(connection)


def test_a_record_that_lacks_a_value_is_refused_and_those_before_it_are_undone(journal: Journal) -> None:
    lacking = [{"own_number": 1, "new_state": 2, "own_bytes": b""}, {"own_number": 2, "own_bytes": b""}]
    with journal.database.writing() as connection:
        USERS.create(connection)
        executemany(connection, _ADD, [{"number": number, "state": 1} for number in (1, 2)])
    with pytest.raises((KeyError, ImporterError)), journal.database.writing() as connection:
        executemany(connection, _STEP, lacking)
    with journal.database.writing() as connection:
        assert _told(connection) == [(1, 1, None), (2, 1, None)]
        USERS.drop(connection)


def test_a_statement_may_have_one_parameter(journal: Journal) -> None:
    with journal.database.writing() as connection:
        USERS.create(connection)
        assert executemany(connection, _ADD, [{"number": 5}, {"number": 6}]) == 2
        assert _told(connection) == [(5, None, None), (6, None, None)]
        USERS.drop(connection)
