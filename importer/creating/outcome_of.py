"""What an answer means for a row and for the run: pure functions, one table.

kind              row                                              run
CREATED           created                                          goes on
TAKEN             already_imported, unconfirmed or exists          goes on
REJECTED          rejected, with the API's own words               goes on
RETRY             sent again, after backoff                        goes on, pauses or waits out an outage
TOKEN_REFUSED     sent again once the token is renewed, else kept  stops: exit 4
FORBIDDEN         kept                                             stops: exit 4
MISROUTED         kept                                             stops: exit 4
"""

from dataclasses import dataclass

from importer.freedom_id import Answer
from importer.model import CellError, Outcome, Status


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


def failed(answer: Answer, attempts: int, *, doubt: bool) -> Outcome:
    """This row kept failing while others went through."""
    what = answer.message or (f"HTTP {answer.http_status}" if answer.http_status else "no answer")
    text = f"failed {attempts} times while other rows went through; the last time: {what}; try it again with --fresh"
    note = "one of the requests may have created the user; its answer was lost" if doubt else ""
    return Outcome(Status.FAILED, errors=(CellError("", "row_failed", text),), note=note)
