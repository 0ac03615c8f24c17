"""Words that stand beside a phone and say what it is: small letters; a label is a whole word."""

import re
from typing import Final

_LETTERS: Final = re.compile(r"[^\W\d_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PHONE_WORDS: Final = _words(
    """
    т тел телефон телефоны телеф м моб мобильный мобил мобила сот сотовый сотка p t m c tel telephone phone phones mob
    mobile cell handy whatsapp watsap whatsup wa ватсап вотсап вацап вайбер viber telegram телеграм тг tg signal imo sms
    смс ұялы
    """
)
"""Beside a number that people answer."""

PLACE_WORDS: Final = _words(
    "с р раб рабочий д дом домашний контактный номер ном конт h w home work contact main number no nr n үй жұмыс нөмірі"
)
"""Beside a number of either sort."""

FAX_WORDS: Final = _words(
    "ф факс факсу факса тфакс fax faks telefax homefax workfax otherfax businessfax пейджер pager beeper телекс telex"
)
"""Beside a number that a machine answers."""

EXTENSION_WORDS: Final = _words(
    """
    # x х ext extn extension доб добав добавочный добавочн доп вн внутр внутренний внутренн int ішкі
    """
)
"""Before digits that are dialled after the number."""


def says_fax(label: str) -> bool:
    """Whether a label names a fax or a pager and no phone: ``Work Fax``, not ``тел/факс``."""
    words = {word.lower() for word in _LETTERS.findall(label)}
    return bool(words & FAX_WORDS) and not words & PHONE_WORDS
