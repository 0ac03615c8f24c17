"""What an answer means for a row and for the run: pure functions, one table.

kind              row                                              run
CREATED           created; unconfirmed where the ID is no success  goes on, but for REPEATED_IDS_THAT_END such answers
UPDATED           updated                                          goes on
TAKEN             already_imported, unconfirmed or exists          goes on
REJECTED          rejected, with the API's own words; in doubt     goes on
                  where an earlier request may have created the
                  user; of an update: it keeps its FreedomID
RETRY             sent again, after backoff                        goes on, pauses or waits out an outage
                  a 404 or 405 in JSON is one, too, where the      (a wrong address otherwise: MISROUTED)
                  address has worked, and in the end: rejected
TOKEN_REFUSED     sent again once the token is renewed, else kept  stops: exit 4
FORBIDDEN         kept                                             stops: exit 4
MISROUTED         kept                                             stops: exit 4
"""

from dataclasses import dataclass
from typing import Final

from importer.creating.rows.row_feed import Sendable
from importer.freedom_id import Answer, AnswerKind
from importer.freedom_id.classification import SUCCESS
from importer.journal.ledger.field_prints import SOMEBODY_ELSES
from importer.messages.text import Text, counted, joined
from importer.model import REPEATED_ID, CellError, Outcome, Status

LOST: Final = Text("one of the requests may have created the user; its answer was lost")
"""The note of a row that failed, or was refused, and may exist all the same."""

BESIDE: Final = Text("the API told a FreedomID beside an error, so the user may exist")
"""The note of a row whose answer says both that it is refused and that it has a user."""

_ROW: Final = Text("row")


@dataclass(frozen=True)
class TakenPhone:
    """What the journal knows of a phone that the API calls taken.

    Attributes:
        ours: The FreedomID that a run of ours got for it meanwhile, or "".
        doubt: Whether a request of ours, of this row or another, may have created it without an answer.
        other_person: Whether ``ours`` is of somebody of other names than the row's.
    """

    ours: str
    doubt: bool
    other_person: bool = False


def created(answer: Answer, prints: bytes = b"") -> Outcome:
    """A new user; ``prints`` of what was sent."""
    return Outcome(Status.CREATED, freedom_id=answer.freedom_id, prints=prints)


def id_repeated(outcome: Outcome) -> Outcome:
    """The ID is another phone's as well; the journal takes it back from both rows, whose errors name each other."""
    text = Text(
        "the API gave the FreedomID {freedom_id} to another phone as well; ask Freedom Pay whose it is",
        freedom_id=outcome.freedom_id,
    )
    return Outcome(Status.UNCONFIRMED, outcome.freedom_id, (CellError("", REPEATED_ID, text),))


def nobodys(outcome: Outcome) -> Outcome:
    """The ID says that there is none."""
    text = Text(
        "the API gave the FreedomID {freedom_id}, which is nobody's; ask Freedom Pay for the right one",
        freedom_id=outcome.freedom_id,
    )
    return Outcome(Status.UNCONFIRMED, errors=(CellError("", REPEATED_ID, text),))


def known(phone: TakenPhone) -> Outcome:
    """Another run of ours got the phone's FreedomID meanwhile: for the row's person, or for somebody else."""
    if not phone.other_person:
        return Outcome(Status.ALREADY_IMPORTED, freedom_id=phone.ours)
    return Outcome(Status.DUPLICATE, errors=(SOMEBODY_ELSES,))


def taken(answer: Answer, phone: TakenPhone) -> Outcome:
    """The phone is taken: by us earlier, perhaps by us, or by somebody else; an ID in the body is adopted."""
    if phone.ours:
        return known(phone)
    words = Text("The API says: {words}", words=answer.message) if answer.message else ""
    if phone.doubt:
        note = Text("an earlier request for this phone got no answer and may have created the user")
        text = Text("phone: taken, and {why}; ask Freedom Pay for its ID.", why=note)
        error = CellError("phone", "phone_unconfirmed", joined([text, words]))
        return Outcome(Status.UNCONFIRMED, answer.freedom_id, () if answer.freedom_id else (error,), note)
    if answer.freedom_id:
        named = Text("the phone was registered before; the API named its ID")
        return Outcome(Status.EXISTS, answer.freedom_id, (), named)
    text = Text("phone: already registered; not created by this journal.")
    return Outcome(Status.EXISTS, errors=(CellError("phone", "phone_exists", joined([text, words])),))


def rejected(answer: Answer, *, lost: bool = False, doubt: bool = False) -> Outcome:
    """The API refused this row: every field error it named, in its own words, and why its user may exist.

    ``lost``: an earlier request for it got no answer; ``doubt``: it was answered so that the user may exist.
    """
    code = f"api_{answer.code or answer.http_status}"
    errors = [
        CellError(field, code, Text("{field}: the API says: {words}", field=field or _ROW, words=words))
        for field, words in answer.field_errors
    ]
    if not errors:
        text = answer.message or Text("HTTP {status} without an explanation", status=answer.http_status)
        errors = [CellError("", code, Text("the API says: {words}", words=text))]
    notes = [LOST] if lost else []
    if answer.maybe_created or (doubt and not lost):
        notes.append(BESIDE)
    return Outcome(Status.REJECTED, errors=tuple(errors), note=joined(notes, "; ") if notes else "", doubt=bool(notes))


def updated(answer: Answer, sent: Sendable, *, doubt: bool = False) -> Outcome:
    """What became of an update that has its answer; ``doubt``: an earlier request for it got none.

    Where its user is as before, the ledger's prints are as well; else what was sent stays in doubt.
    """
    if answer.kind is AnswerKind.UPDATED:
        return Outcome(Status.UPDATED, sent.freedom_id, prints=sent.prints, replaces=sent.replaces)
    uncertain = answer.maybe_created and answer.http_status in SUCCESS
    refused = rejected(answer)._replace(freedom_id=sent.freedom_id, doubt=False)
    if doubt or uncertain:
        return refused._replace(note=_perhaps_made(sent.freedom_id))
    note = Text("its user is as before")
    return refused._replace(note=note, prints=sent.before, replaces=sent.replaces, instead_of=sent.marked)


def update_failed(answer: Answer, attempts: int, freedom_id: str) -> Outcome:
    """An update kept failing while other rows went through: it may have been made all the same."""
    return failed(answer, attempts, doubt=False)._replace(note=_perhaps_made(freedom_id))


def _perhaps_made(freedom_id: str) -> Text:
    return Text("the user has its FreedomID as before; whether the update was made is not known ({id})", id=freedom_id)


def failed(answer: Answer, attempts: int, *, doubt: bool) -> Outcome:
    """This row kept failing while others went through."""
    what = answer.message or (f"HTTP {answer.http_status}" if answer.http_status else Text("no answer"))
    text = counted(
        "failed {count} time while other rows went through; the last time: {what}; try it again with --fresh",
        "failed {count} times while other rows went through; the last time: {what}; try it again with --fresh",
        attempts,
        what=what,
    )
    note = LOST if doubt else ""
    return Outcome(Status.FAILED, errors=(CellError("", "row_failed", text),), note=note)
