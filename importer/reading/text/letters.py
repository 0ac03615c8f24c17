"""Which code page the letters of a text are of, or the question to a person where they tell none."""

import re
from typing import Final

from importer.errors import RefusedFile
from importer.messages.text import Text
from importer.reading.text import cyrillic, latin, other_scripts
from importer.reading.text.non_ascii import count_non_ascii

_ALONE: Final = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
"""A sign or an initial, ``№ 5``, ``А.К.``, ``100 €``: it tells of no other script, and of no second page."""


def code_page(name: str, evidence: bytes) -> str:
    """The code page whose letters are likely. Raises RefusedFile where none is: names would be gibberish."""
    if _accents(evidence):
        page, other = latin.code_page(evidence), ""
    else:
        page, in_words = cyrillic.code_page(evidence), _ALONE.sub(b"", evidence)
        distinct = b" ".join(dict.fromkeys(in_words.split()))  # Цой in every row says no more than in one
        other, better = other_scripts.likeliest(distinct)
        page = page if cyrillic.chance(distinct, page) >= better else ""
        part = cyrillic.page_of_a_part(in_words, page) if page else ""
        if part:
            raise RefusedFile(
                "{name}: one part of it is in {encoding}, another in {other}; two encodings in one file can't be "
                "read right. Save each part as CSV UTF-8, or name one encoding for all of it with --encoding",
                name=name,
                encoding=page,
                other=part,
            )
    if not page:
        raise RefusedFile(_asks(name, other))
    return page


def _asks(name: str, page: str) -> Text:
    if page:
        return Text(
            "{name}: its letters look like {encoding}, but that is not certain. Name its encoding with "
            "--encoding {encoding} or another one, or save the file as CSV UTF-8",
            name=name,
            encoding=page,
        )
    return Text(
        "{name}: its encoding can't be told, the letters would be wrong. Name it with --encoding, or save the file as "
        "CSV UTF-8",
        name=name,
    )


def _accents(evidence: bytes) -> bool:
    """Whether the bytes above ASCII are accents inside Latin words rather than an alphabet of their own."""
    beside = len(re.findall(rb"(?<=[A-Za-z])[\x80-\xff]|[\x80-\xff](?=[A-Za-z])", evidence))
    return 2 * beside > count_non_ascii(evidence)
