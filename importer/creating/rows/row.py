"""One row on its way: whether it may exist already, and how it has failed so far."""

import math
from dataclasses import dataclass, field
from typing import Final

from importer.creating.resilience.retry_policy import Failures, Refusals
from importer.creating.rows.row_feed import Sendable
from importer.freedom_id import Answer, AnswerKind

AWAY: Final = frozenset({502, 503, 504})
"""Answers of something in front of the API: nobody behind it is at work."""


@dataclass(eq=False)
class Row:
    """One row on its way: whether it may exist already, and how it has failed so far.

    Attributes:
        doubt: Whether a request that got no answer may have created it.
        attempts: Failures that count against it.
        in_outage: Whether the last failure fell into an outage.
        no_room: Whether it may be that the server has no room for one more connection.
        after_proof: Whether its last attempt came right after a proof that the API works.
        proven: How many attempts that came so have failed.
        answer: The last failure, which no 429 and no 401 is; None before one.
        refused: Whether its last answer was a 429; ``refused_at``: when the last one came.
        refused_alone: How many came though others passed (see ``Refusals.proven``).
        asked_to_wait: Seconds that the last one asked to wait, or None.
        refused_times: How many there were.
        sent: Seconds since 1970 and answer of each request that may have created the user unseen, or found it there.
    """

    sendable: Sendable
    doubt: bool
    attempts: int = 0
    first_failed_at: float = 0.0
    last_failed_at: float = 0.0
    in_outage: bool = False
    no_room: bool = False
    after_proof: bool = False
    proven: int = 0
    answer: Answer | None = None
    refused: bool = False
    refused_at: float = math.inf
    refused_alone: int = 0
    asked_to_wait: float | None = None
    refused_times: int = 0
    sent: list[tuple[float, Answer]] = field(default_factory=list)

    def failed(self, answer: Answer, now: float, *, after_proof: bool, in_outage: bool, no_room: bool = False) -> None:
        """Its request failed; whether that counts against it is decided later."""
        self.answer, self.proven, self.refused = answer, self.proven + after_proof, False
        self.first_failed_at, self.last_failed_at = self.first_failed_at or now, now
        self.after_proof, self.in_outage, self.no_room = after_proof, in_outage, no_room

    def refused_by_quota(self, answer: Answer, now: float, *, passed_at: float, before: int) -> None:
        """Its request was answered 429; ``before`` left just before it, one that passed at ``passed_at``."""
        self.refused_alone += not before and passed_at >= self.refused_at
        self.refused_times += 1
        self.refused, self.refused_at, self.asked_to_wait = True, now, answer.retry_after

    @property
    def refusals(self) -> Refusals:
        """What its 429s say."""
        return Refusals(self.refused_at, self.refused_alone, self.asked_to_wait, self.refused_times)

    @property
    def was_unanswered(self) -> bool:
        """Whether an earlier request for it may have been carried out, and nobody has said so.

        ``doubt`` tells that of its last answer, too, which may be a refusal beside a FreedomID.
        """
        return self.sendable.doubt or any(answer.kind is AnswerKind.RETRY for _, answer in self.sent)

    @property
    def failures(self) -> Failures:
        """What its failures say."""
        answer = self.answer or Answer(AnswerKind.RETRY)
        away = answer.http_status in AWAY
        return Failures(
            self.attempts,
            self.first_failed_at,
            self.last_failed_at,
            after_proof=self.after_proof,
            proven=self.proven,
            no_answer=answer.unreachable or away,
            nobody_there=away or (answer.unreachable and not answer.maybe_created),
        )
