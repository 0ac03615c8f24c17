"""The result and the rejected file: input cells and outcomes joined, written whole or not at all."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from importer.columns.read_ahead import ahead
from importer.errors import StorageFailed
from importer.messages.text import Text
from importer.reading.formats import is_text
from importer.reading.table import Dialect, Table
from importer.writing.fidelity import UnfaithfulError, is_faithful
from importer.writing.in_place_choice import may_be_kept
from importer.writing.output_checks import is_same_file
from importer.writing.output_formats import OUTPUT_FORMATS, RowWriter
from importer.writing.output_layout import OutputLayout, layout_of
from importer.writing.output_names import output_dialect, output_kind, rejected_workbook_path
from importer.writing.pending_file import PendingFile
from importer.writing.rejected import MOST_IN_A_WORKBOOK, RejectedFile, remove_earlier_rejected
from importer.writing.result_block import ResultBlock, ResultSource, first_blocks, result_blocks
from importer.writing.workbook_look import MOST_CELLS

_WRITTEN_ANEW = Text(
    "the workbook could not be marked in place without a change to its cells, so that the result is a new one: other "
    "sheets, formulas, formats, pictures and comments stay in the input alone"
)

Announce = Callable[[Mapping[Path, Path]], object]
"""Takes where each file goes, and where it is complete until then; what it raises leaves everything as it was."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        output: The result file.
        rejected: The file of the rows to be mended; None where there are none.
        rows: Rows in the result file.
        rejected_workbook: The same rows as a workbook, beside a rejected file of delimited text.
        sentence: What a person should know of the result beside it; "" as a rule.
    """

    output: Path
    rejected: Path | None
    rows: int
    rejected_workbook: Path | None = None
    sentence: str = ""


def write_output(
    table: Table,
    dropped: Collection[int],
    results: ResultSource,
    output: Path,
    rejected: Path,
    *,
    approve: Callable[[int], None] | None = None,
    announce: Announce | None = None,
) -> Written:
    """Write every row of the input with its outcome, and beside it the rows that a person must mend.

    The format is that of the output's extension. Text keeps the input's dialect and workbooks their rows' places;
    a small .xlsx is written into a copy of the input. Beside a rejected file of delimited text stands the same as a
    workbook of text cells: a spreadsheet takes pluses and leading zeros out of the text. The files become visible only
    when all are complete, with mode 0600; without rows to be mended earlier rejected files of ours are removed.

    Args:
        table: The input; it is read once.
        dropped: The positions of an earlier output's own result columns: they are replaced.
        results: Gives the outcomes of the rows of an index; called once for each chunk, in order, from one thread that
            is not the caller's: the next rows are joined while these are written.
        output: Where the result goes.
        rejected: Where the rows to be mended go; same extension.
        approve: Called with the number of rows when both files are complete and before either is visible; what it
            raises leaves everything as it was.
        announce: Called after that, last before any of the files is in its place.

    Raises:
        StorageFailed: Disk full, read-only, no permission, more rows than the format holds. Nothing was replaced.
        BooksDontBalance: The outcomes aren't those of the rows, or break the schema. Nothing was replaced.
        UsageError: The output's extension is unknown.
    """
    kind = output_kind(output)
    keep_rows = is_text(kind.format) == is_text(table.dialect.format)
    layout, dialect = layout_of(table, dropped, keep_rows=keep_rows), output_dialect(kind, table.dialect)
    writing = _OutputWriting(table, layout, dialect, output, rejected, approve, announce)
    with contextlib.closing(ahead(result_blocks(table, writing.layout, results))) as made:
        found = writing.placed(made, keep_rows=keep_rows)
        if kind.format == "xlsx" and may_be_kept(table):
            # Outcomes are asked for once: should the workbook not come back as it was, the same blocks serve again.
            small, rest = first_blocks(found, MOST_CELLS)
            if rest is None:
                with contextlib.suppress(UnfaithfulError):
                    return writing.write(small, in_place=True)
            return replace(writing.write(chain(small, rest or ()), in_place=False), sentence=_WRITTEN_ANEW)
        return writing.write(found, in_place=False)


def write_rejected(
    table: Table,
    dropped: Collection[int],
    results: ResultSource,
    output: Path,
    rejected: Path,
    *,
    announce: Announce | None = None,
) -> Path | None:
    """Write only the rows that a person must mend; arguments and errors as of ``write_output``.

    Returns:
        Where they are; None where there are none.
    """
    layout = layout_of(table, dropped, keep_rows=False)
    dialect = output_dialect(output_kind(output), table.dialect)
    writing = _OutputWriting(table, layout, dialect, output, rejected, None, announce)
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(contextlib.closing(ahead(result_blocks(table, writing.layout, results))))
        files = writing.rejected_files(stack)
        for block in made:
            for file in files:
                file.write(block)
        for file in files:
            file.prepare()
        writing.announced(file.pending for file in files)
        for file in files:
            file.publish()
    return files[0].path


@dataclass(frozen=True)
class _OutputWriting:
    """One output to be written."""

    table: Table
    layout: OutputLayout
    dialect: Dialect
    output: Path
    rejected: Path
    approve: Callable[[int], None] | None
    announce: Announce | None

    def placed(self, found: Iterable[ResultBlock], *, keep_rows: bool) -> Iterator[ResultBlock]:
        """Blocks at the rows where the output has them."""
        next_row = self.layout.header_row + 1
        for block in found:
            placed = block if keep_rows else block.moved_to(next_row)
            next_row += len(placed.cells)
            _check_room(placed, self.dialect, self.output)
            yield placed

    def write(self, found: Iterable[ResultBlock], *, in_place: bool) -> Written:
        """Both files, complete or not at all."""
        opener = OUTPUT_FORMATS[self.dialect.format].opener()
        with contextlib.ExitStack() as stack:
            rejected = self.rejected_files(stack)
            result = PendingFile(self.output)
            stack.callback(result.discard)
            writer = self._kept(result) if in_place else opener(result, self.layout, self.dialect)
            stack.callback(writer.abort)
            rows = 0
            for block in found:
                writer.write(block)
                for file in rejected:
                    file.write(block)
                rows += len(block.cells)
            writer.close()
            result.prepare()
            if in_place and not is_faithful(self.table.path, self.table.dialect, self.layout, result.temporary):
                raise UnfaithfulError
            for file in rejected:
                file.prepare()
            if self.approve is not None:
                self.approve(rows)
            self.announced((*(file.pending for file in rejected), result))
            for file in rejected:
                file.publish()
            result.publish()
        workbook = rejected_workbook_path(self.rejected)
        made = [file.path for file in rejected]
        for path in (self.rejected, workbook):
            if path is not None and path not in made:
                remove_earlier_rejected(path, self.table.path)
        return Written(self.output, made[0], rows, made[1] if len(made) > 1 else None)

    def announced(self, files: Iterable[PendingFile | None]) -> None:
        """Say which files are about to be in their places; None: one that has no row."""
        if self.announce is not None:
            self.announce({file.path: file.temporary for file in files if file is not None})

    def rejected_files(self, stack: contextlib.ExitStack) -> list[RejectedFile]:
        """The rejected file in the format of the output, and the workbook beside one of delimited text."""
        files = [RejectedFile(self.rejected, self.layout, self.dialect, stack)]
        workbook = rejected_workbook_path(self.rejected)
        if workbook is not None and not is_same_file(workbook, self.table.path):
            layout, dialect = replace(self.layout, first_column=0), replace(self.dialect, format="xlsx")
            most = MOST_IN_A_WORKBOOK if OUTPUT_FORMATS["xlsx"].holds(1, len(layout.header) + 1) else 0
            files.append(RejectedFile(workbook, layout, dialect, stack, most))
        return files

    def _kept(self, target: PendingFile) -> RowWriter:
        from importer.writing.xlsx_in_place import XlsxInPlaceWriter  # noqa: PLC0415 (openpyxl loads here)

        return XlsxInPlaceWriter(target, self.table, self.layout)


def _check_room(block: ResultBlock, dialect: Dialect, output: Path) -> None:
    """More rows than the format holds: told before by ``check_room``, and caught here in any case."""
    limits = OUTPUT_FORMATS[dialect.format]
    last_row = int(block.cells.index[-1])
    columns = dialect.first_column + block.cells.shape[1] + max(map(len, block.surplus.values()), default=0)
    if not limits.holds(last_row, columns):
        raise StorageFailed(
            "{output}: row {last_row} with {columns} columns is more than .{format} holds ({most_rows:,} "
            "rows, {most_columns:,} columns); make the output as .csv or .xlsx instead (-o)",
            output=output,
            last_row=last_row,
            columns=columns,
            format=dialect.format,
            most_rows=limits.most_rows,
            most_columns=limits.most_columns,
        )
