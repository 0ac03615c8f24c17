"""Proof of completeness: rows in = rows out = journal rows, each with one status, each FreedomID once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pandas as pd

from importer.errors import BooksDontBalance, ImporterError, UsageError
from importer.journal import Journal, Run
from importer.mapping import header_score
from importer.model import RESULT_COLUMNS
from importer.planning.input_copy import reopen_source
from importer.reading import open_table
from importer.reading.table import ReadOptions, Table
from importer.settings import Settings
from importer.writing import default_output


def verify(run_prefix: str, output: Path | None, settings: Settings) -> list[str]:
    """Reconcile a run: journal with itself, with the run's copy of its input, and with its output.

    Args:
        run_prefix: The run's id or its beginning.
        output: The output file; None: the one in its usual place, if it is there.
        settings: Where the journal is.

    Returns:
        Lines that say what was compared and agrees.

    Raises:
        BooksDontBalance: something does not agree; the message says what. UsageError: no such run or output.
    """
    with Journal.open(settings.journal_location, read_only=True) as journal:
        run = journal.get_run(run_prefix)
        problems = list(journal.verify(run.id))
        rows = journal.row_count(run.id)
        compared = [f"journal: {rows:,} rows, each with one status"]
        if rows != run.rows:
            problems.append(f"the run was planned with {run.rows} rows, the journal has {rows}")
        problems += _compare_input(journal, run)
        compared.append(f"input: {rows:,} rows, the same numbers as in the journal")
        path = output or _usual_output(journal, run)
        if path is not None:
            problems += _compare_output(journal, run, path)
            compared.append(f"output: {rows:,} rows in order, each with the journal's FreedomID and status")
    if problems:
        raise BooksDontBalance(f"run {run.id}: {'; '.join(problems)}")
    return compared


def _compare_input(journal: Journal, run: Run) -> Iterator[str]:
    rows = 0
    with closing(reopen_source(journal, run).table) as table:
        for chunk in table.chunks():
            index = chunk.cells.index
            rows += len(index)
            if len(index) and not journal.outcomes(run.id, int(index[0]), int(index[-1])).index.equals(index):
                yield f"rows {index[0]} to {index[-1]} of the input are not those of the journal"
                return
    if rows != journal.row_count(run.id):
        yield f"{rows} rows in the input, {journal.row_count(run.id)} in the journal"


def _usual_output(journal: Journal, run: Run) -> Path | None:
    with closing(reopen_source(journal, run).table) as table:
        path = default_output(Path(run.settings["input"]), table.dialect)[0]
    return path if path.is_file() else None


def _compare_output(journal: Journal, run: Run, path: Path) -> Iterator[str]:
    """Row by row in order: the output may count its rows differently from the input (another format)."""
    ids: Counter[str] = Counter()
    expected, found = _journal_rows(journal, run), _output_rows(path, run.settings["read"]["sheet"])
    for place, row in enumerate(expected, start=1):
        written = next(found, None)
        if written is None:
            yield f"{path.name} ends after {place - 1} rows"
            return
        if written != row[1:]:
            yield f"{path.name}: input row {row[0]} has another FreedomID or status than the journal"
            return
        ids[written[0]] += 1
    if next(found, None) is not None:
        yield f"{path.name} has more rows than the input"
    twice = sum(1 for name, count in ids.items() if name and count > 1)
    if twice:
        yield f"{path.name}: {twice} FreedomIDs stand on several rows"


def _journal_rows(journal: Journal, run: Run) -> Iterator[tuple[int, str, str]]:
    with closing(reopen_source(journal, run).table) as table:
        for chunk in table.chunks():
            if len(chunk.cells):
                first, last = int(chunk.cells.index[0]), int(chunk.cells.index[-1])
                outcomes = journal.outcomes(run.id, first, last)
                yield from zip(
                    outcomes.index.tolist(), outcomes["freedom_id"].tolist(), outcomes["status"].tolist(), strict=True
                )


def _opened_output(path: Path, sheet: str) -> Table:
    """The output: in a workbook marked in place the sheet that was told, in a new one the only one."""
    with suppress(UsageError):
        return open_table(path, ReadOptions(sheet=sheet), header_score=header_score)
    return open_table(path, ReadOptions(), header_score=header_score)


def _output_rows(path: Path, sheet: str) -> Iterator[tuple[str, str]]:
    try:
        table = _opened_output(path, sheet)
    except ImporterError as exc:
        raise UsageError(f"{path}: not an output that can be read: {exc}") from exc
    with closing(table):
        missing = [name for name in RESULT_COLUMNS[:2] if name not in table.header]
        if missing:
            raise UsageError(f"{path}: no column {missing[0]}: not an output of this program")
        positions = [table.header.index(name) for name in RESULT_COLUMNS[:2]]
        for chunk in table.chunks():
            ids, statuses = (pd.Series(chunk.cells.iloc[:, position]).tolist() for position in positions)
            yield from zip(ids, statuses, strict=True)
