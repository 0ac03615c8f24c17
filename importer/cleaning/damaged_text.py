"""Text that another program read in the wrong encoding or left in escapes, made whole where that is certain.

``ftfy`` knows UTF-8 that was read as something else and leaves real accents alone; what it finds counts only where the
whole text can be damaged again into what the file says: of a text that lost a byte it would give a part. It is loaded
for suspicious cells only.
"""

import contextlib
import html
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from schemas.patterns import LATIN_FOR_CYRILLIC

SUSPICIOUS: Final = (
    r"[\x{80}-\x{9f}\x{2500}-\x{259f}\x{f180}-\x{f19f}]"  # control characters, and the frames of code page 866
    r"|[Â-ô][\x{80}-\x{bf}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ ]"  # UTF-8 as code page 1252
    r"|[ВГРСТУ][\x{80}-\x{bf}Ѐ-Џѐ-џґҐ‚„…†‡€‰‹‘’“”•–—™›№ ]"  # … as code page 1251
    r"|[–—‚„][^\x00-\x{7f} ]|[яп][≤≥╟╡╠√©]"  # … as Mac and KOI8-R
    rf"|{LATIN_FOR_CYRILLIC}"
    r"|&#?[0-9A-Za-z]{2,30};|&#[0-9]{2,7}|\\u[0-9A-Fa-f]{4}|%[CcDdEe][0-9A-Fa-f]%[89ABab][0-9A-Fa-f]|=\?[A-Za-z0-9-]+\?[BbQq]\?"
)
"""Cells worth a look (RE2); most of them are fine."""

_ENTITY: Final = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};);?")
_ESCAPE: Final = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_PERCENT: Final = re.compile(r"(?:%[C-Ec-e][0-9A-Fa-f](?:%[89ABab][0-9A-Fa-f]){1,2})+")
_MAIL_START: Final = re.compile(r"=\?[^?]*\?[BbQq]\?")
_MAIL_WORD: Final = re.compile(r"=\?[A-Za-z0-9-]+\?[BbQq]\?[^?\s]*\?=")
_LATIN_WORD: Final = re.compile(r"(?<![^\W\d_])[À-ÿ¨¸]{3,}(?![^\W\d_])")
_TITLE: Final = re.compile(r"[А-ЯЁ][а-яё]+")
_ONE_CASE: Final = re.compile(r"[А-ЯЁ]?[а-яё]+|[А-ЯЁ]+")
_VOWEL: Final = re.compile(r"[аеёиоуыэюя]", re.IGNORECASE)
_READ_AS: Final = (
    "sloppy-windows-1252", "latin-1", "sloppy-windows-1251", "cp866", "koi8-r", "mac-roman", "mac-cyrillic",
    "sloppy-windows-1250", "sloppy-windows-1254",
)  # fmt: skip
"""In what UTF-8 is mistaken for; the "sloppy" ones are ftfy's: they keep bytes that stand for nothing."""

_OF_NO_LETTER: Final = {0xF100 + byte: byte for byte in range(0x80, 0xA0)}
"""How LibreOffice keeps a byte that stands for nothing in the encoding it reads."""

_MOST_TIMES = 3


@lru_cache(maxsize=1 << 13)
def restored(text: str) -> str:
    """The text as it was before it was damaged; as it is where that is not certain or nothing is wrong."""
    shown = text
    for _ in range(_MOST_TIMES):
        shown = _without_escapes(shown)
    shown = _recoded(shown)
    cyrillic = _LATIN_WORD.sub(lambda word: _as_cyrillic(word[0], _TITLE), shown)
    return shown if _LATIN_WORD.search(cyrillic) else cyrillic


def likely(text: str) -> str:
    """What a text of accented letters alone probably is in Russian letters, or "".

    Only a capital and small letters are certain: in one case alone they may come from KOI8-R just as well.
    """
    cyrillic = _LATIN_WORD.sub(lambda word: _as_cyrillic(word[0], _ONE_CASE), text)
    return "" if cyrillic == text or _LATIN_WORD.search(cyrillic) else cyrillic


def _as_cyrillic(word: str, form: re.Pattern[str]) -> str:
    """The Russian word that code page 1252 shows as these letters, where it has the form; else the word itself."""
    read = word.encode("cp1252").decode("cp1251")
    return read if form.fullmatch(read) and _VOWEL.search(read) else word


def _without_escapes(text: str) -> str:
    text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = _PERCENT.sub(lambda found: unquote(found[0], errors="strict") if _is_utf8(found[0]) else found[0], text)
    with contextlib.suppress(UnicodeError):
        text = _ESCAPE.sub(lambda found: _unescaped(found[0]), text)
    words = len(_MAIL_WORD.findall(text))
    if words and words == len(_MAIL_START.findall(text)):  # for one that never ends the library searches all the rest
        with contextlib.suppress(HeaderParseError, LookupError, UnicodeError):
            text = str(make_header(decode_header(text)))
    return text


def _unescaped(escapes: str) -> str:
    r"""``\u0418`` as letters; two halves of one character become it."""
    return escapes.encode().decode("unicode-escape").encode("utf-16", "surrogatepass").decode("utf-16")


def _is_utf8(percents: str) -> bool:
    return "\ufffd" not in unquote(percents)


def _recoded(text: str) -> str:
    """The text that, as UTF-8 in the wrong encoding, once or twice, gives just this one; else the text itself."""
    if text.isascii():
        return text
    import ftfy  # noqa: PLC0415 (30 ms, only where a cell is suspicious)

    shown = text.translate(_OF_NO_LETTER)
    guess = ftfy.fix_encoding(shown)
    if guess != shown and any(_same(shown, damaged) for damaged in _damaged(guess, times=2)):
        return guess
    return next((read for read in _undone(shown) if _is_likely(read)), text)


def _damaged(text: str, *, times: int) -> Iterator[str]:
    for name in _READ_AS:
        with contextlib.suppress(UnicodeError):
            once = text.encode().decode(name)
            yield once
            if times > 1:
                yield from _damaged(once, times=times - 1)


def _same(text: str, other: str) -> bool:
    """Whether two texts are one, but for a byte A0 that became a plain space."""
    return text.replace("\xa0", " ") == other.replace("\xa0", " ")


def _undone(text: str) -> Iterator[str]:
    """UTF-8 in encodings of which ftfy does not know that they are in use: 866, KOI8-R, Mac."""
    for name in ("cp866", "koi8-r", "mac-roman", "mac-cyrillic"):
        with contextlib.suppress(UnicodeError):
            yield text.encode(name).decode()


def _is_likely(read: str) -> bool:
    """Two letters or more that UTF-8 spells with several bytes: no accident."""
    return sum(not letter.isascii() for letter in read) > 1 and all(
        letter.isprintable() or letter.isspace() for letter in read
    )
