"""What is wrong with a row, to somebody who may not see its cells: nothing that a sentence quotes is a person's."""

import re

import orjson
import pytest

from importer.messages.issue_sentences import ERRORS
from importer.messages.kept_sentences import kept
from importer.messages.language import LANGUAGES, speaking
from importer.messages.masking import masked
from importer.messages.text import Text
from importer.messages.wording import LEFT_OUT
from importer.web.uploads.problem_pages import Problem, WrongRow
from importer.web.uploads.shown_rows import shown_rows

PERSONAL = "1999-02-01"
DETAILS = (PERSONAL, kept(Text("row {row}, written '{cell}'", row=9, cell=PERSONAL)))


@pytest.mark.parametrize("detail", DETAILS, ids=["text", "sentence"])
@pytest.mark.parametrize("severity", ["error", "warning"])
@pytest.mark.parametrize("position", [0, -1], ids=["cell", "row"])
def test_no_detail_of_any_code_is_told_in_clear(detail, severity, position):
    codes = [*ERRORS, *(code + LEFT_OUT for code in ERRORS), "api_4711", "unknown_code"]
    problems = [Problem("phone" if position == 0 else "", position, code, severity, "", detail, 1) for code in codes]
    facts = {"columns": {"phone": [0]}}
    rows = [WrongRow(2, "invalid", "", orjson.dumps(["8701"]).decode(), problems)]
    (clear,) = shown_rows(rows, facts, {}, ["phone"], lambda text: text)
    (told,) = shown_rows(rows, facts, {}, ["phone"], masked)
    assert PERSONAL in repr(clear)
    assert [said.code for said in told.said or told.cells["phone"].said] == codes
    assert PERSONAL not in repr(told)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_in_a_cell_is_counted_before_it_is_masked(language):
    values = ("+77010001", "123", "+7 (7010) 001.0", "8")
    problems = [Problem("phone", 0, code, "error", value, "", 1) for value in values for code in ERRORS]
    rows = [WrongRow(2, "invalid", "", orjson.dumps([""]).decode(), problems)]
    with speaking(language):
        (clear,) = shown_rows(rows, {"columns": {"phone": [0]}}, {}, ["phone"], lambda text: text)
        (told,) = shown_rows(rows, {"columns": {"phone": [0]}}, {}, ["phone"], masked)
    pairs = zip(problems, clear.cells["phone"].said, told.cells["phone"].said, strict=True)
    for problem, plain, hidden in pairs:
        quoted = re.compile(f"(?<=['«]){re.escape(problem.value)}(?=['»])")
        assert hidden.text == quoted.sub(masked(problem.value), plain.text)
