# ruff: noqa: E501 (a case is one line)
"""Mutated samples: whatever is done to bytes and cells, no traceback, no row lost, nothing sent that isn't in the file.

``FUZZ_SEED`` replays one mutation (the seed is in the message of a failure), ``FUZZ_COUNT`` sets how many are tried.
Where ``CI`` is set, the same ones are tried each time, as Hypothesis does there: what is found new is found elsewhere.
"""

import csv
import io
import os
import random
import re
import time
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from inputs.importing import Importing

from importer.errors import ImporterError
from importer.mapping import header_score
from importer.planning.mapped_input import open_input
from importer.reading import open_table
from importer.reading.table import ReadOptions
from importer.validation.stream import checked_chunks

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(
    path for folder in ("sample_data", "tests/exports") for path in (ROOT / folder).iterdir()
    if path.suffix in {".csv", ".xlsx", ".xls"}
)  # fmt: skip
COUNT = int(os.environ.get("FUZZ_COUNT", "0"))
CI = bool(os.environ.get("CI"))
SEED = os.environ.get("FUZZ_SEED", "")
ODD = [
    '"',
    "'",
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r",
    "\0",
    "\u200b",
    "\u00a0",
    "=1+1",
    "+",
    "8",
    "٧",
    "Ж",
    "\ufeff",
    "1E+5",
    "''",
    '""',
]
VALUES = ["", " ", "-", "нет", "0", "8701", "7.70112E+10", "#N/A", "=A1", "'+77010000099", "01/02/1999", "31.02.1999",
          "x" * 5000, "a@b,kz", "Null", "\u202e+77010000077", "8 701 000 00 55, 8 702 000 00 66", "TRUE", "1.0",
          # phones whose plus, end or owner is not plain; wreckage; damaged text; dates and cells of other programs
          "тел: +84912673868", "+8 (495) 123-45-67", "8 10 852 5123 4567", "+90 0532 123 45 67", "+7 701 558 98 32-33",
          "+7 777 123 45 67 (с 9 до 18)", "7771234567(+7 701 558 98 32)", "не отвечает;8 701 992 00 21", "+0 701 558 98 32",
          "Марат +7 701 558 98 32", "\\N", "[NULL]", "(null)", "#######", "#ИМЯ?", "Err:502", "не указано", "Ð˜Ð²Ð°Ð½",
          "РџРµС‚СЂРѕРІ", "Ìàðèíà", "?????", "\ufffd\ufffd", "O&#039;Connor", '="87011234567"', "'+77015589832", "85-05-14",
          "0000-00-00", "02/30/1985", "25/12/2099", "04.05.1961", "Конго", "380", "-5", "0.1", 'ИП 5" трубы', "Ann;=1+1",
          "Иванов Иван Иванович", "EXAMPLE / ПРИМЕР", "phone", "Телефон"]  # fmt: skip

Mutation = Callable[[bytes, random.Random], bytes]


def flip(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 12)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def cut(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 400) :] or content[:1]


def end_early(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(1, len(content))]


