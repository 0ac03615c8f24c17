"""A text file cut between records, so that others can read its parts: where the reader itself stands between two rows.

A cut is made behind a row that is regular only. What the rows before it are does not depend on text behind it then: a
quote that opens there and does not close was already found out of place.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from importer.reading.record_batch import Flag, RecordBatch
from importer.reading.text.regular_blocks import has_a_line_each, lines
from importer.reading.text.row_reader import ReadRows, RowReader

_NOT_READ: Final = RecordBatch((), np.zeros(0, dtype=np.int64))


@dataclass(frozen=True)
class TextSpan:
    """Some whole records.

    Attributes:
        content: Their text, UTF-8.
        line: Physical line number of the first one.
        above: What the rows above it showed; their uneven ones are not counted.
    """

    content: bytes
    line: int
    above: ReadRows


class SpanReader(RowReader):
    """Finds where records end by the reader's own rules; text without line breaks in its cells is not parsed for it."""

    def spans(self, blocks: Iterable[bytes]) -> Iterator[TextSpan]:
        """The text of consecutive blocks, a span each where one can be cut there. Raises RefusedFile."""
        held, line, above = b"", self._line, self.read
        for block in blocks:
            text = self._left + block
            cut, end = 0, 0
            for _, end, regular in self._stretches(text, final=False):
                if regular:
                    cut, next_line, next_above = end, self._line, self.read
            self._left = text[end:]
            if cut:
                yield TextSpan(held + text[:cut], line, above)
                held, line, above = text[cut:end], next_line, next_above
            else:
                held += text[:end]
        if held or self._left:
            yield TextSpan(held + self._left, line, above)

    def _fast(self, block: bytes) -> RecordBatch | None:
        if not has_a_line_each(block, self._delimiter):
            return super()._fast(block)
        count = lines(block)
        self._rows += count
        self._line += count
        return _NOT_READ

    def _shape(self, row: int, _cells: int) -> Flag:
        """Rows of another width are counted, and refused, by whoever reads the cells."""
        return Flag(row, "row_shape")
