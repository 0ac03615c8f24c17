"""Workbooks as other programs write them: names in their namespaces, strict forms, other places, panics."""

import random
import struct
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import xlwt
from python_calamine import CalamineWorkbook
from xlwt.CompoundDoc import XlsDoc

from importer.errors import RefusedFile
from importer.reading.workbook import ole, xls_book
from importer.reading.workbook.ole import Container, workbook_alone

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DATES = (
    '<numFmts><numFmt numFmtId="164" formatCode="dd.mm.yyyy"/><numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts>'
)
STYLES = f'{DATES}<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="20"/></cellXfs>'
HEADER = '<row r="1"><c r="A1" t="str"><v>phone</v></c><c r="B1" t="str"><v>date_of_birth</v></c></row>'


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """A workbook whose parts lie in ``folder``, in the namespace ``main``."""

    def build(
        rows: str,
        folder: str = "xl/",
        main: str = MAIN,
        office: str = OFFICE,
        properties: str = "",
        styles: str = STYLES,
        extensions: str = "",
    ) -> Path:
        path = tmp_path / "forms.xlsx"
        relation = f'<Relationship Id="{{}}" Type="{office}/{{}}" Target="{{}}"/>'
        relations = f'<Relationships xmlns="{PACKAGE}/relationships">{{}}</Relationships>'
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
        types = f'<Override PartName="/{folder}workbook.xml" ContentType="{kind}"/>'
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types">{types}</Types>')
            root = relation.format("r1", "officeDocument", f"{folder}workbook.xml")
            file.writestr("_rels/.rels", relations.format(root))
            own = relation.format("r1", "worksheet", "a%20sheet.xml") + relation.format("r2", "styles", "styles.xml")
            own += '<Relationship Id="r3" Type="http://example.com/2030/relationships/styles" Target="other.xml"/>'
            file.writestr(f"{folder}_rels/workbook.xml.rels", relations.format(own))
            sheets = '<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
            spaces = f'xmlns="{main}" xmlns:r="{office}" xmlns:x14="{X14}"'
            file.writestr(f"{folder}workbook.xml", f"<workbook {spaces}>{properties}{sheets}{extensions}</workbook>")
            file.writestr(f"{folder}a sheet.xml", f"<worksheet {spaces}><sheetData>{rows}</sheetData></worksheet>")
            file.writestr(f"{folder}styles.xml", f"<styleSheet {spaces}>{styles}</styleSheet>")
        return path

    return build


BORN = HEADER + '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="1"><v>35063</v></c></row>'


@pytest.mark.parametrize(
    "extensions",
    [
        '<extLst><ext uri="{}"><x14:workbookPr defaultImageDpi="32767"/></ext></extLst>',
        '<extLst><ext><x14:workbookPr date1904="0"/></ext></extLst>',
        f'<extLst><ext><q:workbookPr xmlns:q="{X14}"/></ext></extLst>',
        f'<extLst><ext><workbookPr xmlns="{X14}"/></ext></extLst>',
        '<extLst><ext><x14:sheet name="Other" r:id="r1"/></ext></extLst>',
    ],
)
@pytest.mark.parametrize(("main", "office"), [(MAIN, OFFICE), (STRICT, STRICT_OFFICE)])
def test_an_extension_of_the_same_name_does_not_reset_1904(package, reading, extensions, main, office):
    path = package(BORN, main=main, office=office, properties='<workbookPr date1904="1"/>', extensions=extensions)
    assert reading(path).rows[2] == ["1", "1999-12-31"]


def test_an_extension_alone_does_not_set_1904(package, reading):
    path = package(BORN, extensions='<extLst><ext><x14:workbookPr date1904="1"/></ext></extLst>')
    assert reading(path).rows[2] == ["1", "1995-12-30"]


def test_formats_of_conditional_looks_and_extensions_are_not_those_of_cells(package, reading):
    more = '<numFmts><numFmt numFmtId="164" formatCode="0"/></numFmts>'
    dxfs = '<dxfs><dxf><numFmt numFmtId="164" formatCode="0"/></dxf></dxfs>'
    inner = more.replace("<", "<x14:").replace("<x14:/", "</x14:")
    ext = f"<extLst><ext><x14:cellXfs>{inner}</x14:cellXfs></ext></extLst>"
    assert reading(package(BORN, styles=STYLES + dxfs + ext)).rows[2] == ["1", "1995-12-30"]


