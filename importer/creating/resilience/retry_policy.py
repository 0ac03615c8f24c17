"""When a row is tried again, and when it has failed for good: a poison row fails by itself, an outage fails everybody.

The only proof that the API works is that another row passes with a request sent after this row's failure. ``decide``,
which changes nothing, is asked after each attempt and, for as long as its decision is to wait, again and again:

attempts left                                                          RETRY
used up; rows are still handed out
    and one of them has passed since its first failure                 GIVE_UP (in an outage the breaker opens before)
    none has                                                           OPEN_BREAKER
used up; it is one of the last rows
    its last attempt came right after such a proof                     GIVE_UP
    a proof has come since then, or an outage is being probed          RETRY: this attempt decides
    other rows in trouble have attempts left                           WAIT for them
    a row is in reserve (see ``row_feed``)                                 PROBE: send it
used up; nobody can bring a proof any more
    two attempts that came right after a proof have failed             GIVE_UP: chance seldom does so
    an earlier command waited for these few in vain (``unsent_rows``)    GIVE_UP, unless nobody is there at all:
                                                                       502, 503, 504, no connection
    one or two rows, refused by the application for LONG_ENOUGH        GIVE_UP
    none of this                                                       OPEN_BREAKER: an outage for good ends the run
OPEN_BREAKER by this table, but it is open                             RETRY, as a probe

A 429 is the quota's matter and an outage the run's: neither uses up an attempt of the row (``counts``). But a quota may
be the row's own ("too many attempts for this phone"). That shows at the end, where nobody else uses up a general one
(``decide_refused``):

rows are still handed out; it was refused as often as it has attempts  WAIT for the end: it would slow them down
rows are still handed out                                              RETRY
OWN_QUOTA times refused though nobody had sent just before, and
another row passed since the time before                               GIVE_UP
another row has passed since, and its request may be why               WAIT for as long as the quota asks
another row has passed since                                           RETRY: this attempt counts
others were refused, too, and that is still to be tried of them        WAIT for them
a row is in reserve                                                    PROBE: send it
nobody can pass any more, and two such refusals (as many as the row
has attempts, where none says how long to wait)                        GIVE_UP
none of this                                                           RETRY: the quota of all
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, wait_random_exponential

from importer.freedom_id import Answer, AnswerKind

LONGEST: Final = 60
"""The longest wait, in first waits; each wait is drawn from 0 to its bound (full jitter)."""

PROVEN: Final = 2
"""Failures right after a proof that make a poison row even if its last attempt was none."""

FEW: Final = 2
"""Rows: as many that are left alone may be poison; more look like an outage."""

LONG_ENOUGH: Final = 60.0
"""Seconds for which these must have failed: short outages end within."""

OWN_QUOTA: Final = 8
"""429s for a row, while others pass each time, that make a quota of its own: as many as there are rows in reserve."""

ASIDE: Final = 20
"""Rows in trouble, of which those that the quota refuses may step aside; more of them are a general quota."""

LONGEST_GAP: Final = 60.0
"""Seconds at most for which another row's request may be why a quota is used up that does not say how long to wait."""


class Decision(Enum):
    """What is to be done with a row that failed."""

    RETRY = auto()
    """Send it again after its backoff."""
    GIVE_UP = auto()
    """It has failed for good."""
    WAIT = auto()
    """Another attempt would tell nothing before another row has passed."""
    PROBE = auto()
    """As WAIT, and only a row in reserve can pass: send it."""
    OPEN_BREAKER = auto()
    """It is the API that fails: everybody waits, and this row's next attempt may be the probe."""


@dataclass(frozen=True)
class Failures:
    """How one row has failed so far; times are seconds of the loop's clock.

    Attributes:
        attempts: How many count against the row.
        first_at: When the first one failed.
        last_at: When the last one failed.
        after_proof: Whether the last one was sent right after a proof that the API works.
        proven: How many that were sent so have failed.
        no_answer: Whether the last time no application answered.
        nobody_there: Nor had read the request.
    """

    attempts: int
    first_at: float
    last_at: float
    after_proof: bool = False
    proven: int = 0
    no_answer: bool = False
    nobody_there: bool = False


@dataclass(frozen=True)
class Refusals:
    """How the quota has refused one row so far (429).

    Attributes:
        last_at: When it did so the last time, in seconds of the loop's clock.
        proven: How many times it did though nobody had sent just before, and another row had passed since the time
            before.
        asked: Seconds that the last one asked to wait, or None.
        times: How many times it did in all.
    """

    last_at: float
    proven: int
    asked: float | None
    times: int

    @property
    def gap(self) -> float:
        """Seconds after which another row's request is no more why: as long as was asked, else longer each time."""
        return max(1.0, min(2.0**self.proven, LONGEST_GAP) if self.asked is None else self.asked)


