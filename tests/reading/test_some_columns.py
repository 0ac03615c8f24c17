"""Some columns of a table are those of the whole rows, and the rows are the same."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.mapping import header_score_for
from importer.reading import open_table
from importer.reading.some_columns import read_columns
from importer.reading.text.column_reader import ColumnReader
from importer.reading.text.row_reader import RowReader

TEXTS = st.lists(
    st.sampled_from(
        ['"', '""', '","', ",", "a", "\n", "\r\n", "\r", "\0", " ", "é", '"\n"', "x,y,z\n", 'q,"w",\n', ",,3\n", ",\n"]
    ),
    max_size=60,
).map("".join)
WIDTH = 3


def rows_of(batches, only):
    rows = []
    for batch in batches:
        lists = zip(*(batch.columns[position].to_pylist() for position in only), strict=True)
        rows += zip(batch.rows.tolist(), lists, strict=True)
    return rows


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=TEXTS,
    size=st.integers(1, 80),
    only=st.sampled_from([(0,), (1,), (2, 0), (0, 1, 2)]),
    trailing=st.booleans(),
)
@example(text="x,y,z\n\n,,3\nx,y,z\n", size=80, only=(0,), trailing=False)
@example(text='x,"y\n1",z\n,,\nx,"y",z\n', size=80, only=(2, 0), trailing=False)
@example(text='x,y,z\nx,"y,z\n1,2,3\nx,y\nx,y,z,1\n', size=30, only=(1,), trailing=False)
@example(text="x,y,z,\nx,y,z,1\n,,3,\n", size=80, only=(0,), trailing=True)
@example(text="x,y,z\rx,y,z\r\nx,y,z", size=80, only=(2, 0), trailing=False)
def test_some_columns_of_text_are_those_of_the_whole_rows(text, size, only, trailing):
    content = text.encode()

    def blocks():
        return (content[at : at + size] for at in range(0, len(content), size))

    options = {"trailing": trailing, "line": 2, "name": "users.csv"}
    whole = rows_of(RowReader(",", WIDTH, **options).batches(blocks()), only)
    some = ColumnReader(",", WIDTH, only=only, **options).batches(blocks())
    assert rows_of(some, range(len(only))) == whole


LINES = ["phone,name,city", "+77011234501,Анна,Алматы", "", ",Яна,", "+77011234503,'#REF!,Астана", "+77011234504,Ян"]


@pytest.fixture(params=["csv", "xlsx"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"users.{request.param}"
    if request.param == "csv":
        path.write_text("\n".join(LINES), encoding="utf-8")
        return path
    book = openpyxl.Workbook()
    for line in LINES:
        book.active.append(line.split(","))
    book.save(path)
    return path


def test_each_format_gives_some_columns_in_the_parts_of_the_whole(path: Path) -> None:
    table = open_table(path, header_score=header_score_for(()))
    whole, some = list(table.chunks()), list(read_columns(table, (2, 0)))
    table.close()
    for chunk, cells in zip(whole, some, strict=True):
        pd.testing.assert_frame_equal(cells, chunk.cells[[2, 0]].set_axis(pd.RangeIndex(2), axis="columns"))
    assert [row for cells in some for row in cells.index] == [2, 4, 5, 6]
