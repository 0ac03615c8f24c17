"""What is wrong with a row, to somebody who may not see its cells: nothing that a sentence quotes is a person's."""

import orjson
import pytest

from importer.messages.issue_sentences import ERRORS
from importer.messages.kept_sentences import kept
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
