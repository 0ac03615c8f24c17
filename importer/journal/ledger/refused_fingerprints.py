"""Rows that a person was asked to mend, as keyed hashes: what comes back is compared with what went out.

A spreadsheet takes pluses and leading zeros out of a CSV, a date that is looked at without its neighbours may be read
differently, and a duplicate whose twin was created would get that person's FreedomID. All of it shows only beside the
row as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, select

from importer.journal.database.engine import Database
from importer.journal.database.portions import portions
from importer.journal.database.tables import REFUSED
from importer.journal.database.upsert import upsert
from importer.journal.integrity.macs import unsound
from importer.messages.text import Text

_SHORT: Final = 8
"""Bytes of a cell's hash: two cells of a row that are compared agree by chance once in 10¹⁹."""

_LENGTH: Final = 2
_LONGEST: Final = 256**_LENGTH - 1
_LOOKED_UP_AT_ONCE: Final = 30_000
"""SQLite takes 32,766 values in a statement."""


@dataclass(frozen=True)
class CellPrint:
    """What is kept of a cell.

    Attributes:
        written: Keyed hash of its text, 8 bytes.
        length: Its characters.
        meaning: Keyed hash of what would have been sent, or, of a wrong cell, of how it was read; 8 bytes.
    """

    written: bytes
    length: int
    meaning: bytes


@dataclass(frozen=True)
class RefusedRow:
    """What is kept of a row.

    Attributes:
        import_row: Its number in the original file.
        fingerprint: Keyed hash of all its cells, 16 bytes.
        phone: Keyed hash of its phone as the ledger has it; None where it had none that could be read.
        wrong: Field ("" for the whole row) → the code of its error ("" of a mere warning).
        other: The row that holds its phone, where it was refused as a duplicate; else 0.
        cells: Field → the print of its cell; of the filled ones.
        run: The number of the newest run that refused it; 0 before it is stored.
    """

    import_row: int
    fingerprint: bytes
    phone: bytes | None
    wrong: Mapping[str, str]
    other: int
    cells: Mapping[str, CellPrint]
    run: int = 0


class RefusedRows:
    """The refused rows of one journal, which has the key of all hashes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hash_of(self, kind: str, text: str) -> bytes:
        """The keyed hash of a text that is no phone: 16 bytes; texts of different kinds never share one."""
        return self._database.keys().of(f"{kind}\0{text}")

    def short_hash_of(self, kind: str, text: str) -> bytes:
        """As ``hash_of``, as long as a CellPrint has it."""
        return self.hash_of(kind, text)[:_SHORT]

    def phone_hash_of(self, phone: str) -> bytes:
        """The keyed hash of a phone, as the ledger has it."""
        return self._database.keys().of(phone)

    def remember(self, run: int, rows: Sequence[RefusedRow]) -> None:
        """Record rows that a run refused, in one transaction; what stood there of the same row is replaced."""
        if not rows:
            return
        insertion = upsert(REFUSED)
        changed = {name: insertion.excluded[name] for name in ("run", "phone", "wrong", "cells")}
        keys = [REFUSED.c.import_row, REFUSED.c.fingerprint]
        statement = insertion.on_conflict_do_update(index_elements=keys, set_=changed)
        with self._database.writing() as connection:
            connection.execute(statement, [{**self._stored(row), "run": run} for row in rows])

    def of_rows(self, numbers: Sequence[int]) -> list[RefusedRow]:
        """Those that had some numbers in their original files, newest run first."""
        return self._among(REFUSED.c.import_row, numbers)

    def of_phones(self, phones: Sequence[bytes]) -> list[RefusedRow]:
        """Those with some phones (hashed), newest run first."""
        return self._among(REFUSED.c.phone, phones)

    def _among(self, column: ColumnElement[Any], values: Sequence[Any]) -> list[RefusedRow]:
        found: list[RefusedRow] = []
        if not values:
            return found
        with self._database.reading() as connection:
            for some in portions(values, _LOOKED_UP_AT_ONCE):
                records = connection.execute(select(REFUSED).where(column.in_(some)))
                found += [self._row_of(record) for record in records]
        return sorted(found, key=lambda row: -row.run)

    def _stored(self, row: RefusedRow) -> dict[str, Any]:
        cells = b"".join(
            cell.written + min(cell.length, _LONGEST).to_bytes(_LENGTH, "big") + cell.meaning
            for cell in row.cells.values()
        )
        told = {"codes": row.wrong, "other": row.other, "fields": list(row.cells)}
        told |= {"mac": self._mac(told, row.import_row, row.fingerprint, row.phone, cells)}
        return {
            "import_row": row.import_row,
            "fingerprint": row.fingerprint,
            "phone": row.phone,
            "wrong": orjson.dumps(told).decode(),
            "cells": cells,
        }

    def _row_of(self, record: Any) -> RefusedRow:
        """Raises BooksDontBalance where it is not what was written: a duplicate would be taken for a new person."""
        try:
            told = orjson.loads(record.wrong)
            mac = told.pop("mac", None)  # older versions wrote none
            if mac in {None, self._mac(told, record.import_row, record.fingerprint, record.phone, record.cells)}:
                return _read(record, told)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise unsound(Text("rows that were refused"), [record.import_row]) from exc
        raise unsound(Text("rows that were refused"), [record.import_row])

    def _mac(self, told: Mapping[str, Any], *facts: int | bytes | None) -> str:
        """The check value of a record; it stands among what is told of its errors."""
        return self._database.keys().mac(REFUSED.name, *facts, orjson.dumps(told).decode()).hex()


def _read(record: Any, told: Mapping[str, Any]) -> RefusedRow:
    size = _SHORT + _LENGTH + _SHORT
    parts = [record.cells[start : start + size] for start in range(0, len(record.cells), size)]
    cells = {
        field: CellPrint(part[:_SHORT], int.from_bytes(part[_SHORT:-_SHORT], "big"), part[-_SHORT:])
        for field, part in zip(told["fields"], parts, strict=True)
    }
    return RefusedRow(
        record.import_row, record.fingerprint, record.phone, told["codes"], told["other"], cells, record.run
    )
