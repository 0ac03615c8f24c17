"""A rejected file that a person has mended comes back: nothing is sent that the first file did not say."""

import csv
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.commands import Commands, read_rows

from importer.planning.refused_rows import RowPrints
from importer.sandbox import Sandbox
from importer.settings import load

HEADER = ["phone", "firstname", "lastname", "date_of_birth", "identifier", "gender", "email"]
GOOD = {"phone": "+77011234567", "firstname": "Анна", "lastname": "Ли", "identifier": "0123456789", "gender": "F"}

Row = dict[str, str]
Edit = Callable[[list[Row]], list[Row]]


def write(path: Path, rows: list[Row], header: list[str] | None = None) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header or HEADER, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def mended(path: Path, edit: Edit) -> Path:
    rows = read_rows(path)
    return write(path, edit(rows), list(rows[0]))


def numbered(place: int) -> Row:
    """Another phone for each row of a table."""
    return {"phone": f"+770100001{place:02d}"}


def each(**changes: str) -> Edit:
    return lambda rows: [row | changes for row in rows]


def codes(path: Path) -> list[str]:
    return [row["import_error_code"] or row["import_status"] for row in read_rows(path)]


@pytest.fixture
def first_run(importer: Commands, sandbox: Sandbox, tmp_path: Path) -> Callable[..., Path]:
    """Import rows; the path of the rejected file."""
    del sandbox

    def run(*rows: Row, options: tuple[str, ...] = (), code: int = 1) -> Path:
        ended = importer("run", write(tmp_path / "users.csv", [GOOD | row for row in rows]), *options)
        assert ended.code == code, ended.err
        return tmp_path / "users.rejected.csv"

    return run


@pytest.fixture
def second_run(importer: Commands, tmp_path: Path) -> Callable[..., list[str]]:
    """Import the rejected file; what the output says of each row: its error's code or its status."""

    def run(path: Path, *options: str) -> list[str]:
        importer("run", path, *options)
        return codes(tmp_path / f"{path.stem}.result{path.suffix}")

    return run


def test_the_rejected_file_names_each_rows_number_in_the_original(first_run, tmp_path):
    rejected = first_run({"gender": "both"}, {"phone": "+77010000001"}, {"phone": "8701"})
    assert [row["import_row"] for row in read_rows(rejected)] == ["2", "4"]
    assert "import_row" not in read_rows(tmp_path / "users.result.csv")[0]


def test_the_number_in_the_original_stays_in_the_rejected_file_of_a_rejected_file(first_run, second_run, tmp_path):
    rejected = first_run({"phone": "+77010000001"}, {"gender": "both"}, {"phone": "8701"})
    second_run(mended(rejected, lambda rows: [rows[0] | {"gender": "F"}, rows[1]]))
    (row,) = read_rows(tmp_path / "users.rejected.rejected.csv")
    assert (row["import_row"], row["phone"]) == ("4", "8701")
    assert list(row).count("import_row") == 1


def test_beside_a_rejected_csv_stands_the_same_as_a_workbook_of_texts_and_the_summary_recommends_it(
    importer, sandbox, tmp_path
):
    import openpyxl

    ended = importer("run", write(tmp_path / "users.csv", [GOOD | {"phone": "+84912673868", "gender": "both"}]))
    book = tmp_path / "users.rejected.xlsx"
    assert str(book) in ended.out
    header, row = openpyxl.load_workbook(book).active.iter_rows(values_only=True)
    rows = [dict(zip(header, ("" if cell is None else cell for cell in row), strict=True))]
    assert rows == read_rows(tmp_path / "users.rejected.csv")
    assert all(isinstance(cell, str) for cell in row if cell is not None)


def test_the_workbook_of_rejected_rows_goes_when_nothing_is_left_to_mend(importer, sandbox, tmp_path):
    users = write(tmp_path / "users.csv", [GOOD | {"gender": "both"}])
    importer("run", users)
    write(users, [GOOD])
    importer("run", users)
    assert not list(tmp_path.glob("users.rejected*"))


def test_lost_digits_do_not_come_back_as_zeros(first_run, second_run, sandbox):
    rejected = first_run({"phone": "7.70112E+10"}, {"phone": "7.70113E+10"}, {"identifier": "9.00101E+11"}, code=1)
    became = [{"phone": "77011200000"}, {"phone": "77011345678"}, {"identifier": "900101000000"}]
    found = second_run(mended(rejected, lambda rows: [one | to for one, to in zip(rows, became, strict=True)]))
    assert found == ["cell_digits_lost", "created", "cell_digits_lost"]
    assert [user["phone"] for user in sandbox.users()] == ["+77011345678"]


