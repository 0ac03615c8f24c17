"""Names as they are compared to tell one person from another: letters alone, in one alphabet, in one case.

Coarse on purpose: it only has to find that a name is spelt otherwise (``ИВАНОВА``, ``Ivanova``), and what it takes for
the same is still told as changed.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_CYRILLIC: Final = {
    **dict(zip("абвгдезиклмнопрстуфхэыі", "abvgdeziklmnoprstufheii", strict=True)),
    **dict(zip("әғқңөұүһґєї", "agknouuhgei", strict=True)),
    "ж": "zh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sh",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
    "ј": "i",
}
"""Russian, Kazakh and Ukrainian letters; those with a mark above (``ё``, ``й``) have lost it before."""

_LATIN: Final = str.maketrans(
    {"y": "i", "j": "i", "w": "v", "q": "k", "x": "ks", "ı": "i", "ß": "ss", "ø": "o", "ł": "l"}
)
_ALIKE: Final = (("shch", "sh"), ("sch", "sh"), ("kh", "h"), ("gh", "g"), ("ph", "f"), ("ie", "e"))
_TWICE: Final = re.compile(r"(.)\1+")
_BETWEEN: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=1 << 14)
def name_key(name: str) -> str:
    """What two spellings of a name have in common; "" only for a name without a letter or digit."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(_CYRILLIC.get(letter, letter) for letter in plain if not unicodedata.combining(letter))
    key = _BETWEEN.sub("", letters.translate(_LATIN))
    for spelt, instead in _ALIKE:
        key = key.replace(spelt, instead)
    return _TWICE.sub(r"\1", key)