def test_cells_of_an_extension_are_none(package, reading):
    foreign = f'<x14:c r="A3"><x14:v>9</x14:v></x14:c><c xmlns="{X14}" r="B3"><v>9</v></c>'
    foreign = f'<row r="3"><c r="A3"><v>2</v></c>{foreign}</row>'
    assert reading(package(BORN + foreign)).rows[3] == ["2", ""]


def test_an_attribute_of_an_extension_hides_nothing(package, reading):
    hidden = '<row r="3" x14:hidden="1"><c r="A3"><v>2</v></c></row><row r="4" hidden="1"><c r="A4"><v>3</v></c></row>'
    assert "1 hidden row" in reading(package(BORN + hidden)).warnings


@pytest.mark.parametrize("folder", ["", "book/", "a/b/", "XL/", "xl/"])
def test_parts_may_lie_anywhere(package, reading, folder):
    assert reading(package(BORN, folder=folder)).rows[2] == ["1", "1995-12-30"]


@pytest.mark.parametrize(
    "refer",
    [
        str.lower,
        str.upper,
        lambda name: "$" + name.lower()[0] + "$" + name[1:],
        lambda name: name.lower() if name[0] == "B" else name,
    ],
)
def test_references_in_small_letters_name_the_same_cells(package, reading, refer):
    cells = "".join(f'<c r="{refer(name)}"><v>{value}</v></c>' for name, value in (("B2", 2), ("D2", 4)))
    more = f'<row r="3"><c r="{refer("A3")}"><v>1</v></c><c r="C3"><v>3</v></c></row>'
    got = reading(package(f'{HEADER}<row r="2">{cells}</row>{more}'))
    assert got.rows == {2: ["", "2", "", "4"], 3: ["1", "", "3", ""]}


@pytest.mark.parametrize("reference", ["R2C1", "2", "A", "A-2", "", "АБ2"])
def test_a_reference_that_is_none_is_a_damaged_file(package, reading, reference):
    with pytest.raises(RefusedFile, match="damaged"):
        reading(package(f'{HEADER}<row r="2"><c r="{reference}"><v>1</v></c><c r="B2"><v>2</v></c></row>'))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2" t="inlineStr"><f>B1</f><is><t>Ann</t></is></c>', "Ann"),
        ('<c r="A2" t="inlineStr"><f>B1</f><v/><is><t>Ann</t></is></c>', "Ann"),
        ('<c r="A2" t="inlineStr"><is><r><t>A</t></r><r><t>nn</t></r></is></c>', "Ann"),
        ('<c r="A2" t="inlineStr"><v>Ann</v></c>', "Ann"),
        ('<c r="A2" t="str"><is><t>Ann</t></is></c>', "Ann"),
        ('<c r="A2"><is><t>Ann</t></is></c>', "Ann"),
        ('<c r="A2" t="str"><f t="shared" si="0"/><v>Ann</v></c>', "Ann"),
        ('<c r="A2" t="d" s="1"><v>1999-12-31T00:00:00.000</v></c>', "1999-12-31"),
        ('<c r="A2" t="d" s="1"><v>1999-12-31</v></c>', "1999-12-31"),
        ('<c r="A2" t="d"><v>1999-12-31T10:30:00Z</v></c>', "1999-12-31 10:30:00"),
        ('<c r="A2" t="d" s="3"><v>T10:30:00</v></c>', "10:30:00"),
        ('<c r="A2" t="d" s="3"><v>10:30:00.000</v></c>', "10:30:00"),
        ('<c r="A2" t="d" s="3"><v>1899-12-31T10:30:00.000</v></c>', "10:30:00"),
        ('<c r="A2" t="d" s="2"><v>1900-01-01T12:00:00.000</v></c>', "36:00:00"),
        ('<c r="A2" t="d" s="2"><v>1899-12-31T08:00:00</v></c>', "08:00:00"),
        ('<c r="A2" t="d" s="2"><v>PT36H15M</v></c>', "36:15:00"),
        ('<c r="A2" t="d" s="2"><v>P1DT12H</v></c>', "36:00:00"),
        ('<c r="A2" t="d"><v>soon</v></c>', "soon"),
        ('<c r="A2" s="2"><v>1.5</v></c>', "36:00:00"),
        ('<c r="A2" s="2"><v>100</v></c>', "2400:00:00"),
    ],
)
@pytest.mark.parametrize("main", [MAIN, STRICT])
def test_a_cell_says_what_a_person_sees(package, reading, cell, text, main):
    got = reading(package(f'{HEADER}<row r="2">{cell}<c r="B2"><v>1</v></c></row>', main=main))
    assert (got.rows, got.issues) == ({2: [text, "1"]}, [])


