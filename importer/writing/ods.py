"""New .ods spreadsheets of any length: a small streaming writer of OpenDocument 1.3 (text cells only)."""

import contextlib
import re
import zipfile
from typing import IO, BinaryIO, Final
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # the package ships no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # as above

from importer.model import RESULT_COLUMNS, Status
from importer.reading.table import letters
from importer.writing.arrow import TEXT, byte_set, concat, rows_with, text_array, utf8
from importer.writing.blocks import Block, Layout
from importer.writing.markup import (
    DEEPEST_FROZEN_ROW,
    HEADER,
    MOST_COMMENTS,
    PICTURED_CONTROLS,
    RESULT_HEADER,
    STATUS_COLOURS,
    WRONG,
    escaped,
    fitting,
    translated,
    widths,
)
from importer.writing.xlsx_frame import sheet_name

_COMPRESSION: Final = 2
_LARGEST_PLAIN_PART: Final = 1 << 31
_BYTES_PER_CELL: Final = 110
_MIME: Final = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACES: Final = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
        ("config", "config"),
        ("manifest", "manifest"),
    )  # fmt: skip
)
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_BLANKS: Final = byte_set(b" \t\r\n")
_SPACES: Final = re.compile(r"^ +| +$|(?<= ) +", re.MULTILINE)
_MANIFEST: Final = (
    f'{_XML}<manifest:manifest {_NAMESPACES} manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MIME}" manifest:version="1.3"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{part}.xml" manifest:media-type="text/xml"/>'
        for part in ("content", "styles", "settings")
    )
    + "</manifest:manifest>"
)


class OdsRows:
    """Writes one new spreadsheet: text cells, frozen header, filter, coloured status, wrong cells with their comment."""

    def __init__(self, file: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        self._name = sheet_name(layout.sheet)
        self._resources = contextlib.ExitStack()
        self._archive = self._resources.enter_context(
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION)
        )
        self._content: IO[bytes] | None = None
        self._comments = 0
        self._next_row = 1

    def write(self, block: Block) -> None:
        """Write rows below those already written."""
        content = self._content or self._start(block)
        for part in block.slices():
            content.write(utf8(self._rows(part)))
            self._next_row = int(part.rows[-1]) + 1

    def close(self) -> None:
        """Complete the spreadsheet; the underlying file stays open."""
        content = self._content or self._start(None)
        layout = self._layout
        last = letters(layout.first_column + len(layout.header) - 1)
        sheet = "'" + self._name.replace("'", "''") + "'"
        area = f"{sheet}.{letters(layout.first_column)}{layout.header_row}:{sheet}.{last}{self._next_row - 1}"
        content.write(
            "</table:table><table:database-ranges>"
            '<table:database-range table:name="__Anonymous_Sheet_DB__0" table:display-filter-buttons="true" '
            f"table:target-range-address={quoteattr(area)}/>"
            "</table:database-ranges></office:spreadsheet></office:body></office:document-content>".encode()
        )
        content.close()
        self._archive.writestr("styles.xml", _document("styles", "<office:styles/>"))
        self._archive.writestr("settings.xml", _settings(self._name, layout.header_row))
        self._archive.writestr("META-INF/manifest.xml", _MANIFEST)
        self._resources.close()

    def abort(self) -> None:
        """Let go of a spreadsheet that can't be completed."""
        with contextlib.suppress(Exception):
            self._resources.close()

    def _start(self, first: Block | None) -> IO[bytes]:
        layout = self._layout
        self._archive.writestr("mimetype", _MIME, compress_type=zipfile.ZIP_STORED)
        large = (layout.rows_expected or 0) * len(layout.header) * _BYTES_PER_CELL > _LARGEST_PLAIN_PART
        self._content = self._resources.enter_context(
            self._archive.open("content.xml", "w", force_zip64=large)
        )
        column_widths = widths(layout, first)
        self._content.write(
            f'{_XML}<office:document-content {_NAMESPACES} office:version="1.3">'
            f"<office:automatic-styles>{_styles(column_widths)}</office:automatic-styles>"
            f"<office:body><office:spreadsheet><table:table table:name={quoteattr(self._name)}>"
            f"{_columns(layout.first_column, column_widths)}".encode()
        )
        for cells in layout.preamble:
            self._content.write(_plain_row(cells, ["text"] * len(cells)))
        names = ("",) * layout.first_column + layout.header
        looks = ["text"] * layout.first_column + ["header"] * len(layout.kept)
        self._content.write(_plain_row(names, looks + ["result"] * len(RESULT_COLUMNS)))
        self._next_row = layout.header_row + 1
        return self._content

    def _rows(self, part: Block) -> pa.Array:
        """Each row of a block as the XML of a table row, with the blank rows before it."""
        pieces: list[pa.Array | str] = [self._blank_rows(part), "<table:table-row>"]
        if self._layout.first_column:
            pieces.append(f'<table:table-cell table:number-columns-repeated="{self._layout.first_column}"/>')
        status_column = len(part.cells) - len(RESULT_COLUMNS) + RESULT_COLUMNS.index("import_status")
        for column, cells in enumerate(part.cells):
            text = _xml_text(cells)
            style: pa.Array | str = "text"
            if column == status_column:
                style = cells
            annotations, styles = self._marks(part, column)
            blank = pc.equal(cells, "")
            filled = concat(
                '<table:table-cell table:style-name="',
                styles if styles is not None else style,
                '" office:value-type="string">',
                annotations if annotations is not None else "",
                "<text:p>",
                text,
                "</text:p></table:table-cell>",
            )
            if styles is not None:
                wrong = concat(
                    '<table:table-cell table:style-name="', styles, '">', annotations, "</table:table-cell>"
                )
                pieces.append(pc.if_else(blank, wrong, filled))
            else:
                pieces.append(
                    pc.if_else(blank, "<table:table-cell/>", filled) if blank.true_count else filled
                )
        pieces += [_surplus(part), "</table:table-row>"]
        return concat(*pieces)

    def _blank_rows(self, part: Block) -> pa.Array | str:
        gaps = np.diff(part.rows, prepend=self._next_row - 1) - 1
        if not gaps.any():
            return ""
        return pa.array([_blank(int(gap)) for gap in gaps], TEXT)

    def _marks(self, part: Block, column: int) -> tuple[pa.Array | None, pa.Array | None]:
        """Comment and style of each cell of a column; None where no cell of it is wrong."""
        marks = part.marks[part.marks["column"] == column]
        if not len(marks):
            return None, None
        annotations, styles = [""] * len(part.rows), ["text"] * len(part.rows)
        for index, message in zip(marks["index"], marks["message"], strict=True):
            styles[index] = "wrong"
            if self._comments < MOST_COMMENTS:
                self._comments += not annotations[index]
                annotations[index] += f"<text:p>{_escaped(message)}</text:p>"
        wrapped = [f"<office:annotation>{text}</office:annotation>" if text else "" for text in annotations]
        return pa.array(wrapped, TEXT), pa.array(styles, TEXT)


