"""The log: to stderr, without personal data, and without what could command a terminal."""

import logging
import sys
from typing import Any

from importer.cli.streams import escaped

log = logging.getLogger("importer")


class StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at the moment: a live display puts itself in its place, to keep its line apart."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """The stream to write to."""
        return sys.stderr


class PlainFormatter(logging.Formatter):
    """Lines that hold no commands to a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return escaped(super().format(record))


def configure_logging(verbose: int, *, quiet: bool) -> None:
    """Log to stderr: progress and warnings, more with -v, errors only with -q. No personal data at any default."""
    level = logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO
    handler = StderrHandler()
    handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"))
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False
