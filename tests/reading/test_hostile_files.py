"""Files made to take memory or time are refused in words, soon."""

import gzip
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from importer.errors import ImporterError, RefusedFile
from importer.mapping import header_score
from importer.reading import limits, open_table

HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
LAUGHS = '<!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def test_a_file_that_goes_away_while_it_is_opened_is_refused(tmp_path: Path):
    path = tmp_path / "users.csv"
    path.write_text("phone\n+77010000001\n", encoding="utf-8")

    def gone(cells):
        path.unlink(missing_ok=True)
        return header_score(cells)

    with pytest.raises(RefusedFile, match="no such file"):
        open_table(path, header_score=gone)


def test_an_endless_line_is_refused_with_its_number(read_bytes):
    with pytest.raises(RefusedFile, match="line 3"):
        read_bytes(b"phone\n1\n" + b"x" * (limits.MAX_LINE + limits.MIB))


def test_a_hundred_thousand_columns_are_refused(read_bytes):
    with pytest.raises(RefusedFile, match="100,000 columns"):
        read_bytes(",".join(f"c{number}" for number in range(100_000)) + "\n")
    with pytest.raises(RefusedFile, match="row 2 has 100,001 cells"):
        read_bytes("phone,email\n" + "," * 100_000 + "x\n")


@pytest.mark.parametrize("line", ['1,"a\n', '"a""b\n', '"""\n', '""""""x"\n'])
def test_endless_quotes_end(read_bytes, line):
    try:
        got = read_bytes("phone,email\n" + line * 150_000)
    except RefusedFile as refused:
        assert "quote marks are out of place" in str(refused)  # noqa: PT017 (both ends are fine)
    else:
        assert len(got.issues) == len(got.rows)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "cell", ["@" * 1_000_000, "a@" * 500_000, "a@" + "." * 1_000_000, "1.1.1 1" + " " * 1_000_000 + "x"]
)
def test_a_long_cell_near_the_top_is_looked_at_once(read_bytes, cell):
    assert read_bytes(f"phone,name\n+77011234567,{cell}\n").rows[2] == ["+77011234567", cell]


def test_a_gzip_bomb_is_refused(tmp_path: Path, reading):
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(80):
            file.write(b"87010000000,a@b.kz\n" * 55_000)
    with pytest.raises(RefusedFile, match="zip bomb"):
        reading(path)


@pytest.mark.parametrize("place", ["workbook", "sheet", "strings"])
def test_xml_entities_are_refused(raw_xlsx, reading, place):
    sheet = f'<worksheet><sheetData>{HEADER}<row r="2"><c r="A2" t="s"><v>0</v></c></row></sheetData></worksheet>'
    strings = "<sst><si><t>&b;</t></si></sst>"
    path = raw_xlsx(
        (LAUGHS if place == "sheet" else "") + sheet,
        (LAUGHS if place == "strings" else "") + strings,
        LAUGHS if place == "workbook" else "",
    )
    with pytest.raises(RefusedFile, match="XML entities"):
        reading(path)


def test_an_unknown_entity_is_never_read_as_text(raw_xlsx, reading):
    sheet = f'<worksheet><sheetData>{HEADER}<row r="2"><c r="A2" t="str"><v>&b;</v></c></row></sheetData></worksheet>'
    with pytest.raises(RefusedFile):
        reading(raw_xlsx(sheet))


def test_a_part_that_unpacks_without_end_is_refused(tmp_path: Path, reading, raw_xlsx):
    path = raw_xlsx("<worksheet/>")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("xl/big.xml", "w") as part:
        for _ in range(40):
            part.write(b" " * limits.MIB)
    content = path.read_bytes().replace(b"xl/styles.xml", b"xl/stylez.xml").replace(b"xl/big.xml", b"xl/big.xml")
    path.write_bytes(content)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file, file.open("xl/styles.xml", "w") as part:
        for _ in range(40):
            part.write(b" " * limits.MIB)
    with pytest.raises(RefusedFile, match="unpacks to more than"):
        reading(path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="1048576"><c r="XFE1048576"><v>1</v></c></row>', "column XFE"),
        ('<row r="9999999"><c r="A9999999"><v>1</v></c></row>', "row 9999999"),
        ('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>', "row 2"),
        ('<row r="2"><c r="A2" t="s"><v>7</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2"><v>1</c></row>', "damaged"),
        ('<row r="2"><c r="A2"><v><t>1</t></v></c></row>', "damaged"),
        ('<row r="2"><c r="A2" t="str"><v>&#xD800;</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2" t="str"><v>_xD800_</v></c></row>', "damaged"),
        ('<row r="2"><c r="A2" t="str"><v>&#0;</v></c></row>', "damaged"),
    ],
)
def test_cells_where_none_can_be_are_refused(raw_xlsx, reading, rows, words):
    with pytest.raises(RefusedFile, match=words):
        reading(raw_xlsx(f"<worksheet><sheetData>{HEADER}{rows}</sheetData></worksheet>"))


@pytest.mark.parametrize(
    ("row_repeat", "cell_repeat", "words"),
    [(2_000_000_000, 1, "repeats a row"), (1, 2_000_000_000, "repeats a cell"), (40_000, 1_500, "more than is read")],
)
def test_deep_repeats_of_an_ods_are_refused(raw_ods, reading, monkeypatch, row_repeat, cell_repeat, words):
    monkeypatch.setattr("importer.reading.workbook.sheet_store.MAX_SHEET_CELLS", 3_000_000)
    with pytest.raises(RefusedFile, match=words):
        reading(
            raw_ods(
                f'<table:table-row table:number-rows-repeated="{row_repeat}"><table:table-cell '
                f'office:value-type="string" table:number-columns-repeated="{cell_repeat}"><text:p>x</text:p>'
                "</table:table-cell></table:table-row>"
            )
        )


@pytest.mark.parametrize("seed", range(12))
def test_damaged_workbooks_end_in_words_or_in_rows(tmp_path: Path, raw_xlsx, reading, seed):
    sheet = f'<worksheet><sheetData>{HEADER}<row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
    content = bytearray(raw_xlsx(sheet).read_bytes())
    for step in range(6):
        content[(seed * 7919 + step * 104_729) % len(content)] ^= 1 << (seed + step) % 8
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(content)
    try:
        reading(path)
    except ImporterError as refused:
        assert refused.exit_code in {2, 3}  # noqa: PT017 (either end is fine, a traceback is not)


@pytest.mark.timeout(60)
def test_marks_that_never_end_are_looked_at_once(raw_xlsx, reading):
    assert not reading(raw_xlsx(f"<worksheet><sheetData>{HEADER} hidden={'<row ' * 200_000}")).rows


def test_cells_far_to_the_right_cost_nothing(raw_xlsx, reading):
    far = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="XFD{row}"><v>1</v></c></row>' for row in range(2, 3001)
    )
    header = '<row r="3001"><c r="A3001" t="inlineStr"><is><t>phone</t></is></c></row>'
    tracemalloc.start()
    reading(raw_xlsx(f"<worksheet><sheetData>{HEADER}{far}{header}</sheetData></worksheet>"), header_row=3001)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 * limits.MIB
