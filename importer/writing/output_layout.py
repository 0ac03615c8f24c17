"""What stands in an output besides its rows: the header and its place, the rows above it, the sheet's name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from importer.model import IMPORT_ROW, RESULT_COLUMNS
from importer.reading.table import Table
from importer.writing.inert_text import without_half_characters
from importer.writing.preamble import Rows, preamble


@dataclass(frozen=True)
class OutputLayout:
    """What stands in an output besides its rows.

    Attributes:
        header: The input's own column names, without those of an earlier output, then RESULT_COLUMNS.
        kept: The positions in the input of its own columns, in order; the row numbers of a rejected file among them:
            by these its rows find back to those of the original.
        header_row: The row of the header, from 1.
        first_column: How many columns stand empty before the first.
        preamble: The rows above the header.
        sheet: The name of the sheet in a workbook.
        import_row: The position in the input of the row numbers of its original, where it is a rejected file.
        has_apostrophes: Whether the input is an earlier output, whose cells have their apostrophes already.
    """

    header: tuple[str, ...]
    kept: tuple[int, ...]
    header_row: int = 1
    first_column: int = 0
    preamble: Rows = ()
    sheet: str = "Users"
    import_row: int | None = None
    has_apostrophes: bool = False

    def of_rejected(self) -> "OutputLayout":
        """The header of the rejected file at the top: the same columns, and the row numbers of the original."""
        if self.import_row is not None:
            return self.at_the_top()
        own, results = self.header[: -len(RESULT_COLUMNS)], self.header[-len(RESULT_COLUMNS) :]
        return replace(self.at_the_top(), header=(*own, IMPORT_ROW, *results))

    def at_the_top(self) -> "OutputLayout":
        """The same columns with the header in row 1; a note to Excel on its delimiter stays above it."""
        note = self.preamble[:1] if self.preamble and is_separator_note(self.preamble[0]) else ()
        return replace(self, header_row=1 + len(note), preamble=note)


def is_separator_note(cells: Sequence[str]) -> bool:
    """Whether a first row is ``sep=;``, by which Excel knows the delimiter."""
    text = "".join(cells).strip().lower()
    return text == "sep=" or (len(text) == len("sep=;") and text.startswith("sep="))


def layout_of(table: Table, dropped: Collection[int], *, keep_rows: bool) -> OutputLayout:
    """What an output of ``table`` has around its rows; ``keep_rows``: whether they stay where they are in the input."""
    import_row = next((at for at in dropped if table.header[at].strip() == IMPORT_ROW), None)
    kept = tuple(at for at in range(len(table.header)) if at not in dropped or at == import_row)
    layout = OutputLayout(
        header=(*(without_half_characters(table.header[position]) for position in kept), *RESULT_COLUMNS),
        kept=kept,
        sheet=table.dialect.sheet or "Users",
        import_row=import_row,
        has_apostrophes=bool(dropped),
    )
    if not keep_rows:
        return layout
    dialect = table.dialect
    above = tuple(tuple(map(without_half_characters, cells)) for cells in preamble(table))
    return replace(layout, header_row=dialect.header_row, first_column=dialect.first_column, preamble=above)
