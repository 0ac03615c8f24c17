import subprocess
import sys
from pathlib import Path

import pandas as pd
import pandera.pandas as pandera
import pytest

import importer
from importer.model import RESULT_COLUMNS, Status
from schemas.result import result_schema

A_NEW_COLUMN = """
from pathlib import Path
from schemas import result_columns as table
end = ')\\n\\"\\"\\"In their order'
row = 'ResultColumn("import_length", 12, "How long the status is.", pattern="[0-9]*", error="bad", marks=False),'
source = Path(table.__file__).read_text(encoding="utf-8")
assert source.count(end) == 1
exec(source.replace(end, row + end), vars(table))

from importer.reporting import results
cells = results._cells
length = lambda outcomes, *others: {"import_length": outcomes["status"].str.len().astype("str")}
results._cells = lambda *given: cells(*given) | length(*given)

import sys
import importer
from importer.mapping import header_score
from importer.operations.merge import merge
from importer.progress import Watch
from importer.reading import open_table
from importer.writing import is_earlier_output

folder = Path(sys.argv[1])
users = folder / "users.csv"

def written(path):
    table = open_table(path, header_score=header_score)
    (chunk,) = table.chunks()
    return table.header, chunk.cells.iloc[:, -1].tolist()

for ending in ("csv", "xlsx", "xls", "ods"):
    output = folder / f"in_{ending}.{ending}"
    assert is_earlier_output(output), ending
    assert importer.validate(users, output=output, home=folder).rows.columns[-1] == "import_length"
    header, last = written(output)
    assert header[-6:] == table.RESULT_COLUMNS and last == ["8", "7"], (header, last)
    assert is_earlier_output(output), ending

assert len(importer.verify("latest", folder / "run.csv", home=folder)) == 3
importer.run(users, sandbox=True, output=folder / "now.csv", home=folder)
assert written(folder / "now.csv")[1] == ["7", "7"]
assert len(importer.verify("latest", folder / "now.csv", home=folder)) == 3

fixed = folder / "whole.rejected.csv"
fixed.write_text(fixed.read_text().replace("12,", "+77011234568,"))
importer.validate(fixed, output=folder / "fixed.csv", home=folder)
merge(folder / "whole.csv", folder / "fixed.csv", importer.Settings(home=folder, output=folder / "merged.csv"), Watch())
assert written(folder / "merged.csv")[1] == ["", "8"], written(folder / "merged.csv")
"""

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"


def codes(status: str, freedom_id: str = "", error: str = "", code: str | None = None) -> set[str]:
    cells = (freedom_id, status, ("some_code" if error else "") if code is None else code, error, "")
    row = pd.DataFrame({name: pd.Series([cell], dtype="str") for name, cell in zip(RESULT_COLUMNS, cells, strict=True)})
    try:
        result_schema().validate(row, lazy=True)
    except pandera.errors.SchemaErrors as exc:
        return {str(error.check.error) for error in exc.schema_errors}
    return set()


@pytest.mark.parametrize("status", [Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED])
def test_a_success_has_an_id_and_no_error(status):
    assert codes(status, UUID) == set()
    assert codes(status) == {"freedom_id_missing"}
    assert codes(status, UUID, "why") == {"import_error_unexpected"}


@pytest.mark.parametrize("status", [Status.EXISTS, Status.UNCONFIRMED])
def test_a_taken_phone_has_an_id_if_given_else_an_error(status):
    assert codes(status, UUID) == set()
    assert codes(status, UUID, "why") == set()
    assert codes(status, "", "why") == set()
    assert codes(status) == {"import_error_missing"}


def test_a_refused_update_keeps_the_id_and_says_why():
    assert codes(Status.REJECTED, UUID, "why") == codes(Status.REJECTED, "", "why") == set()
    assert codes(Status.REJECTED, UUID) == codes(Status.REJECTED) == {"import_error_missing"}


@pytest.mark.parametrize("status", [Status.INVALID, Status.DUPLICATE, Status.FAILED])
def test_a_row_without_an_id_says_why(status):
    assert codes(status, "", "why") == set()
    assert codes(status) == {"import_error_missing"}
    assert codes(status, UUID, "why") == {"freedom_id_unexpected"}


def test_a_row_not_sent_has_no_id_and_may_have_nothing_wrong():
    assert codes(Status.NOT_SENT) == set()
    assert codes(Status.NOT_SENT, "", "why") == set()
    assert codes(Status.NOT_SENT, UUID) == {"freedom_id_unexpected"}


@pytest.mark.parametrize("freedom_id", ["x", UUID[:-1], UUID + "\n", UUID.replace("-", ""), " " + UUID])
def test_a_freedom_id_is_a_uuid(freedom_id):
    assert codes(Status.CREATED, freedom_id) == {"freedom_id_form"}


def test_an_unknown_status_is_refused():
    assert "import_status_unknown" in codes("done")
    assert "import_status_unknown" in codes("")


def test_code_and_text_of_an_error_come_together():
    assert codes(Status.INVALID, "", "why", code="") == {"import_error_code_without_text"}
    assert codes(Status.NOT_SENT, code="phone_pattern") == {"import_error_code_without_text"}


def test_the_columns_and_their_order_are_fixed():
    row = pd.DataFrame({name: pd.Series([""], dtype="str") for name in reversed(RESULT_COLUMNS)})
    with pytest.raises(pandera.errors.SchemaErrors):
        result_schema().validate(row, lazy=True)


def test_one_row_adds_a_column_to_every_output_and_outputs_of_before_are_known(tmp_path):
    users = tmp_path / "users.csv"
    users.write_text("phone,firstname\n+77011234567,Ann\n12,Bob\n", encoding="utf-8")
    for name in ("in_csv.csv", "in_xlsx.xlsx", "in_xls.xls", "in_ods.ods", "whole.csv"):
        importer.validate(users, output=tmp_path / name, home=tmp_path)
    importer.run(users, sandbox=True, output=tmp_path / "run.csv", home=tmp_path)
    environment = {"PYTHONPATH": str(Path(importer.__file__).parents[1])}
    command = [sys.executable, "-c", A_NEW_COLUMN, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
