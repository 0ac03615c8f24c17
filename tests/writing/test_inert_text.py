import pandas as pd
import pytest

from importer.writing.inert_text import without_controls, without_formulas, without_half_characters


def csv_cell(text: str) -> str:
    (cell,) = without_formulas(pd.Series(["plain", text], dtype="str")).tolist()[1:]
    return str(cell)


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://example.com")', "=1+1", "@SUM(A1)", "\t=1", "\rx", "-2+3", "+1+1", "+cmd|' /C calc'!A0",
        " =1+1", "\u00a0=1", "\u200b=1", "\ufeff@x", "\n=1", "＝1+1", "＠x", "-нет", "+Анна", "- 5 штук", "-2-3",
        "+7701111223344+1", "\t+77011112233",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "", "Айгерим", "+77011112233", "+7 (701) 111-22-33", "+7 701 111 22 33, +7 702 111 22 33", "+7-701-111-22-33",
        "+7 701 111 22 33 доб. 12", "＋７７０１１１１２２３３", " +77011112233", "-5", "-1,5", "+3", "-1 000,50",
        "-1.5e-3",
        "-", "--", "+",
        "'=1+1", "'+77011112233", "a=b", "x@y.kz", "7-701", "\u00a0Анна", "5%", "-5%",
    ],
)  # fmt: skip
def test_what_is_inert_stays_exactly_as_it_was(text: str) -> None:
    assert csv_cell(text) == text


def test_a_column_without_suspects_is_given_back_without_a_copy() -> None:
    column = pd.Series(["a", "", "я"], dtype="str")
    assert without_formulas(column) is column
    assert without_controls(column) is column


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a\r\n\x00b", "a b"),
        ("\x1b[31mred", " [31mred"),
        ("abc\u202egnp.exe", "abc gnp.exe"),
        ("x\u2028y\u0085z", "x y z"),
        ("қате → жақсы", "қате → жақсы"),
    ],
)
def test_control_characters_of_a_message_become_blanks(message: str, shown: str) -> None:
    assert without_controls(pd.Series([message], dtype="str")).tolist() == [shown]


def test_half_a_character_in_a_message_is_written_as_its_escape() -> None:
    assert without_half_characters("a\ud800b") == "a\\ud800b"
