"""A file -> Table of text cells: true row numbers, the dialect it is written in, and what was found on the way.

Everything is text; nothing is inferred, and nothing is guessed in silence. Public names are those below. ``formats``
registers what is read; ``text`` and ``workbook`` hold a file for each format and what it is made of.
"""

from collections.abc import Callable
from pathlib import Path

from importer.columns.memory_release import give_back_soon
from importer.errors import RefusedFile
from importer.reading.content import FileContent, look
from importer.reading.formats import FORMATS
from importer.reading.header_row import HeaderScore
from importer.reading.input_format import InputFormat
from importer.reading.sheets import Workbook
from importer.reading.table import ReadOptions, Table

__all__ = ["ReadOptions", "Table", "format_of", "open_table", "open_workbook"]


def open_table(
    path: Path,
    options: ReadOptions | None = None,
    *,
    header_score: HeaderScore,
    advanced: Callable[[int], None] | None = None,
) -> Table:
    """Opens an input by its content, whatever its extension.

    Args:
        path: A file of one of the FORMATS.
        options: What a person decided.
        header_score: How many of a row's cells are known header names; it decides header row and sheet.
        advanced: Told how many more rows were read, where opening takes long; what it raises ends the opening.

    Raises:
        RefusedFile: It can't be read, or holds no table; the message says what it is and what to do.
        UsageError: An option names an encoding, delimiter, row or sheet that there is not.
    """
    give_back_soon()
    content = look(path)
    content.advanced = advanced or content.advanced
    try:
        return _recognised(content).open(content, options or ReadOptions(), header_score)
    except BaseException:
        content.close()
        raise


def open_workbook(path: Path) -> Workbook:
    """Opens a workbook with all of its sheets, for those who want other rows than a table's; the caller closes it.

    Raises:
        RefusedFile: It can't be read, or is no workbook.
    """
    content = look(path)
    try:
        book = _recognised(content).book
        if book is None:
            raise RefusedFile("{name} is no workbook", name=path.name)  # noqa: TRY301 (the package must be closed for it, too)
        return book(content)
    except BaseException:
        content.close()
        raise


def format_of(path: Path) -> InputFormat:
    """The format of a file, by its content. Raises RefusedFile if it can't be read, or has none that is known."""
    content = look(path)
    try:
        return _recognised(content)
    finally:
        content.close()


def _recognised(content: FileContent) -> InputFormat:
    for known in FORMATS:
        if known.recognises(content):
            return known
    raise content.package.foreign()  # text is taken for text: only a zip is nothing that is known
