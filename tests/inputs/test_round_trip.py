"""Output → input → output is stable in every format; corrected in place, it sends only rows without a FreedomID."""

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from inputs.importing import Importing, decoded, read_table
from inputs.libreoffice import Job, convert

from importer.model import RESULT_COLUMNS
from importer.sandbox import Sandbox, SandboxOptions

TABLE = [
    ["п/п", "Телефон", "Фамилия", "Дата рождения", "Заметка", "Отчество"],
    ["1", "8 701 000-00-01", "Щукин", "31.12.1999", "as typed", "Ильич"],
    ["2", "8701", "Ли", "31.12.1999", "too short", ""],
    ["3", "+77010000003", "О'Коннор", "", "  outer blanks  ", "-"],
    ["4", "8(701)0000001", "Ким", "", 'quotes "and" ; , separators | here', ""],
    ["5", "+77010000005", "Пак", "31.02.1999", "two\nlines", ""],
    ["006", "'+77010000006", "Null", "01.01.1900", "007", "1.0"],
    ["7", "", "Цой", "", "=1+1", "@SUM(A1)"],
    ["8", "+77010000008", "-2+3", "", "+7 701 000 00 01, +7 702 000 00 02", "-5"],
]
STATUSES = ["created", "invalid", "created", "duplicate", "invalid", "created", "invalid", "created"]
CORRECTED = {"B3": "+77010000002", "B5": "+77010000004", "D6": "", "B8": "+77010000007"}


@dataclass(frozen=True)
class Text:
    """How a text file is written."""

    name: str
    delimiter: str = ","
    encoding: str = "utf-8"
    ending: str = "\r\n"
    quoting: int = csv.QUOTE_MINIMAL
    tail: bool = False
    above: str = ""


TEXTS = [
    Text("comma.csv"),
    Text("semicolon.csv", ";", "cp1251"),
    Text("marked.csv", ";", "utf-8-sig", quoting=csv.QUOTE_ALL),
    Text("bitrix.csv", ";", "utf-8-sig", "\n", csv.QUOTE_ALL, tail=True),
    Text("unicode.txt", "\t", "utf-16"),
    Text("tab.tsv", "\t", ending="\n"),
    Text("pipe.txt", "|", "cp866"),
    Text("koi8.csv", ";", "koi8-r", "\n"),
    Text("packed.csv.gz"),
    Text("packed.tsv.gz", "\t", "cp1251", "\n"),
    Text("banner.csv", ";", above="Клиенты;;;;;\r\n\r\n"),
]
BOOKS = ["book.xlsx", "book.xls", "book.ods"]


def write_text(path: Path, how: Text, table: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=how.delimiter, lineterminator=how.ending, quoting=how.quoting)
    writer.writerows(table)
    content = text.getvalue()
    if how.tail:
        lines = [line + how.delimiter for line in content.replace("two\nlines", "\0").split("\n")[:-1]]
        content = "\n".join(lines).replace("\0", "two\nlines") + "\n"
    raw = (how.above + content).encode(how.encoding)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)


def table_of(path: Path, how: Text) -> list[list[str]]:
    """The whole output, read by the dialect of its input."""
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode(how.encoding)
    text = text[text.index("п/п") - (how.quoting == csv.QUOTE_ALL) :]
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=how.delimiter))
    return [row[:-1] if how.tail else row for row in rows]


def split(table: list[list[str]]) -> tuple[list[list[str]], list[dict[str, str]]]:
    """Original cells and result cells; the result columns must be the last five."""
    assert tuple(table[0][-5:]) == RESULT_COLUMNS
    return [row[:-5] for row in table], [dict(zip(RESULT_COLUMNS, row[-5:], strict=True)) for row in table[1:]]


def statuses(results: list[dict[str, str]]) -> list[str]:
    return [result["import_status"] for result in results]


def with_apostrophes(cells: list[list[str]]) -> list[list[str]]:
    """Cells as a text output gives them back: what a spreadsheet would run has an apostrophe in front."""
    return [[f"'{cell}" if cell.startswith(("=", "@", "-2+")) else cell for cell in row] for row in cells]


@pytest.fixture
def fresh(tmp_path: Path):
    with Sandbox(SandboxOptions()) as sandbox:
        yield Importing(sandbox, tmp_path)


