import re
import subprocess
import sys

from importer.mapping.header_names import HeaderKind, recognise
from schemas.fields import FIELDS, TABLE


def test_every_field_of_the_body_is_described_in_its_order() -> None:
    assert tuple(field.name for field in TABLE) == FIELDS


def test_only_the_phone_is_required() -> None:
    assert [field.name for field in TABLE if field.required] == ["phone"]


def test_every_field_has_a_rule_an_example_and_header_names() -> None:
    for field in TABLE:
        assert field.rule
        assert field.example
        assert field.headers.english


def test_the_header_names_shown_map_to_their_field() -> None:
    for field in TABLE:
        for name in field.headers.all:
            assert (recognise(name).kind, recognise(name).field) == (HeaderKind.FIELD, field.name)


def test_the_examples_keep_the_documented_patterns() -> None:
    examples = {field.name: field.example for field in TABLE}
    assert re.fullmatch(r"\+[0-9]{10,15}", examples["phone"])
    assert re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", examples["date_of_birth"])
    assert re.fullmatch(r"[A-Z]{3}", examples["country"])
    assert examples["gender"] in ("M", "F")


def test_describing_fields_loads_no_table_library() -> None:
    code = "import sys, schemas.fields, schemas.other_columns; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
