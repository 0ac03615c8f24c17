"""While rows are sent, the garbage collector looks seldom, and is spared what was loaded before."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_YOUNG: Final = 50_000
"""Objects that come before the next look. A row in flight is some dozens, nearly all of which go without a collector;
with Python's 700 looks took 5 % of the time of sending."""

_OF_PYTHON: Final = 10_000
"""Objects that Python itself may have frozen at its start (375 in 3.12); more are the doing of whoever runs us."""


class _Collector:
    """The collector of this process, and how it was found; runs in several threads share it."""

    def __init__(self) -> None:
        self._lock, self._runs = Lock(), 0
        self._threshold, self._froze = gc.get_threshold(), False

    def spare(self) -> None:
        """A run begins to send; the first one notes how the collector was."""
        with self._lock:
            self._runs += 1
            if self._runs > 1:
                return
            self._threshold, self._froze = gc.get_threshold(), gc.get_freeze_count() <= _OF_PYTHON
            if self._froze:
                gc.freeze()
            young, *older = self._threshold
            gc.set_threshold(max(young, _YOUNG) if young else young, *older)  # 0: there are no collections

    def restore(self) -> None:
        """A run has sent its rows; the last one leaves the collector as the first one found it."""
        with self._lock:
            self._runs -= 1
            if self._runs:
                return
            gc.set_threshold(*self._threshold)
            if self._froze:
                gc.unfreeze()


_COLLECTOR: Final = _Collector()


@contextmanager
def spared_collector() -> Iterator[None]:
    """Let collections be seldom, and pass over all objects that there are, until the block ends.

    Walking through half a million objects of pandas and SQLAlchemy again and again takes a tenth of a row's time. What
    somebody has frozen before, as the command line does once its libraries are loaded, is left as it is: thawing ours
    would thaw that, too.
    """
    _COLLECTOR.spare()
    try:
        yield
    finally:
        _COLLECTOR.restore()
