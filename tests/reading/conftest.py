"""Builders for input files and a view of what was read from them."""

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from importer.messages.kept_sentences import heard
from importer.reading import open_table
from importer.reading.table import Dialect, ReadOptions

KNOWN = {"phone", "email", "firstname", "lastname", "date_of_birth", "телефон", "имя", "фамилия"}


def known_names(cells: Sequence[str]) -> int:
    return sum(cell.strip().lower() in KNOWN for cell in cells)


@dataclass
class Read:
    header: tuple[str, ...]
    rows: dict[int, list[str]]
    issues: list[tuple[int, str, str]]
    details: dict[int, str]
    surplus: dict[int, tuple[str, ...]]
    dialect: Dialect
    findings: str
    warnings: str
    letters: list[str]


def read(path: Path, size: int = 65_536, **options: str | int) -> Read:
    table = open_table(path, ReadOptions(**options), header_score=known_names)  # type: ignore[arg-type]
    rows: dict[int, list[str]] = {}
    issues: list[tuple[int, str, str]] = []
    details: dict[int, str] = {}
    surplus: dict[int, tuple[str, ...]] = {}
    for chunk in table.chunks(size):
        assert len(chunk.cells) <= size
        assert chunk.cells.index.name == "row"
        assert str(chunk.cells.index.dtype) == "int64"
        assert {str(kind) for kind in chunk.cells.dtypes} <= {"str"}
        assert not chunk.cells.isna().to_numpy().any()
        assert set(chunk.issues["severity"]) <= {"error"}
        rows |= dict(zip(chunk.cells.index.tolist(), chunk.cells.to_numpy().tolist(), strict=True))
        issues += list(zip(chunk.issues["row"].tolist(), chunk.issues["field"], chunk.issues["code"], strict=True))
        details |= dict(zip(chunk.issues["row"].tolist(), map(heard, chunk.issues["detail"]), strict=True))
        surplus |= chunk.surplus
    assert list(rows) == sorted(rows)
    table.close()
    return Read(
        table.header,
        rows,
        issues,
        details,
        surplus,
        table.dialect,
        "; ".join(finding.text for finding in table.findings),
        "; ".join(finding.text for finding in table.findings if finding.warning),
        [table.column_letter(position) for position in range(len(table.header))],
    )


@pytest.fixture
def reading() -> Callable[..., Read]:
    return read


@pytest.fixture
def read_bytes(tmp_path: Path) -> Callable[..., Read]:
    def write_and_read(content: bytes | str, name: str = "users.csv", size: int = 65_536, **options: str | int) -> Read:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, size, **options)

    return write_and_read


TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text", "style")
)
RELATIONS = (
    '<Relationships><Relationship Id="r1" Type="{types}/{kind}" Target="{target}"/>'
    '<Relationship Id="r2" Type="{types}/sharedStrings" Target="strings.xml"/>'
    '<Relationship Id="r3" Type="{types}/styles" Target="styles.xml"/></Relationships>'
)
HEADER_ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'


@pytest.fixture
def raw_xlsx(tmp_path: Path) -> Callable[..., Path]:
    """Writes an .xlsx out of XML as given: what no library would write."""

    def build(sheet: str, strings: str = "<sst></sst>", prolog: str = "", styles: str = "<styleSheet/>") -> Path:
        path = tmp_path / "raw.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("[Content_Types].xml", "<Types/>")
            file.writestr("_rels/.rels", RELATIONS.format(kind="officeDocument", target="xl/workbook.xml", types=TYPES))
            file.writestr(
                "xl/workbook.xml",
                prolog + '<workbook><sheets><sheet name="S" q:id="r1" xmlns:q="' + TYPES + '"/></sheets></workbook>',
            )
            file.writestr(
                "xl/_rels/workbook.xml.rels", RELATIONS.format(kind="worksheet", target="sheet1.xml", types=TYPES)
            )
            file.writestr("xl/sheet1.xml", sheet)
            file.writestr("xl/strings.xml", strings)
            file.writestr("xl/styles.xml", styles)
        return path

    return build


@pytest.fixture
def raw_ods(tmp_path: Path) -> Callable[..., Path]:
    """Writes an .ods with these rows below a header row "phone", and what is said of its columns."""

    def build(rows: str, columns: str = "") -> Path:
        path = tmp_path / "raw.ods"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            file.writestr(
                "content.xml",
                f'<d {ODF} xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
                f'<table:table table:name="S">{columns}'
                '<table:table-row><table:table-cell office:value-type="string"><text:p>phone</text:p>'
                f"</table:table-cell></table:table-row>{rows}</table:table></d>",
            )
        return path

    return build
