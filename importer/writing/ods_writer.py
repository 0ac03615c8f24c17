"""New .ods spreadsheets of any length: text cells only (OpenDocument 1.3).

Written by hand because no kept library streams: odfpy and odfdo build the whole document in memory.
"""

import contextlib
import re
import zipfile
from collections.abc import Mapping
from itertools import chain
from typing import Final
from xml.sax.saxutils import escape

from importer.model import RESULT_COLUMNS
from importer.reading.table import Dialect, letters
from importer.writing import ods_styles
from importer.writing.output_layout import OutputLayout
from importer.writing.pending_file import PendingFile, disk_errors
from importer.writing.result_block import STATUS_FROM_THE_RIGHT, ResultBlock
from importer.writing.workbook_look import MOST_COMMENTS, comment_text, fitting, sheet_name, widths

_SPACES: Final = re.compile(r"^ +| +$|(?<= ) +", re.MULTILINE)
_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_PICTURES: Final = {
    number: chr(0x2400 + number) if number < ord(" ") else "\ufffd"
    for number in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)
}
"""XML can't hold these characters: the Unicode pictures of control characters show where they were."""


class OdsWriter:
    """Writes one new spreadsheet: text cells, frozen header, filter, coloured status, comments on wrong cells."""

    def __init__(self, target: PendingFile, layout: OutputLayout, dialect: Dialect) -> None:
        del dialect  # a spreadsheet has none
        self._target = target
        self._layout = layout
        self._name = sheet_name(layout.sheet)
        self._comments = 0
        self._next_row = 0  # 0: nothing is written yet
        # Written aside, so that its size is known when it is packed: the long form of zip is used only at need.
        self._content_path = target.scratch_folder() / "content.xml"
        with disk_errors(target.path):
            self._content = self._content_path.open("w", encoding="utf-8", newline="\n")

    def write(self, block: ResultBlock) -> None:
        """Write rows below those already written."""
        wrong = block.wrong_cells()
        status_column = len(self._layout.header) + STATUS_FROM_THE_RIGHT
        with disk_errors(self._target.path):
            self._begin(block)
            for row, texts in block.rows():
                looks = ["text"] * len(texts)
                looks[status_column] = texts[status_column]
                self._write_row(row, texts, looks, wrong.get(row, {}))

    def close(self) -> None:
        """Complete the spreadsheet; the underlying file stays open."""
        layout = self._layout
        with disk_errors(self._target.path):
            self._begin(None)
            first = f"{letters(layout.first_column)}{layout.header_row}"
            last = f"{letters(layout.first_column + len(layout.header) - 1)}{self._next_row - 1}"
            self._content.write(ods_styles.closing(self._name, first, last))
            self._content.close()
            with zipfile.ZipFile(self._target.file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("mimetype", ods_styles.MIME, zipfile.ZIP_STORED)
                archive.write(self._content_path, "content.xml")
                archive.writestr("styles.xml", ods_styles.document("styles", "<office:styles/>"))
                archive.writestr("settings.xml", ods_styles.settings(self._name, layout.header_row))
                archive.writestr("META-INF/manifest.xml", ods_styles.MANIFEST)

    def abort(self) -> None:
        """Let go of a spreadsheet that can't be completed."""
        with contextlib.suppress(OSError):
            self._content.close()

    def _begin(self, first: ResultBlock | None) -> None:
        if self._next_row:
            return
        layout = self._layout
        self._content.write(ods_styles.opening(self._name, layout.first_column, widths(layout, first)))
        self._next_row = 1
        for row, cells in enumerate(layout.preamble, start=1):
            self._write_row(row, cells, ["text"] * len(cells), {}, indented=False)
        own = len(layout.header) - len(RESULT_COLUMNS)
        looks = ["header"] * own + ["result"] * len(RESULT_COLUMNS)
        self._write_row(layout.header_row, layout.header, looks, {})

    def _write_row(
        self, row: int, texts: tuple[str, ...], looks: list[str], notes: Mapping[int, str], *, indented: bool = True
    ) -> None:
        before = self._layout.first_column if indented else 0
        cells = [
            self._cell(text, "wrong" if column in notes else look, notes.get(column))
            for column, (text, look) in enumerate(zip(texts, looks, strict=True))
        ]
        gap = row - self._next_row
        blank = f'<table:table-row table:number-rows-repeated="{gap}">{_BLANK}</table:table-row>' if gap > 0 else ""
        inner = "".join(chain([_BLANK] * before, cells)) or _BLANK
        self._content.write(f"{blank}<table:table-row>{inner}</table:table-row>")
        self._next_row = row + 1

    def _cell(self, text: str, look: str, note: str | None) -> str:
        if not text and note is None:
            return _BLANK
        inner = f"<text:p>{_paragraphs(fitting(text))}</text:p>" if text else ""
        if note is not None and self._comments < MOST_COMMENTS:
            self._comments += 1
            inner = f"<office:annotation>{_annotation(note)}</office:annotation>{inner}"
        kind = ' office:value-type="string"' if text else ""
        return f'<table:table-cell table:style-name="{look}"{kind}>{inner}</table:table-cell>'


_BLANK: Final = "<table:table-cell/>"


def _annotation(note: str) -> str:
    lines = comment_text(note).split("\n")
    return "".join(f"<text:p>{escape(line.translate(_PICTURES))}</text:p>" for line in lines)


def _paragraphs(text: str) -> str:
    """A text as the content of a paragraph: line breaks, tabs and runs of blanks have elements of their own."""
    if text.isalnum():  # the commonest cells, and nothing to look for
        return text
    text = _LINE_BREAK.sub("\n", escape(text.translate(_PICTURES)))
    text = _SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', text)
    return text.replace("\t", "<text:tab/>").replace("\n", "</text:p><text:p>")
