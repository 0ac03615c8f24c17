"""The rejected file beside a result: the rows that only a person can mend, ready to be imported again."""

import contextlib
from pathlib import Path
from typing import Final

from importer.reading.table import Dialect
from importer.writing.output_checks import is_earlier_output, is_same_file
from importer.writing.output_formats import OUTPUT_FORMATS, RowWriter
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile, disk_errors
from importer.writing.result_block import ResultBlock

MOST_IN_A_WORKBOOK: Final = 100_000
"""Rows of the workbook beside a rejected CSV: nobody mends more by hand, and each 10,000 take a second to write."""


class RejectedFile:
    """The rejected file of one output: it comes into being with its first row; ``rows``: how many it has."""

    def __init__(
        self,
        path: Path,
        layout: OutputLayout,
        dialect: Dialect,
        stack: contextlib.ExitStack,
        most_rows: int | None = None,
    ) -> None:
        """Nothing is written yet.

        Args:
            path: Where it goes.
            layout: That of the result: the rejected file has the same columns and ``import_row``, its header in row 1.
            dialect: As the result's, but for the format where the rejected file has another one.
            stack: Takes away what was written when it is closed.
            most_rows: With more rows there is no file.
        """
        self._path = path
        # the widest sheet that a format holds has no room for one column more
        self._numbered = OUTPUT_FORMATS[dialect.format].holds(1, layout.first_column + len(layout.header) + 1)
        self._layout = layout.of_rejected() if self._numbered else layout.at_the_top()
        self._dialect = dialect
        self._stack = stack
        self._most_rows = most_rows
        self._open: tuple[PendingFile, RowWriter] | None = None
        self.rows = 0

    @property
    def path(self) -> Path | None:
        """Where it stands once it is published; None where there is no row in it, or too many."""
        return self._path if self._open else None

    @property
    def pending(self) -> PendingFile | None:
        """The file until it is published; None as ``path``."""
        return self._open[0] if self._open else None

    def write(self, block: ResultBlock) -> None:
        """Write those rows of a block that are to be mended."""
        first_row = self._layout.header_row + 1 + self.rows
        column = self._layout.kept.index(self._layout.import_row) if self._layout.import_row is not None else None
        chosen = block.to_be_fixed(first_row, numbered=self._numbered, column=column)
        self.rows += len(chosen.cells)
        if self._most_rows is not None and self.rows > self._most_rows:
            self._open = None
        elif len(chosen.cells):
            _, writer = self._open or self._begin()
            writer.write(chosen)

    def prepare(self) -> None:
        """Complete the file and make it durable."""
        if self._open:
            pending, writer = self._open
            writer.close()
            pending.prepare()

    def publish(self) -> None:
        """Put it in its place."""
        if self._open:
            self._open[0].publish()

    def _begin(self) -> tuple[PendingFile, RowWriter]:
        pending = PendingFile(self._path)
        self._stack.callback(pending.discard)
        writer = OUTPUT_FORMATS[self._dialect.format].opener()(pending, self._layout, self._dialect)
        self._stack.callback(writer.abort)
        self._open = pending, writer
        return self._open


def remove_earlier_rejected(rejected: Path, source: Path) -> None:
    """Remove an earlier rejected file of ours: it would send a person after rows that are mended.

    A file of somebody else's stays, and so does the input (``source``). Raises StorageFailed where it can't be removed.
    """
    with disk_errors(rejected):
        if not is_same_file(rejected, source) and is_earlier_output(rejected):
            rejected.unlink(missing_ok=True)
