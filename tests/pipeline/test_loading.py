"""What a command loads: a check pays for the libraries that check, and for no others."""

import subprocess
import sys

import pytest

from importer.journal import Journal
from importer.settings import DEFAULT_URL

SCRIPT = """
import sys
from importer import Settings
from importer.validate_file import validate
summary = validate(sys.argv[1], Settings(journal=sys.argv[2]))
assert summary.rows == 2, summary
sys.exit(sys.argv[3] in sys.modules)
"""


@pytest.mark.parametrize("library", ["httpx", "tenacity", "rich", "babel", "openpyxl"])
@pytest.mark.parametrize("imported_before", [False, True], ids=["first time", "with a journal"])
def test_checking_a_file_does_not_import(library, imported_before, tmp_path):
    if imported_before:
        with Journal.open(str(tmp_path / "journal.db")) as journal:
            journal.create_run("ab" * 32, DEFAULT_URL, "users.csv", "cd" * 32, {})
    path = tmp_path / "users.csv"
    path.write_text("phone,email,date_of_birth\n+77011234567,a@example.com,1990-01-31\n8701,b@@example,31.02.1999\n")
    command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / "journal.db"), library]
    assert subprocess.run(command, check=False).returncode == 0


def test_checking_a_file_does_not_import_the_database_library_where_there_is_no_journal(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("phone,email,date_of_birth\n+77011234567,a@example.com,1990-01-31\n8701,b@@example,31.02.1999\n")
    command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / "journal.db"), "sqlalchemy"]
    assert subprocess.run(command, check=False).returncode == 0
