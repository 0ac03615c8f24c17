"""What a check says of one thing."""

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How well a thing is; the worst one is the exit code."""

    OK = 0
    WARNING = 1
    ERROR = 2


@dataclass(frozen=True)
class Told:
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
        """The line as it is printed."""
        return f"{self.level.name.lower():8}{self.about}: {self.text}"
