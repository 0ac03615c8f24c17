"""Behind a list separator inside a cell nothing begins that a spreadsheet runs, and every cell comes back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.columns.formula_injection import with_apostrophes_inside, without_apostrophes_inside
from importer.writing.inert_text import without_formulas

PIECES = st.lists(
    st.sampled_from(["Ann", ";", ",", "\t", "'", "''", "=1+1", "@x", "+1+1", "-a", " ", "+77011112233", "\n"])
)


def one(change, text: str, *more: str) -> str:
    return str(change(pd.Series(["plain", text], dtype="str"), *more).tolist()[1])


@pytest.mark.parametrize(
    ("delimiter", "text", "written"),
    [
        (",", "Ann;=1+1", "Ann;'=1+1"),
        (",", "Ann\t=1+1", "Ann\t'=1+1"),
        (";", "Ann,=1+1", "Ann,'=1+1"),
        ("\t", "Ann;@SUM(A1),-a", "Ann;'@SUM(A1),'-a"),
        ("|", "a;=1,=2\t=3", "a;'=1,'=2\t'=3"),
        (",", "Ann; =1", "Ann;' =1"),
        (",", "Ann;\u00a0＝1", "Ann;'\u00a0＝1"),
        (",", "Ann;+cmd|' /C calc'!A0", "Ann;'+cmd|' /C calc'!A0"),
        (",", "Ann;\r=1", "Ann;'\r=1"),
        (",", "Ann;\x00=1", "Ann;'\x00=1"),
        (",", ";=1", ";'=1"),
        (",", "=1;=2", "'=1;'=2"),
        (",", "Ann;'=1", "Ann;''=1"),
        (";", "Ann;'=1", "Ann;''=1"),
    ],
)
def test_what_would_begin_behind_another_separator_gets_an_apostrophe(delimiter, text, written):
    assert one(without_formulas, text, delimiter) == written


@pytest.mark.parametrize(
    "text",
    [
        "Ann,=1+1", "+77011112233; +77021112233", "+77011112233;+7 702 111 22 33", "a; b", "Ann;-", "Ann; -5", "a;1=1",
        "x;y@z.kz", "5;+3%", "'=1", "Ann;'", "Ann;' text",
    ],
)  # fmt: skip
def test_the_own_separator_and_what_is_inert_behind_another_stay(text):
    assert one(without_formulas, text, ",") == text


@given(PIECES.map("".join) | st.text(), st.sampled_from([",", ";", "\t", "|"]))
def test_every_cell_comes_back_as_it_was(text, delimiter):
    text = text.encode("utf-8", "replace").decode()
    assert one(without_apostrophes_inside, one(with_apostrophes_inside, text, delimiter)) == text


@given(PIECES.map("".join), st.sampled_from([",", ";", "\t"]))
def test_a_cell_of_an_earlier_output_is_written_as_it_stands(text, delimiter):
    written = without_formulas(pd.Series([text], dtype="str"), delimiter)
    assert without_formulas(written, delimiter, has_apostrophes=True).tolist() == written.tolist()
