"""What becomes of a row once it has its last answer: its outcome on disk, or back to not sent where the run stops."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Protocol

from importer.creating.outcomes import outcome_of
from importer.creating.outcomes.outcome_of import TakenPhone
from importer.creating.outcomes.recent_ids import KnownIds
from importer.creating.outcomes.request_times import with_times
from importer.creating.rows.row import Row
from importer.creating.rows.row_feed import Sendable
from importer.creating.send_progress import SendProgress
from importer.errors import ApiUnavailable
from importer.freedom_id import NOBODYS_IDS, PAGE, Answer, AnswerKind
from importer.journal.ledger.ledger_writes import UnderWay
from importer.journal.states import Held
from importer.messages.text import Text, counted
from importer.model import Outcome, Status

REPEATED_IDS_THAT_END: Final = 3
"""Answers with another phone's FreedomID, or with nobody's, that end the run: more would only make more users whose ID
is lost."""

GIVEN: Final = frozenset({Status.CREATED, Status.EXISTS, Status.UNCONFIRMED})
"""Outcomes whose FreedomID the API has just told; that of ``already_imported`` is the ledger's for this very phone."""


ADVICE: Final = {
    "certificate": Text(
        "check --url and the clock here; SSL_CERT_FILE names the certificate of a proxy that reads along"
    ),
    "proxy": Text("check user, password and rules of the proxy that HTTPS_PROXY names, or name the API in NO_PROXY"),
    "name": Text("check the host in --url"),
    "proxy_name": Text("check the host in HTTPS_PROXY, or name the API in NO_PROXY"),
    "tls": Text("check host and port in --url"),
    "not_http": Text("check host and port in --url"),
    PAGE: Text("check --url: a web site answers there"),
}
"""What to do about what cannot heal by itself."""


class Writer(Protocol):
    """What creating needs of the journal: the first two return when the fact is on disk."""

    async def started(self, row: int, *, in_spite: bool = False, update: UnderWay | None = None) -> Held | None:
        """A request for this row may leave from now on, or why not; ``in_spite`` of another run with its phone."""
        ...

    async def finished(self, row: int, outcome: Outcome) -> None:
        """The row is done."""
        ...

    def released(self, row: int) -> None:
        """A started row is unknown to the API after all."""
        ...


