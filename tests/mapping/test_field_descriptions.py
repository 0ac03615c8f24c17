import re
import subprocess
import sys

from importer.mapping.header_names import Kind, recognise
from importer.messages.field_descriptions import describe_fields
from importer.model import FIELDS


def test_every_field_of_the_body_is_described_in_its_order() -> None:
    assert tuple(field.name for field in describe_fields()) == FIELDS


def test_only_the_phone_is_required() -> None:
    assert [field.name for field in describe_fields() if field.required] == ["phone"]


def test_every_field_has_a_rule_an_example_and_header_names() -> None:
    for field in describe_fields():
        assert field.rule
        assert field.example
        assert field.english


def test_the_header_names_shown_map_to_their_field() -> None:
    for field in describe_fields():
        for name in (*field.english, *field.russian, *field.kazakh, *field.weaker):
            assert (recognise(name).kind, recognise(name).field) == (Kind.FIELD, field.name)


def test_the_examples_keep_the_documented_patterns() -> None:
    examples = {field.name: field.example for field in describe_fields()}
    assert re.fullmatch(r"\+[0-9]{10,15}", examples["phone"])
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", examples["date_of_birth"])
    assert re.fullmatch(r"[A-Z]{3}", examples["country"])
    assert examples["gender"] in ("M", "F")


def test_describing_fields_loads_no_table_library() -> None:
    code = "import sys, schemas.columns, schemas.other_columns; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
