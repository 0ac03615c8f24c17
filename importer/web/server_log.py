"""What the server's libraries say goes through the log of this program, in its format."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

log = logging.getLogger("importer")

_LIBRARIES: Final = ("uvicorn.error", "asyncio")


class _Heard(logging.Handler):
    """Passes on what is said: anybody can make the server complain of a request, so that is for -v alone.

    What was raised may hold people's data, as in ``application._defect``: of a failure the first line and the kind.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """One record."""
        said = record.getMessage().strip().partition("\n")[0]
        if record.levelno >= logging.ERROR:
            kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else record.name
            log.error("the web server: %s (%s)", said, kind)
        log.debug("the web server: %s", said, exc_info=record.exc_info)


@contextmanager
def heard() -> Iterator[None]:
    """While the block runs, they are heard here and nowhere else."""
    handler, loggers = _Heard(), [logging.getLogger(name) for name in _LIBRARIES]
    before = [one.propagate for one in loggers]
    for one in loggers:
        one.addHandler(handler)
        one.propagate = False
    try:
        yield
    finally:
        for one, propagated in zip(loggers, before, strict=True):
            one.removeHandler(handler)
            one.propagate = propagated
