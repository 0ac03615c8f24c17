"""FreedomIDs that stand in an input because it is an earlier output: none of them is lost with the next output."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.model import Status
from importer.reading.arrow_table import ArrowTable
from importer.reporting.manifest_content import manifest_of
from importer.validation.stream import MappedInput
from schemas.result import MAY_HAVE_ID
from schemas.result_columns import UUID

if TYPE_CHECKING:
    from importer.journal import Run  # checking a file needs no journal, and so no database library

_SHOWN: Final = [str(status) for status in (Status.EXISTS, Status.UNCONFIRMED)]
"""Statuses of a phone that is taken, by a user whose FreedomID the API did not name."""

_HAD_ONE: Final = [str(status) for status in MAY_HAVE_ID]


class CarriedIds(NamedTuple):
    """Row → the FreedomID that stands in it; and whether they are of the run's API, where else nobody told."""

    of_rows: Mapping[int, str]
    are_of_api: bool


NO_IDS: Final = CarriedIds({}, are_of_api=True)


def carried_ids(run: "Run", mapped: MappedInput) -> CarriedIds:
    """FreedomIDs of the rows that an earlier output gave one to.

    None where they are another API's: a sandbox knows other people.
    """
    columns = mapped.mapping.result_columns
    if not columns.keys() >= {"freedom_id", "import_status"}:
        return NO_IDS
    api = _api_of_ids(run, mapped)
    if api not in {run.api, ""}:
        return NO_IDS
    found: dict[int, str] = {}
    for chunk in mapped.table.chunks():
        ids = chunk.cells[columns["freedom_id"]].str.strip()
        had_one = chunk.cells[columns["import_status"]].str.strip().isin(_HAD_ONE) & ids.str.fullmatch(UUID)
        found |= dict(zip(ids.index[had_one].tolist(), ids[had_one].str.lower().tolist(), strict=True))
    return CarriedIds(found, are_of_api=api == run.api)


def _api_of_ids(run: "Run", mapped: MappedInput) -> str:
    """Whose FreedomIDs an input has: as a DataFrame says itself, or the manifest beside a file; else the run's own.

    "" of a DataFrame that says nothing: it may be of a trial in a sandbox.
    """
    if isinstance(mapped.table, ArrowTable):
        return run.api if mapped.table.api is None else mapped.table.api
    return str(manifest_of(Path(run.settings["input"])).get("api", run.api))


def without_unsent_ids(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Outcomes, or a plan, of which no row that is still to be sent has a FreedomID: of an update, the note has it."""
    unsent = outcomes.index[(outcomes["status"] == str(Status.NOT_SENT)) & (outcomes["freedom_id"] != "")]
    if not len(unsent):
        return outcomes
    whole = outcomes.copy()
    ids, before = whole.loc[unsent, "freedom_id"], whole.loc[unsent, "note"]
    doubt = whole["doubt"] if "doubt" in whole else pd.Series(False, index=whole.index)
    said = pd.Series([kept(_unsent(given, doubt=doubt[row])) for row, given in ids.items()], ids.index, dtype="str")
    whole.loc[unsent, "note"] = said.where(before == "", before + "; " + said)
    whole.loc[unsent, "freedom_id"] = ""
    return whole


def _unsent(given: str, *, doubt: bool) -> Text:
    if doubt:
        return Text("the user has its FreedomID as before; whether the update was made is not known ({id})", id=given)
    return Text("not updated; the user's FreedomID is {freedom_id}", freedom_id=given)


def with_carried_ids(outcomes: pd.DataFrame, carried: CarriedIds) -> pd.DataFrame:
    """Outcomes (see ``Journal.outcomes``) of which no row has lost the FreedomID that its file had.

    Where the phone is taken it is shown as the row's: the API named no other. Elsewhere (a row that was refused, or not
    sent; or nobody told of which API it is) the note has it.
    """
    outcomes = without_unsent_ids(outcomes)
    lost = outcomes.index[(outcomes["freedom_id"] == "") & outcomes.index.isin(carried.of_rows.keys())]
    if not len(lost):
        return outcomes
    ids = pd.Series({row: carried.of_rows[row] for row in lost}, dtype="str")
    shown = lost[outcomes.loc[lost, "status"].isin(_SHOWN) & carried.are_of_api]
    whole = outcomes.copy()
    whole.loc[shown, "freedom_id"] = ids[shown]
    whole.loc[shown, "errors"] = ""
    said = ids.map(lambda given: kept(Text("the file had FreedomID {freedom_id}", freedom_id=given))).where(
        ~ids.index.isin(shown),
        kept(Text("taken; the FreedomID is the one that the file had, the API named none")),
    )
    before = whole.loc[lost, "note"]
    whole.loc[lost, "note"] = said.where(before == "", before + "; " + said)
    return whole
