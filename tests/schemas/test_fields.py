"""A field of the API is one row of a table."""

import ast
import subprocess
import sys
from pathlib import Path

import importer
from importer.messages.field_list import as_text
from schemas.fields import FIELD_OF, FIELDS, TABLE
from schemas.patterns import LONGEST

A_NEW_FIELD = """
from schemas import fields
new = fields.Field(
    "shoe_size", rule="text", repaired="blanks", example="42", sample="43", hint=("Size.", "Размер.", "Өлшемі."),
    headers=fields.headers(english="shoe size", russian="размер обуви"),
)
fields.TABLE += (new,)
fields.FIELDS += (new.name,)
fields.FIELD_OF = {**fields.FIELD_OF, new.name: new}

import json
import os
import sys
from pathlib import Path
from openpyxl import load_workbook
from importer import Settings
from importer.messages.wording import headline, template
from importer.messages.field_list import as_text
from importer.validate_file import validate
from importer.writing.template_workbook import write_template

folder = Path(sys.argv[1])
(folder / "users.csv").write_text("phone,Размер обуви\\n+77011234567, 4  2 \\n", encoding="utf-8")
summary = validate(folder / "users.csv", Settings(show_values=True, home=folder))
assert summary.preview == ((2, {"phone": "+77011234567", "shoe_size": "4 2"}),), summary.preview
assert any(one.text.startswith("shoe_size ←") for one in summary.findings)
assert "shoe_size: text" in as_text() and "размер обуви" in as_text()
assert template("shoe_size_cleaned") == template("phone_cleaned")
assert headline("shoe_size_cleaned") == "Shoe size cleaned"
write_template(folder / "empty.xlsx")
sheet = load_workbook(folder / "empty.xlsx").worksheets[0]
assert [cell.value for cell in sheet[1]][-1] == "shoe_size" and [cell.value for cell in sheet[2]][-1] == "43"

from importer.cli.app import main
from importer.sandbox import Sandbox, SandboxOptions

(folder / "later.csv").write_text("phone,Размер обуви\\n+77011234567,41\\n", encoding="utf-8")
with Sandbox(SandboxOptions(state=str(folder / "state"))) as sandbox:
    os.environ |= {"FREEDOM_ID_URL": sandbox.url, "FREEDOM_ID_TOKEN": sandbox.token}
    for name, options, code in (("users.csv", [], 0), ("later.csv", ["--update"], 4)):  # the first update is on trial
        sys.argv = ["importer", "run", str(folder / name), *options]
        assert main() == code
    (user,) = sandbox.users()
records = [json.loads(line) for line in (folder / "state").read_text(encoding="utf-8").splitlines()]
sent = [one["body"] for one in records if "body" in one], [one["fields"] for one in records if "fields" in one]
assert sent[0] == [{"phone": "+77011234567", "shoe_size": "4 2"}], sent
assert sent[1] == [{"freedom_id": user["freedom_id"], "shoe_size": "41"}], sent
"""


def test_one_row_adds_a_field_to_mapping_cleaning_schema_template_messages_help_and_what_is_sent(tmp_path):
    environment = {"PYTHONPATH": str(Path(importer.__file__).parents[1]), "IMPORTER_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        [sys.executable, "-c", A_NEW_FIELD, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_table_is_what_every_list_of_fields_derives_from():
    assert FIELDS == tuple(field.name for field in TABLE) == tuple(FIELD_OF)
    assert len(set(FIELDS)) == len(FIELDS)


SPELLED_OUT_ON_PURPOSE = {
    "sandbox/body_rules.py",  # the server's own words: it must not follow a slip of the client
    "schemas/user.py",  # the API's own table: which field has which checks
    "schemas/other_columns.py",  # header names of other systems, some of which read like ours
    "freedom_id/answer_words.py",  # the words of answers, by the field they speak of
}


def test_no_other_module_spells_a_list_of_fields_out():
    root = Path(importer.__file__).parent
    for path in [*root.rglob("*.py"), *(root.parent / "schemas").glob("*.py")]:
        name = str(path.relative_to(root.parent)).removeprefix("importer/")
        if name in SPELLED_OUT_ON_PURPOSE or name == "schemas/fields.py":
            continue
        texts = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert len(texts & set(FIELDS)) < len(FIELDS) - 1, f"{name} names nearly every field: derive it from the table"


def test_the_list_of_fields_tells_how_long_a_text_may_be():
    told = as_text().split("\n\n")
    for name, most in LONGEST.items():
        assert (
            next(part for part in told if part.startswith(name)).split("\n")[0].endswith(f"at most {most} characters")
        )
