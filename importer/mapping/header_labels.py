"""The header of a table as messages and options name it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from importer.mapping.header_evidence import names_columns
from importer.mapping.header_keys import fold
from importer.messages.text import Text, joined

_LONGEST_SHOWN: Final = 60
_UNSAFE_IN_OPTION: Final = frozenset(",=\"'`$\\!%")
_DIGITS_OF_A_VALUE: Final = 7


def looks_like_value(text: str) -> bool:
    """Whether a header text is rather a cell of a file without header: it is then never shown."""
    return "@" in text or sum(letter.isdigit() for letter in text) >= _DIGITS_OF_A_VALUE


def one_line(text: str) -> str:
    """The text without line breaks and runs of blanks."""
    return " ".join(text.split())


@dataclass(frozen=True)
class Header:
    """Header texts as in the file, and the spreadsheet letter of each position.

    ``named``: somebody called columns by these texts, whatever they look like.
    """

    texts: tuple[str, ...]
    letters: tuple[str, ...]
    named: bool = False

    @classmethod
    def of(cls, texts: Sequence[str], column_letter: Callable[[int], str], *, named: bool = False) -> "Header":
        """The header of a table, letters asked for once."""
        return cls(tuple(texts), tuple(column_letter(position) for position in range(len(texts))), named)

    @cached_property
    def names_columns(self) -> bool:
        """Whether these are names of columns; else they may be a person's cells, and none of them is shown."""
        return self.named or names_columns(self.texts)

    @cached_property
    def _folded_counts(self) -> Counter[str]:
        return Counter(fold(text) for text in self.texts)

    def shown(self, position: int) -> str:
        """The header text on one line, shortened; "" where it looks like a value, or none of them like a header."""
        return self.short(position) if self.names_columns else ""

    def short(self, position: int) -> str:
        """The header text on one line, shortened, to be compared: nobody is told it; "" where it looks like a value."""
        text = "".join(letter for letter in one_line(self.texts[position]) if letter.isprintable())
        if looks_like_value(text):
            return ""
        return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"

    def label(self, position: int) -> str:
        """``column C "Телефон"``, or ``column C`` where the header is empty."""
        text = self.shown(position)
        letter = self.letters[position]
        return (
            Text('column {letter} "{text}"', letter=letter, text=text)
            if text
            else Text("column {letter}", letter=letter)
        )

    def labels(self, positions: Iterable[int], most: int = 20) -> str:
        """Labels joined by commas; past ``most`` only their number."""
        positions = tuple(positions)
        text = joined((self.label(position) for position in positions[:most]), ", ")
        more = len(positions) - most
        return Text("{columns} and {more} more", columns=text, more=more) if more > 0 else text

    def in_option(self, position: int) -> str:
        """How ``--map`` names the column: its header where that is unique and plain, else its letter."""
        text = self.shown(position)
        folded = fold(self.texts[position])
        plain = text and folded and not text.endswith("…") and not _UNSAFE_IN_OPTION & set(text)
        if plain and self._folded_counts[folded] == 1:
            return text
        return f"column {self.letters[position]}"

    def option(self, positions: Iterable[int], field: str) -> str:
        """The ``--map`` option that makes these columns serve the field, in this order."""
        columns = ", ".join(self.in_option(position) for position in positions)
        return f'--map "{columns}={field}"'
