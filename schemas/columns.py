"""Accepted header names of each field, in English, Russian and Kazakh: data, no logic.

Names are written as people write them; the mapping folds case, blanks, punctuation, Kazakh letters and
look-alike letters on both sides. Tier 1 maps by itself. Tier 2 is the same field in a weaker column (a
work phone, a billing country): it maps only where the file has no tier-1 column and exactly one of tier 2,
or when a person asks for it.
Source: the headers of the exports of the CRM systems, shops and identity providers in use in this region.
What looks like a field but must not map by itself stands in ``schemas.other_columns``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Accepted:
    """The header names of one field.

    Attributes:
        english: Tier-1 names in English.
        russian: Tier-1 names in Russian.
        kazakh: Tier-1 names in Kazakh.
        weaker: Tier-2 names in any language.
    """

    english: tuple[str, ...]
    russian: tuple[str, ...] = ()
    kazakh: tuple[str, ...] = ()
    weaker: tuple[str, ...] = ()


def _names(text: str) -> tuple[str, ...]:
    return tuple(" ".join(name.split()) for name in text.split("|"))


_PHONE = Accepted(
    english=_names(
        """
        phone | phone number | phonenumber | phone no | phone № | mobile | mobile phone | mobilephone |
        mobile number | mobile no | mobile phone number | cell | cell phone | cellphone | cell number |
        telephone | telephone number | tel | tel no | msisdn | personal mobile | phone 1 - value |
        phone - mobile | person - phone | person - phone - mobile
        """
    ),
    russian=_names(
        """
        телефон | номер телефона | тел | тел. | № телефона | телефонный номер | мобильный телефон |
        мобильный | мобильный номер | номер мобильного | номер мобильного телефона | моб. телефон |
        моб.тел | моб. тел. | моб | мобильный тел. | мобильный (сотовый) телефон | сотовый |
        сотовый телефон | сотовый номер | номер сотового | номер сотового телефона | сот. тел. |
        контактный телефон | контактный номер телефона | телефон клиента | телефон переносной |
        телефон для связи
        """
    ),
    kazakh=_names(
        """
        телефон нөмірі | ұялы телефон | ұялы | ұялы телефон нөмірі | ұялы нөмірі | байланыс телефоны |
        байланыс телефон нөмірі | тел. нөмірі
        """
    ),
    weaker=_names(
        """
        phones | phone numbers | primary phone | primaryphone | main phone | other phone | otherphone |
        other phone number | home phone | homephone | home phone number | work phone |
        work phone number | work direct phone | business phone | personal phone | sms marketing phone |
        sms phone | billing phone | default address phone | phone - work | phone - home |
        phone - other | person - phone - work | person - phone - home | person - phone - other |
        secondary phone | additional phone | alternate phone | alternative phone | second phone |
        contact phone | contact phone number | contact number | whatsapp | whatsapp number |
        whatsapp phone | телефоны | номера телефонов | основной телефон | рабочий телефон |
        рабочий прямой телефон | домашний телефон | домашний тел. | другой телефон |
        дополнительный телефон | доп. телефон | второй телефон | телефон для рассылок |
        телефон (контакт) | телефон (платёж) | телефон раб. 2 | телефон дом. 2 | контактный номер |
        номер для связи | ватсап | номер whatsapp | жұмыс телефоны | үй телефоны | қосымша телефон |
        телефондар
        """
    ),
)

_EMAIL = Accepted(
    english=_names(
        """
        email | e-mail | email address | e-mail address | mail | e-mail 1 - value | personal email |
        personal e-mail | home e-mail | person - email | email id
        """
    ),
    russian=_names(
        """
        email | e-mail | электронная почта | эл. почта | эл.почта | адрес электронной почты |
        электронный адрес | адрес эл. почты | личный email | личный e-mail | частный e-mail | имейл |
        емейл | е-мейл | емайл | адрес email | адрес e-mail | почта email | почта e-mail
        """
    ),
    kazakh=_names(
        """
        электрондық пошта | эл. пошта | электрондық поштасы | электрондық пошта мекенжайы |
        электронды пошта
        """
    ),
    weaker=_names(
        """
        emails | e-mails | email addresses | primary email | work email | work e-mail | business email |
        other email | other e-mail | newsletters email | secondary email | second email | secondemail |
        additional email | alternate email | billing email | contact email | email - work |
        email - home | email - other | person - email - work | person - email - home |
        person - email - other | e-mail 2 address | e-mail 3 address | рабочий email | рабочий e-mail |
        другой email | другой e-mail | e-mail для рассылок | дополнительный email | адрес 2 эл. почты |
        адрес 3 эл. почты | email (платёж) | жұмыс поштасы
        """
    ),
)

ACCEPTED: Final[Mapping[str, Accepted]] = {
    "phone": _PHONE,
    "email": _EMAIL,
    "firstname": Accepted(
        english=_names(
            """
            first name | firstname | given name | givenname | forename | fname | person - first name |
            contact first name
            """
        ),
        kazakh=_names("есімі"),
        weaker=_names("billing first name | имя (платёж)"),
    ),
    "lastname": Accepted(
        english=_names(
            """
            last name | lastname | surname | family name | familyname | lname | person - last name |
            contact last name
            """
        ),
        russian=_names("фамилия | фамилия клиента"),
        kazakh=_names("тегі | фамилиясы"),
        weaker=_names("billing last name | фамилия (платёж)"),
    ),
    "date_of_birth": Accepted(
        english=_names(
            """
            date of birth | dateofbirth | birth date | birthdate | birthday | dob | d.o.b. |
            personal birthday | person - birthday
            """
        ),
        russian=_names(
            """
            дата рождения | дата рожд. | день рождения | др | д/р | д.р. | дата рождения клиента |
            дата рож. | д. рожд. | день рожд.
            """
        ),
        kazakh=_names(
            """
            туған күні | туған күн | туылған күні | туған күні, айы, жылы | туған жылы, айы, күні |
            туған күні мен айы
            """
        ),
    ),
    "identifier": Accepted(
        english=_names("identifier | iin | individual identification number"),
        russian=_names(
            """
            иин | индивидуальный идентификационный номер | идентификатор личности | номер иин
            """
        ),
        kazakh=_names("жсн | жеке сәйкестендіру нөмірі"),
        weaker=_names(
            """
            national id | national id number | personal id number | government id number | pinfl |
            личный код | личный номер | пинфл | пин
            """
        ),
    ),
    "country": Accepted(
        english=_names(
            """
            country | country/region | country / region | country name | country of residence |
            residence country
            """
        ),
        russian=_names("страна | страна проживания | страна/регион"),
        kazakh=_names("ел | елі | мемлекет | мемлекеті"),
        weaker=_names(
            """
            mailing country | billing country | home country/region | address 1 - country |
            person - postal address - country | default address country code | mailing country code |
            billing country code | default address country | countrycode | страна (дом. адрес) |
            страна или регион (дом. адрес) | страна (платёж)
            """
        ),
    ),
    "gender": Accepted(
        english=_names("gender | sex | personal gender"),
        russian=_names("пол | пол клиента"),
        kazakh=_names("жынысы | жыныс"),
        weaker=_names("gender identity"),
    ),
    "nationality": Accepted(
        english=_names("nationality | citizenship"),
        russian=_names("гражданство"),
        kazakh=_names("азаматтығы | азаматтық"),
        weaker=_names("страна гражданства | country of citizenship"),
    ),
}
"""Field → its names; the keys are ``importer.model.FIELDS``, in that order."""
