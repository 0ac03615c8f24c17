"""Text of ours in the input's encoding: what it can't hold is written as a safe equivalent, never as ``?``."""

import codecs
from typing import Final

import pandas as pd

from importer.errors import BooksDontBalance
from importer.reading.table import Dialect

_EQUIVALENTS: Final = {
    "→": "->", "←": "<-", "…": "...", "—": "-", "–": "-", "−": "-", "‑": "-",
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'",
    "•": "*", "·": "*", "×": "x", "≥": ">=", "≤": "<=", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "№": "No",
}  # fmt: skip
_LITTLE_ENDIAN_BOMS: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class OutputEncoding:
    """Turns text into bytes of one encoding.

    Attributes:
        start: What the file begins with: a byte order mark, or nothing.
    """

    def __init__(self, dialect: Dialect) -> None:
        codec = codecs.lookup(dialect.encoding).name
        bom = dialect.bom or codec in _LITTLE_ENDIAN_BOMS or codec == "utf-8-sig"
        codec = {"utf-8-sig": "utf-8", **_LITTLE_ENDIAN_BOMS}.get(codec, codec)
        self._codec = codec
        self._holds_all = codec.startswith("utf-")
        self.start = "\ufeff".encode(codec) if bom and self._holds_all else b""
        self._equivalents = str.maketrans(
            {}
            if self._holds_all
            else {letter: safe for letter, safe in _EQUIVALENTS.items() if not self._holds(letter)}
        )

    def fit(self, messages: pd.Series) -> pd.Series:
        r"""Messages (str) that the encoding holds: ``→`` becomes ``->``, ``ә`` becomes ``\u04d9``. Same index."""
        if self._holds_all or self._holds("".join(messages)):
            return messages
        return messages.map(self._fitted)

    def encode(self, text: str) -> bytes:
        """The bytes of a text.

        Raises:
            BooksDontBalance: A cell of the input holds a character that its own encoding can't: a defect.
        """
        try:
            return text.encode(self._codec)
        except UnicodeEncodeError:
            # Without its cause: the original exception quotes cells.
            raise BooksDontBalance(
                "a cell of the input can't be written in the input's own encoding ({codec}); nothing was "
                "overwritten: make the output as .xlsx instead (-o)",
                codec=self._codec,
            ) from None

    def _fitted(self, message: str) -> str:
        return message.translate(self._equivalents).encode(self._codec, "backslashreplace").decode(self._codec)

    def _holds(self, text: str) -> bool:
        try:
            text.encode(self._codec)
        except UnicodeEncodeError:
            return False
        return True
