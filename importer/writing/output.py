"""The result and the rejected file: input cells and outcomes joined, written whole or not at all."""

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from importer.ahead import ahead
from importer.errors import StorageFailed
from importer.reading.table import Dialect, Table
from importer.writing.pending_file import PendingFile, storage_failed
from importer.writing.result_block import Block, Layout, Results, blocks, layout_of, taken
from importer.writing.delimited_writer import DelimitedWriter
from importer.writing.fidelity import UnfaithfulError, is_faithful
from importer.writing.workbook_look import MOST_CELLS
from importer.writing.file_names import kind_of, output_dialect
from importer.writing.output_target import is_earlier_output, is_same_file, room


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        output: The result file.
        rejected: The file of the rows to be mended; None where there are none.
        rows: Rows in the result file.
        rejected_rows: Rows in the rejected file.
    """

    output: Path
    rejected: Path | None
    rows: int
    rejected_rows: int


class RowWriter(Protocol):
    """What writes one file, of whatever format."""

    def write(self, block: Block) -> None:
        """Write rows below those already written."""

    def close(self) -> None:
        """Complete the content; the underlying file stays open."""

    def abort(self) -> None:
        """Let go of what can't be completed; never raises."""


Opener = Callable[[BinaryIO, Layout], RowWriter]


def write_output(
    table: Table,
    dropped: Collection[int],
    results: Results,
    output: Path,
    rejected: Path,
    *,
    approve: Callable[[int], None] | None = None,
) -> Written:
    """Write every row of the input with its outcome, and beside it the rows that a person must mend.

    The format is that of the output's extension. Text keeps the input's dialect and workbooks their rows' places;
    a small .xlsx is written into a copy of the input. Both files become visible only when both are complete, with
    mode 0600; without rows to be mended an earlier rejected file of ours is removed.

    Args:
        table: The input; it is read once.
        dropped: The positions of an earlier output's own result columns: they are replaced.
        results: Gives the outcomes of the rows of an index; called once for each chunk, in order, from one thread that
            is not the caller's: the next rows are joined while these are written.
        output: Where the result goes.
        rejected: Where the rows to be mended go; same extension.
        approve: Called with the number of rows when both files are complete and before either is visible; what it
            raises leaves everything as it was.

    Raises:
        StorageFailed: Disk full, read-only, no permission, more rows than the format holds. Nothing was replaced.
        BooksDontBalance: The outcomes aren't those of the rows, or break the schema. Nothing was replaced.
        UsageError: The output's extension is unknown.
    """
    kind = kind_of(output)
    job = _Job(
        table=table,
        layout=layout_of(table, dropped, keep_rows=(kind.format == "csv") == (table.dialect.format == "csv")),
        dialect=output_dialect(kind, table.dialect),
        output=output,
        rejected=rejected,
        approve=approve,
    )
    with contextlib.closing(ahead(blocks(table, job.layout, results))) as made:
        found = job.placed(made)
        if kind.format == "xlsx" and _may_be_kept(table):
            # Outcomes are asked for once: should the workbook not come back as it was, the same blocks serve again.
            small, rest = taken(found, MOST_CELLS)
            if rest is None:
                with contextlib.suppress(UnfaithfulError):
                    return job.write(small, in_place=True)
            found = chain(small, rest or ())
        return job.write(found, in_place=False)


