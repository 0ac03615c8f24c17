"""A gettext catalogue (``.po``) as it lies in ``locale``, read without Babel.

Babel's reader would take some 0.09 s of a command that takes 0.3 s (``--help``), most of it for its import; this one
takes 0.02 s for 650 sentences. ``tests/messages`` holds that both read the same.
"""

import ast
from collections.abc import Callable, Mapping
from gettext import NullTranslations
from pathlib import Path
from typing import Final

PLURALS: Final[Mapping[str, Callable[[int], int]]] = {
    "ru": lambda n: (
        0 if n % 10 == 1 and n % 100 != 11 else 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2  # noqa: PLR2004 (the rule of the CLDR)
    ),
    "kk": lambda n: 0 if n == 1 else 1,
}
"""Which form a number asks for, as the head of each catalogue says it to gettext's own tools."""


class Catalogue(NullTranslations):
    """Sentences and their translations; a sentence that is not there is its own.

    The file is UTF-8: entries of ``msgid``, ``msgid_plural``, ``msgstr``, ``msgstr[N]``, in pieces or whole.
    ``plural``: number → which form.
    """

    def __init__(self, path: Path, plural: Callable[[int], int]) -> None:
        super().__init__()
        self._plural = plural
        self._forms: dict[str, list[str]] = {}
        self._read(path.read_text(encoding="utf-8"))

    def gettext(self, message: str) -> str:
        """The translation of a sentence."""
        return self._forms.get(message, (message,))[0]

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The translation that the number asks for."""
        forms = self._forms.get(msgid1)
        if forms is None:
            return msgid1 if n == 1 else msgid2
        return forms[self._plural(n)]

    def _read(self, text: str) -> None:
        entry: dict[str, str] = {}
        keyword = ""
        for line in [*text.split("\n"), 'msgid ""']:
            if line.startswith('"'):
                entry[keyword] += ast.literal_eval(line)
            elif line.startswith("msg"):
                keyword, _, quoted = line.partition(" ")
                if keyword == "msgid":
                    if entry.get("msgid"):
                        self._forms[entry["msgid"]] = [text for key, text in entry.items() if key.startswith("msgstr")]
                    entry = {}
                entry[keyword] = ast.literal_eval(quoted)
