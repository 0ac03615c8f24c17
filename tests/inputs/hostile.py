"""Files made to take memory or time: each builder writes one, in a light form for every day or a heavy one."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

MB = 1024 * 1024
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATION = '<Relationship Id="rId{}" Type="' + _OFFICE + '/{}" Target="{}"/>'
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_BOOK = f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
_HEAD = f'<worksheet {_MAIN}><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
_TAIL = "</sheetData></worksheet>"
_BOMB = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
    '<table:table table:name="S">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)
_ODS_CELL = '<table:table-cell office:value-type="string"{}><text:p>{}</text:p></table:table-cell>'
_ODS_HEADER = f"<table:table-row>{_ODS_CELL.format('', 'phone')}</table:table-row>"


class Hostile(NamedTuple):
    """A hostile file: its name, its builder (path, heavy), exit codes that are right, words of the message."""

    name: str
    build: Callable[[Path, bool], None]
    codes: tuple[int, ...] = (3,)
    words: str = ""


def pieces(text: str, times: int) -> Iterator[bytes]:
    block = text.encode() * max(1, MB // len(text))
    for _ in range(max(1, times * len(text) // len(block))):
        yield block


def xlsx(path: Path, sheet: Iterator[bytes], strings: str = "", book: str = _BOOK) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS.format(_RELATION.format(1, "officeDocument", "xl/workbook.xml")))
        parts = _RELATION.format(1, "worksheet", "worksheets/s.xml") + _RELATION.format(2, "sharedStrings", "t.xml")
        archive.writestr("xl/_rels/workbook.xml.rels", _RELATIONS.format(parts))
        archive.writestr("xl/workbook.xml", book)
        archive.writestr("xl/t.xml", strings or f"<sst {_MAIN}/>")
        with archive.open("xl/worksheets/s.xml", "w", force_zip64=True) as part:
            for piece in sheet:
                part.write(piece)


def ods(path: Path, rows: str, before: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", '<?xml version="1.0"?>' + before + _ODS.format(rows))


def long_cell(path: Path, heavy: bool) -> None:
    size = (2048 if heavy else 24) * MB
    start = _HEAD + '<row r="2"><c r="A2" t="inlineStr"><is><t>'
    xlsx(path, iter([start.encode(), *pieces("A", size), f"</t></is></c></row>{_TAIL}".encode()]))


def zip_bomb(path: Path, heavy: bool) -> None:
    """Blanks between the rows: nothing of it is a cell."""
    xlsx(path, iter([_HEAD.encode(), *pieces(" ", (3000 if heavy else 1100) * MB), _TAIL.encode()]))


def many_rows(path: Path, heavy: bool) -> None:
    """One long shared text in every row."""
    rows = 1_000_000 if heavy else 60_000
    cells = (f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>'.encode() for row in range(2, rows + 2))
    text = f"<sst {_MAIN}><si><t>{'B' * 32_000}</t></si></sst>"
    xlsx(path, iter([_HEAD.encode(), *cells, _TAIL.encode()]), text)


def entities_in_strings(path: Path, heavy: bool) -> None:
    xlsx(path, iter([(_HEAD + _TAIL).encode()]), f"{_BOMB}<sst {_MAIN}><si><t>&m;</t></si></sst>")


def entities_in_sheet(path: Path, heavy: bool) -> None:
    sheet = _BOMB + _HEAD + '<row r="2"><c r="A2" t="inlineStr"><is><t>&m;</t></is></c></row>' + _TAIL
    xlsx(path, iter([sheet.encode()]))


def entities_in_workbook(path: Path, heavy: bool) -> None:
    xlsx(path, iter([(_HEAD + _TAIL).encode()]), book=_BOMB + _BOOK.replace('name="S"', 'name="&m;"'))


def entities_in_ods(path: Path, heavy: bool) -> None:
    ods(path, _ODS_HEADER + f"<table:table-row>{_ODS_CELL.format('', '&m;')}</table:table-row>", _BOMB)


def external_entity(path: Path, heavy: bool) -> None:
    sheet = '<!DOCTYPE x [<!ENTITY m SYSTEM "file:///etc/passwd">]>' + _HEAD
    xlsx(path, iter([(sheet + '<row r="2"><c r="A2" t="inlineStr"><is><t>&m;</t></is></c></row>' + _TAIL).encode()]))


def nested_xlsx(path: Path, heavy: bool) -> None:
    depth = (300 if heavy else 3) * 100_000
    xlsx(path, iter([_HEAD.encode(), *pieces("<r>", depth), *pieces("</r>", depth), _TAIL.encode()]))


def nested_ods(path: Path, heavy: bool) -> None:
    depth = (50 if heavy else 3) * 100_000
    spans = "<text:span>" * depth + "x" + "</text:span>" * depth
    ods(path, _ODS_HEADER + f"<table:table-row>{_ODS_CELL.format('', spans)}</table:table-row>")


def repeats_ods(path: Path, heavy: bool) -> None:
    cell = _ODS_CELL.format(' table:number-columns-repeated="16384"', "x")
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    ods(path, _ODS_HEADER + row * (50 if heavy else 1))


def repeated_rows_ods(path: Path, heavy: bool) -> None:
    cell = _ODS_CELL.format("", "x" * 30_000)
    ods(path, _ODS_HEADER + f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>')


def blank_repeats_ods(path: Path, heavy: bool) -> None:
    """What LibreOffice itself writes below a table; the table above it is sound."""
    rows = _ODS_HEADER + f"<table:table-row>{_ODS_CELL.format('', '+77010000001')}</table:table-row>"
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    ods(path, f'{rows}<table:table-row table:number-rows-repeated="1048574">{blank}</table:table-row>')


def huge_repeats_ods(path: Path, heavy: bool) -> None:
    cell = _ODS_CELL.format(f' table:number-columns-repeated="{10**18}"', "x")
    ods(path, _ODS_HEADER + f'<table:table-row table:number-rows-repeated="{10**18}">{cell}</table:table-row>')


def wide_ods(path: Path, heavy: bool) -> None:
    cell = _ODS_CELL.format(' table:number-columns-repeated="100000"', "phone")
    ods(path, f"<table:table-row>{cell}</table:table-row>")


def wide_csv(path: Path, heavy: bool) -> None:
    count = 700_000 if heavy else 100_000
    path.write_text("phone" + ",c" * count + "\n+77010000001" + ",x" * count + "\n", encoding="utf-8")


def wide_xlsx(path: Path, heavy: bool) -> None:
    cells = "".join(f'<c r="{_letters(n)}2" t="inlineStr"><is><t>x</t></is></c>' for n in range(16_384))
    xlsx(path, iter([_HEAD.encode(), f'<row r="2">{cells}</row>'.encode(), _TAIL.encode()]))


def _letters(column: int) -> str:
    text = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        text = chr(65 + rest) + text
        column -= 1
    return text


def one_line(path: Path, heavy: bool) -> None:
    with path.open("wb") as file:
        file.write(b"phone,lastname\n+77010000001,")
        for piece in pieces("A", (1024 if heavy else 8) * MB):
            file.write(piece)


def one_line_of_nothing(path: Path, heavy: bool) -> None:
    with path.open("wb") as file:
        file.write(b"phone,lastname\n")
        file.truncate((4096 if heavy else 64) * MB)


def quotes_in_every_row(path: Path, heavy: bool) -> None:
    path.write_bytes(b"phone,lastname\n" + b'+77010000001,"Kim\n' * (1_000_000 if heavy else 20_000))


def only_quotes(path: Path, heavy: bool) -> None:
    path.write_bytes(b"phone,lastname\n" + b'"' * (200 if heavy else 8) * MB)


def quotes_by_line(path: Path, heavy: bool) -> None:
    path.write_bytes(b"phone,lastname\n" + b'"\n' * (2_000_000 if heavy else 60_000))


def endless_cell(path: Path, heavy: bool) -> None:
    """A quoted cell with line breaks that goes on and on."""
    with path.open("wb") as file:
        file.write(b'phone,lastname\n+77010000001,"')
        for piece in pieces("A line of an endless cell\n", int((2048 if heavy else 1.2) * MB) // 26):
            file.write(piece)


def gzip_bomb(path: Path, heavy: bool) -> None:
    member = gzip.compress(b"phone,lastname\n" + b"0,\n" * 5_000_000, compresslevel=9)
    path.write_bytes(member * (600 if heavy else 5))


def gzip_line(path: Path, heavy: bool) -> None:
    squeezer = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts = [squeezer.compress(piece) for piece in pieces("0", (10_000 if heavy else 200) * MB)]
    path.write_bytes(b"".join([*parts, squeezer.flush()]))


def lying_zip(path: Path, heavy: bool) -> None:
    """The directory says that the sheet is short; it is not."""
    xlsx(path, iter([_HEAD.encode(), *pieces(" ", 200 * MB), _TAIL.encode()]))
    content = bytearray(path.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(content)


HOSTILE = [
    Hostile("long_cell.xlsx", long_cell, words="cell"),
    Hostile("zip_bomb.xlsx", zip_bomb),
    Hostile("lying.xlsx", lying_zip),
    Hostile("one_text_everywhere.xlsx", many_rows, words="more than is read"),
    Hostile("entities_in_strings.xlsx", entities_in_strings),
    Hostile("entities_in_sheet.xlsx", entities_in_sheet),
    Hostile("entities_in_workbook.xlsx", entities_in_workbook),
    Hostile("entities.ods", entities_in_ods),
    Hostile("external_entity.xlsx", external_entity),
    Hostile("nested.xlsx", nested_xlsx),
    Hostile("nested.ods", nested_ods, (1, 3)),
    Hostile("repeats.ods", repeats_ods, words="rows"),
    Hostile("repeated_rows.ods", repeated_rows_ods),
    Hostile("blank_repeats.ods", blank_repeats_ods, (0,)),
    Hostile("huge_repeats.ods", huge_repeats_ods),
    Hostile("wide.ods", wide_ods, words="columns"),
    Hostile("wide.xlsx", wide_xlsx, (1, 3)),
    Hostile("wide.csv", wide_csv, words="columns"),
    Hostile("one_line.csv", one_line, words="longer than"),
    Hostile("nothing.csv", one_line_of_nothing, words="longer than"),
    Hostile("quotes_in_every_row.csv", quotes_in_every_row, (1, 3)),
    Hostile("only_quotes.csv", only_quotes, words="longer than"),
    Hostile("quotes_by_line.csv", quotes_by_line, (1, 3)),
    Hostile("endless_cell.csv", endless_cell, (1, 3)),
    Hostile("bomb.csv.gz", gzip_bomb, words="unpacks"),
    Hostile("line.csv.gz", gzip_line, words="longer than"),
]
