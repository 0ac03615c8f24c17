"""What a command loads: a check pays for the libraries that check, and for no others."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from importer import Settings, validate
summary = validate(sys.argv[1], Settings(journal=sys.argv[2]))
assert summary.rows == 2, summary
sys.exit(sys.argv[3] in sys.modules)
"""


@pytest.mark.parametrize("library", ["sqlalchemy", "httpx", "tenacity", "hypothesis", "rich", "babel", "openpyxl"])
def test_checking_a_file_does_not_import(library, tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("phone,email,date_of_birth\n+77011234567,a@example.com,1990-01-31\n8701,b@@example,31.02.1999\n")
    command = [sys.executable, "-c", SCRIPT, str(path), str(tmp_path / "journal.db"), library]
    assert subprocess.run(command, check=False).returncode == 0
