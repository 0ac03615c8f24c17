import datetime as dt
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pandera.errors
import pytest
import python_calamine

from importer.cleaning import Decisions, clean
from importer.mapping import header_score, map_columns, select
from importer.model import ISSUE_COLUMNS, empty_issues
from importer.reading import open_table
from importer.validation.example_row_check import example_rows
from importer.writing.template_workbook import country_names, write_template
from schemas.fields import EXAMPLE_MARK, FIELDS
from schemas.iso3166 import ALPHA_3
from schemas.template import EXAMPLE_ROW, is_example
from schemas.user import user_schema


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "users.xlsx"
    write_template(path)
    return path


@pytest.fixture(scope="module")
def sheet(template: Path) -> Any:
    return openpyxl.load_workbook(template).worksheets[0]


def raw_rows(*rows: dict[str, str]) -> pd.DataFrame:
    index = pd.Index(range(2, 2 + len(rows)), dtype="int64", name="row")
    return pd.DataFrame(
        [[row.get(name, "") for name in FIELDS] for row in rows], index=index, columns=list(FIELDS), dtype="str"
    )


def validation(sheet: Any, column: str) -> Any:
    (rule,) = (rule for rule in sheet.data_validations.dataValidation if f"{column}2" in rule.sqref)
    return rule


def test_the_nine_columns_map_by_their_names(sheet: Any) -> None:
    assert tuple(cell.value for cell in sheet[1]) == FIELDS
    assert sheet.freeze_panes == "A2"


def test_every_column_but_the_date_is_text_and_the_date_is_a_date(sheet: Any) -> None:
    formats = {name: sheet.column_dimensions[chr(65 + place)].number_format for place, name in enumerate(FIELDS)}
    assert formats.pop("date_of_birth") == "yyyy-mm-dd"
    assert set(formats.values()) == {"@"}


def test_every_column_has_a_hint_in_both_languages(sheet: Any) -> None:
    for cell in sheet[1]:
        assert any("a" <= letter <= "z" for letter in cell.comment.text)
        assert any("а" <= letter <= "я" for letter in cell.comment.text)


def test_gender_and_country_are_chosen_from_lists_of_what_the_api_takes(template: Path, sheet: Any) -> None:
    assert validation(sheet, "H").formula1 == '"M,F"'
    assert validation(sheet, "G").formula1 == f"'Countries · Страны'!$A$2:$A${len(ALPHA_3) + 1}"
    listed = python_calamine.CalamineWorkbook.from_path(template).get_sheet_by_name("Countries · Страны").to_python()
    assert listed[1][:3] == ["KAZ", "Kazakhstan", "Казахстан"]
    assert {row[0] for row in listed[1:]} == ALPHA_3


def test_every_country_has_a_name_in_each_language() -> None:
    for code, *names in country_names():
        assert all(len(name) > 2 for name in names), code


def test_the_spreadsheet_itself_checks_phones_and_dates_down_to_its_last_row(sheet: Any) -> None:
    phone, date = validation(sheet, "A"), validation(sheet, "E")
    assert phone.type == "custom"
    assert str(phone.sqref) == "A2:A1048576"
    assert phone.formula1.startswith('AND(LEFT(A2,1)="+",LEN(A2)>10,LEN(A2)<17')
    assert (date.type, date.operator or "between", date.formula2) == ("date", "between", "TODAY()")
    for rule in sheet.data_validations.dataValidation:
        assert rule.prompt
        assert rule.error


def test_the_example_row_is_recognised_as_the_reader_gives_it(template: Path) -> None:
    rows = python_calamine.CalamineWorkbook.from_path(template).get_sheet_by_index(0).to_python()
    found = raw_rows(dict(zip(FIELDS, map(str, rows[1]), strict=True)), {"phone": "+77011112233", "firstname": "Ким"})
    assert len(rows) == 2
    assert found.loc[2].to_dict() == EXAMPLE_ROW
    issues = example_rows(found)
    assert issues.to_dict("records") == [
        {"row": 2, "field": "", "code": "row_example", "severity": "error", "value": "", "detail": ""}
    ]
    assert tuple(issues.columns) == ISSUE_COLUMNS
    assert issues.dtypes.to_dict() == empty_issues().dtypes.to_dict()


