"""Words that stand beside a phone and say what it is: small letters; a label is a whole word."""

import re
from typing import Final

from schemas.word_lists import words

_LETTERS: Final = re.compile(r"[^\W\d_]+")

MOBILE_WORDS: Final = words(
    """
    м моб мобильный мобил мобила сот сотовый сотка m c mob mobile cell handy whatsapp watsap whatsup wa ватсап вотсап
    вацап вайбер viber telegram телеграм тг tg signal imo sms смс ұялы
    """
)
"""Beside a number that is no landline's."""

PHONE_WORDS: Final = MOBILE_WORDS | words("т тел телефон телефоны телеф p t tel telephone phone phones")
"""Beside a number that people answer."""

PLACE_WORDS: Final = words(
    """
    с р раб рабочий д дом домашний контактный номер ном конт h w home work contact main number no nr n үй жұмыс нөмірі
    """
)
"""Beside a number of either sort."""

FAX_WORDS: Final = words(
    """
    ф факс факсу факса тфакс fax faks telefax homefax workfax otherfax businessfax пейджер pager beeper телекс telex
    """
)
"""Beside a number that a machine answers."""

EXTENSION_WORDS: Final = words(
    """
    # x х ext extn extension доб добав добавочный добавочн доп вн внутр внутренний внутренн int ішкі
    """
)
"""Before digits that are dialled after the number."""


def says_fax(label: str) -> bool:
    """Whether a label names a fax or a pager and no phone: ``Work Fax``, not ``тел/факс``."""
    said = {word.lower() for word in _LETTERS.findall(label)}
    return bool(said & FAX_WORDS) and not said & PHONE_WORDS