def test_an_inline_text_that_is_missing_leaves_a_formula_without_value(package, reading):
    got = reading(package(f'{HEADER}<row r="2"><c r="A2" t="inlineStr"><f>B1</f></c><c r="B2"><v>1</v></c></row>'))
    assert got.issues == [(2, "#0", "cell_formula")]


def test_a_format_for_texts_shows_what_it_adds(package, reading):
    code = '<numFmt numFmtId="164" formatCode="&quot;+7&quot;@"/>'
    styles = f'<numFmts>{code}</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs>'
    rows = HEADER + '<row r="2"><c r="A2" s="1" t="str"><v>7011234567</v></c></row>'
    assert reading(package(rows, styles=styles)).rows[2][0] == "+77011234567"


def old_stream(name: str = "Анна") -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row, cells in enumerate((["phone", "firstname"], ["87011234567", name])):
        for column, text in enumerate(cells):
            sheet.write(row, column, text)
    return book.get_biff_data()


@pytest.mark.parametrize("name", ["Workbook", "WORKBOOK", "workbook", "Book", "BOOK", "bOOk"])
def test_the_stream_of_an_old_workbook_may_be_named_in_any_case(tmp_path, reading, name):
    assert reading(renamed(tmp_path, name)).rows == {2: ["87011234567", "Анна"]}


@pytest.mark.parametrize(
    ("name", "says"),
    [("WordDocument", "Word"), ("worddocument", "Word"), ("MatOST", "Works"), ("NativeContent_MAIN", "Quattro"),
     ("Whatever", "no workbook"), ("EncryptedPackage", "password")],
)  # fmt: skip
def test_another_document_in_the_old_container_is_called_what_it_is(tmp_path, reading, name, says):
    with pytest.raises(RefusedFile, match=says):
        reading(renamed(tmp_path, name))


def renamed(folder: Path, name: str) -> Path:
    made = BytesIO()
    XlsDoc().save(made, old_stream())
    entry = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 18)
    other = name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)
    assert made.getvalue().count(entry) == 1
    path = folder / "old.xls"
    path.write_bytes(made.getvalue().replace(entry, other))
    return path


def test_a_workbook_that_another_one_embeds_is_not_read_in_its_place(tmp_path, reading):
    embedded = old_stream("Eve").ljust(8192, b"\0")
    content = workbook_alone(embedded + old_stream())
    none, folder = ole._NONE, len(content) - 8192

    def entry(name: str, *places: int, size: int = 8192) -> bytes:
        kind, left, child, start = places
        text = f"{name}\0".encode("utf-16-le")
        return ole._ENTRY.pack(text, len(text), kind, 1, left, none, child, start, size)

    entries = content[folder : folder + 128].replace(struct.pack("<I", 1), struct.pack("<I", 3), 1)
    entries += entry("Workbook", 2, none, none, 0) + entry("MBD1", 1, none, 1, 0)
    entries += entry("Workbook", 2, 2, none, 2)
    path = tmp_path / "old.xls"
    path.write_bytes(content[:folder] + entries + content[folder + len(entries) :])
    found = CalamineWorkbook.from_path(path).get_sheet_by_name("S").to_python()
    assert found[1][1] == "Eve", "calamine is not to be given what it can mistake"
    assert reading(path).rows == {2: ["87011234567", "Анна"]}


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097, 1021 * 4096, 1022 * 4096, 1022 * 4096 + 1, 9_000_000])
def test_a_workbook_alone_in_its_container_is_found_there_whatever_its_size(size):
    stream = random.Random(size).randbytes(size)
    container = Container(workbook_alone(stream))
    assert container.names == {"Workbook"}
    held = container.stream("Workbook")
    assert held[:size] == stream
    assert not held[size:].strip(b"\0")


def test_an_old_workbook_is_read_without_the_library_that_writes_them(tmp_path, reading, monkeypatch):
    path = renamed(tmp_path, "Workbook")
    for name in [name for name in sys.modules if name.split(".")[0] == "xlwt"]:
        monkeypatch.setitem(sys.modules, name, None)
    assert reading(path).rows == {2: ["87011234567", "Анна"]}


def test_a_panic_in_native_code_refuses_the_file(tmp_path, reading, monkeypatch):
    PanicException = type("PanicException", (BaseException,), {})  # noqa: N806 (the name in the library)

    class Panicking:
        @staticmethod
        def from_filelike(_: object) -> None:
            raise PanicException("index out of bounds")

    path = renamed(tmp_path, "Workbook")
    monkeypatch.setattr(xls_book, "CalamineWorkbook", Panicking)
    with pytest.raises(RefusedFile, match="damaged"):
        reading(path)