@pytest.mark.parametrize("changed", FIELDS)
def test_a_row_typed_over_the_example_is_not_passed_over(changed: str) -> None:
    rows = raw_rows(EXAMPLE_ROW | {changed: "+77011112233"}, {})
    assert not is_example(rows).any()
    assert example_rows(rows)["code"].tolist() == ["row_example_left"]


@pytest.mark.parametrize("left", FIELDS)
def test_a_row_that_has_any_value_of_the_example_left_is_refused_and_told_which(left: str) -> None:
    own = {"phone": "+77011112233", "firstname": "Анна", "email": "user@example.com", "country": "KAZ", "gender": "F"}
    issues = example_rows(raw_rows(own | {left: EXAMPLE_ROW[left]}, own))
    if left == "phone":  # a placeholder that others write too: the schema refuses it, wherever it comes from
        assert issues.empty
    else:
        assert issues[["row", "code", "detail"]].to_numpy().tolist() == [[2, "row_example_left", left]]


@pytest.mark.parametrize("around", ["{}  ", "'{}", " '{}\u00a0", "\t{}\n"])
def test_the_example_is_known_with_blanks_and_an_apostrophe_around(around: str) -> None:
    written = around.format(EXAMPLE_ROW["email"])
    issues = example_rows(raw_rows({"phone": "+77011112233", "firstname": "Анна", "email": written}, {}))
    assert issues["detail"].tolist() == ["email"]


@pytest.mark.parametrize("date", ["31.12.1900", "12/31/1900", "31/12/1900"])
def test_the_example_is_known_from_a_text_file_too(date: str) -> None:
    assert is_example(raw_rows(EXAMPLE_ROW | {"date_of_birth": date, "nationality": ""})).all()


def test_the_example_alone_would_break_the_schema() -> None:
    """Even if it were not recognised, its phone is nobody's."""
    fields = raw_rows(dict(EXAMPLE_ROW))
    with pytest.raises(pandera.errors.SchemaErrors, match="phone"):
        user_schema("2030-01-01").validate(fields, lazy=True)


def test_the_first_sheet_is_the_one_to_fill_in_and_the_help_does_not_look_like_it(template: Path) -> None:
    workbook = openpyxl.load_workbook(template)
    assert workbook.sheetnames[0] == "Users"
    for other in workbook.worksheets[1:]:
        assert all(len({cell.value for cell in row} & set(FIELDS)) <= 1 for row in other.iter_rows())
    assert any(EXAMPLE_MARK in str(cell.value) for cell in workbook.worksheets[0][2])


def test_the_template_may_be_read_by_others_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"old")
    before = os.umask(0o022)
    try:
        write_template(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert zipfile.is_zipfile(path)


def test_what_a_person_fills_in_goes_through_without_a_note(template: Path, tmp_path: Path) -> None:
    """Through the real reader, mapping and cleaner; the date is entered as a date, as spreadsheets do."""
    workbook = openpyxl.load_workbook(template)
    filled = (
        "+77011112233",
        "anna@example.com",
        "Айгерим",
        "Ким",
        dt.date(1999, 12, 31),
        None,
        "KAZ",
        "F",
        "Kazakhstan",
    )
    for column, cell in enumerate(filled, start=1):
        if cell is not None:
            workbook.worksheets[0].cell(3, column).value = cell
    path = tmp_path / "filled.xlsx"
    workbook.save(path)
    table = open_table(path, header_score=header_score)
    (chunk,) = table.chunks()
    mapping = map_columns(table.header, column_letter=table.column_letter, sample=chunk)
    raw, issues = select(chunk, mapping)
    cleaned = clean(raw, Decisions(today="2030-01-01"))
    assert issues.empty
    assert is_example(raw).tolist() == [True, False]
    assert cleaned.issues[cleaned.issues["row"] == 3].empty
    assert cleaned.fields.loc[3, "date_of_birth"] == "1999-12-31"
    assert user_schema("2030-01-01").validate(cleaned.fields.loc[[3]], lazy=True) is not None
