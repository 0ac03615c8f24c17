"""The parts of a new .ods around its rows: styles, widths, filter and frozen header (OpenDocument 1.3)."""

from typing import Final
from xml.sax.saxutils import quoteattr

from importer.model import Status
from importer.writing.workbook_look import DEEPEST_FROZEN_ROW, HEADER, RESULT_HEADER, STATUS_COLOURS, WRONG

MIME: Final = "application/vnd.oasis.opendocument.spreadsheet"

_PREFIXES: Final = {
    "office": "office",
    "table": "table",
    "text": "text",
    "style": "style",
    "number": "datastyle",
    "fo": "xsl-fo-compatible",
    "config": "config",
    "manifest": "manifest",
}
_NAMESPACES: Final = 'xmlns:ooo="http://openoffice.org/2004/office" ' + " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for prefix, name in _PREFIXES.items()
)
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_CENTIMETRES_PER_CHARACTER: Final = 0.21
MANIFEST: Final = (
    f'{_XML}<manifest:manifest {_NAMESPACES} manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIME}" manifest:version="1.3"/>'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{part}.xml" manifest:media-type="text/xml"/>'
        for part in ("content", "styles", "settings")
    )
    + "</manifest:manifest>"
)


def opening(name: str, first_column: int, column_widths: list[int]) -> str:
    """content.xml up to the first row of its one table."""
    return (
        f'{_XML}<office:document-content {_NAMESPACES} office:version="1.3">'
        f"<office:automatic-styles>{_styles(column_widths)}</office:automatic-styles>"
        f"<office:body><office:spreadsheet><table:table table:name={quoteattr(name)}>"
        f"{_columns(first_column, column_widths)}"
    )


def closing(name: str, first: str, last: str) -> str:
    """content.xml from the last row on, with the filter from the first cell to the last."""
    sheet = "'" + name.replace("'", "''") + "'"
    target = quoteattr(f"{sheet}.{first}:{sheet}.{last}")
    return (
        "</table:table><table:database-ranges>"
        '<table:database-range table:name="__Anonymous_Sheet_DB__0" table:display-filter-buttons="true" '
        f"table:target-range-address={target}/>"
        "</table:database-ranges></office:spreadsheet></office:body></office:document-content>"
    )


def document(kind: str, inner: str) -> str:
    """A small document of the package: "styles" or "settings"."""
    return f'{_XML}<office:document-{kind} {_NAMESPACES} office:version="1.3">{inner}</office:document-{kind}>'


def _styles(column_widths: list[int]) -> str:
    """Every cell is of the text format; colours for the header, the statuses and wrong cells."""
    colours = {"wrong": WRONG, "header": HEADER, "result": RESULT_HEADER} | {
        str(status): STATUS_COLOURS[status] for status in Status
    }
    columns = "".join(
        f'<style:style style:name="w{width}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * _CENTIMETRES_PER_CHARACTER:.2f}cm"/>'
        "</style:style>"
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


def settings(name: str, header_row: int) -> str:
    """The frozen header: a view split below it."""
    if header_row > DEEPEST_FROZEN_ROW:
        return document("settings", "<office:settings/>")
    split = "".join(
        f'<config:config-item config:name="{item}" config:type="{kind}">{value}</config:config-item>'
        for item, kind, value in (
            ("VerticalSplitMode", "short", 2),
            ("VerticalSplitPosition", "int", header_row),
            ("ActiveSplitRange", "short", 2),
            ("PositionBottom", "int", header_row),
        )
    )
    return document(
        "settings",
        '<office:settings><config:config-item-set config:name="ooo:view-settings">'
        '<config:config-item-map-indexed config:name="Views"><config:config-item-map-entry>'
        '<config:config-item config:name="ViewId" config:type="string">view1</config:config-item>'
        '<config:config-item-map-named config:name="Tables">'
        f"<config:config-item-map-entry config:name={quoteattr(name)}>{split}</config:config-item-map-entry>"
        "</config:config-item-map-named></config:config-item-map-entry></config:config-item-map-indexed>"
        "</config:config-item-set></office:settings>",
    )
