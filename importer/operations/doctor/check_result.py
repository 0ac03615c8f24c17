"""What a check says of one thing."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from importer.messages.text import Text, spoken


class Level(IntEnum):
    """How well a thing is; the worst one is the exit code."""

    OK = 0
    WARNING = 1
    ERROR = 2


_LEVELS: Final = {Level.OK: "ok", Level.WARNING: Text("warning"), Level.ERROR: Text("error")}
"""How a level is said."""


@dataclass(frozen=True)
class Diagnosis:
    """One line: no token, no personal data.

    Attributes:
        level: How well it is.
        about: What was looked at: "token", "journal", …
        text: What was found, and what to do about it.
    """

    level: Level
    about: str
    text: str

    def line(self) -> str:
        """The line as it is printed, in the language of the context."""
        level, about = (spoken(one) for one in (_LEVELS[self.level], self.about))
        return f"{level:<7} {about}: {spoken(self.text)}"


def fine(about: str, text: str) -> Diagnosis:
    """What is as it should be."""
    return Diagnosis(Level.OK, about, text)


def warning(about: str, text: str) -> Diagnosis:
    """What a run can do with for now."""
    return Diagnosis(Level.WARNING, about, text)


def error(about: str, text: str) -> Diagnosis:
    """What no run can do with."""
    return Diagnosis(Level.ERROR, about, text)
