"""A second format of delimited text, added as the tour says, is text for every command and no workbook for any."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import importer
from importer.sandbox import Sandbox, SandboxOptions

PSV_TABLE = '''"""Cells separated by bars."""

from dataclasses import replace

from importer.reading.input_format import InputFormat
from importer.reading.text.csv_table import open_csv


def _open(content, options, score):
    table = open_csv(content, replace(options, delimiter="|"), score)
    table.dialect = replace(table.dialect, format="psv")
    return table


FORMAT = InputFormat("psv", lambda content: b"|" in content.head, _open, extensions=("psv",), packed=True)
'''
LINES = {
    "reading/formats.py": {
        "from importer.reading.text import csv_table": "from importer.reading.text import csv_table, psv_table",
        "    csv_table.FORMAT,": "    psv_table.FORMAT,\n    csv_table.FORMAT,",
    },
    "writing/output_formats.py": {
        "Final = {": 'Final = {\n    "psv": OutputFormat(_delimited, ("psv",), {"psv": "|"}),',
    },
}
"""A file, and a line in each of the two tables."""

COMMANDS = """
import sys
from importer.cli.app import main

for line in sys.stdin:
    sys.argv = ["importer", *line.split()]
    code = main()
    print(f"exit {code}", flush=True)
"""
BANNER = "Список клиентов|на 1 июня\n"
USERS = f"{BANNER}phone|firstname|note\n+77010000001|Ann|a,b\n12|Bob|c\n\n+77010000003|Eve|=1+1\n"
Several = Callable[..., list[tuple[int, str]]]


@pytest.fixture
def commands(tmp_path: Path) -> Several:
    """Some commands of a program with the second format, one after another: how each ended and what it said."""
    packages = tmp_path / "packages"
    for package in (Path(importer.__file__).parent, Path(importer.__file__).parents[1] / "schemas"):
        shutil.copytree(package, packages / package.name)
    (packages / "importer/reading/text/psv_table.py").write_text(PSV_TABLE, encoding="utf-8")
    for name, changes in LINES.items():
        module = packages / "importer" / name
        text = module.read_text(encoding="utf-8")
        for before, after in changes.items():
            assert text.count(before) == 1
            text = text.replace(before, after)
        module.write_text(text, encoding="utf-8")

    def run(*lines: str, **environment: str) -> list[tuple[int, str]]:
        done = subprocess.run(
            [sys.executable, "-c", COMMANDS],
            input="\n".join(lines),
            cwd=tmp_path,
            env={"PYTHONPATH": str(packages), "IMPORTER_HOME": str(tmp_path / "home"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        ends = re.split(r"^exit (\d+)\n", done.stdout, flags=re.MULTILINE)
        assert len(ends) == 2 * len(lines) + 1, done.stdout
        return [(int(code), said) for said, code in zip(ends[::2], ends[1::2], strict=False)]

    return run


def test_a_second_format_of_text_is_checked_imported_corrected_and_merged_as_text(
    commands: Several, tmp_path: Path
) -> None:
    users, rejected = tmp_path / "users.psv", tmp_path / "users.rejected.psv"
    users.write_text(USERS, encoding="utf-8")
    with Sandbox(SandboxOptions()) as sandbox:
        api = {"FREEDOM_ID_URL": sandbox.url, "FREEDOM_ID_TOKEN": sandbox.token}
        checked, imported = commands("validate users.psv -o checked.xlsx", "run users.psv", **api)
        assert (checked[0], imported[0]) == (1, 1), (checked, imported)
        assert "new workbook" not in checked[1], "an input that is no workbook loses nothing"
        result = (tmp_path / "users.result.psv").read_text(encoding="utf-8").splitlines()
        assert result[0] == BANNER.strip(), "what stands above the header is given back"
        assert result[1].startswith("phone|firstname|note|freedom_id|import_status|")
        assert [line.split("|")[4] for line in result[2:] if line] == ["created", "invalid", "created"]
        assert result[2].split("|")[2] == "a,b", "no cell needs quotes for a comma"
        assert result[4] == "", "rows stand on the lines that their numbers name"
        assert result[5].split("|")[2] == "'=1+1"
        corrected = rejected.read_text(encoding="utf-8").replace("12|Bob", "+77010000002|Bob")
        rejected.write_text(corrected, encoding="utf-8")
        other = f"sqlite:///{tmp_path / 'other.db'}"
        merge = "merge users.result.psv users.rejected.result.psv"
        there = f"run users.psv --journal {other}"
        ended = commands("run users.rejected.psv", there, merge, f"{merge} -o again.psv --journal {other}", **api)
        assert [code for code, _ in ended] == [0, 1, 0, 0], ("rows of text have their own numbers", ended)
    merged = (tmp_path / "users.merged.psv").read_text(encoding="utf-8").splitlines()
    assert merged[0] == BANNER.strip()
    assert [line.split("|")[0] for line in merged[2:] if line] == [f"+7701000000{at}" for at in (1, 2, 3)]
    assert (tmp_path / "again.psv").read_text(encoding="utf-8").splitlines() == merged
    assert {user["phone"] for user in sandbox.users()} == {f"+7701000000{at}" for at in (1, 2, 3)}


def test_between_two_formats_of_text_cells_stand_apart_as_the_names_ending_says(
    commands: Several, tmp_path: Path
) -> None:
    (tmp_path / "bars.psv").write_text(USERS, encoding="utf-8")
    (tmp_path / "commas.csv").write_text("phone,firstname\n+77010000001,Ann\n", encoding="utf-8")
    ended = commands("validate bars.psv -o with_commas.csv", "validate commas.csv -o with_bars.psv")
    assert [code for code, _ in ended] == [1, 0], ended
    assert "+77010000001,Ann," in (tmp_path / "with_commas.csv").read_text(encoding="utf-8")
    assert "+77010000001|Ann|" in (tmp_path / "with_bars.psv").read_text(encoding="utf-8")
