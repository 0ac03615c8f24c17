"""Proof of completeness: rows in = rows out = journal rows, each with one status, each FreedomID once."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

import pandas as pd

from importer.errors import BooksDontBalance, RefusedFile, UsageError
from importer.journal import Journal, Run
from importer.journal.audit import Audit
from importer.journal.maintenance import damage_of, recall_sound
from importer.mapping import header_score
from importer.messages.text import Text, counted, joined
from importer.model import IMPORT_ROW
from importer.planning.input_copy import reopen_input
from importer.planning.mapped_input import closing_input
from importer.planning.run_identity import not_planned
from importer.progress import Watch
from importer.reading import open_table
from importer.reading.table import ReadOptions, Table
from importer.reporting.carried_ids import NO_IDS, carried_ids, with_carried_ids
from importer.reporting.manifest_content import manifest_of
from importer.settings import Settings
from importer.validation.stream import MappedInput
from importer.writing import default_output, rejected_path
from importer.writing.output_names import rejected_workbook_path

_COMPARED: Final = {"freedom_id": "freedom_id", "status": "import_status"}
"""A column of ``Journal.outcomes`` → the output's."""


def verify(run_prefix: str, output: Path | None, settings: Settings, watch: Watch | None = None) -> list[str]:
    """Reconcile a run: journal with itself, with the run's copy of its input, and with its output.

    Without ``output`` it is the one in its usual place, if it is there.

    Returns:
        Lines that say what was compared and agrees.

    Raises:
        BooksDontBalance: something does not agree; the message says what. UsageError: no such run, no such output, or
            one that belongs to another run.
    """
    watch = watch or Watch()
    looked = watch.advanced_or_ended
    with Journal.open(settings.journal_location, read_only=True) as journal:
        run = journal.get_run(run_prefix)
        problems = [damage.sentence] if (damage := damage_of(journal)) else []
        recall_sound(journal, run)
        audit = Audit(journal.database, *journal.numbers_of(run.id))
        rows = audit.rows
        if rows != run.rows:
            problems.append(
                Text("the run was planned with {planned} rows, the journal has {rows}", planned=run.rows, rows=rows)
            )
        watch.began("checking the journal", rows)
        audit.read_ledger(looked)
        with closing_input(reopen_input(journal, run, watch)) as mapped:
            path = output or _usual_output(run, mapped.table)
            owner = str(manifest_of(path).get("run", run.id)) if path is not None else run.id
            if output is not None and owner != run.id:
                raise UsageError(
                    "{path} belongs to run {owner}: {command}",
                    path=output,
                    owner=owner,
                    command=f"importer verify {owner} {output}",
                )
            watch.began("comparing", rows)
            differences = list(_differences(audit, run, mapped, path if owner == run.id else None, rows, looked))
        problems += [*audit.contradictions(looked), *differences]
    if problems and (reason := not_planned(run)):
        problems.insert(0, reason)
    if problems:
        raise BooksDontBalance("run {run}: {problems}", run=run.id, problems=joined(problems, "; "))
    return _agreed(run, rows, owner, path)


def _agreed(run: Run, rows: int, owner: str, path: Path | None) -> list[str]:
    told: list[str] = [
        counted("journal: {count:,} row, with one status", "journal: {count:,} rows, each with one status", rows),
        counted(
            "input: {count:,} row, the same number as in the journal",
            "input: {count:,} rows, the same numbers as in the journal",
            rows,
        ),
    ]
    if owner != run.id:
        told.append(Text("output: not compared, the file in its place belongs to run {owner}", owner=owner))
    elif path is not None:
        told.append(
            counted(
                "output: {count:,} row, with the journal's FreedomID and status",
                "output: {count:,} rows in order, each with the journal's FreedomID and status",
                rows,
            )
        )
    return told


def _usual_output(run: Run, table: Table) -> Path | None:
    path = default_output(Path(run.settings["input"]), table.dialect)[0]
    return path if path.is_file() else None


