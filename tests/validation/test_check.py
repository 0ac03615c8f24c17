import pandas as pd
import pytest

from importer.cleaning import Cleaned, Decisions, clean
from importer.errors import Defect
from importer.model import ISSUE_COLUMNS, empty_issues
from importer.validation.check import check

TODAY = Decisions(today="2025-06-01")
GOOD = {"phone": "+77011234567"}


def codes(issues: pd.DataFrame, severity: str = "error") -> list[tuple[int, str]]:
    chosen = issues[issues["severity"] == severity].sort_values(["row", "code"])
    return list(zip(chosen["row"].tolist(), chosen["code"].tolist(), strict=True))


def test_all_errors_of_all_cells_of_a_row_come_at_once(raw_rows):
    bad = {"phone": "8701", "email": "a@b,kz", "date_of_birth": "31.02.1999", "country": "Нарния", "gender": "2"}
    assert codes(check(clean(raw_rows(GOOD, bad), TODAY))) == [
        (3, "country_unknown"),
        (3, "date_of_birth_calendar"),
        (3, "email_format"),
        (3, "gender_number"),
        (3, "phone_pattern"),
    ]


def test_the_cleaners_explanation_stands_in_place_of_the_schemas(raw_rows):
    issues = check(clean(raw_rows({"phone": "+8 701 123 45 67"}), TODAY))
    (issue,) = issues.to_dict("records")
    assert issue == {
        "row": 2,
        "field": "phone",
        "code": "phone_trunk_prefix",
        "severity": "error",
        "value": "+8 701 123 45 67",
        "detail": "+77011234567",
    }


def test_an_explanation_alone_makes_no_error_because_the_schema_judges(raw_rows):
    cleaned = clean(raw_rows({"phone": "8701"}, {"phone": "8702"}), TODAY)
    mended = clean(raw_rows(GOOD, {"phone": "8702"}), TODAY).fields
    assert codes(check(Cleaned(mended, cleaned.issues, cleaned.today))) == [(3, "phone_pattern")]


def test_blank_phones_are_missing_and_never_duplicates(raw_rows):
    assert codes(check(clean(raw_rows({}, {}), TODAY))) == [(2, "phone_missing"), (3, "phone_missing")]


def test_notes_and_warnings_of_the_cleaner_are_passed_on(raw_rows):
    issues = check(clean(raw_rows({"phone": "87011234567"}, {"phone": "+1234567890"}), TODAY))
    assert codes(issues, "note") == [(2, "phone_cleaned")]
    assert codes(issues, "warning") == [(3, "phone_doubtful")]


def test_a_cell_that_the_reader_found_wrong_keeps_that_error_alone(raw_rows):
    read = pd.DataFrame(
        [(2, "phone", "cell_digits_lost", "error", "7.70112E+10", "")], columns=list(ISSUE_COLUMNS)
    ).astype(dict.fromkeys(ISSUE_COLUMNS[1:], "str"))
    raw = raw_rows({"phone": "7.70112E+10", "gender": "2"}, {"phone": "8701"})
    assert codes(check(clean(raw, TODAY), read)) == [
        (2, "cell_digits_lost"),
        (2, "gender_number"),
        (3, "phone_pattern"),
    ]


def test_a_clean_chunk_has_no_issues(raw_rows):
    issues = check(clean(raw_rows(GOOD), TODAY))
    assert len(issues) == 0
    assert list(issues) == list(ISSUE_COLUMNS)


def test_a_frame_of_another_shape_is_a_defect_and_says_nothing_of_the_cells(raw_rows):
    fields = clean(raw_rows(GOOD), TODAY).fields.drop(columns="gender")
    with pytest.raises(Defect) as caught:
        check(Cleaned(fields, empty_issues(), "2025-06-01"))
    assert "7701" not in str(caught.value)


def with_a_hole(fields: pd.DataFrame) -> pd.DataFrame:
    return fields.assign(email=pd.Series([None], index=fields.index, dtype="str"))


def with_numbers(fields: pd.DataFrame) -> pd.DataFrame:
    return fields.assign(phone=[77011234567])


def with_a_further_column(fields: pd.DataFrame) -> pd.DataFrame:
    return fields.assign(patronymic="x")


@pytest.mark.parametrize("spoiled", [with_a_hole, with_numbers, with_a_further_column])
def test_a_check_without_an_outcome_for_every_row_is_a_defect_and_never_valid(raw_rows, spoiled):
    fields = spoiled(clean(raw_rows(GOOD), TODAY).fields)
    with pytest.raises(Defect) as caught:
        check(Cleaned(fields, empty_issues(), "2025-06-01"))
    assert "7701" not in str(caught.value)
    assert caught.value.__cause__ is None
