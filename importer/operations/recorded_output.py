"""The users of an output, read as the manifest beside it records that it was made, or not at all.

The options of a command are not asked: with another column or region a phone reads as somebody else's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pandas as pd

from importer.cleaning import Decisions
from importer.errors import UsageError
from importer.freedom_id import NOBODYS_IDS
from importer.journal import Journal
from importer.journal.ledger.field_prints import NAMES
from importer.mapping import header_score, recorded_users
from importer.mapping.header_labels import Header
from importer.mapping.recorded_columns import output_columns
from importer.messages.text import Text
from importer.model import Status
from importer.planning.mapped_input import opening, today
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import ReadOptions, Table
from importer.validation.stream import MappedInput
from schemas.patterns import PHONE
from schemas.result_columns import UUID, is_output

LEARNT: Final = frozenset({Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED, Status.UNCONFIRMED})
"""Statuses whose FreedomID is one of ours; that of ``exists`` was made by somebody else."""

_OWN_HEADER: Final = 10_000
"""More than any row of known header names scores: the row with the result columns is an output's header."""


@dataclass(frozen=True)
class ReadUsers:
    """Users with a FreedomID of ours.

    Attributes:
        certain: phone, freedom_id, firstname, lastname ("" unknown; str); index row.
        unsure: Rows whose phone is none, or may not be the one that was sent.
        statuses: How many rows have which text for a status.
    """

    certain: pd.DataFrame
    unsure: list[int]
    statuses: Counter[str]


def open_output(path: Path, told: Mapping[str, Any], watch: Watch) -> Table:
    """Open an output in the form that it has; raises RefusedFile or UsageError where it cannot be."""
    sheet = told.get("sheet")
    if sheet and isinstance(sheet, str):
        with suppress(UsageError):  # a new workbook has a sheet of its own name
            return open_table(path, ReadOptions(sheet=sheet), header_score=_score, advanced=opening(watch))
    return open_table(path, header_score=_score, advanced=opening(watch))


def recorded_input(table: Table, told: Mapping[str, Any]) -> MappedInput:
    """An opened output as its manifest tells that its phones and names were read.

    Raises:
        UsageError: it does not tell enough, or what it tells does not fit.
    """
    decisions = told.get("decisions")
    decisions = decisions if isinstance(decisions, dict) else {}
    region, values = decisions.get("region"), decisions.get("values", {})
    if not isinstance(region, str) or not isinstance(values, dict) or "phone" in values:
        raise UsageError(Text("its manifest does not tell how its phones were read"))
    names = not any(name in values for name in NAMES)  # what stands for which name is told by no manifest
    mapping = recorded_users(table.header, told, column_letter=table.column_letter, names=names)
    return MappedInput(table, mapping, Decisions(today(), region))


def refuse_other_rows(users: ReadUsers, told: Mapping[str, Any]) -> None:
    """Raises UsageError where the rows that were read are not those that were written: another sheet, say."""
    counts = told.get("statuses")
    written = {status: count for status, count in counts.items() if count} if isinstance(counts, dict) else None
    if dict(users.statuses) != written:
        raise UsageError(Text("its rows are not those that its manifest tells of"))


def read_users(mapped: MappedInput, watch: Watch, *, recorded: bool = True) -> ReadUsers:
    """Read all rows of an opened output; of each user only phone, FreedomID and names are kept. ``watch`` may end it.

    ``recorded``: whether a manifest told the columns: it does not name the weaker ones, one of which may have served in
    a fax's place.

    Raises:
        Interrupted: the command was asked to end.
    """
    mapped = replace(mapped, decisions=replace(mapped.decisions, drop_optional=True))  # no wrong name was ever sent
    watch.began("learning", mapped.table.row_count_hint)
    ids_at, status_at = (mapped.mapping.result_columns[name] for name in ("freedom_id", "import_status"))
    nobody = pd.DataFrame(columns=["phone", *NAMES, "freedom_id"], index=pd.Index([], dtype="int64"), dtype="str")
    found, unsure, statuses = [nobody], list[int](), Counter[str]()
    for chunk in mapped.table.chunks():
        statuses.update(chunk.cells[status_at].str.strip().tolist())
        ids = ours(chunk.cells, ids_at, status_at)
        if len(ids):
            checked = mapped.checked(chunk)
            faxes = checked.issues.loc[checked.issues["code"] == "phone_fax", "row"]
            fields = checked.fields.loc[ids.index, ["phone", *NAMES]]
            doubtful = ~fields["phone"].str.fullmatch(PHONE) | (recorded & ids.index.isin(faxes))
            unsure += ids.index[doubtful].tolist()
            found.append(fields.assign(freedom_id=ids)[~doubtful])
        watch.advanced_or_ended(len(chunk.cells))
    return ReadUsers(pd.concat(found), unsure, statuses)


def unknown_ids(table: Table, journal: Journal, api: str, watch: Watch) -> bool:
    """Whether an output has a FreedomID of ours that the journal does not know at an address.

    Raises:
        UsageError: it has no result columns.
    """
    places = output_columns(Header.of(table.header, table.column_letter))
    for chunk in table.chunks():
        watch.check()
        ids = ours(chunk.cells, places["freedom_id"], places["import_status"])
        if not journal.ledger.users_of(api, ids.tolist()).keys() >= set(ids):
            return True
    return False


def ours(cells: pd.DataFrame, ids_at: int, status_at: int) -> "pd.Series[str]":
    """The FreedomIDs of a chunk that are ours, lower case; index row."""
    ids, status = cells[ids_at].str.strip().str.lower(), cells[status_at].str.strip()
    return ids[status.isin([str(one) for one in LEARNT]) & ids.str.fullmatch(UUID) & ~ids.isin(NOBODYS_IDS)]


def _score(cells: Sequence[str]) -> int:
    return header_score(cells) + _OWN_HEADER * is_output(cells)
