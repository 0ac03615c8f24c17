import json
import re
from pathlib import Path

import pandas as pd
import pytest

import importer
from importer.cleaning import Decisions, clean
from importer.messages.kept_issues import in_words, notes_in_words, remembered
from importer.messages.sentences import messages
from importer.messages.wording import LEFT_OUT, headline, template
from importer.model import ISSUE_COLUMNS, empty_issues
from importer.validation.check import check
from schemas.fields import FIELDS

CODE = re.compile(rf'f?"((?:{"|".join(FIELDS)}|\{{field\}}|row|cell)_[a-z_]+)"')
BARE_VALUE = "'{value}'|: {detail}"
NO_CODES = {"row_count_hint", "date_of_birth", "row_number", "row_shape_of", "cell_value"}


def issues_of(*records: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(list(records), columns=list(ISSUE_COLUMNS))
    return frame.astype(dict.fromkeys(ISSUE_COLUMNS[1:], "str"))


def describe(field: str) -> str:
    return 'column C "Телефон"' if field == "phone" else ""


def known(code: str) -> bool:
    """Whether a code has words of its own."""
    return template(code.removesuffix(LEFT_OUT)) != BARE_VALUE


def codes_in_the_sources() -> set[str]:
    root = Path(importer.__file__).parent
    sources = [
        *root.glob("cleaning/*.py"),
        root / "validation/duplicates.py",
        root.parent / "schemas/user.py",
        *root.glob("reading/*.py"),
    ]
    found = {code for path in sources for code in CODE.findall(path.read_text(encoding="utf-8"))}
    return {code.replace("{field}", field) for code in found for field in FIELDS if _fits(code, field)}


def _fits(code: str, field: str) -> bool:
    return "{field}" not in code or known(code.replace("{field}", field))


def test_every_code_that_the_sources_name_has_words():
    lacking = {code for code in codes_in_the_sources() if not known(code)} - NO_CODES
    assert lacking == set()


def test_every_code_of_a_generic_cleaner_has_words_for_its_field():
    cells = {
        "phone": ["", "8701", "77777777777", "+87011234567", "998901234567", "87991234567", "87O11234567", "7.7E+10",
                  "87011234567, 87021112233 доб. 1", "+1234567890"],
        "email": ["a@b,kz", "я@b.kz", "a@b.kz c@d.kz", "a@b.con", "a@gmial.com", "-", "<a@b.kz>"],
        "firstname": ["-", "a  b"], "lastname": ["-", "a  b"], "nationality": ["-", "a  b"],
        "date_of_birth": ["x", "31.02.99", "2999-01-01", "1/2/99", "12/31", "36525", "1999", "1800-01-01", "1900-01-01",
                          "1999-12-31T10:00:00Z", "-", "31.12.1999"],
        "identifier": ["-", "1.0E+11", "111111111111", "1234.0"],
        "country": ["-", "x", "KZ"],
        "gender": ["-", "x", "1", "м"],
    }  # fmt: skip
    rows = [{field: cell} for field, some in cells.items() for cell in some]
    columns = {field: pd.Series([row.get(field, "") for row in rows], dtype="str") for field in FIELDS}
    raw = pd.DataFrame(columns).set_index(pd.RangeIndex(2, 2 + len(rows), name="row"))
    issues = check(clean(raw, Decisions(today="2025-06-01")))
    assert len(set(issues["code"])) > 35
    assert {code for code in issues["code"] if not known(code)} == set()
    assert "{" not in "".join(messages(issues, describe))


def test_a_message_says_what_which_value_and_what_to_do():
    cells = {"8701": "4 digits", "8": "1 digit", "87012": "5 digits"}
    issues = issues_of(*((12, "phone", "phone_pattern", "error", cell, "") for cell in cells))
    assert messages(issues, describe).tolist() == [
        f"phone (column C \"Телефон\"): '{cell}' has {digits}; expected + and 10 to 15 digits"
        for cell, digits in cells.items()
    ]


def test_decimals_of_nothing_are_not_counted_as_digits():
    issues = issues_of((12, "phone", "phone_pattern", "error", "+49308303.00", ""))
    assert messages(issues, describe).str.contains("'+49308303.00' has 8 digits; expected", regex=False).all()


def test_a_suggestion_is_asked_as_a_question():
    issues = issues_of((2, "email", "email_format", "error", "a@b,kz", "a@b.kz"))
    assert messages(issues, describe).tolist() == ["email: 'a@b,kz' is no e-mail address; did you mean 'a@b.kz'?"]


def test_messages_stand_in_the_order_and_index_of_their_issues():
    issues = issues_of(
        (3, "gender", "gender_unknown", "error", "x", ""),
        (2, "phone", "phone_cleaned", "note", "8 701", "+7701"),
        (2, "gender", "gender_unknown", "error", "y", ""),
    )
    issues.index = pd.Index([7, 8, 9])
    said = messages(issues, describe)
    assert said.index.tolist() == [7, 8, 9]
    assert ["'x'" in said[7], "'8 701' → '+7701'" in said[8], "'y'" in said[9]] == [True, True, True]


def test_the_explanation_of_a_row_is_json_errors_and_a_note():
    issues = issues_of(
        (3, "phone", "phone_cleaned", "note", "8 701 123-45-67", "+77011234567"),
        (2, "gender", "gender_unknown", "error", 'a"b\\c\nd', ""),
        (3, "date_of_birth", "date_of_birth_cleaned", "note", "31.12.1999", "1999-12-31"),
        (2, "", "row_shape", "error", "", "5 cells, 4 in the header"),
    )
    told = remembered(issues)
    assert told.index.tolist() == [2, 3]
    assert told.index.name == "row"
    kept = json.loads(told.loc[2, "errors"])
    assert kept == [
        ["gender", "gender_unknown", 'a"b\\c d', ""],
        ["", "row_shape", "", "5 cells, 4 in the header"],
    ]
    to_do = "correct it, and quote a text that has the separator"
    assert in_words(kept, describe).to_numpy().tolist() == [
        ["gender", "gender_unknown", "gender: 'a\"b\\c d' is neither M nor F"],
        ["", "row_shape", f"the row has more or fewer cells than the header: 5 cells, 4 in the header; {to_do}"],
    ]
    assert told.loc[2, "note"] == ""
    assert told.loc[3, "errors"] == ""
    said = "phone: '8 701 123-45-67' → '+77011234567'; date_of_birth: '31.12.1999' → '1999-12-31'"
    assert notes_in_words(told["note"], describe)[3] == said


def test_a_long_cell_is_cut_in_messages():
    issues = issues_of((2, "phone", "phone_pattern", "error", "x" * 10_000, ""))
    assert len(messages(issues, describe)[0]) < 300


def test_no_issues_need_no_words():
    assert len(remembered(empty_issues())) == 0
    assert len(in_words([], describe)) == 0
    assert len(messages(empty_issues(), describe)) == 0


def test_headlines_hold_no_cell_values():
    assert headline("phone_missing") == "No phone"
    assert headline("date_of_birth_cleaned") == "Date of birth cleaned"
    assert headline("api_busy") == "Refused by the API (busy)"
    assert headline("new_code") == "New code"
    assert "{" not in "".join(headline(code) for code in codes_in_the_sources())


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("email_format", "Not an e-mail address"),
        ("email_format_dropped", "Left out: not an e-mail address"),
        ("api_100205", "Refused by the API (100205)"),
        ("phone_cleaned", "Phone cleaned"),
        ("of_a_later_version", "Of a later version"),
        ("phone_of_a_later_version", "Phone of a later version"),
    ],
)
def test_a_headline_is_made_of_the_words_of_its_code(code: str, said: str) -> None:
    assert headline(code) == said


@pytest.mark.parametrize("code", ["of_a_later_version", "phone_of_a_later_version"])
def test_a_code_without_words_is_told_by_its_bare_value(code: str) -> None:
    assert template(code, None) == BARE_VALUE
