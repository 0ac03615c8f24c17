"""``importer merge``: the rows that a person corrected, back in their places among all the others."""

import re
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

import pandas as pd

from importer.errors import UsageError
from importer.journal import Journal
from importer.journal.database.existence import exists
from importer.messages.text import counted
from importer.model import Finding, Status, Summary
from importer.operations.corrected_rows import Corrections
from importer.operations.opened_result import OpenedResult
from importer.progress import Watch
from importer.reading.formats import is_text, is_workbook
from importer.reading.table import Chunk, Dialect
from importer.reading.table_overlay import TableOverlay
from importer.settings import Settings
from importer.writing import ResultChunk, check_name, check_target, numbered, rejected_path, write_output
from importer.writing.output_names import rejected_workbook_path
from schemas.template import EXAMPLE_CODE

_MARK_TYPES: Final = {"row": "int64", "position": "int64", "message": "str"}
_RESULT: Final = re.compile(r"\.(?:result|merged)(?:\.[0-9]+)?(?=\.)")


def merge(original: Path, fixed: Path, settings: Settings, watch: Watch) -> Summary:
    """Join the result of corrected rows with the result that they were refused in.

    Args:
        original: The result of the whole file.
        fixed: The result of its rejected file, which a person corrected and imported.
        settings: ``output`` names the list; usually ``….merged`` beside the original. Nothing is overwritten.
        watch: Told of progress.

    Returns:
        The summary of one list in the order of the original, each row with its last status; exit code 0 where every
        row has a FreedomID, else 1.

    Raises:
        BooksDontBalance: a corrected row does not fit the row whose number it has. Nothing was written.
        RefusedFile: a file cannot be read, or the columns differ. UsageError: no outputs, or no place for the list.
    """
    with closing(OpenedResult.opened(original, watch)) as whole, closing(OpenedResult.opened(fixed, watch)) as part:
        output = _place(original, settings.output)
        watch.began("comparing")
        corrected = Corrections.gathered(whole, part, watch)
        corrected.refuse_misfits(whole, _numbers(whole, settings), watch)
        watch.began("writing", whole.table.row_count_hint)
        return _written(whole, corrected, output, watch)


def _numbers(whole: OpenedResult, settings: Settings) -> Iterator[int]:
    """For each row of the result its number in the input: its own, but where the format is another than the input's."""
    told, table = whole.manifest, whole.table
    name = str(told.get("input", {}).get("name", table.path.name))
    if is_workbook(name) != is_text(table.dialect.format) or not exists(settings.journal_location):
        yield from (row for row, _ in whole.rows(Watch()))
        return
    with Journal.open(settings.journal_location, read_only=True) as journal:
        run, first, step = journal.get_run(told["run"]), 1, 100_000
        left = journal.row_count(run.id)
        while left:
            rows = journal.outcomes(run.id, first, first + step - 1).index
            yield from rows.tolist()
            left, first = left - len(rows), first + step


@dataclass(frozen=True)
class _Merged(TableOverlay):
    """The original as a table with the cells of the corrected rows in it; ``own``: the positions that are not ours."""

    own: Collection[int]
    corrected: Corrections

    @property
    def dialect(self) -> Dialect:
        """How it is written: a workbook anew, since cells change."""
        return replace(self.table.dialect, joined=True)

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time."""
        for chunk in self.table.chunks(size):
            cells = chunk.cells
            here = cells.index[cells.index.isin(list(self.corrected.row_of))].tolist()
            if here:
                found = [self.corrected.by_number[self.corrected.row_of[row]] for row in here]
                cells = cells.copy()
                columns = zip(*(correction.cells for correction in found), strict=True)
                for column, texts in zip(self.own, columns, strict=True):
                    cells.loc[here, column] = pd.Series(texts, index=here, dtype="str")
            yield replace(chunk, cells=cells)


def _written(whole: OpenedResult, corrected: Corrections, output: Path, watch: Watch) -> Summary:
    merged = _Merged(whole.table, whole.own.values(), corrected)
    outcomes = whole.outcomes()
    mended = [corrected.by_number[number].outcome for number in corrected.row_of.values()]
    outcomes.loc[[*corrected.row_of]] = pd.DataFrame(mended, [*corrected.row_of], outcomes.columns, "str")
    no_marks = pd.DataFrame({"row": [], "position": [], "message": []}).astype(_MARK_TYPES)

    def of(rows: pd.Index) -> ResultChunk:
        watch.advanced_or_ended(len(rows))
        return ResultChunk(outcomes.loc[rows], no_marks)

    written = write_output(merged, [*whole.results.values()], of, output, rejected_path(output))
    statuses = {Status(str(status)): int(number) for status, number in outcomes["import_status"].value_counts().items()}
    missing = (outcomes["freedom_id"] == "") & (outcomes["import_error_code"] != EXAMPLE_CODE)
    told = counted(
        "{count:,} corrected row is back in its place",
        "{count:,} corrected rows are back in their places",
        len(corrected.by_number),
    )
    return Summary(
        command="merge",
        run="",
        rows=len(outcomes),
        statuses=statuses,
        causes=(),
        findings=(Finding("merge", told),),
        exit_code=1 if missing.any() else 0,
        output=str(written.output),
        rejected=str(written.rejected or ""),
        rejected_workbook=str(written.rejected_workbook or ""),
    )


def _place(original: Path, wanted: Path | None) -> Path:
    """Where the list goes; nothing stands there."""
    if wanted is None:
        name = _RESULT.sub(".merged", original.name, count=1)
        name = name if name != original.name else f"{original.stem}.merged{original.suffix}"
        places = (numbered(original.with_name(name), number) for number in count(1))
        wanted = next(place for place in places if not _taken(place))
    check_name(wanted)
    if taken := _taken(wanted):
        raise UsageError("{taken} exists, and nothing is overwritten; name another file with -o", taken=taken)
    check_target(wanted, input=original, force=False)
    return wanted


def _taken(output: Path) -> Path | None:
    rejected = rejected_path(output)
    beside = (rejected, rejected_workbook_path(rejected))
    return next((path for path in (output, *beside) if path is not None and path.exists()), None)
