"""The table of input formats is the one place that knows how files of each kind are called."""

import pytest

from importer.inbox.arrivals import candidates
from importer.reading.formats import FORMATS, is_text, is_workbook, usual_endings
from importer.web.screens.start_screen import _ACCEPTED
from importer.writing.output_formats import OUTPUT_FORMATS


@pytest.mark.parametrize("ending", usual_endings())
def test_inbox_and_page_look_for_every_ending_of_the_table_whatever_its_case(tmp_path, ending):
    (tmp_path / f"Клиенты{ending.upper()}").touch()
    (tmp_path / f"x{ending}.part").touch()
    (tmp_path / ending).touch()  # hidden
    assert [path.name for path in candidates(tmp_path)] == [f"Клиенты{ending.upper()}"]
    assert f".{ending.rsplit('.', 1)[1]}" in _ACCEPTED.split(",")


def test_text_may_be_packed_and_a_workbook_is_none():
    assert {".csv", ".csv.gz", ".tsv", ".tsv.gz", ".xlsx", ".xlsm", ".xls", ".ods"} <= set(usual_endings())
    assert not {".xlsx.gz", ".ods.gz", ".arrow"} & set(usual_endings())
    assert all(map(is_workbook, ("a.XLSX", "a.xlsm", "a.ods", "a.xls")))
    assert not any(map(is_workbook, ("a.csv", "a.csv.gz", "xlsx")))
    written = {name for name, each in OUTPUT_FORMATS.items() if each.delimiters is not None}
    assert {each.name for each in FORMATS if is_text(each.name)} == written == {"csv"}


def test_what_only_this_program_writes_is_looked_for_nowhere():
    assert {each.name for each in FORMATS if not each.extensions} == {"arrow", "corrected"}
