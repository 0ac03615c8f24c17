"""The many header names of a phone and of an e-mail column, in English, Russian and Kazakh: data, no logic.

Names are written as people write them; the mapping folds case, blanks, punctuation, Kazakh letters and
look-alike letters on both sides. The names of the other fields are short enough to stand in ``schemas.fields``.
Source: the headers of the exports of the CRM systems, shops and identity providers in use in this region.
What looks like a field but must not map by itself stands in ``schemas.other_columns``.
"""

from dataclasses import dataclass
from typing import Final

from schemas.word_lists import names


@dataclass(frozen=True)
class HeaderNames:
    """The header names of one field: those of tier 1 by language, and the ``weaker`` ones of tier 2 in any.

    Tier 1 maps by itself. Tier 2 is the same field in a weaker column (a work phone, a billing country): it maps only
    where the file has no tier-1 column and exactly one of tier 2, or when a person asks for it.
    """

    english: tuple[str, ...]
    russian: tuple[str, ...]
    kazakh: tuple[str, ...]
    weaker: tuple[str, ...]

    @property
    def by_themselves(self) -> tuple[str, ...]:
        """The names of tier 1."""
        return (*self.english, *self.russian, *self.kazakh)

    @property
    def all(self) -> tuple[str, ...]:
        """The names of both tiers."""
        return (*self.by_themselves, *self.weaker)


def headers(*, english: str, russian: str = "", kazakh: str = "", weaker: str = "") -> HeaderNames:
    """Names parted by bars, over as many lines as they need."""
    return HeaderNames(*(names(text) for text in (english, russian, kazakh, weaker)))


PHONE: Final = headers(
    english="""
            phone | phone number | phonenumber | phone no | phone № | mobile | mobile phone |
            mobilephone | mobile number | mobile no | mobile phone number | cell | cell phone |
            cellphone | cell number | mob number | mobile telephone | telephone | telephone number |
            tel | tel no | tel number | msisdn | personal
            mobile | phone 1 - value | phone - mobile | person - phone | person - phone - mobile
            """,
    russian="""
            телефон | номер телефона | тел | тел. | № телефона | телефонный номер | мобильный телефон |
            мобильный | мобильный номер | номер мобильного | номер мобильного телефона | моб. телефон |
            моб.тел | моб. тел. | моб | мобильный тел. | мобильный (сотовый) телефон | сотовый | сотовый
            телефон | сотовый номер | номер сотового | номер сотового телефона | сот. тел. | контактный
            телефон | контактный номер телефона | телефон клиента | телефон переносной | телефон для
            связи | тел для связи | номер для звонка | номер мобильного тел. | телефон абонента
            """,
    kazakh="""
            телефон нөмірі | ұялы телефон | ұялы | ұялы телефон нөмірі | ұялы нөмірі | байланыс телефоны
            | байланыс телефон нөмірі | тел. нөмірі | ұялы телефоны | ұялы тел. | ұялы телефондары |
            телефон номері | телефон нөмірлері | байланыс нөмірі | телефоныңыз |
            телефон нөміріңіз | ұялы телефоныңыз | ұялы телефон нөміріңіз
            """,
    weaker="""
            phones | phone numbers | primary phone | primaryphone | main phone | other phone |
            otherphone | other phone number | home phone | homephone | home phone number | work phone |
            work phone number | work direct phone | business phone | personal phone | sms marketing
            phone | sms phone | billing phone | default address phone | phone - work | phone - home |
            phone - other | telephone1 | telephone2 | telephone3 | phonenumbers[0].value | личный телефон | персональный
            телефон | telf1 | telf2 | telnr long |
            office phone | recovery phone | other mobile | othermobile | businessphones | home telephone |
            primary phone number | secondary phone number | person - phone - work |
            person - phone - home | person - phone - other |
            secondary phone | additional phone | alternate phone | alternative phone | second phone |
            contact phone | contact phone number | contact number | whatsapp | whatsapp number |
            whatsapp phone | телефоны | номера телефонов | основной телефон | рабочий телефон | рабочий
            прямой телефон | домашний телефон | домашний тел. | другой телефон | дополнительный телефон
            | доп. телефон | второй телефон | телефон для рассылок | телефон (контакт) | телефон
            (платёж) | телефон раб. 2 | телефон дом. 2 | контактный номер | номер для связи | ватсап |
            номер whatsapp | жұмыс телефоны | үй телефоны | қосымша телефон | телефондар
            """,
)

EMAIL: Final = headers(
    english="""
            email | e-mail | email address | e-mail address | mail | e-mail 1 - value | personal email |
            personal e-mail | home e-mail | person - email | email id |
            emailaddress1 | email address 1 | smtp addr | smtp address
            """,
    russian="""
            email | e-mail | электронная почта | эл. почта | эл.почта | адрес электронной почты |
            электронный адрес | адрес эл. почты | личный email | личный e-mail | частный e-mail | имейл
            | емейл | е-мейл | емайл | адрес email | адрес e-mail | почта email | почта e-mail
            """,
    kazakh="""
            электрондық пошта | эл. пошта | электрондық поштасы | электрондық пошта мекенжайы |
            электронды пошта | электрондық поштаңыз | поштаңыз
            """,
    weaker="""
            emails | e-mails | email addresses | primary email | work email | work e-mail | business
            email | other email | other e-mail | newsletters email | secondary email | second email |
            secondemail | emails[0].value | recovery email | emailaddress2 | emailaddress3 |
            additional email | alternate email | billing email | contact email | email -
            work | email - home | email - other | person - email - work | person - email - home | person
            - email - other | e-mail 2 address | e-mail 3 address | рабочий email | рабочий e-mail |
            другой email | другой e-mail | e-mail для рассылок | дополнительный email | адрес 2 эл.
            почты | адрес 3 эл. почты | email (платёж) | жұмыс поштасы
            """,
)
