"""What stands in an output besides its rows: the header and its place, the rows above it, the sheet's name."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from importer.model import IMPORT_ROW, RESULT_COLUMNS
from importer.reading.table import Table
from importer.writing.preamble import Rows, preamble
from importer.writing.spreadsheet_guard import without_half_characters


@dataclass(frozen=True)
class OutputLayout:
    """What stands in an output besides its rows.

    Attributes:
        header: The input's own column names, without those of an earlier output, then RESULT_COLUMNS.
        kept: The positions in the input of its own columns, in order.
        header_row: The row of the header, from 1.
        first_column: How many columns stand empty before the first.
        preamble: The rows above the header.
        sheet: The name of the sheet in a workbook.
        import_row: The position in the input of the row numbers of its original, where it is a rejected file.
    """

    header: tuple[str, ...]
    kept: tuple[int, ...]
    header_row: int = 1
    first_column: int = 0
    preamble: Rows = ()
    sheet: str = "Users"
    import_row: int | None = None

    def of_rejected(self) -> "OutputLayout":
        """The header of the rejected file, in row 1: the same columns, and the row numbers of the original."""
        own, results = self.header[: -len(RESULT_COLUMNS)], self.header[-len(RESULT_COLUMNS) :]
        return replace(self, header=(*own, IMPORT_ROW, *results), header_row=1, preamble=())

    def at_the_top(self) -> "OutputLayout":
        """The same columns with the header in row 1."""
        return replace(self, header_row=1, preamble=())


def layout_of(table: Table, dropped: Collection[int], *, keep_rows: bool) -> OutputLayout:
    """What an output of ``table`` has around its rows; ``keep_rows``: whether they stay where they are in the input."""
    kept = tuple(position for position in range(len(table.header)) if position not in dropped)
    layout = OutputLayout(
        header=(*(without_half_characters(table.header[position]) for position in kept), *RESULT_COLUMNS),
        kept=kept,
        sheet=table.dialect.sheet or "Users",
        import_row=next((at for at in dropped if table.header[at].strip() == IMPORT_ROW), None),
    )
    if not keep_rows:
        return layout
    dialect = table.dialect
    above = tuple(tuple(map(without_half_characters, cells)) for cells in preamble(table))
    return replace(layout, header_row=dialect.header_row, first_column=dialect.first_column, preamble=above)
