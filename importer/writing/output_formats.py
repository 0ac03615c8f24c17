"""The formats of outputs: adding one is a file with its writer, and a line in the table here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from importer.reading.table import Dialect
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile
from importer.writing.result_block import ResultBlock
from importer.writing.workbook_look import MOST_COLUMNS, MOST_ROWS


class RowWriter(Protocol):
    """What writes one file, of whatever format."""

    def write(self, block: ResultBlock) -> None:
        """Write rows below those already written."""

    def close(self) -> None:
        """Complete the content; the underlying file stays open."""

    def abort(self) -> None:
        """Let go of what can't be completed; never raises."""


WriterOpener = Callable[[PendingFile, OutputLayout, Dialect], RowWriter]
"""Begins one file: its target, what stands around the rows, and the dialect of delimited text."""


@dataclass(frozen=True)
class OutputFormat:
    """One format of outputs.

    Attributes:
        opener: Gives what begins a file; a library is imported when it is called, so that only its users pay for it
            (0.2 s and 30 MB). Raises UsageError where the library is missing.
        extensions: The names' endings, without dots and in lower case; the first is the usual one.
        delimiters: By extension, of delimited text: what stands between cells unless the input says otherwise.
        most_rows: How many a sheet holds, the header included; None: without limit.
        most_columns: As ``most_rows``, the result columns included.
    """

    opener: Callable[[], WriterOpener]
    extensions: tuple[str, ...]
    delimiters: Mapping[str, str] | None = None
    most_rows: int | None = None
    most_columns: int | None = None

    def holds(self, rows: int, columns: int) -> bool:
        """Whether so many rows and columns fit."""
        return (self.most_rows is None or rows <= self.most_rows) and (
            self.most_columns is None or columns <= self.most_columns
        )


def _delimited() -> WriterOpener:
    from importer.writing.delimited_writer import DelimitedWriter  # noqa: PLC0415 (as the others)

    return DelimitedWriter


def _xlsx() -> WriterOpener:
    from importer.writing.xlsx_writer import NewXlsxWriter  # noqa: PLC0415 (XlsxWriter loads here)

    return NewXlsxWriter


def _ods() -> WriterOpener:
    from importer.writing.ods_writer import OdsWriter  # noqa: PLC0415 (as the others)

    return OdsWriter


def _xls() -> WriterOpener:
    from importer.writing.xls_writer import XlsWriter  # noqa: PLC0415 (xlwt loads here)

    return XlsWriter


OUTPUT_FORMATS: Final = {
    "csv": OutputFormat(_delimited, ("csv", "tsv", "txt"), {"csv": ",", "tsv": "\t", "txt": "\t"}),
    "xlsx": OutputFormat(_xlsx, ("xlsx",), most_rows=MOST_ROWS, most_columns=MOST_COLUMNS),
    "xls": OutputFormat(_xls, ("xls",), most_rows=65_536, most_columns=256),
    "ods": OutputFormat(_ods, ("ods",), most_rows=MOST_ROWS, most_columns=MOST_COLUMNS),
}
"""By ``Dialect.format``."""