DAMAGE = {
    "a foreign phone without its plus": ({"phone": "+84912673868"}, {"phone": "84912673868"}),
    "a German phone without its plus": ({"phone": "+4930126619"}, {"phone": "4930126619"}),
    "an identifier of 12 digits without one zero": ({"identifier": "012345678901"}, {"identifier": "12345678901"}),
    "an identifier without two zeros": ({"identifier": "001231300123"}, {"identifier": "1231300123"}),
    "an identifier without three zeros": ({"identifier": "000231300123"}, {"identifier": "231300123"}),
    "an identifier in short form": ({"identifier": "991231300123"}, {"identifier": "9,9123E+11"}),
    "an identifier that is gone": ({"identifier": "991231300123"}, {"identifier": ""}),
    "a name that was cut": ({"firstname": "Александра"}, {"firstname": "Алекс"}),
    "a phone that was cut to another one": ({"phone": "+447911123456"}, {"phone": "+44791112345"}),
    "a surname that is gone": ({"lastname": "Иванова"}, {"lastname": ""}),
    "a date that is gone": ({"date_of_birth": "1985-05-14"}, {"date_of_birth": ""}),
}


def test_a_row_with_fewer_characters_in_a_cell_that_was_not_wrong_is_refused(first_run, second_run, sandbox):
    rejected = first_run(
        *(numbered(place) | was | {"gender": "both"} for place, (was, _) in enumerate(DAMAGE.values()))
    )
    became = [became for _, became in DAMAGE.values()]
    found = second_run(
        mended(rejected, lambda rows: [one | {"gender": "F"} | to for one, to in zip(rows, became, strict=True)])
    )
    told = {
        "cell_shortened",
        "cell_digits_lost",
        "phone_no_code",
        "phone_not_valid",
        "identifier_digits_lost",
        "phone_pattern",
    }
    assert {case: code for case, code in zip(DAMAGE, found, strict=True) if code not in told} == {}
    assert sandbox.users() == []


def test_the_refusal_of_a_shortened_cell_says_what_it_was(first_run, second_run, tmp_path):
    second_run(mended(first_run({"phone": "+84912673868", "gender": "both"}), each(gender="F", phone="84912673868")))
    (row,) = read_rows(tmp_path / "users.rejected.result.csv")
    assert "did you mean '+84912673868'" in row["import_error"]


RIGHT = {
    "a phone that reads the same without its plus": ({"phone": "+77013334455"}, {"phone": "77013334455"}),
    "a phone that reads the same without its blanks": ({"phone": "8 (701) 555-66-77"}, {"phone": "87015556677"}),
    "a date as the spreadsheet shows it": ({"date_of_birth": "1985-05-14"}, {"date_of_birth": "14.05.1985"}),
    "a date without a zero": ({"date_of_birth": "14.05.1985"}, {"date_of_birth": "14.5.1985"}),
    "a name without its outer blanks": ({"firstname": " Анна  "}, {"firstname": "Анна"}),
    "a longer surname": ({"lastname": "Иванов"}, {"lastname": "Иванова"}),
    "another phone of the same length": ({"phone": "+77012223344"}, {"phone": "+77012223345"}),
    "nothing but the wrong cell": ({}, {}),
    "an identifier that got its zero": ({"identifier": "12345678901"}, {"identifier": "012345678901"}),
}


def test_a_row_whose_other_cells_still_say_the_same_or_were_corrected_is_sent(first_run, second_run):
    cases = [numbered(place) | was | {"gender": "both"} for place, (was, _) in enumerate(RIGHT.values())]
    became = [became for _, became in RIGHT.values()]
    found = second_run(
        mended(
            first_run(*cases), lambda rows: [one | {"gender": "F"} | to for one, to in zip(rows, became, strict=True)]
        )
    )
    assert dict(zip(RIGHT, found, strict=True)) == dict.fromkeys(RIGHT, "created")


