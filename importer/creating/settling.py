"""What becomes of a row once it has its last answer: its outcome on disk, or back to not sent where the run stops."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from importer.creating import decisions
from importer.creating.attempts import Progress, Trial
from importer.creating.decisions import Claims
from importer.creating.feed import Sendable
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


class Settling:
    """Ends rows; ``claims`` is asked when the API calls a phone taken."""

    def __init__(self, writer: Writer, claims: Callable[[Sendable], Awaitable[Claims]], progress: Progress) -> None:
        self._writer, self._claims, self._progress = writer, claims, progress

    def release(self, trial: Trial) -> None:
        """Put a row back that the API cannot know: no request left, or each was refused before it could act."""
        if not trial.doubt:
            self._writer.released(trial.sendable.row)

    async def settle(self, trial: Trial, answer: Answer) -> None:
        """Make the outcome durable.

        Raises:
            ApiUnavailable: the answer is about all rows: 403, or nothing of the API; the row is not spent.
            StorageFailed: the journal cannot be written.
        """
        if answer.kind is AnswerKind.FORBIDDEN:
            self.release(trial)
            raise ApiUnavailable("the API forbids creating users with this token (403); ask Freedom Pay for the right")
        if answer.kind is AnswerKind.MISROUTED:
            self.release(trial)
            raise ApiUnavailable(
                f"requests do not reach a Freedom ID API: {_what_came(answer)}; check --url, proxy and certificates"
            )
        outcome = await self._outcome(trial, answer)
        await self._writer.finished(trial.sendable.row, outcome)
        self._progress.done[outcome.status] += 1

    async def _outcome(self, trial: Trial, answer: Answer) -> Outcome:
        if answer.kind is AnswerKind.CREATED:
            return decisions.created(answer)
        if answer.kind is AnswerKind.REJECTED:
            return decisions.rejected(answer)
        if answer.kind is AnswerKind.TAKEN:
            known = await self._claims(trial.sendable)
            return decisions.taken(answer, Claims(known.ours, known.doubt or trial.doubt))
        return decisions.failed(answer, trial.spent, doubt=trial.doubt)


def _what_came(answer: Answer) -> str:
    """Status and words of an answer that has nothing to do with any row, so it may be shown."""
    return f"HTTP {answer.http_status} {answer.message}".strip() if answer.http_status else answer.message
