"""What the summary of a command says beside its counts."""

from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from importer.cli.summary_text import as_text
from importer.errors import ApiSilent, Interrupted
from importer.model import REPEATED_ID, Cause, Changes, Severity, Status, Summary
from importer.reporting.report import Report
from importer.reporting.summary import hint, summarise, with_preview, with_values

SOURCE = SimpleNamespace(table=SimpleNamespace(findings=("t",)), mapping=SimpleNamespace(findings=("m",)))
RUN = SimpleNamespace(id="r-1", api="sandbox", finished_at="2026-01-02T03:04:05.678901+00:00", settings={})
GOOD = Report(3, {Status.CREATED: 3}, 0, ())
LEFT = Report(3, {Status.CREATED: 1, Status.NOT_SENT: 2}, 2, ())
REPEATED = Report(2, {Status.UNCONFIRMED: 2}, 2, (Cause(REPEATED_ID, "", Severity.ERROR, 2, (2, 3)),))


def summary_of(command="run", made=GOOD, run=RUN, **options) -> Summary:
    """The summary of a command whose input is SOURCE."""
    return summarise(command, run, SOURCE, made, 0.0, **options)


@pytest.mark.parametrize(
    ("statuses", "examples", "code"),
    [
        ({Status.NOT_SENT: 2, Status.ALREADY_IMPORTED: 1}, 0, 0),
        ({Status.NOT_SENT: 2, Status.INVALID: 1}, 0, 1),
        ({Status.NOT_SENT: 2, Status.INVALID: 1}, 1, 0),  # the template's example is nobody's row
        ({Status.NOT_SENT: 1, Status.INVALID: 2}, 1, 1),
        ({Status.EXISTS: 3}, 0, 1),
    ],
)
def test_a_checked_file_is_well_if_each_of_its_rows_could_have_an_id(statuses, examples, code):
    made = Report(3, statuses, 3, (), examples=examples)
    assert summary_of("validate", made, None).exit_code == code
    assert summary_of("run", made).exit_code == 1
    assert summary_of("report", replace(made, without_id=0)).exit_code == 0


@pytest.mark.parametrize(
    ("made", "stopped", "early", "message"),
    [
        (LEFT, ApiSilent("silent"), True, "silent"),
        (GOOD, Interrupted("asked"), False, "all is well"),  # after its last row
        (REPEATED, Interrupted("asked"), False, "asked"),
        (GOOD, None, False, "all is well"),
        (REPEATED, None, False, "all is well"),
    ],
)
def test_what_stopped_a_run_is_told_where_it_left_rows_or_the_books_do_not_balance(made, stopped, early, message):
    told = summary_of(made=made, stopped=stopped, message="all is well")
    assert told.stopped is (stopped if early else None)
    assert told.message == message
    assert told.findings == ("t", "m")


def test_seconds_are_counted_from_when_the_command_began():
    assert summarise("run", RUN, SOURCE, GOOD, 1e12).seconds < 0


def test_a_summary_names_its_run_its_api_and_what_has_changed_where_there_is_a_run():
    without = summary_of("validate", run=None)
    assert (without.run, without.api, without.changes, without.requests) == ("", "", None, 0)
    counts = {field.name: number for number, field in enumerate(fields(Changes))}
    compared = SimpleNamespace(**vars(RUN) | {"settings": {"changes": counts}})
    told = summary_of(run=compared, requests=7)
    assert (told.run, told.api, told.changes, told.requests) == ("r-1", "sandbox", Changes(**counts), 7)
    assert summary_of().changes is None


def test_a_summary_names_the_files_that_were_written():
    files = {name: Path(name) for name in ("output", "rejected", "rejected_workbook")}
    written, unwritten = summary_of(made=replace(GOOD, **files)), summary_of()
    assert {name: getattr(written, name) for name in files} == {name: name for name in files}
    assert {name: getattr(unwritten, name) for name in files} == dict.fromkeys(files, "")


def test_the_hint_names_what_a_person_must_know_first():
    assert hint(RUN, REPEATED, 2, before=False).startswith("2 rows were given a FreedomID that is another phone's")
    assert hint(RUN, LEFT, 1, before=False) == "2 rows were not sent; run the same command without --limit to send them"
    assert hint(RUN, GOOD, 0, before=True) == (
        "nothing was left to send (run r-1, finished 2026-01-02T03:04:05+00:00); "
        "importer run FILE --fresh starts a new run"
    ), "also where it was the inbox, or --resume, which take no --fresh"
    assert hint(RUN, GOOD, 1, before=False) == ""
    assert hint(RUN, GOOD, 0, before=False) == "nothing was sent: every row is known already, or has an error"


@pytest.mark.parametrize(
    ("of_these", "meaning"),
    [
        (2, "unconfirmed       given a FreedomID that is another phone's as well, or nobody's"),
        (
            1,
            "unconfirmed       1 given a FreedomID that is another phone's as well, or nobody's; the others taken",
        ),
        (0, "unconfirmed       taken, perhaps by a request of ours without an answer"),
    ],
)
def test_an_unconfirmed_row_is_told_by_its_cause(of_these, meaning):
    cause = Cause(REPEATED_ID, "", Severity.ERROR, of_these, (2,))
    made = replace(GOOD, statuses={Status.UNCONFIRMED: 2}, causes=(cause,) if of_these else ())
    assert f"  2  {meaning}" in as_text(replace(summary_of(made=made), findings=()))


def test_no_two_lines_of_the_summary_read_the_same():
    fields = ("phone", "email", "+77010000009", "+77010000010")
    causes = tuple(Cause("api_422", field, Severity.ERROR, 1, (row,)) for row, field in enumerate(fields, 2))
    lines = [line.split(maxsplit=2) for line in as_text(replace(summary_of(), findings=(), causes=causes)).splitlines()]
    assert [(line[0], line[2]) for line in lines if "api_422" in line] == [
        ("1", "Refused by the API (422): Phone (row 2)"),
        ("1", "Refused by the API (422): E-mail (row 3)"),
        ("2", "Refused by the API (422) (rows 4, 5)"),
    ]


@pytest.mark.parametrize(("show_values", "phone"), [(False, "+7701•••••67"), (True, "+77011234567")])
def test_values_of_persons_are_masked_unless_asked_for(show_values, phone):
    cause = Cause("phone_pattern", "phone", Severity.ERROR, 1, (2,))
    seen = (replace(cause, values=(("+77011234567", 4),)),)
    summary = replace(summary_of(), causes=(cause, replace(cause, field="email")))
    assert [each.values for each in with_values(summary, seen, show_values=show_values).causes] == [((phone, 4),), ()]
    assert with_values(summary, seen).causes[0].values == (("+7701•••••67", 4),)
    found = SimpleNamespace(findings=("s",), causes=seen)
    told = with_preview(summary, found, [(2, {"phone": "+77011234567"})], show_values=show_values)
    assert told.preview == ((2, {"phone": phone}),)
    assert told.findings == ("t", "m", "s")
    assert told.causes[0].values == ((phone, 4),)