WRONG_ONE = {
    "a phone": ({"phone": "+8701123456789123456"}, {"phone": "+77011234567"}),
    "a gender": ({"gender": "женщина 35"}, {"gender": "F"}),
    "a date": ({"date_of_birth": "2099-12-31 00:00"}, {"date_of_birth": "1999-12-31"}),
    "a date that is cleared": ({"date_of_birth": "1985-02-30"}, {"date_of_birth": ""}),
    "a date with a zero too many": ({"date_of_birth": "019850514"}, {"date_of_birth": "19850514"}),
    "an identifier that is cleared": ({"identifier": "9,9123E+11"}, {"identifier": ""}),
}


def test_the_wrong_cell_may_become_shorter(first_run, second_run):
    rejected = first_run(*(numbered(place) | was for place, (was, _) in enumerate(WRONG_ONE.values())))
    became = [became for _, became in WRONG_ONE.values()]
    found = second_run(mended(rejected, lambda rows: [one | to for one, to in zip(rows, became, strict=True)]))
    assert dict(zip(WRONG_ONE, found, strict=True)) == dict.fromkeys(WRONG_ONE, "created")


def test_where_the_whole_row_was_wrong_a_phone_without_its_plus_is_not_sent_as_another_persons(
    importer, sandbox, second_run, tmp_path
):
    users, rejected = tmp_path / "users.csv", tmp_path / "users.rejected.csv"
    users.write_text("phone,firstname\n+6562345678,Анна,one too many\n+6562345679,Берик\n", encoding="utf-8")
    importer("run", users, "--region", "US")
    text = rejected.read_text(encoding="utf-8").replace("+656", "656").replace("one too many", "")
    rejected.write_text(text, encoding="utf-8")
    assert second_run(rejected, "--region", "US") == ["cell_shortened"]
    assert [user["phone"] for user in sandbox.users()] == ["+6562345679"]


@pytest.mark.parametrize(("email", "code"), [("anna@gmaill.com", "created"), ("anna@example.com", "cell_shortened")])
def test_a_cell_that_was_warned_of_may_become_shorter_too(first_run, second_run, email, code):
    rejected = first_run({"gender": "both", "email": email})
    assert second_run(mended(rejected, each(gender="F", email="anna@gmail.com"))) == [code]


def test_a_row_of_which_no_cell_is_as_it_was_is_compared_with_the_run_of_the_others(first_run, second_run):
    short, long = {"firstname": "Ян", "lastname": "Ли"}, {"firstname": "Александра", "lastname": "Иванова-Петрова"}
    files = []
    for place, names in enumerate((short, long, short)):  # an older run, the file's, a newer one
        one = {"phone": f"+7701000000{place}", "email": f"a{place}@example.com", "gender": "both"}
        other = names | {"phone": f"+7701000001{place}", "identifier": f"{place}234567890", "gender": "both"}
        rejected = first_run(one, other)
        files.append(rejected.read_bytes())
    rejected.write_bytes(files[1])
    new = {"firstname": "Мария", "lastname": "Ким", "phone": "+77010000020", "identifier": "3456789012"}
    edited = mended(rejected, lambda rows: [rows[0] | {"gender": "F"}, rows[1] | new | {"gender": "F"}])
    assert second_run(edited) == ["created", "cell_shortened"]


def test_a_cell_that_is_meant_to_be_shorter_is_sent_when_the_row_is_called_new(first_run, second_run):
    rejected = first_run({"gender": "both", "lastname": "Иванова-Петрова"})
    edit = each(gender="F", lastname="Иванова", import_row="")
    assert second_run(mended(rejected, edit)) == ["created"]


def test_without_the_result_columns_it_is_a_new_file(first_run, importer, tmp_path):
    rejected = first_run({"gender": "both", "phone": "+84912673868"})
    rows = [{name: row[name] for name in HEADER} | {"gender": "F", "lastname": "Л"} for row in read_rows(rejected)]
    assert importer("run", write(tmp_path / "new.csv", rows)).code == 0


def test_an_uncorrected_duplicate_stays_one_and_gets_nobodys_freedom_id(first_run, second_run, tmp_path):
    rejected = first_run({}, {"firstname": "Берик"})
    assert second_run(rejected) == ["phone_duplicate"]
    (row,) = read_rows(tmp_path / "users.rejected.result.csv")
    assert (row["import_status"], row["freedom_id"]) == ("duplicate", "")
    assert "row 2 of the original" in row["import_error"]
    assert row["import_error"].count("the same phone as in another row") == 1


