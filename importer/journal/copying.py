"""A whole journal into an empty one, of either kind: history, ledger, and the runs' own files.

Each record is held against its MAC on the way, and gets that of its new place. Phones are hashed under the key, so the
key goes along, or is there already.
"""

import filecmp
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Table, insert, inspect, select

from importer.errors import UsageError
from importer.journal.database.database_errors import journal_errors
from importer.journal.database.engine import Database
from importer.journal.database.location import Location, location_of
from importer.journal.database.tables import (
    APIS,
    ARRIVALS,
    LEDGER,
    META,
    METADATA,
    OF_ARRIVAL,
    REFUSED,
    ROWS,
    RUN_REQUESTS,
    RUNS,
)
from importer.journal.integrity.keys import JournalKeys
from importer.journal.integrity.macs import COVERED, covered, unsound
from importer.journal.journal import Journal
from importer.journal.ledger.field_prints import SEAL
from importer.journal.runs import resealed
from importer.storage.private_files import DRAFT, create_private, make_folder, replaced, sync_folder, write_private

_AT_ONCE: Final = 5_000

_Record = dict[str, Any]


def copy(source: Journal, address: str, done: Callable[[int], object]) -> int:
    """Copy a journal that is open to be read into one that has nothing yet, in one transaction; how many runs.

    Nobody works with the source. ``done`` is told how many records were copied. The runs' own files come first: where
    that ends early there are no runs yet, and it can be begun anew.

    Raises:
        UsageError: There are runs already, or another key.
        BooksDontBalance: A record of the source is not what was written; nothing is copied then.
        StorageFailed: It cannot be read or written. OSError: a file of a run, or the key.
    """
    old = source.database.keys()
    _give_key(source.location, location_of(address))
    with Journal.open(address) as target:
        new = target.database.keys()
        if new.fingerprint != old.fingerprint:
            raise UsageError(
                "The journals {one} and {other} have different keys: a phone of one would be unknown in the other. "
                "Name one key for both in IMPORTER_KEY_FILE.",
                one=source.location,
                other=target.location,
            )
        with target.database.reading() as connection:
            _refuse_runs(connection, target)
        files = _Files(source.folder, target.folder)
        files.copy(run.id for run in source.runs(limit=None))
        with _unmoved(source, target.path.parent) as reader, target.database.writing() as writer:
            _refuse_runs(writer, target)
            for table in METADATA.sorted_tables:
                if table is not META and (table is not RUN_REQUESTS or inspect(reader).has_table(RUN_REQUESTS.name)):
                    _copy_table(reader, writer, table, _resealing(reader, table, old, new), done)
            target.database.kind.count_on(writer)
            runs = list(reader.execute(select(RUNS.c.id)).scalars())
            files.copy(runs)  # what came while the others were copied
    return len(runs)


def _refuse_runs(connection: Connection, target: Journal) -> None:
    if connection.execute(select(RUNS.c.number).limit(1)).first() is not None:
        raise UsageError("The journal {path} has runs already: copy into an empty one.", path=target.location)


@contextmanager
def _unmoved(source: Journal, folder: Path) -> Iterator[Connection]:
    """What a journal has at one moment. Of a file that is a copy of it, made in a second for a million rows.

    Its records take a minute, and for as long as they were read from the file itself its log could not be emptied: what
    a run writes meanwhile would fill the disk.
    """
    if source.location.server:
        with source.database.reading() as reader:
            yield reader
        return
    with TemporaryDirectory(prefix=".copied-", dir=folder) as place:
        path = Path(place) / "journal.db"
        create_private(path)
        with journal_errors(path), source.database.connected() as original, closing(sqlite3.connect(path)) as file:
            driver: Any = original.connection.dbapi_connection
            driver.backup(file)
        copied = Location(path, source.location.key)
        database = Database(copied, read_only=True, fingerprint=source.database.fingerprint)
        database.location = source.location  # whose damage it is, if there is any
        database.show_as(source.database.shown)
        with closing(database), database.reading() as reader:
            yield reader


def _give_key(source: Location, target: Location) -> None:
    if source.key != target.key and not target.key.exists():
        make_folder(target.key.parent)
        write_private(target.key, source.key.read_bytes())


