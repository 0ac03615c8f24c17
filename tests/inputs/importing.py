"""One file through the Python API: what was sent, what the output says, whether every original cell came back."""

import csv
import gzip
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from importer import Summary, load
from importer.model import RESULT_COLUMNS
from importer.pipeline import run
from importer.sandbox import Sandbox
from importer.validate_file import validate

Cells = list[list[str]]


@dataclass(frozen=True)
class Imported:
    """A file after its import.

    Attributes:
        summary: What the command said.
        header: The output's header; ``table`` its rows below, as texts.
        bodies: FreedomID → the body that the sandbox received.
    """

    summary: Summary
    header: list[str]
    table: Cells
    bodies: dict[str, dict[str, str]]

    @property
    def rows(self) -> list[dict[str, str]]:
        """The five result cells of each row, and what was sent for it (None: nothing) under ``sent``."""
        places = {name: self.header.index(name) for name in RESULT_COLUMNS}
        results = [{name: line[place] for name, place in places.items()} for line in self.table]
        return [result | {"sent": self.bodies.get(result["freedom_id"])} for result in results]

    @property
    def originals(self) -> Cells:
        """Header and rows of the output without the five result columns."""
        kept = [place for place, name in enumerate(self.header) if name not in RESULT_COLUMNS]
        return [[line[place] for place in kept] for line in (self.header, *self.table)]


class Importing:
    """Imports files into one sandbox, each with a state folder of its own unless told otherwise."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder
        self._homes = 0

    def home(self) -> Path:
        self._homes += 1
        return self.folder / f"home{self._homes}"

    def settings(self, **options: Any) -> Any:
        flags = {"url": self.sandbox.url, "token": self.sandbox.token, "home": self.home(), **options}
        return load(flags)

    def run(self, path: Path, **options: Any) -> Imported:
        """Import a file; the API is told nothing that the file does not hold, so each file brings its own phones."""
        summary = run(path, self.settings(**options))
        bodies = {user["freedom_id"]: user["body"] for user in self.sandbox.users()}
        header, *table = read_table(Path(summary.output))
        return Imported(summary, header, table, bodies)

    def validate(self, path: Path, **options: Any) -> Summary:
        return validate(path, self.settings(**options))

    def check(self, path: Path, **options: Any) -> Imported:
        """Validate a file and write the checked output."""
        target = path.with_name(f"{path.name.partition('.')[0]}.checked{''.join(path.suffixes[-2:])}")
        summary = self.validate(path, output=target, force=True, **options)
        header, *table = read_table(target)
        return Imported(summary, header, table, {})


def read_table(path: Path, header_row: int = 0, first_column: int = 0) -> Cells:
    """A file's rows as texts, read without this project's own reader; rows above the header and blanks are left out.

    The header is the row that holds the result columns, unless its place is given.
    """
    lines = _lines(path)
    start = header_row or next(place for place, line in enumerate(lines, 1) if RESULT_COLUMNS[0] in line)
    width = max(place for place, cell in enumerate(lines[start - 1], 1) if cell)
    cut = [(line + [""] * width)[first_column:width] for line in lines[start - 1 :]]
    return [line for line in cut if any(line)]


def _lines(path: Path) -> Cells:
    name = path.name.lower()
    if name.endswith((".xlsx", ".xlsm")):
        book = load_workbook(path)
        sheet = next((one for one in book.worksheets if _holds_results(one)), book.worksheets[0])
        return [["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    if name.endswith((".xls", ".ods")):
        calamine = CalamineWorkbook.from_path(str(path))
        sheets = [calamine.get_sheet_by_name(one).to_python(skip_empty_area=False) for one in calamine.sheet_names]
        found = next((one for one in sheets if any(RESULT_COLUMNS[0] in line for line in one)), sheets[0])
        return [[str(cell) for cell in line] for line in found]
    content = path.read_bytes()
    text = decoded(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    head = text.partition("freedom_id")[0] or text[:200]
    delimiter = max(",;\t|", key=head.count)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def _holds_results(sheet: Any) -> bool:
    return any(RESULT_COLUMNS[0] in line for line in sheet.iter_rows(max_row=20, values_only=True))


def decoded(content: bytes) -> str:
    """Text in the encodings of these tests: by its mark, else UTF-8, else cp1251."""
    for mark, name in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(name)
    if b"\0" in content[:4]:
        return content.decode("utf-16-le" if content[1] == 0 else "utf-16-be")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1251")


def written(path: Path, rows: Sequence[Sequence[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path