@dataclass(frozen=True)
class _Job:
    """One output to be written."""

    table: Table
    layout: Layout
    dialect: Dialect
    output: Path
    rejected: Path
    approve: Callable[[int], None] | None

    def placed(self, found: Iterable[Block]) -> Iterator[Block]:
        """Blocks at the rows where the output has them."""
        keep = (self.dialect.format == "csv") == (self.table.dialect.format == "csv")
        next_row = self.layout.header_row + 1
        for block in found:
            placed = block if keep else block.moved_to(next_row)
            next_row += len(placed.rows)
            _check_room(placed, self.dialect, self.output)
            yield placed

    def write(self, found: Iterable[Block], *, in_place: bool) -> Written:
        """Both files, complete or not at all."""
        opener = _opener(self.dialect)
        with contextlib.ExitStack() as stack:
            rejects = _LazyFile(self.rejected, self.layout.at_the_top(), opener, stack)
            result = PendingFile(self.output)
            stack.callback(result.discard)
            writer = self._kept(result.file) if in_place else opener(result.file, self.layout)
            stack.callback(writer.abort)
            rows = 0
            for block in found:
                writer.write(block)
                rejects.write(block)
                rows += len(block.rows)
            writer.close()
            if in_place and not is_faithful(self.table, self.layout, result.file):
                raise UnfaithfulError
            result.prepare()
            rejects.prepare()
            if self.approve is not None:
                self.approve(rows)
            rejects.publish()
            result.publish()
        if not rejects.rows:
            _remove_stale(self.rejected, self.table.path)
        return Written(self.output, self.rejected if rejects.rows else None, rows, rejects.rows)

    def _kept(self, file: BinaryIO) -> RowWriter:
        from importer.writing.xlsx_in_place import WorkbookInPlace  # noqa: PLC0415 (as _workbooks)

        return WorkbookInPlace(file, self.table, self.layout)


def _opener(dialect: Dialect) -> Opener:
    if dialect.format == "csv":
        return lambda file, layout: DelimitedWriter(file, layout, dialect)
    return _workbooks()[dialect.format]


class _LazyFile:
    """The rejected file: it comes into being with its first row."""

    def __init__(self, path: Path, layout: Layout, opener: Opener, stack: contextlib.ExitStack) -> None:
        self._path = path
        self._layout = layout
        self._opener = opener
        self._stack = stack
        self._file: PendingFile | None = None
        self._writer: RowWriter | None = None
        self.rows = 0

    def write(self, block: Block) -> None:
        """Write those rows of a block that are to be mended."""
        chosen = block.to_be_fixed(self._layout.header_row + 1 + self.rows)
        if not len(chosen.rows):
            return
        if self._writer is None:
            self._file = PendingFile(self._path)
            self._stack.callback(self._file.discard)
            self._writer = self._opener(self._file.file, self._layout)
            self._stack.callback(self._writer.abort)
        self._writer.write(chosen)
        self.rows += len(chosen.rows)

    def prepare(self) -> None:
        """Complete the file and make it durable."""
        if self._writer is not None and self._file is not None:
            self._writer.close()
            self._file.prepare()

    def publish(self) -> None:
        """Put it in its place."""
        if self._file is not None:
            self._file.publish()


def _workbooks() -> dict[str, Opener]:
    """Only an output that is a workbook pays for the imports of the libraries: 0.2 s and 30 MB."""
    from importer.writing.ods_writer import OdsRows  # noqa: PLC0415
    from importer.writing.xls_writer import XlsRows  # noqa: PLC0415
    from importer.writing.xlsx_writer import XlsxRows  # noqa: PLC0415

    return {"xlsx": XlsxRows, "xls": XlsRows, "ods": OdsRows}


def _may_be_kept(table: Table) -> bool:
    from importer.writing.xlsx_in_place import may_be_kept  # noqa: PLC0415 (as _workbooks)

    return may_be_kept(table)


def _check_room(block: Block, dialect: Dialect, output: Path) -> None:
    """More rows than the format holds: told before by ``check_room``, and caught here in any case."""
    limits = room(dialect.format)
    if limits is None or not len(block.rows):
        return
    columns = dialect.first_column + len(block.cells) + max(map(len, block.surplus.values()), default=0)
    if block.rows[-1] > limits.rows or columns > limits.columns:
        raise StorageFailed(
            f"{output}: row {block.rows[-1]} with {columns} columns is more than .{dialect.format} holds "
            f"({limits.rows:,} rows, {limits.columns:,} columns); make the output as .csv or .xlsx instead (-o)"
        )


def _remove_stale(rejected: Path, source: Path) -> None:
    """An earlier rejected file of ours would send a person after rows that are mended."""
    try:
        if not is_same_file(rejected, source) and is_earlier_output(rejected):
            rejected.unlink(missing_ok=True)
    except OSError as failure:
        raise storage_failed(rejected, failure) from failure
