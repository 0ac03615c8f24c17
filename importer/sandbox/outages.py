"""When the whole server is down, and how."""

import re
from dataclasses import dataclass, field
from typing import Final

from importer.errors import UsageError
from importer.sandbox.server_options import OUTAGE_KINDS, SandboxOptions

_BY_TIME: Final = re.compile(r"(?P<start>[0-9.]+)-(?P<end>[0-9.]+)(?::(?P<kind>\w+))?")
_BY_NUMBER: Final = re.compile(r"#(?P<number>[0-9]+)\+(?P<seconds>[0-9.]+)(?::(?P<kind>\w+))?")


@dataclass
class _Window:
    kind: str
    start: float
    end: float
    number: int = 0
    seconds: float = 0.0


@dataclass
class Outages:
    """The outage windows of some options, counted from ``since`` (seconds of a monotonic clock).

    Raises UsageError for a window that can't be read.
    """

    options: SandboxOptions
    since: float
    _windows: list[_Window] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Read the windows once."""
        self._windows = [_read(text, self.since) for text in self.options.outages]

    def request(self, number: int, now: float) -> str:
        """The kind of outage that the ``number``-th create request meets, or ""."""
        for window in self._windows:
            if window.number == number:
                window.start, window.end = now, now + window.seconds
        return self.active(now)

    def active(self, now: float) -> str:
        """The kind of outage at this moment, or ""."""
        if self.options.down:
            return self.options.down
        for window in self._windows:
            if window.start <= now < window.end:
                return window.kind
        return ""


def _read(text: str, since: float) -> _Window:
    by_time, by_number = _BY_TIME.fullmatch(text), _BY_NUMBER.fullmatch(text)
    match = by_time or by_number
    kind = (match and match["kind"]) or OUTAGE_KINDS[0]
    try:
        if by_time and kind in OUTAGE_KINDS:
            return _Window(kind, since + float(by_time["start"]), since + float(by_time["end"]))
        if by_number and kind in OUTAGE_KINDS:
            number, seconds = int(by_number["number"]), float(by_number["seconds"])
            return _Window(kind, start=0.0, end=-1.0, number=number, seconds=seconds)
    except ValueError:
        pass
    raise UsageError(
        "sandbox: an outage is FROM-TO[:KIND] or #N+SECONDS[:KIND]; kinds: {names}", names=", ".join(OUTAGE_KINDS)
    )
