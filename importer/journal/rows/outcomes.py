"""What became of a span of rows, read back as a frame."""

from typing import Final

import pandas as pd
import pyarrow as pa
from sqlalchemy import bindparam, select

from importer.columns.arrow_text import from_arrow
from importer.errors import BooksDontBalance
from importer.journal.database.engine import Database
from importer.journal.database.tables import RUNS
from importer.journal.integrity.keys import id_from_bytes
from importer.journal.integrity.macs import unsound
from importer.journal.rows.remarks import errors_text
from importer.journal.rows.row_span import Span, read_span
from importer.journal.rows.rows import BEGUN
from importer.journal.states import STATUS_OF, RowState, RunState
from importer.messages.kept_sentences import LOST_NOTE
from importer.messages.text import Text
from importer.model import REPEATED_ID, CellError, Status

_STATUS_NAMES: Final = {int(state): str(status) for state, status in STATUS_OF.items()}

_TAKEN_BACK: Final = errors_text(
    [
        CellError(
            "",
            REPEATED_ID,
            Text(
                "the FreedomID that an earlier run had got for this phone was taken back: the API gave it to another "
                "phone as well; ask Freedom Pay whose it is"
            ),
        )
    ]
)
"""Of a folded row; the row that had created the user names the others."""


_WITH_REASON: Final = [str(each) for each in (Status.INVALID, Status.DUPLICATE, Status.REJECTED, Status.FAILED)]
"""Of rows that always have errors: why they are not created."""

_WITH_ID_OR_WORDS: Final = [str(each) for each in (Status.EXISTS, Status.UNCONFIRMED)]
"""Of rows that have errors or a note unless they have a FreedomID."""

_UNREADABLE: Final = [*_WITH_REASON, str(Status.UNCONFIRMED)]
"""Of rows that say nothing without their errors. An unconfirmed one's may doubt its very FreedomID."""

_PURGED: Final = select(RUNS.c.number).where(RUNS.c.number == bindparam("own"), RUNS.c.state == RunState.PURGED)


def outcomes(database: Database, run: int, first: int, last: int, *, salvage: bool) -> pd.DataFrame:
    """Give a span of rows as a frame; see ``Journal.outcomes``."""
    span = read_span(database, run, first, last, salvage=salvage)
    if not salvage and not span.rows["state"].isin(_STATUS_NAMES).all():
        raise BooksDontBalance(Text("The journal has a row in a state that this program does not know."))
    found = outcomes_of(span)
    damaged, unsaid = span.rows.index[~span.rows["sound"]], span.remarks.index[~span.remarks["sound"]]
    lacking = found.index[lacks_reason(found)]
    if len(lacking) and not _is_purged(database, run):
        unsaid = unsaid.union(lacking)
    if not salvage and (len(damaged.union(unsaid)) or span.damaged):
        raise unsound(
            Text("the outcomes of a run"), damaged.union(unsaid).tolist() or [some.start for some in span.damaged]
        )
    is_unsaid = found.index.isin(unsaid)
    found.loc[is_unsaid, "note"] = LOST_NOTE
    return found[~found.index.isin(damaged) & ~(is_unsaid & found["status"].isin(_UNREADABLE))]


def lacks_reason(found: pd.DataFrame) -> "pd.Series[bool]":
    """Whether rows (as ``outcomes_of``) have no errors though their status comes with some: these are lost.

    Unless the run is purged: that took the texts of all its rows.
    """
    nothing = (found["freedom_id"] == "") & (found["note"] == "")
    needed = found["status"].isin(_WITH_REASON) | (found["status"].isin(_WITH_ID_OR_WORDS) & nothing)
    return needed & (found["errors"] == "")


def _is_purged(database: Database, run: int) -> bool:
    """Asked when the rows have been read: a run is purged first, and its texts go then."""
    with database.reading() as connection:
        return connection.execute(_PURGED, {"own": run}).first() is not None


def outcomes_of(span: Span) -> pd.DataFrame:
    """What records say, sound or not: as ``Journal.outcomes``, and status "" for a state that nobody knows."""
    rows = span.rows[["state", "freedom_id"]]
    if span.repeats:
        given = list(span.repeats.values())
        states = [int(RowState.UNCONFIRMED if each is None else RowState.ALREADY_IMPORTED) for each in given]
        folded = pd.DataFrame({"state": states, "freedom_id": pd.array(given, dtype="object")}, index=[*span.repeats])
        rows = pd.concat([rows[~rows.index.isin(folded.index)], folded]).sort_index().rename_axis("row")
    statuses = rows["state"].map(_STATUS_NAMES).fillna("").astype("str")
    found = statuses.to_frame("status")
    ids = pa.array(map(id_from_bytes, rows["freedom_id"].tolist()), pa.large_string())
    found["freedom_id"] = from_arrow(ids, rows.index)
    for name in ("errors", "note"):
        found[name] = span.remarks[name].reindex(rows.index, fill_value="")
    taken_back = [row for row, freedom_id in span.repeats.items() if freedom_id is None]
    found.loc[taken_back, "errors"] = _TAKEN_BACK
    return found.assign(doubt=rows["state"].isin(BEGUN))
