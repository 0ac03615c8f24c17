"""Files of several chunks: what each step reads at once is its own affair, and never seen from outside."""

import pytest
from support.commands import read_rows

ROWS = 70_000
"""More than one chunk of every step."""


@pytest.mark.timeout(120)
def test_a_checked_file_of_several_chunks_pairs_every_row_with_its_own_verdict(importer, tmp_path):
    path, output = tmp_path / "long.csv", tmp_path / "checked.csv"
    lines = ("8701" if number % 1000 == 999 else f"+7701{number:07d}" for number in range(ROWS))
    path.write_text("phone\n" + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert importer("validate", path, "-o", output, "-q").code == 1
    rows = read_rows(output)
    assert len(rows) == ROWS
    wrong = [number for number, row in enumerate(rows) if row["import_status"] == "invalid"]
    assert wrong == list(range(999, ROWS, 1000))
