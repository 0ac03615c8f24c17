"""Dates that a spreadsheet turned round, on their way out to a person and back: each is looked at by somebody."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from inputs.libreoffice import Job, convert
from support.commands import Commands, read_rows

from importer.sandbox import Sandbox

AS_CELLS = ["1999-02-01", "1998-04-03", "1997-05-06", "1996-07-08", "1995-09-10"]
AS_TEXT = ["31/12/1999", "30/11/1998", "25/10/1997", "13/09/1996", "28/08/1995"]
TURNED = "date_of_birth_turned"
WITH_DOTS = ["01.02.1999", "03.04.1998", "06.05.1997", "08.07.1996", "10.09.1995"]
MONTH_FIRST = ["12/31/1999", "11/30/1998", "10/25/1997", "9/13/1996", "8/28/1995"]
TURNED_DOTS = f"{TURNED}_dots"


def born(sandbox: Sandbox) -> list[str]:
    return sorted(day for user in sandbox.users() if (day := user["body"].get("date_of_birth")))


def codes(path: Path) -> list[str]:
    return [row["import_error_code"] or row["import_status"] for row in read_rows(path)]


def put(path: Path, days: Iterable[str], *, gender: str = "F") -> Path:
    lines = (f"+770100000{place:02d},{day},{gender}\n" for place, day in enumerate(days))
    path.write_text("phone,dob,gender\n" + "".join(lines), encoding="utf-8")
    return path


def replaced(path: Path, changes: dict[str, str]) -> None:
    """Change the first occurrence of each text, as somebody does in an editor of texts: dates stand before errors."""
    content = path.read_text(encoding="utf-8")
    for was, text in changes.items():
        content = content.replace(f",{was},", f",{text},", 1)
    path.write_text(content, encoding="utf-8")


@pytest.fixture
def rejected(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Path:
    """What was refused of ten dates: the five that were turned round."""
    del sandbox
    assert importer("run", put(tmp_path / "users.csv", [*AS_CELLS, *AS_TEXT])).code == 1
    path = tmp_path / "users.rejected.csv"
    assert codes(path) == [TURNED] * 5
    return path


@pytest.mark.parametrize("locale", ["ru-RU", "en-GB", "en-US", "de-DE", "kk-KZ"])
def test_a_turned_date_that_a_spreadsheet_wrote_in_its_own_way_was_looked_at_by_nobody(
    importer: Commands, rejected: Path, sandbox: Sandbox, tmp_path: Path, locale: str
) -> None:
    """The spreadsheet writes all dates as its locale does, whatever somebody mends in it."""
    saved = tmp_path / "saved.csv"
    convert(tmp_path, [Job(rejected, saved, cells={"C2": "M"})], locale)
    written = [row["dob"] for row in read_rows(saved)]
    importer("run", saved)
    assert codes(tmp_path / "saved.result.csv") == [TURNED] * 5, written
    assert not set(born(sandbox)) & set(AS_CELLS)


@pytest.mark.parametrize(
    ("text", "became"),
    [
        ("01.02.1999", TURNED),
        ("1.2.99", TURNED),
        ("1999/02/01", TURNED),
        ("1999-02-01 00:00:00", TURNED),
        ("01/02/1999", TURNED),
        ("2/1/1999", TURNED),  # a spreadsheet that expects the month first wrote it
        ("02.01.1999", "created"),
        ("1999-01-02", "created"),
        ("2 янв 1999", "created"),
        ("1 февраля 1999", "created"),  # somebody looked at it, and it is right
        ("", "created"),
    ],
)
def test_a_turned_date_is_mended_where_its_cell_says_another_day_or_names_the_month(
    importer: Commands, rejected: Path, sandbox: Sandbox, tmp_path: Path, text: str, became: str
) -> None:
    replaced(rejected, {AS_CELLS[0]: text})
    importer("run", rejected)
    assert codes(tmp_path / "users.rejected.result.csv") == [became, *[TURNED] * 4]
    assert not set(born(sandbox)) & (set(AS_CELLS) - ({AS_CELLS[0]} if "февраля" in text else set()))


@pytest.mark.parametrize(
    ("text", "order", "became"),
    [
        ("02/01/1999", "dmy", "created"),
        ("01/02/1999", "dmy", TURNED),
        ("2/1/1999", "mdy", TURNED),
        ("1/2/1999", "mdy", "created"),
    ],
)
def test_how_slashes_are_read_is_told_by_a_person(
    importer: Commands, rejected: Path, tmp_path: Path, text: str, order: str, became: str
) -> None:
    replaced(rejected, {AS_CELLS[0]: text})
    importer("run", rejected, "--date-order", order)
    assert codes(tmp_path / "users.rejected.result.csv") == [became, *[TURNED] * 4]


def test_short_years_in_front_do_not_say_that_turned_dates_are_right(
    importer: Commands, rejected: Path, tmp_path: Path
) -> None:
    replaced(rejected, {AS_CELLS[0]: "85-05-14"})
    importer("run", rejected)
    assert codes(tmp_path / "users.rejected.result.csv") == ["created", *[TURNED] * 4]


def test_what_was_told_of_a_date_outlives_a_cell_that_cannot_be_read(
    importer: Commands, rejected: Path, tmp_path: Path
) -> None:
    replaced(rejected, {AS_CELLS[0]: "36192"})  # a spreadsheet's number of that day
    importer("run", rejected)
    again = tmp_path / "users.rejected.rejected.csv"
    assert codes(again)[0] == "date_of_birth_number"
    replaced(again, {"36192": "1999-02-01"})
    importer("run", again)
    assert codes(tmp_path / "users.rejected.rejected.result.csv") == [TURNED] * 5


def typed_as_dates(path: Path, target: Path) -> Path:
    """A workbook in which the first two turned dates were put right: a spreadsheet makes date cells of them."""
    book = openpyxl.load_workbook(path)
    for row, day in ((2, date(1999, 1, 2)), (3, date(1998, 3, 4))):
        book.active.cell(row, 2).value = day
        book.active.cell(row, 2).number_format = "dd.mm.yyyy"
    book.save(target)
    return target


def test_a_date_that_was_put_right_stays_so_among_the_others(
    importer: Commands, rejected: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    mended = typed_as_dates(rejected.with_suffix(".xlsx"), tmp_path / "mended.xlsx")
    importer("run", mended)
    assert {"1999-01-02", "1998-03-04"} < set(born(sandbox))
    assert importer("merge", tmp_path / "users.result.csv", tmp_path / "mended.result.xlsx").code == 1
    path, users = tmp_path / "users.merged.csv", len(sandbox.users())
    for again in range(3):  # each output is an input again
        importer("run", path, "-o", tmp_path / f"again{again}.csv")
        path = tmp_path / f"again{again}.csv"
        assert codes(path) == ["already_imported"] * 2 + [TURNED] * 3 + ["already_imported"] * 5
    assert len(sandbox.users()) == users
    note = read_rows(path)[0]["import_note"]
    assert note.count("1999-02-01 / 1999-01-02") == 1
    assert not read_rows(path)[5]["import_note"].count(" / ")


def test_a_date_that_was_put_right_in_the_list_itself_is_not_asked_about_again(
    importer: Commands, rejected: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    importer("run", tmp_path / "users.csv", "-o", tmp_path / "list.xlsx")
    mended = typed_as_dates(tmp_path / "list.xlsx", tmp_path / "mended.xlsx")
    importer("run", mended, "-o", tmp_path / "out.csv")
    assert codes(tmp_path / "out.csv") == ["created"] * 2 + [TURNED] * 3 + ["already_imported"] * 5
    assert {"1999-01-02", "1998-03-04"} < set(born(sandbox))


@pytest.mark.parametrize("text", ["02/01/1999", "02.01.1999", "2 января 1999"])
def test_one_date_put_right_in_the_file_itself_lets_the_others_not_pass(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, text: str
) -> None:
    importer("run", put(tmp_path / "users.csv", [text, *AS_CELLS[1:], *AS_TEXT]))
    assert codes(tmp_path / "users.result.csv") == ["created", *[TURNED] * 4, *["created"] * 5]
    assert not set(born(sandbox)) & set(AS_CELLS)


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
@pytest.mark.parametrize(
    ("texts", "order"), [([], ["--date-order", "dmy"]), (["1999-02-01", "1998-04-03", "1997-06-05"], [])]
)
def test_a_date_that_was_left_out_as_ambiguous_is_sent_once_its_order_is_told_or_it_is_written_as_asked(
    importer: Commands, sandbox: Sandbox, tmp_path: Path, language: str, texts: list[str], order: list[str]
) -> None:
    days, result = ["01/02/1999", "03/04/1998", "05/06/1997"], tmp_path / "users.result.csv"
    said = "--optional", "drop", "--language", language
    assert importer("run", put(tmp_path / "users.csv", days), *said).code == 0
    assert born(sandbox) == []
    replaced(result, dict(zip(days, texts, strict=False)))
    importer("run", result, "--update", *said, *order)
    importer("run", result, "--update", "--accept-updates", *said, *order)
    assert born(sandbox) == ["1997-06-05", "1998-04-03", "1999-02-01"]


@pytest.fixture
def rejected_dots(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Path:
    """What was refused of ten dates: the five that a spreadsheet wrote day first, with dots."""
    assert importer("run", put(tmp_path / "users.csv", [*WITH_DOTS, *MONTH_FIRST])).code == 1
    assert born(sandbox) == ["1995-08-28", "1996-09-13", "1997-10-25", "1998-11-30", "1999-12-31"]
    path = tmp_path / "users.rejected.csv"
    assert codes(path) == [TURNED_DOTS] * 5
    return path


def test_a_turned_date_with_dots_that_a_spreadsheet_made_a_date_cell_of_was_looked_at_by_nobody(
    importer: Commands, rejected_dots: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    saved, before = tmp_path / "saved.xlsx", born(sandbox)
    convert(tmp_path, [Job(rejected_dots, saved, cells={"C2": "M"})], "ru-RU")
    importer("run", saved, "-o", tmp_path / "out.csv")
    assert codes(tmp_path / "out.csv") == [TURNED_DOTS] * 5
    assert born(sandbox) == before


@pytest.mark.parametrize(
    ("text", "options", "became"),
    [
        ("01.02.1999", (), TURNED_DOTS),
        ("1.2.99", (), TURNED_DOTS),
        ("1999-02-01", (), TURNED_DOTS),
        ("01/02/1999", (), TURNED_DOTS),
        ("02.01.1999", (), "created"),
        ("2 янв 1999", (), "created"),
        ("1 февраля 1999", (), "created"),
        ("01.02.1999", ("--date-order", "dmy"), "created"),
        ("1999-02-01", ("--date-order", "dmy"), "created"),
        ("01.02.1999", ("--date-order", "mdy"), "created"),
        ("1999-02-01", ("--date-order", "mdy"), TURNED_DOTS),
    ],
)
def test_a_turned_date_with_dots_is_mended_where_its_cell_says_another_day_or_the_order_is_told(
    importer: Commands, rejected_dots: Path, tmp_path: Path, text: str, options: tuple[str, ...], became: str
) -> None:
    replaced(rejected_dots, {WITH_DOTS[0]: text})
    importer("run", rejected_dots, *options)
    assert codes(tmp_path / "users.rejected.result.csv")[0] == became


def test_the_order_of_the_others_puts_all_dates_with_dots_right(
    importer: Commands, rejected_dots: Path, sandbox: Sandbox
) -> None:
    before = born(sandbox)
    assert importer("run", rejected_dots, "--date-order", "mdy").code == 0
    assert set(born(sandbox)) - set(before) == {"1999-01-02", "1998-03-04", "1997-06-05", "1996-08-07", "1995-10-09"}


def test_a_date_with_dots_that_was_put_right_stays_so_among_the_others(
    importer: Commands, rejected_dots: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    users = len(sandbox.users())
    replaced(rejected_dots, {"01.02.1999": "02.01.1999", "03.04.1998": "4 марта 1998"})
    importer("run", rejected_dots, "-o", tmp_path / "mended.csv")
    assert codes(tmp_path / "mended.csv") == ["created"] * 2 + [TURNED_DOTS] * 3
    assert {"1999-01-02", "1998-03-04"} < set(born(sandbox))
    assert importer("merge", tmp_path / "users.result.csv", tmp_path / "mended.csv").code == 1
    path = tmp_path / "users.merged.csv"
    for again in range(2):  # each output is an input again
        importer("run", path, "-o", tmp_path / f"again{again}.csv")
        path = tmp_path / f"again{again}.csv"
        assert codes(path) == ["already_imported"] * 2 + [TURNED_DOTS] * 3 + ["already_imported"] * 5
    assert len(sandbox.users()) == users + 2
