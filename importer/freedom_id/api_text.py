"""What the API, or a proxy before it, wrote: fit for one line of a report."""

import unicodedata
from typing import Final

MAX_WORDS: Final = 500
"""Characters kept of any text that the API wrote."""


def words(value: object) -> str:
    """What the API said, on one line: no control or invisible formatting characters, MAX_WORDS at most."""
    if value is None or isinstance(value, bool):
        return ""
    text = value if isinstance(value, str) else str(value)
    text = "".join(map(_visible, text[: 4 * MAX_WORDS]))
    text = " ".join(text.split())
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1] + "…"


def _visible(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\r\n":
        return " "
    return "" if category[0] == "C" else character