def test_a_duplicate_whose_name_or_spelling_was_changed_is_one_still(first_run, second_run):
    phones = ["+77011234567", "8 701 123 45 68", "77011234569"]
    first = [{"phone": f"+7701123456{digit}"} for digit in (7, 8, 9)]
    rejected = first_run(*first, *(row | {"firstname": "Берик"} for row in first))
    edit = lambda rows: [one | {"firstname": "Бауыржан", "phone": to} for one, to in zip(rows, phones, strict=True)]  # noqa: E731 (one use)
    assert second_run(mended(rejected, edit)) == ["phone_duplicate"] * 3


def test_a_duplicate_with_a_corrected_phone_is_created(first_run, second_run):
    rejected = first_run({}, {"firstname": "Берик"})
    assert second_run(mended(rejected, each(phone="+77010000002"))) == ["created"]


def test_a_later_row_that_was_wrong_in_something_else_too_does_not_get_the_first_ones_id(first_run, second_run):
    rejected = first_run({}, {"firstname": "Берик", "gender": "both"})
    assert second_run(mended(rejected, each(gender="M"))) == ["phone_duplicate"]


def test_the_first_row_corrected_is_created_and_its_twin_stays_a_duplicate(first_run, second_run):
    rejected = first_run({"gender": "both"}, {"firstname": "Берик"})
    edited = mended(rejected, lambda rows: [rows[0] | {"gender": "F"}, rows[1]])
    assert second_run(edited) == ["created", "phone_duplicate"]


def test_of_a_duplicate_that_comes_back_beside_its_twin_it_is_said_once_that_it_is_one(first_run, second_run, tmp_path):
    second_run(first_run({"gender": "both"}, {"firstname": "Берик"}))
    error = read_rows(tmp_path / "users.rejected.result.csv")[1]["import_error"]
    assert error.count("the same phone as in another row") == 1


def test_of_a_duplicate_that_is_wrong_in_something_else_too_both_are_said(first_run):
    (row,) = read_rows(first_run({}, {"gender": "both"}))
    assert "the same phone as in another row" in row["import_error"]
    assert "'both'" in row["import_error"]


def test_a_duplicate_that_comes_back_in_the_whole_result_without_its_twin_stays_one(first_run, second_run, tmp_path):
    first_run({}, {"firstname": "Берик"})
    result = mended(tmp_path / "users.result.csv", lambda rows: rows[1:])
    assert second_run(result) == ["phone_duplicate"]


def test_an_ambiguous_date_stays_so_without_its_neighbours(first_run, second_run):
    both = [{"phone": f"+7701000000{digit}", "date_of_birth": date} for digit, date in enumerate(
        ["25/12/1990", "12/25/1990"]
    )]  # fmt: skip
    rejected = first_run(*both, {"phone": "8701", "date_of_birth": "02/04/1982"})
    rows = read_rows(rejected)
    assert rows[-1]["import_row"] == "4"
    edit = lambda rows: [rows[-1] | {"phone": "+77017654321"}]  # noqa: E731 (one use)
    assert second_run(mended(rejected, edit)) == ["date_of_birth_ambiguous"]


@pytest.mark.parametrize("other", ["12/25/1990", "25.12.1990", "1990-12-25"])
def test_a_date_is_not_read_as_another_day_because_other_rows_are_gone(first_run, second_run, sandbox, other):
    rejected = first_run(
        {"phone": "+77010000001", "date_of_birth": "25/12/1990"},
        {"phone": "8701", "date_of_birth": "02/04/1982"},
        {"phone": "8702", "date_of_birth": other},
    )
    edit = lambda rows: [  # noqa: E731 (one use)
        row | {"phone": f"+7701765432{place}"} for place, row in enumerate(rows) if row["import_row"] in {"3", "4"}
    ]
    before = len(sandbox.users())
    second_run(mended(rejected, edit))
    born = [user["body"].get("date_of_birth") for user in sandbox.users()[before:]]
    assert "1982-02-04" not in born


