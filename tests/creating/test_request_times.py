"""A row in doubt says when its requests left; many of them are told by the first and the last."""

import pytest

from importer.creating.outcomes.request_times import with_times
from importer.freedom_id import Answer, AnswerKind
from importer.model import Outcome, Status

IN_DOUBT = Outcome(Status.UNCONFIRMED, note="in doubt")


def told_of(count: int, outcome: Outcome = IN_DOUBT) -> list[str]:
    """The requests that a note tells of ``count``, one a second since 1970, without an answer."""
    note = with_times(outcome, [(float(second), Answer(AnswerKind.RETRY)) for second in range(count)]).note
    return str(note).partition("requests sent ")[2].split(", ")


@pytest.mark.parametrize("count", [1, 11, 12])
def test_up_to_twelve_requests_are_told_one_by_one(count: int) -> None:
    assert told_of(count) == [f"1970-01-01T00:00:{second:02}.000Z (no answer)" for second in range(count)]


@pytest.mark.parametrize("count", [13, 20, 60])
def test_of_more_the_first_six_and_the_last_six_are_told(count: int) -> None:
    seconds = [*range(6), *range(count - 6, count)]
    told = [f"1970-01-01T00:00:{second:02}.000Z (no answer)" for second in seconds]
    assert told_of(count) == [*told[:6], f"… {count - 12} more …", *told[6:]]


@pytest.mark.parametrize("outcome", [Outcome(Status.FAILED), Outcome(Status.CREATED, "id"), Outcome(Status.REJECTED)])
def test_a_row_that_is_not_in_doubt_tells_of_none(outcome: Outcome) -> None:
    assert told_of(3, outcome) == [""]
