"""The last step: the input's cells and the journal's outcomes, joined by row number, written and counted."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pandas as pd

from importer.errors import BooksDontBalance
from importer.messages.kept_sentences import LOST_NOTE
from importer.messages.text import Text
from importer.model import Cause, Status, repeated_ids
from importer.progress import Watch
from importer.reading.table import Chunk
from importer.reporting.carried_ids import carried_ids, with_carried_ids
from importer.reporting.manifest_content import announce, facts_of
from importer.reporting.output_place import OutputPlace
from importer.reporting.results import Results
from importer.validation.stream import MappedInput
from importer.writing import Written, write_output

if TYPE_CHECKING:
    from importer.journal import Journal, Run  # checking a file needs no journal, and so no database library


@dataclass(frozen=True)
class Report:
    """What was written, or would be.

    Attributes:
        rows: Rows of the input, each counted once in ``statuses``.
        without_id: Rows that end without a FreedomID; the template's example is nobody's row and not among them.
        causes: Errors by cause (and warnings, where the file was only checked).
        output: The file written, or None; ``rejected`` and the workbook beside it likewise.
        examples: Rows that are the template's example.
        saved_by_drop: Rows that are invalid for optional fields alone.
        sha256: Of the files, by their names.
    """

    rows: int
    statuses: Mapping[Status, int]
    without_id: int
    causes: tuple[Cause, ...]
    output: Path | None = None
    rejected: Path | None = None
    rejected_workbook: Path | None = None
    examples: int = 0
    saved_by_drop: int = 0
    sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def repeated_ids(self) -> int:
        """Rows whose FreedomID another phone has as well, or nobody: where there is one the books don't balance."""
        return repeated_ids(self.causes)

    @classmethod
    def of(
        cls,
        results: Results,
        causes: tuple[Cause, ...],
        written: Written | None = None,
        sha256: Mapping[str, str] = MappingProxyType({}),
    ) -> "Report":
        """What was counted while it was written, or collected."""
        counted = (results.rows, dict(results.statuses), results.without_id - results.examples, causes)
        files: tuple[Path | None, Path | None, Path | None] = (None, None, None)
        if written is not None:
            files = (written.output, written.rejected, written.rejected_workbook)
        return cls(*counted, *files, results.examples, results.saved_by_drop, sha256)


Collect = Callable[[MappedInput, Chunk, pd.DataFrame], object]
"""Takes the input, a chunk of it, and the chunk's result columns (RESULT_COLUMNS, str, the chunk's index)."""

UNREADABLE: Final = "row_unreadable"


def write_report(
    journal: "Journal",
    run: "Run",
    mapped: MappedInput,
    placed: OutputPlace,
    watch: Watch,
    *,
    salvage: bool = False,
    remember: Callable[[Mapping[str, str]], object] = id,
    approve: Callable[[tuple[Cause, ...]], object] = id,
) -> Report:
    """Write the output of a run, from its own copy of the input (``mapped``).

    ``salvage``: of a damaged journal, write what can be read of it, to a new file only, and then raise all the same.
    ``remember`` is told of name and SHA-256 of each file before it is in its place. ``approve`` is told before that
    what kept rows from getting a FreedomID; what it raises leaves everything as it was.

    Raises:
        BooksDontBalance: a row of the input is missing in the journal, or the other way round; nothing is replaced.
        StorageFailed: the output cannot be written.
    """
    results = Results(mapped.mapping, run.settings.get("left"))
    outcomes, output = _Outcomes(journal, run, mapped, salvage=salvage), placed.output
    watch.began("writing", outcomes.planned)
    hashes: dict[str, str] = {}

    def announced(files: Mapping[Path, Path]) -> None:
        hashes.update(announce(output, run.input_name, files, facts_of(run, mapped, results.statuses)))
        remember(hashes)

    def approved(rows: int) -> None:
        outcomes.balance(rows, output)
        approve(results.causes())

    written = write_output(
        mapped.table,
        mapped.mapping.result_columns.values(),
        results.joined(outcomes.of, watch.advanced),
        output,
        placed.rejected,
        approve=approved,
        announce=announced,
    )
    if written.sentence:
        watch.said(written.sentence)
    if outcomes.unreadable:
        raise BooksDontBalance(
            "The journal {path} is damaged: what became of {unreadable:,} rows of run {id} cannot be "
            "read. {output} has all others; those say {code}.",
            path=journal.location,
            unreadable=outcomes.unreadable,
            id=run.id,
            output=output,
            code=UNREADABLE,
        )
    return Report.of(results, results.causes(), written, hashes)


