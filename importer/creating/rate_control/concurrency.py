"""How many requests may be on their way at once: additive increase, multiplicative decrease (AIMD), as TCP's window."""

import math
from typing import Final

FIRST: Final = 2.0
"""Requests at once at the start, and again after an outage."""

START: Final = 0.5
"""Growth per answer until the first congestion, half as many again each round trip: at the first 429 as many are
refused as are on their way, so half of a small quota. Afterwards it is one more for each round trip."""

ONCE_IN: Final = 1.0
"""Seconds within which all signs of congestion are one: they come from requests that left together."""

AMPLE: Final = 2.0
"""Times what a pace needs by Little's law (pace × latency): room for answers slower than the usual one."""

FULL: Final = 3
"""New connections in a row that gave no answer, while others did: the server has room for no more. A single one may be
chance, or its row."""

REST, LONGEST_REST = 5.0, 300.0
"""Seconds until one more connection is tried again; each time in vain twice as many."""

SMOOTHING: Final = 0.1
"""Weight of the newest answer in the mean latency: TCP's is 1/8."""


class Concurrency:
    """The limit, between 1 and ``most``; ``latency`` is the mean of the answers, in seconds."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._latency: float | None = None
        self._congested_at = -math.inf
        self._limit, self._starting = min(FIRST, self._most), True
        self._unanswered, self._full = 0, FULL
        self._room_until, self._rest = -math.inf, REST

    @property
    def limit(self) -> int:
        """Requests at once."""
        return int(min(self._limit, self._most))

    @property
    def most(self) -> int:
        """The operator's limit."""
        return int(self._most)

    def bound(self, most: int) -> None:
        """Another limit of the operator's: a share of it, which may be 0."""
        self._most = float(most)
        self._limit = max(1.0, min(self._limit, self._most))

    def answered(self, seconds: float, now: float = math.inf) -> None:
        """An answer of a working API came after ``seconds``."""
        latency = seconds if self._latency is None else self._latency
        self._latency = latency + SMOOTHING * (seconds - latency)
        if self._limit < self._most and now >= self._room_until:
            step = START if self._starting else 1.0 / self._limit
            self._limit = min(self._most, self._limit + step)

    def congested(self, now: float, *, pace: float | None = None) -> None:
        """Halve the limit; after a 429, where ``pace`` (requests/s) is cut as well, not below what that pace needs."""
        needed = 0.0 if pace is None else 1.0 + AMPLE * pace * (self._latency or 0.0)
        if pace is not None and needed >= self._limit:
            return
        self._starting = False
        if now - self._congested_at >= ONCE_IN:
            self._congested_at = now
            self._limit = max(1.0, needed, self._limit / 2)

    def connected(self) -> None:
        """A new connection gave an answer."""
        self._unanswered = 0

    def no_room(self, now: float, in_flight: int) -> None:
        """A new connection gave no answer while others, of ``in_flight`` with this one, were at work."""
        self._unanswered += 1
        if self._unanswered >= self._full:
            self._limit, self._starting = max(1.0, min(self._limit, in_flight - 1.0)), False
            if now >= self._room_until:
                self._rest = min(2 * self._rest, LONGEST_REST) if self._full == 1 else REST
            self._room_until, self._full = now + self._rest, 1

    def restart(self) -> None:
        """After an outage: few at once, as at the start."""
        self._unanswered, self._full, self._room_until = 0, FULL, -math.inf
        self._limit, self._starting = max(1.0, min(FIRST, self._most)), True