class _Files:
    """The runs' own files on their way to another journal: each is there whole and on the disk, or not at all."""

    def __init__(self, source: Path, target: Path) -> None:
        self._source, self._target = source, target
        self._copied = set[Path]()

    def copy(self, runs: Iterable[str]) -> None:
        """Copy the files of some runs that were not copied before; one that is there already is written over."""
        for run in runs if self._source != self._target else ():
            found = (self._source / run).glob("*")
            files = [path for path in sorted(found) if path.is_file() and not _is_draft(path)]
            if not self._copied.issuperset(files):
                make_folder(self._target / run)
                for path in files:
                    self._copy(path, self._target / run / path.name)
                sync_folder(self._target / run)
        if self._copied:
            sync_folder(self._target)

    def _copy(self, path: Path, target: Path) -> None:
        if path in self._copied:
            return
        if not target.is_file() or not filecmp.cmp(path, target, shallow=False):
            with path.open("rb") as content, replaced(target) as file:
                shutil.copyfileobj(content, file)
        self._copied.add(path)


def _is_draft(path: Path) -> bool:
    """Whether a file is there for another one that is being written; ``input.new`` is the copy of a ``people.new``."""
    return path.suffix == DRAFT and path.stem != "input"


def _copy_table(
    reader: Connection,
    writer: Connection,
    table: Table,
    reseal: Callable[[_Record], _Record],
    done: Callable[[int], object],
) -> None:
    wanted = select(table).order_by(*table.primary_key.columns)
    if table is ARRIVALS:  # with the phone, which the check value of prints is made of
        wanted = select(table, ROWS.c.phone).join_from(ARRIVALS, ROWS, OF_ARRIVAL).order_by(ARRIVALS.c.number)
    found = reader.execution_options(yield_per=_AT_ONCE).execute(wanted)
    for part in found.mappings().partitions(_AT_ONCE):
        records = [reseal(dict(record)) for record in part]
        writer.execute(insert(table), records)
        done(len(records))


def _resealing(reader: Connection, table: Table, old: JournalKeys, new: JournalKeys) -> Callable[[_Record], _Record]:
    """What gives a record of a table its check values under other keys."""
    addresses: Mapping[int, str] = (
        {found.number: found.address for found in reader.execute(select(APIS))} if table is RUNS else {}
    )

    def reseal(record: _Record) -> _Record:
        if COVERED in table.info:
            facts = (table.name, *(record[name] for name in covered(table)))
            if record["mac"] != old.mac(*facts):
                raise unsound(f"table {table.name}", [int(record.get("row") or record.get("first") or 0)])
            record["mac"] = new.mac(*facts)
        if table in (LEDGER, ARRIVALS):
            record["prints"] = _prints(record, old, new)
            return record if table is LEDGER else {name: record[name] for name in ARRIVALS.c.keys()}  # noqa: SIM118 (columns)
        if table is RUNS:
            settings = json.loads(record["settings"])
            record["settings"] = json.dumps(resealed(record | {"api": addresses[record["api"]]}, settings, old, new))
        if table is REFUSED:
            record["wrong"] = _refusal(record, old, new)
        return record

    return reseal


def _prints(record: _Record, old: JournalKeys, new: JournalKeys) -> bytes | None:
    stored = record["prints"]
    if not stored:
        return None
    joined = stored[:-SEAL]
    if old.mac("prints", record["phone"], joined) != stored[-SEAL:]:
        raise unsound("the fields that were sent", [record["row"]])
    return bytes(joined + new.mac("prints", record["phone"], joined))


def _refusal(record: _Record, old: JournalKeys, new: JournalKeys) -> str:
    told = orjson.loads(record["wrong"])
    mac = told.pop("mac", None)
    facts = (REFUSED.name, record["import_row"], record["fingerprint"], record["phone"], record["cells"])
    text = orjson.dumps(told).decode()
    if mac is None:
        return text
    if mac != old.mac(*facts, text).hex():
        raise unsound("rows that were refused", [record["import_row"]])
    return orjson.dumps(told | {"mac": new.mac(*facts, text).hex()}).decode()
