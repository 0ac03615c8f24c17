"""Delimited text as a Table: found out once when opened, read in blocks as often as asked."""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from importer.errors import RefusedFile
from importer.messages.text import Text, counted
from importer.model import Finding
from importer.reading import byte_source
from importer.reading.byte_source import ByteSource
from importer.reading.content import FileContent
from importer.reading.header_row import HeaderScore, header_findings, refuse_people_left_out, refuse_too_wide
from importer.reading.input_format import InputFormat
from importer.reading.limits import MAX_BLOCK, MIN_BLOCK, SAMPLE_BYTES
from importer.reading.table import Chunk, Dialect, ReadOptions, letters
from importer.reading.text import encoding
from importer.reading.text.delimiter import NAMES, TextLayout, find_layout, trailing
from importer.reading.text.row_reader import RowReader
from importer.reading.text.spans import SpanReader, TextSpan

_Reader = TypeVar("_Reader", bound=RowReader)

_LETTER: Final = 4
"""Bytes of the longest letter of UTF-8: of one inside which a header ends, and the file with it, nothing is a row."""


@dataclass
class CsvTable:
    """A delimited text file, opened. See ``Table``.

    ``_offset`` and ``_line``: where the rows begin, in the UTF-8 text and as a line number.
    """

    path: Path
    dialect: Dialect
    header: tuple[str, ...]
    row_count_hint: int | None
    _source: ByteSource
    _offset: int
    _line: int
    _found: tuple[Finding, ...]
    _bytes_per_row: int
    _blank: int = field(default=0, init=False)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was decided; after a whole pass also how many blank rows were skipped."""
        if not self._blank:
            return self._found
        return (
            *self._found,
            Finding(
                "rows",
                counted("{count:,} blank row was skipped", "{count:,} blank rows were skipped", self._blank),
            ),
        )

    def chunks(self, size: int = 65_536) -> Iterator[Chunk]:
        """The rows in order, at most ``size`` at a time. Raises RefusedFile."""
        reader = self._reader(RowReader)
        for batch in reader.batches(self._blocks(max(MIN_BLOCK, size * self._bytes_per_row))):
            yield from batch.chunks(size)
        self._blank = reader.blank

    def spans(self, rows: int) -> Iterator[TextSpan]:
        """The text of the rows in parts of about so many, cut between records. Raises RefusedFile."""
        return self._reader(SpanReader).spans(self._blocks(rows * self._bytes_per_row))

    def saw_blank_rows(self, count: int) -> None:
        """Take the number of blank rows from whoever read the parts."""
        self._blank = count

    def _reader(self, kind: Callable[..., _Reader]) -> _Reader:
        dialect = self.dialect
        return kind(
            dialect.delimiter,
            len(self.header),
            trailing=dialect.trailing_delimiter,
            line=self._line,
            name=self.path.name,
        )

    def _blocks(self, size: int) -> Iterator[bytes]:
        return byte_source.text(self._source, size=min(MAX_BLOCK, size), skip=self._offset)

    def column_letter(self, position: int) -> str:
        """The spreadsheet letter of a header position."""
        return letters(position)

    def close(self) -> None:
        """Nothing is held open between passes."""


def open_csv(content: FileContent, options: ReadOptions, score: HeaderScore) -> CsvTable:
    """Finds out how the file is written. Raises RefusedFile or UsageError."""
    content.refuse_no_text()
    path, packed = content.path, content.gzip
    coded = encoding.decide(path, packed=packed, wanted=options.encoding)
    source = ByteSource(path, packed, coded.name, coded.bom)
    sample, final = _sample(source)
    layout = find_layout(sample, score, final=final, wanted=options.delimiter, header_row=options.header_row)
    if layout.header is None:
        raise RefusedFile("{name} holds no text: a header and rows below it are needed", name=path.name)
    record = layout.records[layout.header]
    _check_header(path, layout, score, told=bool(options.header_row))
    width, tail = trailing(layout)
    dialect = Dialect(
        "csv",
        encoding=coded.name,
        bom=coded.bom,
        delimiter=layout.delimiter,
        line_ending=_line_ending(sample),
        quote_all=_quote_all(layout),
        gzip=packed,
        trailing_delimiter=tail,
        header_row=record.line,
    )
    lines = max(1, coded.lines)
    return CsvTable(
        path,
        dialect,
        tuple(record.cells[:width]),
        max(0, coded.lines - record.line - record.lines + 1),
        source,
        len(sample[: record.end].encode()) + record.open_end * _LETTER,
        record.line + record.lines,
        (coded.finding(), *_findings(layout, options, tail=tail)),
        max(1, byte_source.size_of(path) * (6 if packed else 1) // lines),
    )


def _sample(source: ByteSource) -> tuple[str, bool]:
    """Text from the top, and whether that is all of it."""
    pieces: list[bytes] = []
    taken = 0
    final = True
    for piece in byte_source.text(source):
        pieces.append(piece)
        taken += len(piece)
        if taken > SAMPLE_BYTES:
            final = False
            break
    return codecs.getincrementaldecoder("utf-8")().decode(b"".join(pieces)), final


def _check_header(path: Path, layout: TextLayout, score: HeaderScore, *, told: bool) -> None:
    record = layout.records[layout.header or 0]
    refuse_too_wide(path.name, record.line, len(record.cells))
    if not told:
        lines = [(one.line, one.cells) for one in layout.records]
        refuse_people_left_out(path.name, lines, layout.header or 0, score)
    if record.problem:
        raise RefusedFile(
            "{name}: the header (row {line}) holds a quote mark that is out of place or never closed; mend "
            "that line, or name another with --header-row",
            name=path.name,
            line=record.line,
        )


def _line_ending(sample: str) -> str:
    pairs = sample.count("\r\n")
    counts = {"\n": sample.count("\n") - pairs, "\r\n": pairs, "\r": sample.count("\r") - pairs}
    return max(counts, key=lambda ending: counts[ending])


def _quote_all(layout: TextLayout) -> bool:
    """Whether all cells that hold text, and at least those of the header, stand in quotes."""
    records = layout.records[layout.header or 0 :]
    return all(record.quoted >= sum(1 for cell in record.cells if cell) > 0 for record in records[:1]) and all(
        record.quoted >= sum(1 for cell in record.cells if cell) for record in records
    )


def _findings(layout: TextLayout, options: ReadOptions, *, tail: bool) -> tuple[Finding, ...]:
    header = layout.records[layout.header or 0]
    above = [record.line for record in layout.records[: layout.header] if any(cell.strip() for cell in record.cells)]
    name = NAMES.get(layout.delimiter, repr(layout.delimiter))
    text = Text("cells are separated by {name}", name=name)
    if tail:
        text = Text("cells are separated by {name}; each row ends in one more, which is ignored", name=name)
    return (
        Finding("delimiter", text),
        *header_findings(header.line, above, told=bool(options.header_row)),
    )


FORMAT: Final = InputFormat(
    "csv",
    lambda content: not content.is_zip and not content.is_ole,
    open_csv,
    extensions=("csv", "tsv", "tab", "txt"),
    packed=True,
)
