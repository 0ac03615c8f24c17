"""A defect in a library's native code, met on a damaged file, refuses the file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from importer.errors import RefusedFile


@contextmanager
def refused_panic(words: Callable[[], RefusedFile]) -> Iterator[None]:
    """Turns a panic in Rust code into a refused file: it is no Exception, and no module lets its class be named.

    Args:
        words: Gives the exception that is raised instead.
    """
    try:
        yield
    except BaseException as exc:
        if type(exc).__name__ == "PanicException":
            raise words() from None
        raise
