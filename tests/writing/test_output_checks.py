import gzip
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from importer import reading
from importer.errors import UsageError
from importer.model import RESULT_COLUMNS
from importer.reading.content import FileContent
from importer.reading.input_format import InputFormat
from importer.reading.table import Dialect
from importer.writing import check_room, check_target, is_earlier_output, write_output
from importer.writing import output_checks as target_module
from importer.writing.output_formats import OUTPUT_FORMATS, OutputFormat

Make = Callable[..., Any]


@pytest.fixture
def input_file(tmp_path: Path) -> Path:
    path = tmp_path / "users.csv"
    path.write_text("phone\n+77011112233\n")
    return path


def save_with_shared_strings(path: Path) -> None:
    """As spreadsheet programs save: the sheet's own XML has no texts."""
    with xlsxwriter.Workbook(path) as workbook:
        workbook.add_worksheet("help")
        workbook.add_worksheet("data").write_row(2, 1, ["phone", *RESULT_COLUMNS, "note"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_name_in_a_writable_folder_is_fine_and_leaves_nothing_behind(input_file: Path, tmp_path: Path) -> None:
    check_target(tmp_path / "out.csv", input=input_file, force=False)
    assert names(tmp_path) == ["users.csv"]


def test_a_folder_that_does_not_exist_is_told(input_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        check_target(tmp_path / "gone" / "out.csv", input=input_file, force=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions don't bind root")
def test_a_folder_without_permission_is_told(input_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    with pytest.raises(UsageError, match="cannot write to the folder"):
        check_target(folder / "out.csv", input=input_file, force=True)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that takes no files")
def test_a_folder_that_takes_no_files_is_told(input_file: Path) -> None:
    with pytest.raises(UsageError, match="cannot write to the folder"):
        check_target(Path("/proc/self/out.csv"), input=input_file, force=True)


@pytest.mark.parametrize("link", ["same", "hard", "soft", "dotted"])
def test_the_input_is_never_overwritten_under_whatever_name(input_file: Path, tmp_path: Path, link: str) -> None:
    output = {"same": input_file, "dotted": tmp_path / "." / "x" / ".." / "users.csv"}.get(link, tmp_path / "o.csv")
    if link == "hard":
        os.link(input_file, output)
    if link == "soft":
        output.symlink_to(input_file)
    (tmp_path / "x").mkdir()
    with pytest.raises(UsageError, match="overwrite the input"):
        check_target(output, input=input_file, force=True)


def test_the_rejected_file_does_not_overwrite_the_input_either(tmp_path: Path) -> None:
    source = tmp_path / "x.rejected.csv"
    source.write_text("phone\n")
    with pytest.raises(UsageError, match="overwrite the input"):
        check_target(tmp_path / "x.csv", input=source, force=True)


@pytest.mark.parametrize("name", ["out.csv", "out.rejected.csv"])
def test_a_file_of_somebody_else_is_replaced_only_by_force(input_file: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("phone,freedom_id\n1,2\n")
    with pytest.raises(UsageError, match="--force"):
        check_target(tmp_path / "out.csv", input=input_file, force=False)
    check_target(tmp_path / "out.csv", input=input_file, force=True)


def test_an_output_that_is_a_folder_is_told_even_with_force(input_file: Path, tmp_path: Path) -> None:
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(UsageError, match="not a file"):
        check_target(tmp_path / "out.csv", input=input_file, force=True)


def test_an_unknown_format_is_told_before_anything(input_file: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="format"):
        check_target(tmp_path / "gone" / "out.pdf", input=input_file, force=False)


@pytest.mark.parametrize("extension", ["csv", "tsv", "csv.gz", "xlsx", "xls", "ods"])
def test_an_earlier_output_of_any_format_is_recognised(
    make_table: Make, outcomes: Make, tmp_path: Path, extension: str
) -> None:
    output = tmp_path / f"out.{extension}"
    family = extension if extension in {"xlsx", "xls", "ods"} else "csv"
    dialect = Dialect(family, header_row=4, gzip=extension.endswith("gz"))
    write_output(make_table(dialect=dialect), (), outcomes(), output, tmp_path / f"r.{extension}")
    assert is_earlier_output(output)
    check_target(output, input=tmp_path / "users.csv", force=False)


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect("csv", delimiter=";", encoding="cp1251", quote_all=True),
        Dialect("csv", delimiter="\t", encoding="utf-16", bom=True),
        Dialect("csv", delimiter="|", encoding="utf-16-be", quote_all=True),
    ],
)
def test_an_earlier_output_of_any_dialect_is_recognised(
    make_table: Make, outcomes: Make, tmp_path: Path, dialect: Dialect
) -> None:
    write_output(make_table(dialect=dialect), (), outcomes(), tmp_path / "out.csv", tmp_path / "r.csv")
    assert is_earlier_output(tmp_path / "out.csv")


def test_an_output_that_was_saved_by_a_spreadsheet_since_is_recognised(tmp_path: Path) -> None:
    save_with_shared_strings(tmp_path / "out.xlsx")
    assert is_earlier_output(tmp_path / "out.xlsx")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"phone,name\n1,2\n",
        b"freedom_id,import_status\n",
        b"PK\x03\x04 broken",
        b"\xd0\xcf\x11\xe0 broken",
        gzip.compress(b"phone\n1\n", mtime=0)[:-9],
        ",".join(reversed(RESULT_COLUMNS)).encode(),
    ],
)
def test_what_is_not_an_earlier_output_is_not_taken_for_one(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert not is_earlier_output(path)


def test_a_workbook_without_the_columns_is_not_taken_for_an_output(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["freedom_id", "import_status", "phone"])
    workbook.save(tmp_path / "x.xlsx")
    assert not is_earlier_output(tmp_path / "x.xlsx")


def fake_format(name: str) -> InputFormat:
    """A binary format of a table; its header stands behind the first bytes, a name a line."""

    def opened(content: FileContent, _options: object, _score: object) -> Any:
        header = content.path.read_text(encoding="utf-8").splitlines()[1:]
        return SimpleNamespace(header=header, close=lambda: None)

    return InputFormat(name, lambda content: content.head.startswith(b"FAKE"), opened)


@pytest.mark.parametrize(
    ("name", "header", "known"),
    [
        ("fake", ["phone", *RESULT_COLUMNS], True),
        ("fake", [*RESULT_COLUMNS[:2], "phone", *RESULT_COLUMNS[2:]], False),
        ("fake", ["phone", *reversed(RESULT_COLUMNS)], False),
        ("fake", ["phone", *RESULT_COLUMNS[1:]], False),
        ("never written", ["phone", *RESULT_COLUMNS], False),
    ],
)
def test_an_output_of_a_new_format_is_recognised_by_its_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, header: list[str], known: bool
) -> None:
    monkeypatch.setattr(reading, "FORMATS", (fake_format(name), *reading.FORMATS))
    monkeypatch.setitem(OUTPUT_FORMATS, "fake", OutputFormat(lambda: None, ("fake",)))
    path = tmp_path / "out.fake"
    path.write_text("\n".join(["FAKE", *header]), encoding="utf-8")
    assert is_earlier_output(path) is known


def test_a_huge_workbook_is_not_loaded_to_find_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_with_shared_strings(tmp_path / "x.xlsx")
    monkeypatch.setattr(target_module, "_LARGEST_WORKBOOK", 100)
    assert not is_earlier_output(tmp_path / "x.xlsx")


@pytest.mark.parametrize("extension", ["xlsx", "ods"])
def test_an_earlier_output_is_recognised_by_its_first_bytes_however_large_it_is(
    make_table: Make, outcomes: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    write_output(make_table(), (), outcomes(), tmp_path / f"x.{extension}", tmp_path / f"r.{extension}")
    monkeypatch.setattr(target_module, "_LARGEST_WORKBOOK", 100)
    assert is_earlier_output(tmp_path / f"x.{extension}")


@pytest.mark.parametrize(
    ("name", "last_row", "columns"),
    [("x.csv", 5_000_000, 600), ("x.xls", 65_536, 251), ("x.xlsx", 1_048_576, 16_379), ("x.ods", 1_048_576, 9)],
)
def test_what_fits_the_format_is_fine(name: str, last_row: int, columns: int) -> None:
    check_room(Path(name), last_row=last_row, columns=columns)


@pytest.mark.parametrize(
    ("name", "last_row", "columns", "advice"),
    [
        ("x.xls", 65_537, 9, r"ask for \.xlsx or \.csv"),
        ("x.xls", 100, 252, r"ask for \.xlsx or \.csv"),
        ("x.xlsx", 1_048_577, 9, r"ask for \.csv"),
        ("x.ods", 10, 16_380, r"ask for \.csv"),
    ],
)
def test_what_does_not_fit_is_told_before_sending_with_a_format_that_holds_it(
    name: str, last_row: int, columns: int, advice: str
) -> None:
    with pytest.raises(UsageError, match=advice):
        check_room(Path(name), last_row=last_row, columns=columns)