class Recorder:
    """Begins and ends rows; ``phone_owner`` is asked when the API calls a phone taken, ``ids`` whose a FreedomID is.

    ``ended`` is told as soon as IDs repeat too often: a slow disk keeps nobody from sending meanwhile.
    """

    def __init__(
        self,
        writer: Writer,
        phone_owner: Callable[[Sendable], Awaitable[TakenPhone]],
        progress: SendProgress,
        ids: KnownIds | None = None,
        *,
        ended: Callable[[ApiUnavailable], object] = lambda _reason: None,
    ) -> None:
        self._writer, self._phone_owner, self._progress = writer, phone_owner, progress
        self._ended = ended
        self._ids = ids or KnownIds({}, str.encode)
        self._repeated_ids = 0

    async def started(self, row: Row, *, in_spite: bool = False) -> Held | None:
        """Make it durable that a request for this row may leave; why it must not, if so (see ``JournalWriter``)."""
        sendable = row.sendable
        return await self._writer.started(sendable.row, in_spite=in_spite, update=sendable.update)

    async def created_elsewhere(self, row: Row) -> bool:
        """Whether another run has created the row's user meanwhile; it is recorded then, and nothing is to be sent."""
        phone = await self._phone_owner(row.sendable)
        if phone.ours:
            outcome = outcome_of.known(phone)
            await self._writer.finished(row.sendable.row, outcome)
            self._progress.done[outcome.status] += 1
        return bool(phone.ours)

    def release(self, row: Row, answer: Answer | None = None) -> None:
        """Put a row back that the API cannot know: no request left, or each was refused before it could act.

        ``answer``: what ended the run, if this row got it; why it was left is kept for the output.
        """
        if (answer := answer or row.answer) is not None:
            self._progress.left[row.sendable.row] = answer.cause
        if not row.doubt:
            self._writer.released(row.sendable.row)

    async def record(self, row: Row, answer: Answer) -> None:
        """Make the outcome durable.

        Raises:
            ApiUnavailable: the answer is about all rows: 403, or nothing of the API; the row is not spent. Or IDs
                repeat: the row is recorded then.
            StorageFailed: the journal cannot be written.
        """
        if answer.kind is AnswerKind.FORBIDDEN:
            self.release(row, answer)
            raise ApiUnavailable(_forbidden(row.sendable, answer))
        if answer.kind is AnswerKind.MISROUTED:
            self.release(row, answer)
            raise ApiUnavailable(
                "requests do not reach a Freedom ID API: {what}; {advice}",
                what=_what_came(answer),
                advice=_what_to_do(answer),
            )
        outcome = self._believed(row, await self._outcome(row, answer))
        reason = self._too_many_repeated_ids() if self._repeated_ids >= REPEATED_IDS_THAT_END else None
        if reason is not None:
            self._ended(reason)
        await self._writer.finished(row.sendable.row, outcome)
        self._progress.done[outcome.status] += 1
        if reason is not None:
            raise reason

    def _too_many_repeated_ids(self) -> ApiUnavailable:
        return ApiUnavailable(
            counted(
                "the API gave a FreedomID that another phone has, or nobody's, {count} time: that row is "
                "unconfirmed; speak to Freedom Pay before you run the same command again",
                "the API gave FreedomIDs that other phones have, or nobody's, {count} times: those rows are "
                "unconfirmed; speak to Freedom Pay before you run the same command again",
                self._repeated_ids,
            )
        )

    def _believed(self, row: Row, outcome: Outcome) -> Outcome:
        """The outcome, but for a FreedomID that cannot be this row's alone."""
        if not outcome.freedom_id or outcome.status not in GIVEN:
            return outcome
        if outcome.freedom_id in NOBODYS_IDS:
            outcome = outcome_of.nobodys(outcome)
        elif self._ids.is_of_another(outcome.freedom_id, row.sendable.body["phone"]):
            outcome = outcome_of.id_repeated(outcome)
        else:
            return outcome
        self._repeated_ids += 1
        return outcome

    async def _outcome(self, row: Row, answer: Answer) -> Outcome:
        if freedom_id := row.sendable.freedom_id:
            if answer.kind in {AnswerKind.UPDATED, AnswerKind.REJECTED}:
                return outcome_of.updated(answer, row.sendable, doubt=row.was_unanswered)
            return outcome_of.update_failed(answer, row.attempts + row.refused_alone, freedom_id)
        if answer.kind is AnswerKind.CREATED:
            return outcome_of.created(answer, row.sendable.prints)
        if answer.kind is AnswerKind.REJECTED or (answer.kind is AnswerKind.RETRY and answer.is_not_found):
            return with_times(outcome_of.rejected(answer, lost=row.was_unanswered, doubt=row.doubt), row.sent)
        if answer.kind is AnswerKind.TAKEN:
            phone = await self._phone_owner(row.sendable)
            return with_times(outcome_of.taken(answer, replace(phone, doubt=phone.doubt or row.doubt)), row.sent)
        return with_times(outcome_of.failed(answer, row.attempts + row.refused_alone, doubt=row.doubt), row.sent)


def _what_came(answer: Answer) -> str:
    """What the answer was, or why there is none, in our words: those of a body may quote the row that was sent."""
    return answer.cause if answer.http_status else answer.message


def _forbidden(sendable: Sendable, answer: Answer) -> str:
    """What a 403 is of: the API's own answer names no reason here, for its words may quote the row."""
    if answer.code == PAGE:
        return Text(
            "a web page forbids the request of row {row} (403): something in front of the API, or a list of addresses; "
            "ask Freedom Pay",
            row=sendable.row,
        )
    if sendable.freedom_id:
        return Text(
            "the API forbids updating users (403, at row {row}): the token, this address or a limit; ask Freedom Pay",
            row=sendable.row,
        )
    return Text(
        "the API forbids creating users (403, at row {row}): the token, this address or a limit; ask Freedom Pay",
        row=sendable.row,
    )


def _what_to_do(answer: Answer) -> str:
    if answer.redirect:
        return Text("nothing was sent there; set --url to the API's own address")
    code = "proxy" if answer.http_status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED else answer.code
    return ADVICE.get(code, Text("check --url, proxy and certificates"))
