"""What is told to others gets its time and no more: a look-up of a name can be neither timed out nor interrupted."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import Final, TypeVar

T = TypeVar("T")

LONGEST: Final = 5.0
"""Seconds: a pass tells its watchdog twice, and has 10 to end in when it is asked to."""


def begun(tell: Callable[[], T]) -> "Future[T]":
    """What a call will give, made in a thread that nobody has to wait for."""
    found: Future[T] = Future()

    def work() -> None:
        try:
            found.set_result(tell())
        except Exception as exc:  # noqa: BLE001 (raised again where it is waited for)
            found.set_exception(exc)

    Thread(target=work, name="telling", daemon=True).start()
    return found


def in_time(tell: Callable[[], T], seconds: float = LONGEST) -> T:
    """What a call gives, made in a thread that is left to itself when its time is over.

    Raises:
        TimeoutError: It was not done in time. And whatever it raises.
    """
    return begun(tell).result(seconds)
