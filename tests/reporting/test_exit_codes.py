"""Which exit code a command ends with: the contract's table."""

import pytest

from importer import errors
from importer.model import REPEATED_ID, Cause, Severity, Status
from importer.reporting.report import Report
from importer.reporting.summary import exit_code_of


def report(*, created=0, not_sent=0, rejected=0, repeated=0):
    """What came of a run with so many rows of each kind."""
    statuses = {Status.CREATED: created, Status.NOT_SENT: not_sent, Status.REJECTED: rejected}
    counted = {"api_100": rejected, REPEATED_ID: repeated, "row_failed": rejected}
    causes = [Cause(code, "", Severity.ERROR, count, (2,)) for code, count in counted.items() if count]
    without_id = not_sent + rejected + repeated
    return Report(created + without_id, statuses, without_id, tuple(causes))


ALL, SOME, LEFT = report(created=3), report(created=2, rejected=1), report(created=2, not_sent=1)
REPEATED, REPEATED_AND_LEFT = report(created=1, repeated=2), report(created=1, repeated=2, not_sent=1)
INTERRUPTED, SILENT, ON_TRIAL, DISK_FULL = (
    kind("") for kind in (errors.Interrupted, errors.ApiSilent, errors.UpdatesOnTrial, errors.StorageFailed)
)


@pytest.mark.parametrize(
    ("made", "stopped", "code"),
    [
        (ALL, None, 0),
        (SOME, None, 1),
        (LEFT, None, 1),  # a --limit was reached
        (LEFT, INTERRUPTED, 4),
        (LEFT, SILENT, 4),
        (ALL, INTERRUPTED, 0),  # it was asked to end after its last row
        (SOME, SILENT, 1),
        (ALL, DISK_FULL, 4),  # its output may not be there
        (SOME, DISK_FULL, 4),
        (ALL, ON_TRIAL, 4),
        (SOME, ON_TRIAL, 4),
        (REPEATED, None, 5),
        (REPEATED, DISK_FULL, 5),
        (REPEATED_AND_LEFT, INTERRUPTED, 5),
    ],
)
def test_a_run_ends_with_the_worst_of_its_rows_and_of_what_stopped_it(made, stopped, code):
    assert exit_code_of(made, stopped) == code


def test_each_branch_of_the_exceptions_has_the_exit_code_of_the_contract():
    assert errors.ImporterError.exit_code == 70
    assert errors.UsageError.exit_code == 2
    assert errors.RefusedFile.exit_code == 3
    assert errors.BooksDontBalance.exit_code == 5
    assert errors.Defect.exit_code == 70
    stopped = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.Stopped)]
    assert {kind.exit_code for kind in stopped} == {4}
    assert len(stopped) == 9


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("a",), "a"), (("a", 3), "a"), ((3, "a"), "(3, 'a')"), ((3,), "3"), ((), "")],
)
def test_the_sentence_of_an_exception_is_its_first_text_and_nobody_was_told_of_it_yet(arguments, sentence):
    exc = errors.ImporterError(*arguments)
    assert exc.sentence == sentence
    assert exc.told is False
