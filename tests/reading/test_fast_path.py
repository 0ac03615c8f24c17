"""The fast path reads what the exact reader reads, on any text, however it is cut into blocks."""

import os
import signal
import threading

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from importer.cli.loading import loading
from importer.reading.record_batch import from_lists, without_blank_rows
from importer.reading.text import regular_blocks
from importer.reading.text.records import Scanner
from importer.reading.text.row_reader import RowReader

TEXTS = st.lists(
    st.sampled_from(['"', '""', '","', ",", "a", "\n", "\r\n", "\r", "\0", " ", "é", '"\n"', "x,y\n", 'q,"w"\n']),
    max_size=60,
).map("".join)
WIDTH = 2


def exactly(text: str) -> tuple[dict[int, list[str]], set[int]]:
    records = list(Scanner(",", WIDTH).records(text, line=2, final=True))
    kept = without_blank_rows(from_lists([one.line for one in records], [one.cells for one in records], WIDTH))
    rows = {one.line: (one.cells + [""] * WIDTH)[:WIDTH] for one in records if one.line in set(kept.rows.tolist())}
    nul = {one.line for one in records if not one.problem and "\0" in "".join(one.cells)}
    cut = {one.line for one in records if one.problem or (one.open_end and len(one.cells) < WIDTH)} - nul
    return rows, cut & rows.keys()


def in_blocks(text: str, size: int) -> tuple[dict[int, list[str]], set[int]]:
    content = text.encode()
    reader = RowReader(",", WIDTH, trailing=False, line=2, name="users.csv")
    rows: dict[int, list[str]] = {}
    problems: set[int] = set()
    for batch in reader.batches(content[at : at + size] for at in range(0, len(content), size)):
        lists = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        rows |= {int(row): list(cells) for row, cells in zip(batch.rows, lists, strict=True)}
        problems |= {flag.row for flag in batch.flags if flag.code in {"row_quote", "row_truncated"}}
    return rows, problems


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=TEXTS, size=st.integers(1, 80))
@example(text='1,"a\n2,b\n3,5",c\n', size=4)
@example(text='a,b\r"c",d\r\n', size=4)
def test_blocks_of_any_size_give_the_rows_of_the_exact_reader(text: str, size: int):
    assert in_blocks(text, size) == exactly(text)


@pytest.mark.parametrize("_time", range(5))  # once in ten Arrow lost it, else it raised
def test_a_signal_amid_a_block_is_the_commands_and_the_block_is_read_to_its_end(monkeypatch, _time):
    with loading():
        pass  # a command's libraries
    caught = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: caught.set())

    def ended_meanwhile(others):
        def collect(row):
            os.kill(os.getpid(), signal.SIGTERM)
            others[row.number or 1] = row.text
            return "skip"

        return collect

    monkeypatch.setattr(regular_blocks, "_collector", ended_meanwhile)
    try:
        parsed = regular_blocks.parse(b"a,b\nalone\nc,d\n", ",", 2)
        assert caught.wait(30)
    finally:
        signal.signal(signal.SIGTERM, before)
        pa.enable_signal_handlers(True)
    assert [column.to_pylist() for column in parsed.columns] == [["a", "c"], ["b", "d"]]
