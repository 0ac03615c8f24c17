"""FreedomIDs that come from elsewhere than an answer of the API: entered beside what is known, never over it.

With the names that stand beside them, so that their phones are not somebody else's later on. Of the other fields
nothing is known until the next import has learnt them.
"""

from typing import TYPE_CHECKING, Final

from sqlalchemy import LargeBinary, insert, literal

from importer.journal import runs
from importer.journal.database.executemany import executemany
from importer.journal.database.portions import portions
from importer.journal.database.tables import LEDGER, ROWS
from importer.journal.database.upsert import upsert
from importer.journal.integrity.keys import id_to_bytes
from importer.journal.journal import Journal
from importer.journal.ledger.field_prints import NAMES, FieldPrints
from importer.journal.states import RowState, RunState
from importer.messages.text import Text

if TYPE_CHECKING:
    import pandas as pd

_AT_ONCE: Final = 5_000

_UPSERT: Final = upsert(LEDGER)
_ENTER: Final = _UPSERT.on_conflict_do_update(
    index_elements=[LEDGER.c.api, LEDGER.c.phone],
    set_={name: _UPSERT.excluded[name] for name in ("freedom_id", "run", "row", "at", "mac", "prints")},
    where=LEDGER.c.freedom_id == literal(b"", LargeBinary),  # a phone that is nobody's any more
)

_ROWS: Final = insert(ROWS)

Contradictions = list[tuple[int, str]]
"""(row, why) of what the journal knows otherwise."""


def learn(
    journal: Journal, api: str, name: str, content: str, found: "pd.DataFrame"
) -> tuple[int, int, Contradictions]:
    """Enter users into the ledger, as those of a run that is over: each entry has a row that says where it is from.

    ``content`` is the SHA-256 of the file called ``name``. ``found``: phone, freedom_id (str, each unique), firstname,
    lastname ("" unknown); index row.

    Returns:
        How many were new, how many known, and what contradicts.
    """
    known = journal.known(api, found["phone"].tolist())
    given = found["phone"].map(lambda phone: known.get(phone, "")).astype("str")
    of_ids = journal.ledger.users_of(api, found.loc[given == "", "freedom_id"].tolist())
    taken = (given == "") & found["freedom_id"].isin(of_ids.keys())
    otherwise = (given != "") & (given != found["freedom_id"])
    told: Contradictions = [
        (row, Text("the journal knows another FreedomID for its phone")) for row in found.index[otherwise].tolist()
    ]
    told += [(row, Text("the journal knows its FreedomID for another phone")) for row in found.index[taken].tolist()]
    new = found[(given == "") & ~taken]
    if len(new):
        _enter(journal, api, name, content, new)
    return len(new), int((given != "").sum() - otherwise.sum()), told


def _enter(journal: Journal, api: str, name: str, content: str, new: "pd.DataFrame") -> None:
    keys, now = journal.database.keys(), journal.now()
    with journal.database.writing() as connection:
        facts = {"identity": content, "api": api, "input_name": name, "input_sha256": content}
        run = runs.create(connection, now, keys=keys, **facts, settings={"input": "", "learnt": True})
        number, api_number = runs.numbers(connection, run.id)
    at = int(journal.clock().timestamp())
    prints_of = FieldPrints(keys).of_names
    records = new[["phone", "freedom_id", *NAMES]].astype(object).itertuples(name=None)
    for some in portions(records, _AT_ONCE):
        rows, entries = [], []
        for row, text, given, *names in some:
            phone, freedom_id, state = keys.of(text), id_to_bytes(given), int(RowState.ALREADY_IMPORTED)
            user = {"run": number, "row": row, "phone": phone, "freedom_id": freedom_id}
            rows.append(user | {"state": state, "mac": keys.mac(ROWS.name, number, row, state, phone, freedom_id)})
            mac = keys.mac(LEDGER.name, api_number, phone, freedom_id, number, row, at)
            prints = prints_of(phone, dict(zip(NAMES, names, strict=True))) or None
            entries.append(user | {"api": api_number, "at": at, "mac": mac, "prints": prints})
        with journal.database.writing() as connection:
            executemany(connection, _ROWS, rows)
            executemany(connection, _ENTER, entries)
    with journal.database.writing() as connection:  # nothing of it can be sent, reported or taken up
        counts = {"already_imported": len(new)}
        runs.change(connection, run.id, now, {"state": RunState.PURGED, "rows": len(new), "counts": counts})
