"""What a command loads: a check pays for the libraries that check, and for no others."""

import subprocess
import sys

from importer.journal import Journal
from importer.settings import DEFAULT_URL

OTHERS = {"httpx", "tenacity", "rich", "babel", "openpyxl"}

SCRIPT = """
import sys
from importer import Settings
from importer.validate_file import validate
summary = validate(sys.argv[1], Settings(journal=sys.argv[2]))
assert summary.rows == 2, summary
print(*sys.modules)
"""


def loaded_by_a_check(folder):
    """The modules that are loaded once a file has been checked beside the journal of a folder."""
    path = folder / "users.csv"
    path.write_text("phone,email,date_of_birth\n+77011234567,a@example.com,1990-01-31\n8701,b@@example,31.02.1999\n")
    command = [sys.executable, "-c", SCRIPT, str(path), str(folder / "journal.db")]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_checking_a_file_for_the_first_time_loads_no_library_that_does_not_check(tmp_path):
    assert loaded_by_a_check(tmp_path) & {*OTHERS, "sqlalchemy"} == set(), "there is no journal to look into"


def test_checking_a_file_beside_a_journal_loads_no_library_that_does_not_check(tmp_path):
    with Journal.open(str(tmp_path / "journal.db")) as journal:
        journal.create_run("ab" * 32, DEFAULT_URL, "users.csv", "cd" * 32, {})
    loaded = loaded_by_a_check(tmp_path)
    assert loaded & OTHERS == set()
    assert {"pandera", "sqlalchemy"} <= loaded, "what checks is there"
