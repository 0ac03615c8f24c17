"""One step of a stream in a thread of its own: while a chunk is looked at, the next one is made.

Arrow lets go of the interpreter while it computes, so steps over columns really run side by side.
"""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")

_END = object()


def ahead(items: Iterator[T]) -> Generator[T]:
    """The items in their order, the next one being made while the one before is used; never more than one ahead.

    ``items`` is only ever driven by one thread at a time. Its exceptions are raised here, in their place. Close this
    generator to stop early. What is said while they are made is in the language of whoever asks.
    """
    context = copy_context()

    def made() -> T | object:
        return context.run(next, items, _END)

    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        coming = thread.submit(made)
        while (item := coming.result()) is not _END:
            coming = thread.submit(made)
            yield item  # type: ignore[misc]  # mypy does not follow a sentinel
