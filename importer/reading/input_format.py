"""What an input format is: how it is told by its content, and how it is opened."""

from collections.abc import Callable
from dataclasses import dataclass

from importer.reading.content import FileContent
from importer.reading.header_row import HeaderScore
from importer.reading.sheets import Workbook
from importer.reading.table import ReadOptions, Table


@dataclass(frozen=True)
class InputFormat:
    """One line of the table in ``formats``.

    Attributes:
        name: As ``Dialect.format`` has it.
        recognises: Whether a file is of this format, by its content alone. May raise RefusedFile.
        open: Gives the table. Raises RefusedFile or UsageError.
        book: Gives the workbook with all of its sheets; None where the format knows none. Raises RefusedFile.
        extensions: How names of such files usually end, without the dot; nothing is decided by them, but a folder is
            looked through for them. () where nobody but this program writes the format.
        packed: Whether it is delimited text, which may be packed with gzip (``.csv.gz``).
    """

    name: str
    recognises: Callable[[FileContent], bool]
    open: Callable[[FileContent, ReadOptions, HeaderScore], Table]
    book: Callable[[FileContent], Workbook] | None = None
    extensions: tuple[str, ...] = ()
    packed: bool = False
