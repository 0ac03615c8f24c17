"""The log: to stderr and to a file, without personal data, and without what could command a terminal."""

import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import TYPE_CHECKING, Any, Final

from importer.cli.streams import escaped
from importer.errors import UsageError
from importer.messages.language import ENGLISH, language
from importer.messages.text import Text, spoken

if TYPE_CHECKING:
    from importer.settings import Settings

log = logging.getLogger("importer")

_FILE_BYTES: Final = 10 * 1024 * 1024
_FILES: Final = 7
"""A log file begins anew at 10 MiB; seven older ones are kept."""

_CONTEXT: dict[str, str] = {}


def concerning(**context: str) -> None:
    """What the lines from now on are about (``run``, ``source``, ``file``); "" takes a key away."""
    _CONTEXT.update(context)
    for key in [key for key, value in _CONTEXT.items() if not value]:
        del _CONTEXT[key]


class StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at the moment: a live display puts itself in its place, to keep its line apart."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        """The stream to write to."""
        return sys.stderr


class PlainFormatter(logging.Formatter):
    """Lines that hold no commands to a terminal; with ``dated``, the day and the zone, and what they are about."""

    def __init__(self, *, dated: bool = False, language: str = ENGLISH) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")
        self._dated, self._language = dated, language

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (the library's name)
        """The moment: local, with the zone's distance."""
        return _moment(record) if self._dated else super().formatTime(record, datefmt)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        about = "".join(f" [{key} {value}]" for key, value in _CONTEXT.items()) if self._dated else ""
        return escaped(super().format(_said_in(record, self._language)) + about)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, event, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "message"),
            "message": record.getMessage(),
            **_CONTEXT,
        }
        return json.dumps(told, ensure_ascii=False)


def _said_in(record: logging.LogRecord, chosen: str) -> logging.LogRecord:
    """The record with its sentences in a language; other handlers keep the record as it is."""
    if chosen == ENGLISH or not isinstance(record.args, tuple):
        return record
    said = copy(record)
    said.args = tuple(spoken(value, chosen) if isinstance(value, Text) else value for value in record.args)
    return said


def log_to_stderr(*, quiet: bool) -> None:
    """Log to stderr as far as can be told without settings: reading these may take a while."""
    as_json = _asked_for_json(sys.argv, os.environ)
    _use([_shown(as_json=as_json)], logging.ERROR if quiet else logging.INFO)


def configure_logging(settings: "Settings") -> None:
    """Log to stderr, and to ``--log-file``: progress and warnings, more with -v, errors only with -q.

    stderr is for the person in front of it, in the language of the context; files and JSON stay English.

    Raises:
        UsageError: The log file cannot be written.
    """
    as_json = settings.log_format == "json"
    handlers: list[logging.Handler] = [_shown(as_json=as_json)]
    if settings.log_file is not None:
        try:
            kept = RotatingFileHandler(settings.log_file, maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8")
        except OSError as exc:
            raise UsageError(
                Text("--log-file {path} cannot be written: {why}", path=settings.log_file, why=exc.strerror)
            ) from exc
        kept.setFormatter(JsonFormatter() if as_json else PlainFormatter(dated=True))
        handlers.append(kept)
    _use(handlers, logging.ERROR if settings.quiet else logging.DEBUG if settings.verbose else logging.INFO)


def _shown(*, as_json: bool) -> logging.Handler:
    handler = StderrHandler()
    handler.setFormatter(JsonFormatter() if as_json else PlainFormatter(language=language()))
    return handler


def _use(handlers: list[logging.Handler], level: int) -> None:
    for handler in log.handlers:
        handler.close()
    log.handlers[:] = handlers
    log.setLevel(level)
    log.propagate = False
    _CONTEXT.clear()


def is_json() -> bool:
    """Whether every line on stderr is to be JSON, told without settings: these may be what is wrong."""
    written = any(isinstance(handler.formatter, JsonFormatter) for handler in log.handlers)
    return written or _asked_for_json(sys.argv, os.environ)


def _asked_for_json(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    given = [following for word, following in pairs if word == "--log-format"]
    given += [word.partition("=")[2] for word in arguments if word.startswith("--log-format=")]
    return (given[-1] if given else environ.get("IMPORTER_LOG_FORMAT", "")) == "json"


def error_line(text: str) -> str:
    """An error as a line of the log, where every line is JSON."""
    record = logging.LogRecord("importer", logging.ERROR, "", 0, text, None, None)
    record.event = "error"
    return JsonFormatter().format(record)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(timespec="milliseconds")
