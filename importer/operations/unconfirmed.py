"""The rows that only Freedom's support can tell about: a list of them to send there, and what comes back.

A request for them may have created the user, and its answer was lost; since then the phone is taken, or the row failed
or was refused for another reason. The support knows the FreedomID; with it the rows are created after all.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from importer.creating.outcomes.outcome_of import LOST
from importer.creating.outcomes.request_times import SENT
from importer.errors import UsageError
from importer.journal import Journal, Run
from importer.journal.confirmation import confirm
from importer.journal.ledger.field_prints import NAMES, FieldPrints
from importer.journal.maintenance import settle
from importer.messages.kept_issues import notes_in_words
from importer.messages.language import ENGLISH, speaking
from importer.messages.text import Text
from importer.model import Outcome, Status
from importer.operations.support_reply import matched, read_reply
from importer.planning.input_copy import reopen_input
from importer.planning.mapped_input import closing_input, today
from importer.progress import Watch
from importer.reporting.closing import of_other_names
from importer.settings import Settings
from importer.validation.stream import MappedInput
from importer.writing import atomic_file
from importer.writing.inert_text import without_formulas

LIST_COLUMNS: Final = ("row", "phone", "status", "requests_utc", "run_began_utc", "run_ended_utc", "freedom_id")
"""Of the list; the last one is for the support to fill in."""

_WITHOUT_ANSWER: Final = [str(Status.FAILED), str(Status.REJECTED)]
"""Statuses of rows that are in doubt where their note says that an answer was lost."""


def list_unconfirmed(run_prefix: str, settings: Settings, watch: Watch) -> tuple[Path | None, int]:
    """Write the list of a run's rows in doubt, mode 0600; where it is (None: there are no such rows), and how many.

    Raises:
        UsageError: No such run; something stands there already. RefusedFile: the run's copy of the input is gone.
        StorageFailed: It cannot be written.
    """
    with Journal.open(settings.journal_location, read_only=True) as journal:
        run = journal.get_run(run_prefix)
        with closing_input(reopen_input(journal, run, watch)) as mapped:
            rows = in_doubt(journal, run, mapped, watch)
    if rows.empty:
        return None, 0
    path = settings.output or _beside(Path(run.settings["input"]))
    if path.exists() and not settings.force:
        raise UsageError("{path} is there already; name another file with -o, or --force to replace it", path=path)
    listed = rows.assign(
        row=rows.index,
        requests_utc=without_formulas(rows["note"].str.rpartition(SENT)[2].where(rows["note"].str.contains(SENT), "")),
        run_began_utc=run.created_at,
        run_ended_utc=run.updated_at,
        freedom_id="",
    )[list(LIST_COLUMNS)]
    with atomic_file(path) as file:  # with a mark of its encoding: support opens it in a spreadsheet
        file.write(listed.to_csv(index=False).encode("utf-8-sig"))
    return path, len(listed)


def take_answers(run_prefix: str, answers: Path, settings: Settings, watch: Watch) -> int:
    """Record the FreedomIDs that came back in a list; all of them or, where one cannot be right, none.

    Args:
        run_prefix: The run whose rows they are.
        answers: The list with its column freedom_id filled in, as CSV or workbook; rows left blank stay in doubt.
        settings: Where the journal is.
        watch: Told of progress.

    Returns:
        How many rows were recorded; those that have their FreedomID already are not.

    Raises:
        UsageError: The file is no such list, or one of its lines cannot be right; the message says which and why.
        AlreadyRunning: A process is working on the run. StorageFailed: it cannot be recorded.
    """
    told = read_reply(answers)
    with Journal.open(settings.journal_location) as journal:
        run = journal.get_run(run_prefix)
        with journal.lock(run.identity):
            with closing_input(reopen_input(journal, run, watch)) as mapped:
                accepted = bool(run.settings.get("accept_other_names"))
                settled = settle(journal, run, partial(of_other_names, journal, mapped, other_names=accepted))
                rows = in_doubt(journal, run, mapped, watch)
            given = matched(told, rows, _settled(journal, run, told["row"]))
            prints = _prints(journal, run, rows.loc[list(given)], given)
            note = Text("FreedomID told by the API's support, {day}", day=today())
            outcomes = {
                row: Outcome(Status.CREATED, freedom_id, (), note, prints[row]) for row, freedom_id in given.items()
            }
            if outcomes:
                confirm(journal, run.id, outcomes)
            if outcomes or settled:
                journal.update_run(run.id)  # as one that ended now: a purge counts from here
    return len(outcomes)


def in_doubt(journal: Journal, run: Run, mapped: MappedInput, watch: Watch) -> pd.DataFrame:
    """The rows of a run that only the support can tell about.

    Returns:
        Index row; phone and names (as they were sent), status, note, freedom_id: str, no NA.
    """
    parts = [pd.DataFrame(columns=["phone", *NAMES, "status", "note", "freedom_id"], dtype="str")]
    watch.began("looking", journal.row_count(run.id))
    for chunk in mapped.table.chunks():
        index = chunk.cells.index
        if not len(index):
            continue
        outcomes = journal.outcomes(run.id, int(index[0]), int(index[-1]))
        with speaking(ENGLISH):  # the list is for the API's support
            outcomes["note"] = notes_in_words(outcomes["note"], mapped.mapping.describe)
        lost = outcomes["status"].isin(_WITHOUT_ANSWER) & outcomes["note"].str.contains(LOST, regex=False)
        wanted = outcomes[(outcomes["status"] == str(Status.UNCONFIRMED)) | lost]
        if len(wanted):
            sent = mapped.fields_to_send(chunk, wanted.index)
            parts.append(wanted.join(sent[["phone", *NAMES]])[parts[0].columns])
        watch.advanced_or_ended(len(index))
    return pd.concat(parts)


def _settled(journal: Journal, run: Run, rows: "pd.Series[int]") -> dict[int, str]:
    """Row → FreedomID of those lines whose row has one by now."""
    if not (rows > 0).any():
        return {}
    found = journal.outcomes(run.id, int(rows[rows > 0].min()), int(rows.max()))["freedom_id"]
    known = found[(found != "") & found.index.isin(rows)]
    return dict(zip(known.index.tolist(), known.tolist(), strict=True))


def _prints(journal: Journal, run: Run, rows: pd.DataFrame, given: Mapping[int, str]) -> dict[int, bytes]:
    """What is remembered of the users from now on, by their rows: their names, or what is known of them already.

    Raises:
        UsageError: The ledger has a FreedomID for another phone, or for a phone another FreedomID.
    """
    keys, users = journal.ledger.keys(), journal.ledger.users(run.api, rows["phone"].tolist())
    texts: dict[int, str] = dict(zip(rows.index.tolist(), rows["phone"].tolist(), strict=True))
    phones = {row: keys.of(phone) for row, phone in texts.items()}
    known = journal.ledger.users_of(run.api, list(given.values()))
    wrong = [row for row, freedom_id in given.items() if freedom_id in known and known[freedom_id].phone != phones[row]]
    if wrong:
        raise UsageError(
            "the FreedomIDs for rows {names} belong to other phones of this journal; ask again; nothing was recorded",
            names=", ".join(map(str, wrong[:5])),
        )
    before = {row: users[phone] for row, phone in texts.items() if phone in users}
    wrong = [row for row, user in before.items() if user.freedom_id != given[row]]
    if wrong:
        raise UsageError(
            "this journal knows other FreedomIDs for the phones of rows {names}; ask again which are right; "
            "nothing was recorded",
            names=", ".join(map(str, wrong[:5])),
        )
    names: dict[int, dict[str, str]] = rows[list(NAMES)].to_dict("index")  # type: ignore[assignment]
    of_names = FieldPrints(keys).of_names
    return {row: before[row].prints if row in before else of_names(phones[row], names[row]) for row in given}


def _beside(original: Path) -> Path:
    if not original.parent.is_dir():
        raise UsageError(
            "the folder {parent} of the input is gone; say with -o where the list goes", parent=original.parent
        )
    return original.with_name(f"{original.name.partition('.')[0] or original.stem}.unconfirmed.csv")
