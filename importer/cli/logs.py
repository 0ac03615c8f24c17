"""The log: to stderr and to a file, without personal data, and without what could command a terminal."""

import json
import logging
import os
import re
import sys
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from importer.cli.command_facts import wants_json_log
from importer.cli.log_file import LogFile
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

_PROGRESS: Final = ".progress"
"""Ending of the events that tell how far a step is."""

_OUR_LINES: Final = re.compile(rb'[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}\.[0-9]{3}[+-]|\{"time"')
"""How a line of a log file begins."""

_HEAD: Final = 4096
"""Bytes of it that are looked at: a power cut leaves no more zeros than a block of the disk."""

_KEPT_EVERY: Final = 60.0
"""Seconds between progress lines in a log file: who reads it later needs fewer than who watches."""

_CONTEXT: dict[str, str] = {}


def concerning(**context: str) -> None:
    """What the lines from now on are about (``run``, ``source``, ``file``); "" takes a key away."""
    _CONTEXT.update(context)
    for key in [key for key, value in _CONTEXT.items() if not value]:
        del _CONTEXT[key]


def with_context(record: logging.LogRecord) -> bool:
    """Tell a record which event it is, and what it is about; to be used as the filter of a handler."""
    record.event = getattr(record, "event", "message")
    record.context = dict(_CONTEXT)
    return True


class ProgressEveryMinute(logging.Filter):
    """Lets a line through that tells how far a step is when the last one is a minute old; and all others."""

    def __init__(self) -> None:
        super().__init__()
        self._told = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is kept."""
        if not getattr(record, "event", "").endswith(_PROGRESS):
            return True
        if record.created - self._told < _KEPT_EVERY:
            return False
        self._told = record.created
        return True


class StderrHandler(logging.StreamHandler[Any]):
    """Writes to whatever stderr is at the moment: a live display puts itself in its place, to keep its line apart.

    What that display shows already (``drawn``) is for the log file alone.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.addFilter(lambda record: not getattr(record, "drawn", False))

    @property
    def stream(self) -> Any:
        """The stream to write to."""
        return sys.stderr


class PlainFormatter(logging.Formatter):
    """Lines that hold no commands to a terminal; with ``dated``, day and zone, the event and what it is about."""

    def __init__(self, *, dated: bool = False, language: str = ENGLISH) -> None:
        of = "%(event)s%(about)s " if dated else ""
        super().__init__(f"%(asctime)s %(levelname)s {of}%(message)s", "%H:%M:%S")
        self._dated, self._language = dated, language

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 (the library's name)
        """The moment: local, with the zone's distance."""
        return _moment(record) if self._dated else super().formatTime(record, datefmt)

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        said = _said_in(record, self._language)
        context: dict[str, str] = record.context  # type: ignore[attr-defined]  # with_context set it
        said.about = f" [{', '.join(f'{key} {value}' for key, value in context.items())}]" if context else ""
        text = super().format(said)
        return _writable(escaped(text if record.exc_info else text.replace("\n", " ")))


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, event, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        told = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "event": record.event,  # type: ignore[attr-defined]  # with_context set both
            "message": record.getMessage(),
            **record.context,  # type: ignore[attr-defined]  # as above
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return _writable(json.dumps(told, ensure_ascii=False))


def _writable(text: str) -> str:
    """The text as UTF-8 can hold it: names of files may be no text at all."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _said_in(record: logging.LogRecord, chosen: str) -> logging.LogRecord:
    """The record with its sentences in a language; other handlers keep the record as it is."""
    if chosen == ENGLISH or not isinstance(record.args, tuple):
        return record
    said = copy(record)
    said.args = tuple(spoken(value, chosen) if isinstance(value, Text) else value for value in record.args)
    return said


def log_to_stderr(*, quiet: bool) -> None:
    """Log to stderr as far as can be told without settings: reading these may take a while."""
    as_json = wants_json_log(sys.argv, os.environ)
    _use([_shown(as_json=as_json)], logging.ERROR if quiet else logging.INFO)


def configure_logging(settings: "Settings") -> None:
    """Log to stderr, and to ``--log-file``: progress and warnings, more with -v, errors only with -q.

    stderr is for the person in front of it, in the language of the context; files and JSON stay English.

    Raises:
        UsageError: The log file cannot be written, or is something else.
    """
    as_json = settings.log_format == "json"
    handlers: list[logging.Handler] = [_shown(as_json=as_json)]
    if settings.log_file is not None:
        try:
            _refuse_other_files(settings.log_file)
            kept = LogFile(settings.log_file, maxBytes=_FILE_BYTES, backupCount=_FILES, encoding="utf-8")
        except OSError as exc:
            raise UsageError(
                "--log-file {path} cannot be written: {why}", path=settings.log_file, why=exc.strerror
            ) from exc
        kept.setFormatter(JsonFormatter() if as_json else PlainFormatter(dated=True))
        kept.addFilter(ProgressEveryMinute())
        handlers.append(kept)
    _use(handlers, logging.ERROR if settings.quiet else logging.DEBUG if settings.verbose else logging.INFO)
    concerning(source=settings.source)


def _refuse_other_files(path: Path) -> None:
    """Lines of a log at the end of the input, or the input renamed because it is long, are a slip of the hand."""
    if not path.is_file() or not os.access(path, os.R_OK):
        return
    with path.open("rb") as file:
        head = file.read(_HEAD).lstrip(b"\0\r\n ")  # zeros are what a power cut leaves of a line
    if head and not _OUR_LINES.match(head):
        raise UsageError("--log-file {path} is no log of this program, and is left as it is", path=path)


def _shown(*, as_json: bool) -> logging.Handler:
    handler = StderrHandler()
    plain = PlainFormatter(dated=not sys.stderr.isatty(), language=language())
    handler.setFormatter(JsonFormatter() if as_json else plain)
    return handler


def _use(handlers: list[logging.Handler], level: int) -> None:
    for handler in log.handlers:
        handler.close()
    for handler in handlers:
        handler.addFilter(with_context)
    log.handlers[:] = handlers
    log.setLevel(level)
    log.propagate = False
    _CONTEXT.clear()


def is_json() -> bool:
    """Whether every line on stderr is to be JSON, told without settings: these may be what is wrong."""
    written = any(isinstance(handler.formatter, JsonFormatter) for handler in log.handlers)
    return written or wants_json_log(sys.argv, os.environ)


def error_line(text: str) -> str:
    """What stderr says of an error, in the language of the context, or as a line of the log where every line is JSON.

    A log file keeps it.
    """
    record = logging.LogRecord("importer", logging.ERROR, "", 0, text, None, None)
    record.event = "error"
    for handler in log.handlers:
        if isinstance(handler, LogFile):
            handler.handle(record)
    with_context(record)
    return JsonFormatter().format(record) if is_json() else spoken(Text("error: {text}", text=text))


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).astimezone().isoformat(timespec="milliseconds")
