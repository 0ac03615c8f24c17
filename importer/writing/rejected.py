"""The rejected file beside a result: the rows that only a person can mend, ready to be imported again."""

import contextlib
from pathlib import Path

from importer.reading.table import Dialect
from importer.writing.output_formats import RowWriter, WriterOpener
from importer.writing.output_layout import OutputLayout
from importer.writing.output_target import is_earlier_output, is_same_file
from importer.writing.pending_file import PendingFile, translated
from importer.writing.result_block import ResultBlock


class RejectedFile:
    """The rejected file of one output: it comes into being with its first row.

    Attributes:
        rows: How many rows it has.
    """

    def __init__(
        self, path: Path, layout: OutputLayout, dialect: Dialect, opener: WriterOpener, stack: contextlib.ExitStack
    ) -> None:
        """Nothing is written yet.

        Args:
            path: Where it goes.
            layout: That of the result: the rejected file has the same columns, and its header in row 1.
            dialect: As the result's.
            opener: As the result's.
            stack: Takes away what was written when it is closed.
        """
        self._path = path
        self._layout = layout.at_the_top()
        self._dialect = dialect
        self._opener = opener
        self._stack = stack
        self._open: tuple[PendingFile, RowWriter] | None = None
        self.rows = 0

    def write(self, block: ResultBlock) -> None:
        """Write those rows of a block that are to be mended."""
        chosen = block.to_be_fixed(self._layout.header_row + 1 + self.rows)
        if len(chosen.cells):
            _, writer = self._open or self._begin()
            writer.write(chosen)
            self.rows += len(chosen.cells)

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
        writer = self._opener(pending, self._layout, self._dialect)
        self._stack.callback(writer.abort)
        self._open = pending, writer
        return self._open


def remove_earlier_rejected(rejected: Path, source: Path) -> None:
    """Remove an earlier rejected file of ours: it would send a person after rows that are mended.

    Args:
        rejected: Its name; a file of somebody else's stays.
        source: The input, which stays too.

    Raises:
        StorageFailed: It can't be removed.
    """
    with translated(rejected):
        if not is_same_file(rejected, source) and is_earlier_output(rejected):
            rejected.unlink(missing_ok=True)
