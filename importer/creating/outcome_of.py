"""What an answer means for a row and for the run: pure functions, one table.

kind              row                                              run
CREATED           created; unconfirmed where the ID is no success  goes on, but for REPEATS such answers
UPDATED           updated                                          goes on
TAKEN             already_imported, unconfirmed or exists          goes on
REJECTED          rejected, with the API's own words; of an        goes on
                  update: the user keeps its FreedomID
RETRY             sent again, after backoff                        goes on, pauses or waits out an outage
TOKEN_REFUSED     sent again once the token is renewed, else kept  stops: exit 4
FORBIDDEN         kept                                             stops: exit 4
MISROUTED         kept                                             stops: exit 4
"""

from dataclasses import dataclass, replace
from typing import Final

from importer.freedom_id import Answer, AnswerKind
from importer.model import REPEATED_ID, CellError, Outcome, Status

LOST: Final = "one of the requests may have created the user; its answer was lost"
"""The note of a failed row that may exist all the same."""


@dataclass(frozen=True)
class Claims:
    """What the journal knows of a phone that the API calls taken.

    Attributes:
        ours: The FreedomID that a run of ours got for it meanwhile, or "".
        doubt: Whether a request of ours, of this row or another, may have created it without an answer.
    """

    ours: str = ""
    doubt: bool = False


def created(answer: Answer) -> Outcome:
    """A new user."""
    return Outcome(Status.CREATED, freedom_id=answer.freedom_id)


def repeated(outcome: Outcome) -> Outcome:
    """The ID is another phone's as well; the journal takes it back from both rows, whose errors name each other."""
    text = f"the API gave the FreedomID {outcome.freedom_id} to another phone as well; ask Freedom Pay whose it is"
    return Outcome(Status.UNCONFIRMED, outcome.freedom_id, (CellError("", REPEATED_ID, text),))


def nobodys(outcome: Outcome) -> Outcome:
    """The ID says that there is none."""
    text = f"the API gave the FreedomID {outcome.freedom_id}, which is nobody's; ask Freedom Pay for the right one"
    return Outcome(Status.UNCONFIRMED, errors=(CellError("", REPEATED_ID, text),))


def taken(answer: Answer, claims: Claims) -> Outcome:
    """The phone is taken: by us earlier, perhaps by us, or by somebody else; an ID in the body is adopted."""
    if claims.ours:
        return Outcome(Status.ALREADY_IMPORTED, freedom_id=claims.ours)
    words = f" The API says: {answer.message}" if answer.message else ""
    if claims.doubt:
        note = "an earlier request for this phone got no answer and may have created the user"
        error = CellError("phone", "phone_unconfirmed", f"phone: taken, and {note}; ask Freedom Pay for its ID.{words}")
        return Outcome(Status.UNCONFIRMED, answer.freedom_id, () if answer.freedom_id else (error,), note)
    if answer.freedom_id:
        return Outcome(Status.EXISTS, answer.freedom_id, (), "the phone was registered before; the API named its ID")
    error = CellError("phone", "phone_exists", f"phone: already registered; not created by this journal.{words}")
    return Outcome(Status.EXISTS, errors=(error,))


def rejected(answer: Answer) -> Outcome:
    """The API refused this row: every field error it named, in its own words."""
    code = f"api_{answer.code or answer.http_status}"
    errors = [CellError(field, code, f"{field or 'row'}: the API says: {text}") for field, text in answer.field_errors]
    if not errors:
        text = answer.message or f"HTTP {answer.http_status} without an explanation"
        errors = [CellError("", code, f"the API says: {text}")]
    return Outcome(Status.REJECTED, errors=tuple(errors))


def updated(answer: Answer, freedom_id: str) -> Outcome:
    """What became of an update that has its answer."""
    if answer.kind is AnswerKind.UPDATED:
        return Outcome(Status.UPDATED, freedom_id)
    return replace(rejected(answer), freedom_id=freedom_id, note="its user is as before")


def update_failed(answer: Answer, attempts: int, freedom_id: str) -> Outcome:
    """An update kept failing while other rows went through: it may have been made all the same."""
    text = "the user has its FreedomID as before; whether the update was made is not known"
    return replace(failed(answer, attempts, doubt=False), note=f"{text} ({freedom_id})")


def failed(answer: Answer, attempts: int, *, doubt: bool) -> Outcome:
    """This row kept failing while others went through."""
    what = answer.message or (f"HTTP {answer.http_status}" if answer.http_status else "no answer")
    text = f"failed {attempts} times while other rows went through; the last time: {what}; try it again with --fresh"
    note = LOST if doubt else ""
    return Outcome(Status.FAILED, errors=(CellError("", "row_failed", text),), note=note)
