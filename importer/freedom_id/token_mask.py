"""Keeping our own token out of what the API's words become: outputs, journal and log, however it is spelled there."""

import base64
import html
import re
import unicodedata
import urllib.parse
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from importer.freedom_id.answer import UUID

MASK: Final = "***"
"""What stands where a token was quoted."""

_SPELLED_OUT: Final = 12
"""Characters that one character of a token may take, such as ``\\u0041`` written in HTML."""

_KEPT: Final = 65_536
"""Characters of a text that anybody looks at, whatever is kept of them."""

_ROUNDS: Final = 3
"""Spellings within spellings that are undone: JSON in JSON, HTML in a percent-encoded address …"""

_SHORTEST: Final = 8
"""Characters of base64 from which on a hit is no chance."""

_MEANT: Final = 6
"""Characters of a token from which on its letters in another spelling are no chance."""

_UUID: Final = re.compile(UUID)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrt])|([^\w\s]))")
"""A code, a blank, or a character that means itself: as in JSON, in JavaScript and in what Python prints."""


class TokenMask:
    """Masks one token: where it stands as it is by ``***``; a text that spells it in another way becomes ``***``.

    A token may itself look like an escape (``a%41``): it is known by each of its own readings, too.
    """

    def __init__(self, token: str) -> None:
        self._token, self._is_long = token, len(token) >= _MEANT
        self._hex = token.encode().hex()
        self._encoded = tuple(_in_base64(token.encode()))
        self._spellings = {reading.casefold() for reading in _readings(token) if len(reading) >= _MEANT}

    def __call__(self, text: str) -> str:
        """The text without the token."""
        text = text[: _KEPT + _SPELLED_OUT * len(self._token)].replace(self._token, MASK)
        if self._is_long:
            return MASK if any(map(self._is_told, _readings(text))) else text
        return MASK if any(self._token in reading for reading in _readings(text)) else text

    def payload(self, value: Any, depth: int = 0) -> Any:
        """A JSON value whose every text is masked, keys included; what is nested deeper than anybody reads is gone.

        A few characters that a UUID has by chance are no token: its FreedomID would be lost.
        """
        if isinstance(value, str):
            return value if not self._is_long and _UUID.fullmatch(value) else self(value)
        if isinstance(value, int | float) and self._is_long and self._token in str(value):
            return MASK
        if depth > _ROUNDS * _ROUNDS:
            return None
        if isinstance(value, list):
            return [self.payload(item, depth + 1) for item in value]
        if isinstance(value, dict):
            return {self(key): self.payload(item, depth + 1) for key, item in value.items()}
        return value

    def _is_told(self, text: str) -> bool:
        together = text.translate(_INK)
        folded = together.casefold()
        return (
            any(spelling in folded for spelling in self._spellings)
            or self._hex in folded
            or any(part in together for part in self._encoded)
        )


def _readings(text: str) -> Iterator[str]:
    """The text, and what it becomes while escapes are undone one after the other."""
    yield text
    for _ in range(_ROUNDS):
        before = text
        for undo in _UNDOINGS:
            text = undo(text)
            yield text
        if text == before:
            return


def _unescaped(text: str) -> str:
    """Without the escapes of JSON and its like."""
    return _ESCAPE.sub(_meant, text)


def _meant(escape: re.Match[str]) -> str:
    if code := escape[1] or escape[2]:
        return chr(int(code, 16))
    return " " if escape[3] else escape[4]


_UNDOINGS: Final[tuple[Callable[[str], str], ...]] = (
    html.unescape,
    urllib.parse.unquote,
    _unescaped,
    partial(unicodedata.normalize, "NFKC"),
)


class _Ink(dict[int, str | None]):
    """For ``str.translate``: no blank, control or format character stays, for no text here keeps them."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        self[code] = None if unicodedata.category(character)[0] in "ZC" else character
        return self[code]


_INK: Final = _Ink()


def _in_base64(token: bytes) -> Iterator[str]:
    """What base64 makes of a token at each of its three alignments, without the characters that share a neighbour."""
    for shift, shared in ((0, 0), (1, 2), (2, 3)):
        encoded = base64.b64encode(b"\0" * shift + token).decode().rstrip("=")
        whole = encoded[shared : None if (shift + len(token)) % 3 == 0 else -1]
        if len(whole) >= _SHORTEST:
            yield whole
            yield whole.replace("+", "-").replace("/", "_")
