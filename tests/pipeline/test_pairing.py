"""The property that matters most: rows in = rows out, each FreedomID on its own row, whatever the API does."""

import csv
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.commands import read_rows

from importer import Status, load
from importer.pipeline import run
from importer.sandbox import Sandbox, SandboxOptions

FAULTS = ("error", "html", "reset_before", "reset_after", "cut", "odd", "error_after", "close_after")

CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff"), max_size=12)


def phone_cells():
    number = st.integers(1, 60).map(lambda n: f"701000{n:04d}")
    written = st.sampled_from(["+7{}", "8{}", "7{}", "{}", "+7 ({})", " 8-{} ", "'+7{}"])
    good = st.builds(lambda form, n: form.format(n), written, number)
    bad = st.sampled_from(["", "нет", "8701", "+8 701 000 00 01", "77777777777", "=1+1", "7.70112E+10"])
    return st.one_of(good, good, good, bad)


@st.composite
def files(draw):
    count = draw(st.integers(1, 40))
    rows = [(draw(phone_cells()), draw(CELL), draw(CELL)) for _ in range(count)]
    return [row if "".join(row).strip() else ("x", *row[1:]) for row in rows]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=files(),
    fault=st.sampled_from(FAULTS),
    share=st.sampled_from([0.0, 0.1, 0.4]),
    concurrency=st.integers(1, 40),
    seed=st.integers(0, 2**31),
    policy=st.sampled_from(["first", "none"]),
)
def test_rows_in_are_rows_out_and_each_id_stands_on_the_row_of_its_phone(rows, fault, share, concurrency, seed, policy):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "users.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("phone", "firstname", "remark"), *rows])
        options = SandboxOptions(**{f"{fault}_share": share}, seed=seed, conflict_shape="mixed")
        with Sandbox(options) as sandbox:
            patch.setenv("FREEDOM_ID_URL", sandbox.url)
            patch.setenv("FREEDOM_ID_TOKEN", sandbox.token)
            random.seed(seed)
            flags = {"concurrency": concurrency, "duplicates": policy, "timeout": 5, "backoff": 0.01}
            summary = run(path, load({**flags, "home": Path(folder)}))
            users = {user["phone"]: user["freedom_id"] for user in sandbox.users()}
        out = read_rows(Path(folder) / "users.result.csv")

    assert summary.rows == len(rows) == len(out)
    for row, (_, _, remark) in zip(out, rows, strict=True):
        assert row["remark"] in {remark, f"'{remark}"}
    given_out = Counter(row["freedom_id"] for row in out if row["freedom_id"])
    assert all(count == 1 for count in given_out.values())
    phones = {freedom_id: phone for phone, freedom_id in users.items()}
    for row, (phone, _, _) in zip(out, rows, strict=True):
        assert row["import_status"] in {str(status) for status in Status}
        if row["freedom_id"]:
            assert phones[row["freedom_id"]][-10:] == "".join(filter(str.isdigit, phone))[-10:]
    told = sum(row["import_status"] in {"created", "unconfirmed"} for row in out)
    perhaps = sum("may have created" in row["import_note"] for row in out if row["import_status"] == "failed")
    assert told <= len(users) <= told + perhaps
