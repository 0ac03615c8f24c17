"""Whether a workbook that was written into still says what the input said."""

from pathlib import Path

from importer.errors import ImporterError
from importer.reading import ReadOptions, open_table
from importer.reading.table import Dialect
from importer.writing.output_layout import OutputLayout

Cells = dict[tuple[int, int], str]


class UnfaithfulError(Exception):
    """The workbook does not come back as it was, or its library can't handle it: a new one is written instead."""


def is_faithful(source: Path, dialect: Dialect, layout: OutputLayout, written: Path) -> bool:
    """Whether the input's own cells read back from ``written`` exactly as from ``source``: as a person sees them."""
    columns = [dialect.first_column + position for position in layout.kept]
    try:
        return _cells(written, dialect, layout, columns) == _cells(source, dialect, layout, columns)
    except ImporterError:
        return False


def _cells(path: Path, dialect: Dialect, layout: OutputLayout, columns: list[int]) -> Cells:
    """The texts of some columns of a sheet that hold any, by row and column (from 0), the header's too."""
    options = ReadOptions(sheet=dialect.sheet, header_row=layout.header_row)
    table = open_table(path, options, header_score=lambda _: 0)
    first = table.dialect.first_column
    places = {column: column - first for column in columns if first <= column < first + len(table.header)}
    found = {(layout.header_row, column): table.header[place] for column, place in places.items()}
    for chunk in table.chunks():
        for column, place in places.items():
            texts = chunk.cells.iloc[:, place]
            texts = texts[texts != ""]
            found |= {(row, column): text for row, text in zip(texts.index.tolist(), texts.tolist(), strict=True)}
    table.close()
    return found
