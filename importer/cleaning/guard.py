"""The apostrophe that keeps a spreadsheet from running a cell: ours or another program's, it is no part of the text."""

from typing import Final

import pyarrow.compute as pc

from importer.cleaning.column import Texts, matches

_GUARDED: Final = r"\A'\s*[=@+\-＝＠＋－\t\r]"
_NEEDS_NO_GUARD: Final = (
    r"\A'\s*(?:[+＋](?:[\s().,;/|:+\x{a0}\-]*[0-9]){7,}[\s)]*|[+\-][0-9]*(?:[\s\x{a0}][0-9]{3})*(?:[.,][0-9]+)?%?)\s*\z"
)
"""Phones and numbers, which no output guards: there the apostrophe came with the file, and a note says that it went."""


def unguarded(texts: Texts) -> Texts:
    """The cells without the apostrophe of a guard, so that an output read again says what its input said."""
    if not pc.any(pc.starts_with(texts, "'")).as_py():
        return texts
    guarded = pc.and_not(matches(texts, _GUARDED), matches(texts, _NEEDS_NO_GUARD))
    return pc.if_else(guarded, pc.utf8_slice_codeunits(texts, 1), texts) if pc.any(guarded).as_py() else texts
