"""Sentences as they are kept where they are shown later, perhaps in another language: what they say, not how.

``MARK`` + JSON + ``MARK`` inside any text. The JSON is a Text's record; for issues see ``kept_issues``.
"""

import json
from collections.abc import Callable, Mapping
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


def heard(text: str, say: Callable[[str], str] = spoken) -> str:
    """A text in which each kept Text is said in the language of the context; as it is, on a line, where it has none.

    ``say`` says one.
    """
    pieces = text.split(MARK)
    try:
        pieces[1::2] = [say(text_of(orjson.loads(piece))) for piece in pieces[1::2]]
    except (ValueError, TypeError, KeyError):
        return text.replace(MARK, " ")
    return "".join(pieces) if len(pieces) % 2 else text.replace(MARK, " ")


def kept_values(text: str) -> Mapping[str, Any]:
    """The values of a Text that stands kept by itself, by name."""
    values: Mapping[str, Any] = orjson.loads(text.strip(MARK))["values"]
    return values


LOST_NOTE: Final = kept(Text("what was noted on this row cannot be read any more: the journal is damaged"))
"""The note of a row that a damaged journal gives without its own."""
