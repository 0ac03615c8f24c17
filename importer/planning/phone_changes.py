"""Rows that carry a FreedomID of ours beside another phone than it was made for."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.mapping import ColumnMapping
from importer.model import KnownUser
from importer.validation.stream import Checked
from schemas.result_columns import UUID

if TYPE_CHECKING:
    from importer.journal import Journal  # checking a file needs no journal, and so no database library


@dataclass(frozen=True)
class PhoneChange:
    """One such row.

    Attributes:
        row: Its number.
        user: Whose FreedomID it carries, as the ledger has it.
        taken: Whether its phone is that of another user of ours.
    """

    row: int
    user: KnownUser
    taken: bool


def phone_changes(journal: "Journal", api: str, mapping: ColumnMapping, checked: Checked) -> list[PhoneChange]:
    """The rows of a chunk whose column freedom_id names a user that has another phone, on an API."""
    position = mapping.result_columns.get("freedom_id")
    if position is None:
        return []
    ids = checked.chunk.cells[position].str.strip().str.lower()
    phones = checked.held()["phone"]
    carrying: list[int] = ids.index[ids.str.fullmatch(UUID) & (phones != "")].tolist()
    if not carrying:
        return []
    texts = zip(carrying, ids.loc[carrying].tolist(), phones.loc[carrying].tolist(), strict=True)
    known = journal.known(api, phones.loc[carrying].tolist())
    other = [(row, freedom_id, phone) for row, freedom_id, phone in texts if known.get(phone, "") != freedom_id]
    users = journal.ledger.users_of(api, [freedom_id for _, freedom_id, _ in other])
    keys = journal.ledger.keys()
    return [
        PhoneChange(row, users[freedom_id], phone in known)
        for row, freedom_id, phone in other
        if freedom_id in users and users[freedom_id].phone != keys.of(phone)
    ]
