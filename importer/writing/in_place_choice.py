"""Whether outcomes are marked in a copy of the input workbook, and what the result will lack: known beforehand."""

from pathlib import Path
from typing import Final

from importer.messages.text import Text, counted, joined
from importer.model import RESULT_COLUMNS, Finding
from importer.reading.corrected_copy import workbook_of
from importer.reading.formats import is_text
from importer.reading.table import Table
from importer.writing.fidelity import UnfaithfulError
from importer.writing.output_names import output_kind
from importer.writing.workbook_content import WorkbookContent, content_of_workbook
from importer.writing.workbook_look import MOST_CELLS, MOST_COLUMNS

_MOST_BYTES: Final = 5_000_000
_MOST_UNPACKED_BYTES: Final = 25_000_000
_MOST_TRIED: Final = 25_000
"""Cells and rows that openpyxl loads in half a second."""


def may_be_kept(table: Table) -> bool:
    """Whether an input is a workbook small enough to be loaded whole, whose look the library can write again."""
    return _why_not(table, _content(table)) == ""


def expected_losses(table: Table, output: Path) -> tuple[Finding, ...]:
    """What the result will lack of the input workbook, for a person to know before anything is sent."""
    kind = output_kind(output).format
    if is_text(table.dialect.format) or is_text(kind):
        return ()
    if kind != "xlsx" or table.dialect.format != "xlsx":
        return (_new_workbook(table, Text("an .{kind} cannot be marked in place", kind=kind)),)
    content = _content(table)
    reason = _why_not(table, content) or (Text("its library cannot load it") if not _loads(table, content) else "")
    if reason or content is None:
        return (_new_workbook(table, reason),)
    lost = list(content.lost)
    if content.formulas:
        sheet = table.dialect.sheet
        lost.append(
            counted(
                "{count:,} formula of sheet {sheet}: its value as text instead",
                "{count:,} formulas of sheet {sheet}: values as text instead",
                content.formulas,
                sheet=repr(sheet),
            )
        )
    if not lost:
        return ()
    text = Text("the result is a marked copy of the workbook; it will lack: {lost}", lost=joined(lost, "; "))
    return (Finding("output", text, warning=True),)


def _new_workbook(table: Table, reason: str) -> Finding:
    text = Text(
        "the result is a new workbook with the rows of sheet {sheet} as text ({reason}): other sheets, formulas, "
        "formats, pictures and comments stay in the input alone",
        sheet=repr(table.dialect.sheet),
        reason=reason,
    )
    return Finding("output", text, warning=True)


def _content(table: Table) -> WorkbookContent | None:
    if table.dialect.format != "xlsx" or table.dialect.joined:
        return None
    try:
        path = workbook_of(table)
        if path.stat().st_size > _MOST_BYTES:
            return WorkbookContent(_MOST_UNPACKED_BYTES + 1)
    except OSError:
        return None
    return content_of_workbook(path, table.dialect.sheet, _MOST_UNPACKED_BYTES)


def _why_not(table: Table, content: WorkbookContent | None) -> str:
    """Why a workbook is written anew, "" where it is not."""
    if table.dialect.joined:
        return Text("several sheets are put below each other")
    if content is None:
        return Text("the workbook cannot be looked through")
    added = (table.row_count_hint or 0) * len(RESULT_COLUMNS)
    unfit = {
        Text("it is a strict workbook (ISO/IEC 29500)"): content.strict,
        Text("its macros would be lost"): content.macros,
        Text("a merged area reaches to the last column"): content.last_column + len(RESULT_COLUMNS) > MOST_COLUMNS,
    }
    if content.unpacked > _MOST_UNPACKED_BYTES or content.elements + added > MOST_CELLS:
        return Text(
            "it is larger than is marked in place: {cells:,} cells, formatted and merged ones too", cells=MOST_CELLS
        )
    return next((reason for reason, holds in unfit.items() if holds), "")


def _loads(table: Table, content: WorkbookContent | None) -> bool:
    """Whether the library can load the workbook; a large one is not tried: that takes as long as checking its rows."""
    from importer.writing.xlsx_in_place import check_loadable  # noqa: PLC0415 (openpyxl loads here)

    if content is None or content.elements > _MOST_TRIED:
        return True
    try:
        check_loadable(workbook_of(table), table.dialect.sheet)
    except UnfaithfulError:
        return False
    return True
