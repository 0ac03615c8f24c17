"""Whether an output may be written where it is asked for: looked at before anything is sent."""

import gzip
import os
import re
import secrets
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import IO, Final, cast

from importer.errors import RefusedFile, UsageError
from importer.messages.text import either
from importer.model import RESULT_COLUMNS
from importer.reading import format_of, open_table, open_workbook
from importer.reading.file_name import name_fault, printable
from importer.reading.sheets import Grid, Marks
from importer.writing.output_formats import OUTPUT_FORMATS
from importer.writing.output_names import manifest_path, output_kind, rejected_path, rejected_workbook_path
from schemas.result_columns import OUTPUT_MARKS, is_output

_HEAD_BYTES: Final = 1 << 20
_HEADER_SEARCH_ROWS: Final = 60
_LARGEST_WORKBOOK: Final = 200_000_000
_BETWEEN_TEXT: Final = rb'"?[,;|\t]"?'
_TEXT_HEADER: Final = re.compile(_BETWEEN_TEXT.join(name.encode() for name in OUTPUT_MARKS))
_BETWEEN_XML: Final = rb"<(?:[^>]*>\s*<){1,12}[^>]*>"
_XML_HEADER: Final = re.compile(_BETWEEN_XML.join(name.encode() for name in OUTPUT_MARKS))


def check_room(output: Path, *, last_row: int, columns: int) -> None:
    """Whether the format of an output holds the input; to be asked when the rows are counted, before any is sent.

    Args:
        output: The result file to be.
        last_row: The row number of the input's last row.
        columns: The input's columns (an earlier output's result columns not counted).

    Raises:
        UsageError: The format holds fewer; the message names one that holds them.
    """
    format_ = OUTPUT_FORMATS[output_kind(output).format]
    needed = columns + len(RESULT_COLUMNS)
    if format_.holds(last_row, needed):
        return
    larger = either([".xlsx", ".csv"] if OUTPUT_FORMATS["xlsx"].holds(last_row, needed) else [".csv"])
    raise UsageError(
        "{output}: {last_row:,} rows and {needed:,} columns are more than this format holds "
        "({most_rows:,} and {most_columns:,}); ask for {larger} with -o",
        output=output,
        last_row=last_row,
        needed=needed,
        most_rows=format_.most_rows,
        most_columns=format_.most_columns,
        larger=larger,
    )


def check_name(output: Path) -> None:
    """Whether an output and the files beside it can have their names.

    Raises:
        UsageError: They cannot; or the name does not tell a format that is written.
    """
    output_kind(output)
    for file in (output, rejected_path(output), manifest_path(output)):
        if fault := name_fault(file):
            raise UsageError(
                "the output {path} cannot be written: {why}; another one can be given with -o",
                path=printable(file),
                why=fault,
            )


def check_target(path: Path, *, input: Path, force: bool) -> None:  # noqa: A002 (the interface's name)
    """Whether the result and its rejected file may be written; a file is really made in the folder, and removed.

    Args:
        path: The result file to be; its rejected file follows from it.
        input: The file that is imported: never overwritten.
        force: Whether files that aren't earlier outputs of ours may be replaced.

    Raises:
        UsageError: Unknown extension; a library that is missing; no such folder, or not writable; the input itself; a
            file of somebody else's.
    """
    check_name(path)
    OUTPUT_FORMATS[output_kind(path).format].opener()
    _check_folder(path)
    rejected = rejected_path(path)
    for target in filter(None, (path, rejected, rejected_workbook_path(rejected))):
        if is_same_file(target, input):
            raise UsageError("the output {target} would overwrite the input; give another name with -o", target=target)
        if target.is_symlink() or target.exists():
            _check_existing(target, force=force)


def is_earlier_output(path: Path) -> bool:
    """Whether a file has OUTPUT_MARKS side by side in its header, and so was written by this program."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            start = file.read(8)
        if start.startswith(b"PK\x03\x04") and _zip_has_header(path):
            return True
        format_ = format_of(path)
        if format_.packed:
            return _text_has_header(path, packed=start.startswith(b"\x1f\x8b"))
        return format_.name in OUTPUT_FORMATS and _table_has_header(path, workbook=format_.book is not None)
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, RefusedFile, UsageError):
        return False


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise UsageError(
            "the folder of the output does not exist: {folder}; make it, or give another one with -o", folder=folder
        )
    probe = folder / f".importer-probe-{secrets.token_hex(8)}.tmp"
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        probe.unlink()
    except OSError as failure:
        reason = failure.strerror or type(failure).__name__
        raise UsageError(
            "cannot write to the folder {folder}: {reason}; give another one with -o", folder=folder, reason=reason
        ) from failure


def _check_existing(target: Path, *, force: bool) -> None:
    if target.exists() and not target.is_file():
        raise UsageError("the output {target} is not a file; give another name with -o", target=target)
    if not force and not is_earlier_output(target):
        raise UsageError(
            "{target} is there already and is no earlier output of this program; give another name with -o, "
            "or --force to replace it",
            target=target,
        )


def is_same_file(target: Path, source: Path) -> bool:
    """Whether two names mean one file, also through links."""
    try:
        return target.samefile(source)
    except OSError:
        return target.absolute() == source.absolute()


def _text_has_header(path: Path, *, packed: bool) -> bool:
    with gzip.open(path, "rb") if packed else path.open("rb") as file:
        head = cast("IO[bytes]", file).read(_HEAD_BYTES)
    if b"\0" in head:  # UTF-16 or -32: the names are ASCII, so that only the zero bytes stand between
        head = head.replace(b"\0", b"")
    return _TEXT_HEADER.search(head) is not None


def _zip_has_header(path: Path) -> bool:
    """A look at the start of each sheet: this program's own files have their texts there."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name == "content.xml" or name.startswith("xl/worksheets/sheet"):
                with archive.open(name) as part:
                    if _XML_HEADER.search(part.read(_HEAD_BYTES)):
                        return True
    return False


def _table_has_header(path: Path, *, workbook: bool) -> bool:
    """The same through the reader of its format, for files that a spreadsheet program has saved since, and others."""
    if path.stat().st_size > _LARGEST_WORKBOOK:
        return False
    if not workbook:
        with closing(open_table(path, header_score=is_output)) as table:
            return _stand_side_by_side(dict(enumerate(table.header)))
    with closing(open_workbook(path)) as book:
        return any(_holds_header(next(book.rows(sheet, Marks()), None)) for sheet in book.sheets)


def _holds_header(top: Grid | None) -> bool:
    """Whether one of the first rows of a sheet is an output's header."""
    return top is not None and any(_stand_side_by_side(row.cells) for row in top.head(_HEADER_SEARCH_ROWS).rows())


def _stand_side_by_side(cells: Mapping[int, str]) -> bool:
    """Whether OUTPUT_MARKS do in a row."""
    start = next((place for place, text in cells.items() if text.strip() == OUTPUT_MARKS[0]), None)
    return start is not None and all(
        cells.get(place, "").strip() == name for place, name in enumerate(OUTPUT_MARKS, start)
    )
