"""Proof of completeness: rows in = rows out = journal rows, each with one status, each FreedomID once."""

from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pandas as pd

from importer.errors import BooksDontBalance, ImporterError, UsageError
from importer.journal import Journal, Run
from importer.journal.upkeep import damage_of
from importer.mapping import header_score
from importer.messages.text import Text, counted, joined
from importer.model import RESULT_COLUMNS
from importer.planning.input_copy import reopen_source
from importer.planning.source import closing_source
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import ReadOptions, Table
from importer.reporting.carried_ids import carried_ids, with_carried_ids
from importer.reporting.manifest_file import manifest_of
from importer.settings import Settings
from importer.validation.stream import Source
from importer.writing import default_output


def verify(run_prefix: str, output: Path | None, settings: Settings, watch: Watch | None = None) -> list[str]:
    """Reconcile a run: journal with itself, with the run's copy of its input, and with its output.

    Args:
        run_prefix: The run's id or its beginning.
        output: The output file; None: the one in its usual place, if it is there.
        settings: Where the journal is.
        watch: Told of progress.

    Returns:
        Lines that say what was compared and agrees.

    Raises:
        BooksDontBalance: something does not agree; the message says what. UsageError: no such run, no such output, or
            one that belongs to another run.
    """
    watch = watch or Watch()
    with Journal.open(settings.journal_location, read_only=True) as journal:
        run = journal.get_run(run_prefix)
        problems = [damage.sentence] if (damage := damage_of(journal)) else []
        watch.began("checking the journal", run.rows)
        problems += journal.verify(run.id, partial(_looked, watch))
        rows = journal.row_count(run.id)
        compared: list[str] = [
            counted("journal: {count:,} row, with one status", "journal: {count:,} rows, each with one status", rows)
        ]
        if rows != run.rows:
            problems.append(
                Text("the run was planned with {planned} rows, the journal has {rows}", planned=run.rows, rows=rows)
            )
        with closing_source(reopen_source(journal, run)) as source:
            path = output or _usual_output(run, source.table)
            owner = str(manifest_of(path).get("run", run.id)) if path is not None else run.id
            if output is not None and owner != run.id:
                raise UsageError(
                    Text(
                        "{path} belongs to run {owner}: {command}",
                        path=output,
                        owner=owner,
                        command=f"importer verify {owner} {output}",
                    )
                )
            path = path if owner == run.id else None
            watch.began("comparing", rows)
            problems += _compare(journal, run, source, path, watch)
        compared.append(
            counted(
                "input: {count:,} row, the same number as in the journal",
                "input: {count:,} rows, the same numbers as in the journal",
                rows,
            )
        )
        if owner != run.id:
            compared.append(Text("output: not compared, the file in its place belongs to run {owner}", owner=owner))
        elif path is not None:
            compared.append(
                counted(
                    "output: {count:,} row, with the journal's FreedomID and status",
                    "output: {count:,} rows in order, each with the journal's FreedomID and status",
                    rows,
                )
            )
    if problems:
        raise BooksDontBalance(Text("run {run}: {problems}", run=run.id, problems=joined(problems, "; ")))
    return compared


def _looked(watch: Watch, rows: int) -> None:
    watch.advanced(rows)
    watch.check()


def _usual_output(run: Run, table: Table) -> Path | None:
    path = default_output(Path(run.settings["input"]), table.dialect)[0]
    return path if path.is_file() else None


def _compare(journal: Journal, run: Run, source: Source, path: Path | None, watch: Watch) -> Iterator[str]:
    """Input, journal and, if there is one, output, side by side in one pass.

    By order, for the output may count its rows differently from the input (another format).
    """
    found = _output_rows(path, run.settings["read"]["sheet"]) if path is not None else None
    carried = carried_ids(run, source) if path is not None else {}
    rows, twice, ids = 0, 0, set[str]()
    for chunk in source.table.chunks():
        index = chunk.cells.index
        if not len(index):
            continue
        outcomes = journal.outcomes(run.id, int(index[0]), int(index[-1]))
        if not outcomes.index.equals(index):
            yield Text(
                "rows {first} to {last} of the input are not those of the journal", first=index[0], last=index[-1]
            )
            return
        given = [freedom_id for freedom_id in outcomes["freedom_id"].tolist() if freedom_id]
        before = len(ids)
        ids.update(given)
        twice += len(given) - (len(ids) - before)
        if (
            found is not None
            and path is not None
            and (fault := _first_difference(with_carried_ids(outcomes, carried), found, rows))
        ):
            yield Text("{name}: {fault}", name=path.name, fault=fault)
            found = None
        rows += len(index)
        watch.advanced(len(index))
        watch.check()
    if rows != journal.row_count(run.id):
        planned = journal.row_count(run.id)
        yield Text("{rows} rows in the input, {planned} in the journal", rows=rows, planned=planned)
    if found is not None and path is not None and next(found, None) is not None:
        yield Text("{name} has more rows than the input", name=path.name)
    if twice:
        yield counted(
            "{count:,} row has a FreedomID that stands on another row, too",
            "{count:,} rows have a FreedomID that stands on another row, too",
            twice,
        )


def _first_difference(outcomes: pd.DataFrame, found: Iterator[tuple[str, str]], before: int) -> str:
    """What is wrong with the next rows of the output, which follow so many; "" where it says what the journal says."""
    expected = zip(outcomes["freedom_id"].tolist(), outcomes["status"].tolist(), strict=True)
    for place, pair in enumerate(expected):
        written = next(found, None)
        if written is None:
            return counted("it ends after {count:,} row", "it ends after {count:,} rows", before + place)
        if written != pair:
            return Text("input row {row} has another FreedomID or status than the journal", row=outcomes.index[place])
    return ""


def _opened_output(path: Path, sheet: str) -> Table:
    """The output: in a workbook marked in place the sheet that was told, in a new one the only one."""
    with suppress(UsageError):
        return open_table(path, ReadOptions(sheet=sheet), header_score=header_score)
    return open_table(path, ReadOptions(), header_score=header_score)


def _output_rows(path: Path, sheet: str) -> Iterator[tuple[str, str]]:
    try:
        table = _opened_output(path, sheet)
    except ImporterError as exc:
        raise UsageError(Text("{path}: not an output that can be read: {exc}", path=path, exc=exc.sentence)) from exc
    with closing(table):
        missing = [name for name in RESULT_COLUMNS[:2] if name not in table.header]
        if missing:
            raise UsageError(
                Text("{path}: no column {name}: not an output of this program", path=path, name=missing[0])
            )
        positions = [table.header.index(name) for name in RESULT_COLUMNS[:2]]
        for chunk in table.chunks():
            ids, statuses = (pd.Series(chunk.cells.iloc[:, position]).tolist() for position in positions)
            yield from zip(ids, statuses, strict=True)