def test_a_date_that_was_right_is_refused_where_a_corrected_neighbour_makes_another_day_of_it(first_run, second_run):
    dates = ["25/12/1990", "02/04/1982", "1990"]
    genders = ["F", "both", "both"]
    cells = enumerate(zip(dates, genders, strict=True))
    rejected = first_run(
        *(numbered(place) | {"date_of_birth": day, "gender": gender} for place, (day, gender) in cells)
    )
    corrected = ["02/04/1982", "12/25/1990"]
    edit = lambda rows: [row | {"gender": "F", "date_of_birth": day} for row, day in zip(rows, corrected, strict=True)]  # noqa: E731 (one use)
    assert second_run(mended(rejected, edit)) == ["cell_reads_differently", "created"]


def test_the_order_that_a_person_tells_decides_an_ambiguous_date(first_run, second_run):
    rejected = first_run({"date_of_birth": "02/04/1982"})
    assert second_run(rejected) == ["date_of_birth_ambiguous"]
    assert second_run(rejected, "--date-order", "dmy") == ["created"]


TURNED = ["1999-02-01", "1998-04-03", "1997-05-06", "31/12/1999", "30/11/1998", "25/10/1997"]


@pytest.mark.parametrize(
    ("corrected", "options", "became"),
    [
        ("1999-02-01", (), "date_of_birth_turned"),
        ("1999-02-01", ("--date-order", "dmy"), "date_of_birth_turned"),
        ("1999-02-01", ("--date-order", "ymd"), "created"),
        ("1999-01-02", (), "created"),
        ("2 января 1999", (), "created"),
    ],
)
def test_a_turned_date_stays_so_without_the_cells_that_showed_it(first_run, second_run, corrected, options, became):
    rejected = first_run(*(numbered(place) | {"date_of_birth": day} for place, day in enumerate(TURNED)))
    edit = lambda rows: [rows[0] | {"date_of_birth": corrected}]  # noqa: E731 (one use)
    assert second_run(mended(rejected, edit), *options) == [became]


def test_an_ambiguous_date_written_out_is_no_turned_one(first_run, second_run):
    rejected = first_run({"date_of_birth": "02/04/1982"})
    assert second_run(mended(rejected, each(date_of_birth="1982-04-02"))) == ["created"]


def test_a_freedom_id_of_ours_with_another_phone_is_refused(importer, sandbox, second_run, tmp_path):
    importer("run", write(tmp_path / "users.csv", [GOOD, GOOD | {"phone": "+77010000001"}]))
    result = mended(tmp_path / "users.result.csv", lambda rows: [rows[0] | {"phone": "+77017654321"}, rows[1]])
    assert second_run(result) == ["freedom_id_phone_changed", "already_imported"]
    assert len(sandbox.users()) == 2


def test_a_freedom_id_that_is_not_ours_says_nothing(importer, sandbox, second_run, tmp_path):
    importer("run", write(tmp_path / "users.csv", [GOOD]))
    stranger = "11111111-2222-4333-8444-555555555555"
    change = {"phone": "+77017654321", "freedom_id": stranger}
    assert second_run(mended(tmp_path / "users.result.csv", each(**change))) == ["created"]


@pytest.mark.parametrize("command", ["validate", "run"])
def test_checking_says_of_a_file_that_comes_back_what_a_run_would(first_run, importer, command):
    rejected = first_run({}, {"firstname": "Берик"}, {"phone": "+84912673868", "gender": "both"})
    mended(rejected, lambda rows: [rows[0], rows[1] | {"gender": "F", "phone": "84912673868"}])
    statuses = importer(command, rejected, "--json").json["statuses"]
    assert {name: count for name, count in statuses.items() if count} == {"duplicate": 1, "invalid": 1}
    if command == "run":
        error = read_rows(rejected.with_name("users.rejected.result.csv"))[0]["import_error"]
        assert "row 2 of the original file, and it is as it was" in error


@pytest.mark.parametrize(
    ("option", "told_apart"),
    [({"region": "RU"}, {"phone"}), ({"date_order": "mdy"}, {"date_of_birth"}), ({}, set())],
)
def test_a_cell_that_was_wrong_is_wrong_again_only_where_it_is_read_alike(
    option: dict[str, str], told_apart: set[str]
) -> None:
    rows = SimpleNamespace(short_hash_of=lambda what, text: f"{what} {text}".encode())
    as_before = {"region": "KZ", "date_order": "dmy"}
    before, now = RowPrints(rows, load(as_before)), RowPrints(rows, load(as_before | option))
    fields = ("phone", "date_of_birth")
    assert {field for field in fields if before.reading_of(field) != now.reading_of(field)} == told_apart
