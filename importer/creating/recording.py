"""What becomes of a row once it has its last answer: its outcome on disk, or back to not sent where the run stops."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from importer.creating import outcome_of
from importer.creating.attempt import Progress, Row
from importer.creating.feed import Sendable
from importer.creating.outcome_of import Claims
from importer.creating.request_times import with_times
from importer.errors import ApiUnavailable
from importer.freedom_id import Answer, AnswerKind
from importer.model import Outcome


class Writer(Protocol):
    """What creating needs of the journal: the first two return when the fact is on disk."""

    async def started(self, row: int) -> None:
        """A request for this row may leave from now on."""
        ...

    async def finished(self, row: int, outcome: Outcome) -> None:
        """The row is done."""
        ...

    def released(self, row: int) -> None:
        """A started row is unknown to the API after all."""
        ...


class Recorder:
    """Begins and ends rows; ``claims`` is asked when the API calls a phone taken."""

    def __init__(self, writer: Writer, claims: Callable[[Sendable], Awaitable[Claims]], progress: Progress) -> None:
        self._writer, self._claims, self._progress = writer, claims, progress

    async def started(self, row: Row) -> None:
        """Make it durable that a request for this row may leave."""
        await self._writer.started(row.sendable.row)

    def release(self, row: Row) -> None:
        """Put a row back that the API cannot know: no request left, or each was refused before it could act."""
        if not row.doubt:
            self._writer.released(row.sendable.row)

    async def record(self, row: Row, answer: Answer) -> None:
        """Make the outcome durable.

        Raises:
            ApiUnavailable: the answer is about all rows: 403, or nothing of the API; the row is not spent.
            StorageFailed: the journal cannot be written.
        """
        if answer.kind is AnswerKind.FORBIDDEN:
            self.release(row)
            raise ApiUnavailable("the API forbids creating users with this token (403); ask Freedom Pay for the right")
        if answer.kind is AnswerKind.MISROUTED:
            self.release(row)
            raise ApiUnavailable(
                f"requests do not reach a Freedom ID API: {_what_came(answer)}; check --url, proxy and certificates"
            )
        outcome = await self._outcome(row, answer)
        await self._writer.finished(row.sendable.row, outcome)
        self._progress.done[outcome.status] += 1

    async def _outcome(self, row: Row, answer: Answer) -> Outcome:
        if answer.kind is AnswerKind.CREATED:
            return outcome_of.created(answer)
        if answer.kind is AnswerKind.REJECTED:
            return outcome_of.rejected(answer)
        if answer.kind is AnswerKind.TAKEN:
            known = await self._claims(row.sendable)
            return with_times(outcome_of.taken(answer, Claims(known.ours, known.doubt or row.doubt)), row.sent)
        return with_times(outcome_of.failed(answer, row.attempts, doubt=row.doubt), row.sent)


def _what_came(answer: Answer) -> str:
    """Status and words of an answer that has nothing to do with any row, so it may be shown."""
    return f"HTTP {answer.http_status} {answer.message}".strip() if answer.http_status else answer.message
