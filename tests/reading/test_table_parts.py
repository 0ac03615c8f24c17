"""A table in parts gives the rows that it gives as a whole: the same cells, numbers and errors, wherever it is cut."""

import gzip
from itertools import chain
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.mapping import header_score_for
from importer.reading import open_table
from importer.reading.table_parts import PartTable, parts_of
from importer.reading.text.row_reader import RowReader
from importer.reading.text.spans import SpanReader

TEXTS = st.lists(
    st.sampled_from(
        ['"', '""', '","', ",", "a", "\n", "\r\n", "\r", "\0", " ", "é", '"\n"', "x,y\n", 'q,"w"\n', "1,2\n"]
    ),
    max_size=60,
).map("".join)
WIDTH = 2


def reader_of(kind, line=2, above=None):
    return kind(",", WIDTH, trailing=False, line=line, name="users.csv", above=above)


def rows_of(batches):
    rows, flags = [], []
    for batch in batches:
        lists = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        rows += zip(batch.rows.tolist(), lists, strict=True)
        flags += [(flag.row, flag.code, str(flag.detail)) for flag in batch.flags]
    return rows, flags


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, size=st.integers(1, 60))
@example(text='x,y\n1,"a\n2,b\nx,y\nx,y\nx,y\n3,5",c\nx,y\n', size=8)
@example(text='x,y\n1,a"b\nx,y\nx,y\n2,c"\nx,y\n', size=8)
@example(text='x,"y\n\n\n1,2\nz"\nx,y\nx,y\n', size=4)
@example(text='x,y\r\nx,"y\r\ny"\r\nx,y\r\nx,y', size=9)
def test_text_cut_between_its_records_gives_the_rows_of_the_whole(text, size):
    content = text.encode()
    whole = rows_of(reader_of(RowReader).batches([content]))
    spans = list(reader_of(SpanReader).spans(content[at : at + size] for at in range(0, len(content), size)))
    parts = [rows_of(reader_of(RowReader, span.line, span.above).batches([span.content])) for span in spans]
    assert b"".join(span.content for span in spans) == content
    together = tuple(list(chain.from_iterable(found)) for found in zip(*parts, strict=True))
    assert together == (whole if spans else ())


def read(table):
    chunks = list(table.chunks())
    cells = pd.concat([chunk.cells for chunk in chunks])
    issues = pd.concat([chunk.issues for chunk in chunks], ignore_index=True)
    return cells, issues, {row: more for chunk in chunks for row, more in chunk.surplus.items()}


def opened(path):
    return open_table(path, header_score=header_score_for(()))


LINES = [f'"Имя {n}",8701{n:07d},a{n}@b.kz' for n in range(40)]
LINES[7] = '"две\nстроки",87010000007,"c\r\nd"'
LINES[11] = 'стрей"ка,87010000011,x'
LINES[15] = "мало,87010000015"
LINES[16] = "много,87010000016,a@b.kz,ещё,7.7E+10"
LINES[20] = ""
LINES[25] = '"открыта,87010000025,a@b.kz'
TEXT = "Имя,Телефон,Email\n" + "\n".join(LINES) + "\n"


def a_workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    for line in TEXT.replace('"', "").splitlines():
        book.active.append(line.split(","))
    book.save(path)
    return path


@pytest.mark.parametrize("kind", ["utf-8", "cp1251", "utf-16", "gz", "xlsx"])
@pytest.mark.parametrize("rows", [3, 1000])
def test_a_file_in_parts_is_the_file(tmp_path, kind, rows):
    path = tmp_path / ("users.csv.gz" if kind == "gz" else "users.xlsx" if kind == "xlsx" else "users.csv")
    if kind == "xlsx":
        a_workbook(path)
    elif kind == "gz":
        path.write_bytes(gzip.compress(TEXT.encode()))
    else:
        path.write_bytes(TEXT.encode(kind))
    table = opened(path)
    cells, issues, surplus = read(table)
    parts = [PartTable(part, content, path, table.dialect, table.header) for part, content in parts_of(table, rows)]
    read_parts = [read(part) for part in parts]
    assert (len(parts) > 3) == (rows == 3)
    pd.testing.assert_frame_equal(pd.concat([one[0] for one in read_parts]), cells)
    pd.testing.assert_frame_equal(pd.concat([one[1] for one in read_parts], ignore_index=True), issues)
    assert {row: more for one in read_parts for row, more in one[2].items()} == surplus
    if kind != "xlsx":
        assert f"{sum(part.blank for part in parts)} blank row" in " ".join(found.text for found in table.findings)
