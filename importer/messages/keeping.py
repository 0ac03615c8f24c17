"""Sentences as they are kept where they are shown later, perhaps in another language: what they say, not how.

``MARK`` + JSON + ``MARK`` inside any text. The JSON is a Text's record, or that of an issue (see ``remembered``).
"""

import json
from typing import Any, Final

import orjson

from importer.messages.text import Text, spoken, text_of

MARK: Final = "\x1e"
"""Of ASCII, the separator of records. Where a cell has one, it is not followed by a record."""


def kept(text: str) -> str:
    """A text so that ``heard`` can say it in any language: a Text as its record, any other as it is."""
    if not isinstance(text, Text):
        return text
    return f"{MARK}{json.dumps(text.as_record(), ensure_ascii=False)}{MARK}"


def records_in(text: str) -> list[Any]:
    """A text cut at its records: plain text and records by turns, plain text first and last."""
    pieces: list[Any] = text.split(MARK)
    try:
        pieces[1::2] = [orjson.loads(piece) for piece in pieces[1::2]]
        if len(pieces) % 2 and all(isinstance(one, list) or "text" in one for one in pieces[1::2]):
            return pieces
    except (ValueError, TypeError):
        pass
    return [text.replace(MARK, " ")]


def heard(text: str) -> str:
    """A text in which each kept Text is said in the language of the context."""
    pieces = records_in(text)
    pieces[1::2] = [spoken(text_of(record)) for record in pieces[1::2]]
    return "".join(pieces)
