"""What is told to others gets its time and no more: a look-up of a name can be neither timed out nor interrupted."""

from collections.abc import Callable
from typing import Final, TypeVar

from importer.progress import begun

T = TypeVar("T")

LONGEST: Final = 5.0
"""Seconds: a pass tells its watchdog twice, and has 10 to end in when it is asked to."""


def in_time(tell: Callable[[], T], seconds: float = LONGEST) -> T:
    """What a call gives, made in a thread that is left to itself when its time is over.

    Raises:
        TimeoutError: It was not done in time. And whatever it raises.
    """
    return begun(tell, "telling").result(seconds)
