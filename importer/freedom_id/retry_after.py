"""How long an answer asks to be left alone."""

import email.utils
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Final

MAX_RETRY_AFTER: Final = 3600.0
"""Seconds; a server that asks for more gets a probe after an hour."""

DATE_AGE: Final = 2.0
"""Seconds by which an answer's Date may be behind: it is rounded down, and servers renew it once a second."""


def read_retry_after(headers: Mapping[str, str], clock: Callable[[], float]) -> float | None:
    """Seconds that Retry-After (a number, or an HTTP date) asks for, within 0 … MAX_RETRY_AFTER, or None.

    A date counts from the answer's own Date, so that a wrong clock on either side does no harm; from our clock where
    the two agree, because a Date is a whole second and a wait of two instead of one would cost a second each time.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text) if text[0].isdecimal() else _epoch(text) - _sent_at(headers, clock)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _sent_at(headers: Mapping[str, str], clock: Callable[[], float]) -> float:
    now = clock()
    try:
        date = _epoch(headers["date"])
    except (KeyError, ValueError, TypeError, OverflowError):
        return now
    return now if date <= now <= date + DATE_AGE else date


def _epoch(text: str) -> float:
    """Seconds of an HTTP date in any of its three forms; asctime's names no zone and means UTC (RFC 9110, 5.6.7)."""
    date = email.utils.parsedate_to_datetime(text)
    return (date.replace(tzinfo=UTC) if date.tzinfo is None else date).timestamp()