@dataclass(frozen=True)
class Others:
    """How the run stands; times are seconds of the loop's clock.

    Attributes:
        attempts: How many a row has.
        rows_left: Whether rows are still handed out.
        in_reserve: Whether a row is held back, or on its way as a probe.
        others_retry: Whether a row in trouble may still pass: it has attempts left, and hardly a quota of its own.
        others_refused: Whether a row that was answered 429 is to be sent once more, now that another one has passed.
        in_trouble: How many rows failed and have no answer of their own yet.
        passed_at: When the latest request that passed was sent; -inf if none.
        outage: Whether the breaker is open.
        last_rows: Whether an earlier command waited for these very rows in vain, and they are few.
    """

    attempts: int
    rows_left: bool
    in_reserve: bool
    others_retry: bool
    others_refused: bool
    in_trouble: int
    passed_at: float
    outage: bool
    last_rows: bool

    @property
    def few_left(self) -> bool:
        """Whether so few are left that nobody could ever tell whether it is their fault."""
        return not self.rows_left and not self.in_reserve and self.in_trouble <= FEW


def counts(others: Others, *, in_outage: bool) -> bool:
    """Whether a failure counts against the row: not in an outage, unless there is nobody else to tell the two apart."""
    return not in_outage or others.last_rows or others.few_left


def decide(row: Failures, others: Others, now: float) -> Decision:
    """What is to be done with a row after a failure: the table above."""
    if row.attempts < others.attempts:
        return Decision.RETRY
    outage = Decision.RETRY if others.outage else Decision.OPEN_BREAKER
    if others.rows_left:
        return Decision.GIVE_UP if others.passed_at >= row.first_at else outage
    if row.after_proof:
        return Decision.GIVE_UP
    if others.in_reserve or others.others_retry:
        if others.outage or others.passed_at >= row.last_at:
            return Decision.RETRY
        return Decision.WAIT if others.others_retry else Decision.PROBE
    return Decision.GIVE_UP if _is_poison(row, others, now) else outage


def decide_refused(row: Refusals, others: Others, now: float) -> Decision:
    """What is to be done with a row that was answered 429: the second table above."""
    if others.rows_left:
        aside = row.times >= others.attempts and others.in_trouble <= ASIDE
        return Decision.WAIT if aside else Decision.RETRY
    if row.proven >= OWN_QUOTA:
        return Decision.GIVE_UP
    if others.passed_at >= row.last_at:
        return Decision.RETRY if now - others.passed_at >= row.gap else Decision.WAIT
    if others.others_refused:
        return Decision.WAIT
    if others.in_reserve:
        return Decision.PROBE
    enough = others.attempts if row.asked is None else PROVEN  # where nobody says how long to wait, chance has a hand
    return Decision.GIVE_UP if row.proven >= enough and not others.others_retry else Decision.RETRY


def _is_poison(row: Failures, others: Others, now: float) -> bool:
    """Whether a row that nobody else can tell anything about is taken for poison."""
    if row.proven >= PROVEN:
        return True
    if others.last_rows:
        return not row.nobody_there
    passed_ever = others.passed_at >= 0
    return others.few_left and passed_ever and not row.no_answer and now - row.first_at >= LONG_ENOUGH


def needs_retry(answer: Answer) -> bool:
    """Whether the row has no answer of its own yet."""
    return answer.kind in {AnswerKind.RETRY, AnswerKind.TOKEN_REFUSED}


def retrying(
    *, failed_for_good: Callable[[], bool], sleep: Callable[[float], Awaitable[None]], backoff: float
) -> AsyncRetrying:
    """One row's retries, by tenacity: call it with the attempt; it returns the last answer.

    Args:
        failed_for_good: Asked after each attempt whether it was the last.
        sleep: Waits that many seconds; it may raise to end everything.
        backoff: Upper bound of the first wait in seconds; it doubles up to LONGEST times that.
    """

    def last_answer(state: RetryCallState) -> object:
        return state.outcome.result() if state.outcome is not None else None

    return AsyncRetrying(
        retry=retry_if_result(needs_retry),
        wait=wait_random_exponential(multiplier=backoff, max=LONGEST * backoff),
        stop=lambda _state: failed_for_good(),
        sleep=sleep,
        retry_error_callback=last_answer,
    )