def repeat(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    piece = content[start : start + rng.randint(1, 2_000)]
    return content[:start] + piece * rng.randint(2, 20) + content[start:]


def insert(content: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(content))
    return content[:place] + rng.choice(ODD).encode(rng.choice(["utf-8", "utf-16-le"])) + content[place:]


def recode(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8", "ignore")
    return text.encode(rng.choice(["cp1251", "utf-16", "utf-16-be", "koi8-r", "cp866", "utf-8-sig"]), "ignore") or b"x"


def shuffle_lines(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    head, rest = lines[:1], lines[1:]
    rng.shuffle(rest)
    return b"".join(head + rest)


def change_cells(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8", "ignore")
    delimiter = ";" if text.count(";") > text.count(",") else ","
    table = list(csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter, strict=False))
    for _ in range(rng.randint(1, 15)):
        row = rng.choice(table) if rng.random() < 0.95 else table[0]
        if row:
            row[rng.randrange(len(row))] = rng.choice(VALUES)
        if rng.random() < 0.15:
            row.append(rng.choice(VALUES)) if rng.random() < 0.5 else row and row.pop()
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=rng.choice(["\n", "\r\n"])).writerows(table)
    return out.getvalue().encode()


def change_parts(content: bytes, rng: random.Random) -> bytes:
    """A workbook in which one XML part is mutated, and packed properly again."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = rng.choice([name for name in names if "sheet" in name or "haredStrings" in name or "styles" in name])
        for name in names:
            part = old.read(name)
            if name == chosen:
                part = rng.choice([flip, cut, repeat, insert, numbers])(part, rng)
            new.writestr(name, part)
    return out.getvalue()


def numbers(content: bytes, rng: random.Random) -> bytes:
    """Other numbers in the XML: cell references, styles, indices of strings, values."""
    found = list(re.finditer(rb"[0-9]+", content))
    for match in sorted(rng.sample(found, min(len(found), rng.randint(1, 8))), key=lambda one: -one.start()):
        new = str(rng.choice([0, 1, 2, 99, 10**6, 2**31, 2**63, 10**20])).encode()
        content = content[: match.start()] + new + content[match.end() :]
    return content


TEXT: list[Mutation] = [flip, cut, end_early, repeat, insert, recode, shuffle_lines, change_cells, change_cells]
PACKED: list[Mutation] = [flip, end_early, change_parts, change_parts, change_parts]


def mutated(seed: int) -> tuple[str, bytes]:
    """The name and content of one mutation."""
    rng = random.Random(seed)
    sample = rng.choice(SAMPLES)
    content = sample.read_bytes()
    workbook = content[:2] == b"PK"
    for _ in range(rng.choice([1, 1, 2, 3])):
        if content:
            kind = rng.choice(PACKED if workbook and zipfile.is_zipfile(io.BytesIO(content)) else TEXT)
            try:
                content = kind(content, rng)
            except (
                UnicodeError,
                csv.Error,
                zipfile.BadZipFile,
                EOFError,
                ValueError,
                NotImplementedError,
                OSError,
                zlib.error,
                IndexError,  # nothing is left to be changed
                RuntimeError,  # an earlier change says that a part is encrypted
            ):
                content = flip(content, rng)
    return sample.name, content


def cells_of(path: Path, encoding: str = ""):
    """Everything that the reader found: header, cells with those beyond the header by row number, and the encoding."""
    table = open_table(path, ReadOptions(encoding=encoding), header_score=header_score)
    try:
        rows = {}
        for chunk in table.chunks():
            for row, cells in zip(chunk.cells.index, chunk.cells.itertuples(index=False, name=None), strict=True):
                rows[int(row)] = [*cells, *chunk.surplus.get(int(row), ())]
        return list(table.header), rows, table.dialect.encoding if table.dialect.format == "csv" else ""
    finally:
        table.close()


def digits(text: str) -> str:
    """The decimal digits of a text, in any script."""
    return "".join(str(unicodedata.decimal(char)) for char in text if unicodedata.decimal(char, None) is not None)


def holds(importing: Importing, folder: Path, seed: int) -> str:
    """Check one mutation; what became of it: "read" or "refused"."""
    name, content = mutated(seed)
    source = folder / name
    source.write_bytes(content)
    target = folder / f"checked{source.suffix}"
    try:
        header, before, encoding = cells_of(source)
    except ImporterError:
        with pytest.raises(ImporterError):
            importing.validate(source, output=target, force=True)
        return "refused"
    try:
        summary = importing.validate(source, output=target, force=True)
    except ImporterError:
        return "refused"
    assert summary.rows == len(before) == sum(summary.statuses.values())
    for row, phone in sendable(importing, source):
        assert any(phone[-9:] in digits(cell) for cell in before[row]), "a phone that its row does not hold"
    after_header, after, _ = cells_of(Path(summary.output), encoding)
    assert len(after) == len(before)
    kept = [place for place, text in enumerate(header) if not is_result(text)]
    places = [place for place, text in enumerate(after_header) if not is_result(text)]
    for old, new in zip(before.values(), after.values(), strict=True):
        given = without_apostrophes(new[place] for place in places)
        assert given[: len(kept)] == without_apostrophes(old[place] for place in kept)
        # Cells beyond the header have columns of their own, where the file could be taken to have these.
        assert set(given[len(kept) :]) <= {"", *without_apostrophes(old[len(header) :])}
    return "read"


def sendable(importing: Importing, path: Path) -> Iterator[tuple[int, str]]:
    """Row number and phone of every row that is free of errors."""
    mapped = open_input(path, importing.settings(), "2026-01-01")
    try:
        for checked in checked_chunks(mapped):
            yield from ((int(row), str(phone)) for row, phone in checked.sound("phone")["phone"].items())
    finally:
        mapped.table.close()


def is_result(text: str) -> bool:
    return text in {"freedom_id", "import_status", "import_error_code", "import_error", "import_note"}


def without_apostrophes(cells) -> list[str]:
    """Cells as they were; without the apostrophe that an output adds, and without what no file format can hold."""
    plain = (re.sub(r"([,;\t])'+", r"\1", cell.removeprefix("'")) for cell in cells)
    return [re.sub(r"[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\r\n?|\n", " ", cell) for cell in plain]


def go(importing: Importing, folder: Path, count: int, start: int) -> None:
    first = int(SEED) if SEED else start if CI else time.time_ns() % 10**9
    seeds = [first] if SEED else range(first, first + (COUNT or count))
    became = {"read": 0, "refused": 0}
    for seed in seeds:
        try:
            became[holds(importing, folder, seed)] += 1
        except BaseException as exc:
            exc.add_note(f"replay with FUZZ_SEED={seed}")
            raise
    print(f"fuzzing: {len(seeds)} mutations from seed {first} on: {became}")  # noqa: T201 (figures, with pytest -s)


def test_mutated_samples_lose_no_row_and_invent_nothing(importing, folder):
    go(importing, folder, 30, 0)


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
def test_many_mutated_samples_lose_no_row_and_invent_nothing(importing, folder):
    go(importing, folder, 800, 1_000)