def _differences(
    audit: Audit, run: Run, mapped: MappedInput, path: Path | None, planned: int, looked: Callable[[int], None]
) -> Iterator[str]:
    """Input, journal and, if there is one, output, side by side in one pass.

    By order, for the output may count its rows differently from the input (another format).
    """
    written = _Written(path, mapped.table, run, looked) if path is not None else None
    carried = carried_ids(run, mapped) if path is not None else NO_IDS
    rows = 0
    for chunk in mapped.table.chunks():
        index = chunk.cells.index
        if not len(index):
            continue
        outcomes = audit.read(int(index[-1]))
        if not outcomes.index.equals(index):
            yield Text(
                "rows {first} to {last} of the input are not those of the journal", first=index[0], last=index[-1]
            )
            return
        if written is not None and (fault := written.first_difference(with_carried_ids(outcomes, carried), rows)):
            yield Text("{name}: {fault}", name=written.name, fault=fault)
            written = None
        rows += len(index)
        looked(len(index))
    if rows != planned:
        yield Text("{rows} rows in the input, {planned} in the journal", rows=rows, planned=planned)
    if written is not None and len(written.take(1)):
        yield Text("{name} has more rows than the input", name=written.name)


class _Written:
    """The FreedomIDs and statuses of an output, read as far as they are asked for.

    ``looked`` may end the command while a workbook is opened.
    """

    def __init__(self, path: Path, original: Table, run: Run, looked: Callable[[int], None]) -> None:
        self.name = path.name
        self._chunks = _output_chunks(path, original, run, lambda _: looked(0))
        self._left = pd.DataFrame(columns=list(_COMPARED), index=pd.Index([], dtype="int64"), dtype="str")

    def take(self, count: int) -> pd.DataFrame:
        """The next rows, fewer only where it ends."""
        parts = [self._left]
        while sum(map(len, parts)) < count and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
        found = pd.concat(parts)
        self._left = found.iloc[count:]
        return found.iloc[:count]

    def first_difference(self, outcomes: pd.DataFrame, before: int) -> str:
        """What is wrong with the next rows, which follow so many; "" where they say what the journal says."""
        found = self.take(len(outcomes))
        expected = outcomes[list(_COMPARED)].head(len(found))
        differ = expected.ne(found.set_axis(expected.index)).any(axis="columns")
        if differ.any():
            return Text("input row {row} has another FreedomID or status than the journal", row=differ.idxmax())
        if len(found) < len(outcomes):
            return counted("it ends after {count:,} row", "it ends after {count:,} rows", before + len(found))
        return ""


def _rejected_names(run: Run) -> set[str]:
    """How the files were called in which the run wrote the rows that are to be mended."""
    rejected = [rejected_path(Path(name)) for name in run.settings.get("outputs", {})]
    return {path.name for each in rejected for path in (each, rejected_workbook_path(each)) if path}


def _opened_output(path: Path, sheet: str, opening: Callable[[int], None]) -> Table:
    """The output: in a workbook marked in place the sheet that was told, in a new one the only one."""
    with suppress(UsageError):
        return open_table(path, ReadOptions(sheet=sheet), header_score=header_score, advanced=opening)
    return open_table(path, ReadOptions(), header_score=header_score, advanced=opening)


def _output_chunks(path: Path, original: Table, run: Run, opening: Callable[[int], None]) -> Iterator[pd.DataFrame]:
    try:
        table = _opened_output(path, run.settings["read"]["sheet"], opening)
    except (RefusedFile, UsageError) as exc:
        raise UsageError("{path}: not an output that can be read: {exc}", path=path, exc=exc.sentence) from exc
    with closing(table):
        missing = [name for name in _COMPARED.values() if name not in table.header]
        if missing:
            raise UsageError("{path}: no column {name}: not an output of this program", path=path, name=missing[0])
        if IMPORT_ROW in table.header and (IMPORT_ROW not in original.header or path.name in _rejected_names(run)):
            raise UsageError(
                "{path} has only the rows that are to be mended; name the result, which has all rows", path=path
            )
        positions = [table.header.index(name) for name in _COMPARED.values()]
        for chunk in table.chunks():
            yield chunk.cells.iloc[:, positions].set_axis(list(_COMPARED), axis="columns")
