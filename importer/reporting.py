"""The last step: the input's cells and the journal's outcomes, joined by row number, written and counted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from importer.checking import Source
from importer.errors import BooksDontBalance
from importer.journal import Journal, Run
from importer.model import Cause, Status
from importer.planning import Known, planned_chunks
from importer.results import Results
from importer.survey import Survey
from importer.watching import Watch
from importer.writing import ResultChunk, write_output


@dataclass(frozen=True)
class Report:
    """What was written, or would be.

    Attributes:
        rows: Rows of the input, each counted once in ``statuses``.
        without_id: Rows that end without a FreedomID.
        causes: Errors by cause (and warnings, where the file was only checked).
        output: The file written, or None; ``rejected`` likewise.
    """

    rows: int
    statuses: Mapping[Status, int]
    without_id: int
    causes: tuple[Cause, ...]
    output: Path | None = None
    rejected: Path | None = None


def write_report(journal: Journal, run: Run, source: Source, output: Path, rejected: Path, watch: Watch) -> Report:
    """Write the output of a run.

    Raises:
        BooksDontBalance: a row of the input is missing in the journal, or the other way round; nothing is replaced.
        StorageFailed: the output cannot be written.
    """
    results = Results(source.mapping)
    planned = journal.row_count(run.id)
    watch.began("writing", planned)

    def of(rows: pd.Index) -> ResultChunk:
        outcomes = journal.outcomes(run.id, int(rows[0]), int(rows[-1]))
        if not outcomes.index.equals(rows):
            missing = rows.difference(outcomes.index)
            where = f"from row {missing[0]} on" if len(missing) else "rows that the input does not have"
            raise BooksDontBalance(f"run {run.id}: the journal and the copy of the input disagree ({where})")
        watch.advanced(len(rows))
        return results.of(outcomes)

    def balanced(written: int) -> None:
        if written != planned:
            raise BooksDontBalance(f"run {run.id}: {written} rows in the input, {planned} in the journal")

    written = write_output(source.table, source.mapping.result_columns.values(), of, output, rejected, approve=balanced)
    return _report(results, results.causes(), written.output, written.rejected)


def write_checked(found: Survey, known: Known, output: Path, rejected: Path, watch: Watch) -> Report:
    """Write the checked file of ``validate``: the same columns, with what would be sent as not_sent."""
    results = Results(found.source.mapping)
    plans, last_row = planned_chunks(found, known), 0
    watch.began("writing", found.rows)

    def of(rows: pd.Index) -> ResultChunk:
        nonlocal plans, last_row
        if int(rows[0]) <= last_row:
            plans = planned_chunks(found, known)
        last_row = int(rows[-1])
        plan = _next_plan(plans, rows)
        watch.advanced(len(rows))
        watch.check()
        return results.of(plan)

    written = write_output(found.source.table, found.source.mapping.result_columns.values(), of, output, rejected)
    return _report(results, found.causes, written.output, written.rejected)


def forecast(found: Survey, known: Known | None, watch: Watch) -> Report:
    """What a run would do, without writing anything; with ``known``, rows are looked up in the ledger."""
    if known is None:
        statuses = {
            Status.INVALID: found.invalid,
            Status.DUPLICATE: found.duplicates,
            Status.NOT_SENT: found.sendable,
        }
        counted = {status: count for status, count in statuses.items() if count}
        return Report(found.rows, counted, found.rows, found.causes)
    results = Results(found.source.mapping)
    watch.began("planning", found.rows)
    for _checked, plan in planned_chunks(found, known):
        results.of(plan)
        watch.advanced(len(plan))
        watch.check()
    return _report(results, found.causes, None, None)


def _next_plan(plans: Iterator[tuple[object, pd.DataFrame]], rows: pd.Index) -> pd.DataFrame:
    plan = next(plans)[1]
    if not plan.index.equals(rows):
        raise BooksDontBalance("the file reads differently the second time; it must not change while it is read")
    return plan


def _report(results: Results, causes: tuple[Cause, ...], output: Path | None, rejected: Path | None) -> Report:
    return Report(results.rows, dict(results.statuses), results.without_id, causes, output, rejected)