def collect_report(
    journal: "Journal", run: "Run", mapped: MappedInput, watch: Watch, collect: Collect | None = None
) -> Report:
    """Count the outcomes of a run as ``write_report`` does, and give them to ``collect``; no file is written.

    Raises:
        BooksDontBalance: as ``write_report``.
    """
    results = Results(mapped.mapping, run.settings.get("left"))
    outcomes = _Outcomes(journal, run, mapped, salvage=False)
    watch.began("collecting", outcomes.planned)
    chunks = ((chunk, outcomes.of(chunk.cells.index)) for chunk in mapped.table.chunks() if len(chunk.cells))
    collect_rows(results, mapped, chunks, watch.advanced, collect)
    outcomes.balance(results.rows, Path())
    return Report.of(results, results.causes())


def collect_rows(
    results: Results,
    mapped: MappedInput,
    chunks: Iterable[tuple[Chunk, pd.DataFrame]],
    told: Callable[[int], object],
    collect: Collect | None,
) -> None:
    """Give ``collect`` each chunk of an input with what became of its rows; without it they are only counted."""
    for chunk, outcomes in chunks:
        if len(outcomes):
            made = results.of(outcomes)
            if collect is not None:
                collect(mapped, chunk, made.frame)
        told(len(outcomes))


class _Outcomes:
    """A run's outcomes, span by span, with the FreedomIDs that its input had.

    With ``salvage`` those that a damaged journal still gives.
    """

    def __init__(self, journal: "Journal", run: "Run", mapped: MappedInput, *, salvage: bool) -> None:
        self._journal, self._run, self._salvage = journal, run, salvage
        self._carried = carried_ids(run, mapped)
        self.unreadable = 0
        self.planned: int | None = None
        try:
            self.planned = journal.row_count(run.id)
        except BooksDontBalance:
            if not salvage:
                raise

    def of(self, rows: pd.Index) -> pd.DataFrame:
        """The outcomes of consecutive rows of the input."""
        return with_carried_ids(self._recorded(rows), self._carried)

    def _recorded(self, rows: pd.Index) -> pd.DataFrame:
        first, last = int(rows[0]), int(rows[-1])
        try:
            found = self._journal.outcomes(self._run.id, first, last)
        except BooksDontBalance:
            if not self._salvage:
                raise
            return self._filled_up(self._journal.outcomes(self._run.id, first, last, salvage=True), rows)
        if not found.index.equals(rows):
            missing = rows.difference(found.index)
            where = Text("rows that the input does not have")
            if len(missing):
                where = Text("from row {row} on", row=missing[0])
            raise BooksDontBalance(
                "run {id}: the journal and the copy of the input disagree ({where})", id=self._run.id, where=where
            )
        return found

    def balance(self, written: int, output: Path) -> None:
        """Whether what was written is all that was planned; asked before it can be seen."""
        if self.planned is not None and written != self.planned:
            raise BooksDontBalance(
                "run {id}: {written} rows in the input, {planned} in the journal",
                id=self._run.id,
                written=written,
                planned=self.planned,
            )
        if self.unreadable and output.exists():
            raise BooksDontBalance(
                "The journal {path} is damaged: what became of {unreadable:,} rows cannot be read. "
                "{output} was left as it is; name a new file with -o to get the others.",
                path=self._journal.location,
                unreadable=self.unreadable,
                output=output,
            )

    def _filled_up(self, found: pd.DataFrame, rows: pd.Index) -> pd.DataFrame:
        whole = found.reindex(rows)
        lost = ~rows.isin(found.index)
        self.unreadable += int(lost.sum() + found["note"].eq(LOST_NOTE).sum())
        whole.loc[lost, "status"] = str(Status.UNCONFIRMED)
        whole.loc[lost, "errors"] = json.dumps([["", UNREADABLE, "", ""]])
        whole.loc[lost, ["freedom_id", "note"]] = ""
        return whole.assign(doubt=whole["doubt"].eq(True))
