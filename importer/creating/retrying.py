"""The retry policy, carried out by tenacity: full-jitter exponential backoff until the attempts are used up.

A 429 is the quota's matter and an outage the run's: neither uses up an attempt of the row.
"""

from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, RetryCallState, retry_if_result, wait_random_exponential

from importer.freedom_id import Answer, AnswerKind

LONGEST = 60
"""The longest wait, in first waits; each wait is drawn from 0 to its bound (full jitter)."""


def needs_retry(answer: Answer) -> bool:
    """Whether the row has no answer of its own yet."""
    return answer.kind in {AnswerKind.RETRY, AnswerKind.TOKEN_REFUSED}


def policy(*, give_up: Callable[[], bool], sleep: Callable[[float], Awaitable[None]], backoff: float) -> AsyncRetrying:
    """One row's retries: call it with the attempt; it returns the last answer.

    Args:
        give_up: Asked after each attempt whether the row's attempts are used up.
        sleep: Waits that many seconds; it may raise to end everything.
        backoff: Upper bound of the first wait in seconds; it doubles up to LONGEST times that.
    """

    def stop(_state: RetryCallState) -> bool:
        return give_up()

    def last_answer(state: RetryCallState) -> object:
        return state.outcome.result() if state.outcome is not None else None

    return AsyncRetrying(
        retry=retry_if_result(needs_retry),
        wait=wait_random_exponential(multiplier=backoff, max=LONGEST * backoff),
        stop=stop,
        sleep=sleep,
        retry_error_callback=last_answer,
    )
