"""Many values, so many at a time: of a statement, or of a transaction that others wait for."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def portions(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Give values in lists of ``size``, the last one of what is left."""
    waiting = iter(values)
    while some := list(islice(waiting, size)):
        yield some
