"""Options describe themselves, so that a command line can be made of them, and refuse what means nothing."""

import subprocess
import sys
from dataclasses import asdict, fields, replace

import orjson
import pytest

from importer.errors import UsageError
from importer.sandbox import SandboxOptions, option_table, options_from
from importer.sandbox.__main__ import make_parser, options_of


def test_every_field_has_a_flag_a_type_and_a_help_text() -> None:
    table = option_table()
    assert [item.name for item in table] == [item.name for item in fields(SandboxOptions)]
    assert {item.type for item in table} == {str, int, float, bool, tuple}
    assert all(item.help.endswith(".") and item.flag.startswith("--") and "_" not in item.flag for item in table)
    assert all(item.default in item.choices for item in table if item.choices)


def test_the_default_is_a_server_without_faults() -> None:
    assert SandboxOptions().shares() == {}


def test_options_survive_a_way_through_json() -> None:
    options = SandboxOptions(faults=("cut@1",), quota=5, conflict_shape="mixed", forbidden=True, latency=2.5)
    assert options_from(orjson.loads(orjson.dumps(asdict(options)))) == options


def test_changes_keep_what_they_do_not_name() -> None:
    base = SandboxOptions(quota=5.0)
    assert options_from({"latency": 3}, base) == replace(base, latency=3.0)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("no_such", 1, "no option"),
        ("latency", "5", "takes a float"),
        ("latency", True, "takes a float"),
        ("token", 5, "takes a str"),
        ("token_requests", 1.5, "takes a int"),
        ("forbidden", 1, "takes a bool"),
        ("faults", "cut@1", "takes a tuple"),
        ("poison", (5,), "takes texts"),
        ("latency", -1, "negative"),
        ("error_share", 1.5, "between 0 and 1"),
        ("quota_kind", "guess", "one of bucket"),
        ("conflict_shape", "", "one of 409"),
        ("error_statuses", "200", "400 to 599"),
        ("error_statuses", "500;502", "400 to 599"),
        ("error_statuses", "", "400 to 599"),
    ],
)
def test_a_value_that_means_nothing_is_refused_with_its_reason(name: str, value: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        options_from({name: value})


def test_shares_of_more_than_all_requests_are_refused() -> None:
    with pytest.raises(UsageError, match="exceed"):
        SandboxOptions(error_share=0.6, cut_share=0.6)


def test_flags_are_made_of_the_table() -> None:
    words = "--quota 5 --forbidden --faults cut@1 --faults drip@2 --latency 2.5 --conflict-shape 422 --seed 3"
    expected = SandboxOptions(
        quota=5.0, forbidden=True, faults=("cut@1", "drip@2"), latency=2.5, conflict_shape="422", seed=3
    )
    assert options_of(make_parser().parse_args(words.split())) == expected


def test_options_cost_no_import_of_the_server() -> None:
    code = (
        "import sys, importlib.util as util; from importer.sandbox.server_options import option_table; "
        "sys.exit(bool({'uvicorn', 'starlette', 'httptools', 'httpx'} & set(sys.modules)))"
    )
    guarded = "import sys; before = set(sys.modules); import importer; loaded = set(sys.modules) - before; " + code
    assert subprocess.run([sys.executable, "-c", guarded], check=False).returncode == 0