def again(results: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the next import says about rows that have a FreedomID now."""
    return [
        result | {"import_status": "already_imported"} if result["import_status"] == "created" else result
        for result in results
    ]


@pytest.mark.parametrize("how", TEXTS, ids=lambda how: how.name)
def test_a_text_output_is_a_stable_input_and_its_corrected_rows_alone_are_sent(fresh, tmp_path, how):
    path, home = tmp_path / how.name, tmp_path / "home"
    write_text(path, how, TABLE)
    first = Path(fresh.run(path, home=home).summary.output)
    originals, results = split(table_of(first, how))
    assert originals == with_apostrophes(TABLE)
    assert statuses(results) == STATUSES
    second = Path(fresh.run(first, home=home).summary.output)
    same, repeated = split(table_of(second, how))
    assert same == originals
    assert repeated == again(results)
    third = Path(fresh.run(second, home=home).summary.output)
    assert (gzip.decompress if how.name.endswith(".gz") else bytes)(third.read_bytes()) == (
        gzip.decompress if how.name.endswith(".gz") else bytes
    )(second.read_bytes())
    before = fresh.sandbox.stats()["requests"]
    table = table_of(third, how)
    for place, value in CORRECTED.items():
        table[int(place[1:]) - 1][ord(place[0]) - 65] = value
    write_text(tmp_path / f"mended.{how.name}", how, table)
    mended = Path(fresh.run(tmp_path / f"mended.{how.name}", home=home).summary.output)
    _, results = split(table_of(mended, how))
    assert statuses(results) == [
        "created" if status in {"invalid", "duplicate"} else "already_imported" for status in STATUSES
    ]
    assert fresh.sandbox.stats()["requests"] - before == 4
    assert all(result["freedom_id"] for result in results)


@pytest.mark.parametrize("how", TEXTS, ids=lambda how: how.name)
def test_the_rejected_file_holds_the_rows_to_mend_and_is_an_input_once_they_are(fresh, tmp_path, how):
    path, home = tmp_path / how.name, tmp_path / "home"
    write_text(path, how, TABLE)
    rejected = Path(fresh.run(path, home=home).summary.rejected)
    table = table_of(rejected, how)
    assert [row[0] for row in table] == ["п/п", "2", "4", "5", "7"]
    for row, place in zip(table[1:], CORRECTED.items(), strict=True):
        row[ord(place[0][0]) - 65] = place[1]
    write_text(rejected, how, table)
    imported = fresh.run(rejected, home=home)
    _, results = split(table_of(Path(imported.summary.output), how))
    assert statuses(results) == ["created"] * 4


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """The table as a workbook of each kind, saved by LibreOffice."""
    folder = tmp_path_factory.mktemp("books")
    book = openpyxl.Workbook()
    for row, line in enumerate(TABLE, start=1):
        for column, text in enumerate(line, start=1):
            if text:
                cell = book.active.cell(row, column, text)
                cell.data_type, cell.number_format = "s", "@"
    book.save(folder / "source.xlsx")
    convert(folder, [Job(folder / "source.xlsx", folder / name) for name in BOOKS])
    return folder


@pytest.mark.parametrize("name", [*BOOKS, "source.xlsx"])
def test_a_workbook_is_a_stable_input_and_its_corrected_rows_alone_are_sent(books, fresh, tmp_path, name):
    path, home = tmp_path / name, tmp_path / "home"
    path.write_bytes((books / name).read_bytes())
    before = read_table(path, header_row=1)
    first = Path(fresh.run(path, home=home).summary.output)
    assert first.suffix == path.suffix
    originals, results = split(read_table(first))
    assert originals == before
    assert originals == TABLE
    assert statuses(results) == STATUSES
    second = Path(fresh.run(first, home=home).summary.output)
    same, repeated = split(read_table(second))
    assert same == before
    assert repeated == again(results)
    third = Path(fresh.run(second, home=home).summary.output)
    assert read_table(third) == read_table(second)
    requests = fresh.sandbox.stats()["requests"]
    mended = tmp_path / f"mended{path.suffix}"
    cells = {place: f"'{value}" if value else "" for place, value in CORRECTED.items()}
    convert(books, [Job(third, mended, cells=cells)])
    _, results = split(read_table(Path(fresh.run(mended, home=home).summary.output)))
    assert all(result["freedom_id"] for result in results), results
    assert statuses(results).count("created") == fresh.sandbox.stats()["requests"] - requests == 4


@pytest.mark.parametrize("name", BOOKS)
def test_the_rejected_workbook_corrected_in_libreoffice_is_an_input(books, fresh, tmp_path, name):
    path, home = tmp_path / name, tmp_path / "home"
    path.write_bytes((books / name).read_bytes())
    rejected = Path(fresh.run(path, home=home).summary.rejected)
    assert [row[0] for row in read_table(rejected)] == ["п/п", "2", "4", "5", "7"]
    mended = tmp_path / f"mended{path.suffix}"
    places = zip(("B2", "B3", "D4", "B5"), CORRECTED.values(), strict=True)
    convert(books, [Job(rejected, mended, cells={place: f"'{value}" if value else "" for place, value in places})])
    _, results = split(read_table(Path(fresh.run(mended, home=home).summary.output)))
    assert statuses(results) == ["created"] * 4


def test_an_output_in_another_format_is_a_stable_input_too(fresh, tmp_path):
    home = tmp_path / "home"
    write_text(tmp_path / "users.csv", TEXTS[1], TABLE)
    output = tmp_path / "users.csv"
    for target in ("one.xlsx", "two.ods", "three.xls", "four.csv"):
        fresh.run(output, home=home, output=tmp_path / target)
        output = tmp_path / target
    originals, results = split(read_table(output))
    assert [[cell.removeprefix("'") for cell in row] for row in originals] == [
        [cell.removeprefix("'") for cell in row] for row in TABLE
    ]
    assert statuses(results) == ["already_imported" if status == "created" else status for status in STATUSES]
    assert decoded(output.read_bytes()).startswith("п/п")