def _blank(rows: int) -> str:
    if rows <= 0:
        return ""
    return f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell/></table:table-row>'


def _plain_row(cells: tuple[str, ...], looks: list[str]) -> bytes:
    texts = _xml_text(text_array(cells)).to_pylist()
    inner = "".join(
        f'<table:table-cell table:style-name="{look}" office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        if text
        else "<table:table-cell/>"
        for text, look in zip(texts, looks, strict=True)
    )
    return f"<table:table-row>{inner or '<table:table-cell/>'}</table:table-row>".encode()


def _surplus(part: Block) -> pa.Array | str:
    """Cells beyond the header: behind the results, so that nothing shifts."""
    if not part.surplus:
        return ""
    tails = [""] * len(part.rows)
    for at, cells in part.surplus.items():
        row = _plain_row(cells, ["text"] * len(cells)).decode()
        tails[at] = row.removeprefix("<table:table-row>").removesuffix("</table:table-row>")
    return pa.array(tails, TEXT)


def _xml_text(cells: pa.Array) -> pa.Array:
    """Cells as the content of a paragraph: line breaks, tabs and runs of blanks have elements of their own."""
    cells = translated(escaped(fitting(cells)), PICTURED_CONTROLS)
    mask = rows_with(cells, _BLANKS)
    if mask is None:
        return cells
    special = pc.match_substring_regex(cells, r"^ | $|  |[\t\r\n]")
    if not special.true_count:
        return cells
    rewritten = [_paragraphs(text) for text in cells.filter(special).to_pylist()]
    return pc.replace_with_mask(cells, special, pa.array(rewritten, TEXT))


def _paragraphs(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _SPACES.sub(lambda run: f'<text:s text:c="{len(run[0])}"/>', text)
    return text.replace("\t", "<text:tab/>").replace("\n", "</text:p><text:p>")


def _escaped(message: str) -> str:
    return escape(message.translate(PICTURED_CONTROLS))


def _styles(column_widths: list[int]) -> str:
    """Every cell is of the text format; colours for the header, the statuses and wrong cells."""
    colours = {"wrong": WRONG, "header": HEADER, "result": RESULT_HEADER} | {
        str(status): STATUS_COLOURS[status] for status in Status
    }
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * 0.21:.2f}cm"/></style:style>'
        for width in sorted(set(column_widths))
    )
    cells = "".join(
        f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="N100">'
        f'<style:table-cell-properties fo:background-color="#{colour}"/>'
        + ('<style:text-properties fo:font-weight="bold"/>' if name in {"header", "result"} else "")
        + "</style:style>"
        for name, colour in colours.items()
    )
    return (
        '<number:text-style style:name="N100"><number:text-content/></number:text-style>'
        f'{columns}<style:style style:name="text" style:family="table-cell" style:data-style-name="N100"/>{cells}'
    )


def _columns(first: int, column_widths: list[int]) -> str:
    columns = "".join(
        f'<table:table-column table:style-name="w{width}" table:default-cell-style-name="text"/>'
        for width in column_widths
    )
    return (f'<table:table-column table:number-columns-repeated="{first}"/>' if first else "") + columns


def _document(kind: str, inner: str) -> str:
    return (
        f'{_XML}<office:document-{kind} {_NAMESPACES} office:version="1.3">{inner}</office:document-{kind}>'
    )


def _settings(name: str, header_row: int) -> str:
    """The frozen header: a view split below it."""
    if header_row > DEEPEST_FROZEN_ROW:
        return _document("settings", "<office:settings/>")
    split = "".join(
        f'<config:config-item config:name="{item}" config:type="{kind}">{value}</config:config-item>'
        for item, kind, value in (
            ("VerticalSplitMode", "short", 2),
            ("VerticalSplitPosition", "int", header_row),
            ("ActiveSplitRange", "short", 2),
            ("PositionBottom", "int", header_row),
        )
    )
    return _document(
        "settings",
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        '<config:config-item-map-named config:name="Tables">'
        f"<config:config-item-map-entry config:name={quoteattr(name)}>{split}</config:config-item-map-entry>"
        "</config:config-item-map-named></config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings>",
    )
