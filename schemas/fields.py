"""The fields of the create-user body, one row each: to add a field of the API is to add its row here.

Everything that speaks of fields derives from this table: the body and its order, the mapping of columns, the cleaner of
a cell, the template's columns and hints, ``importer fields``, the words of messages. A field whose values have a rule
gets its checks in ``schemas.user``, where the API's own table is written down; one without is free text.
Source: the API's table of the create-user call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.accepted_headers import EMAIL, PHONE, HeaderNames, headers

EXAMPLE_MARK: Final = "EXAMPLE / ПРИМЕР"
"""What the first name of the template's example row says."""


@dataclass(frozen=True)
class Field:
    """One field of the body.

    Attributes:
        name: As in the body, in ``--map`` and in the output's errors.
        rule: What the API accepts, for a person.
        repaired: What is repaired on the way, with a note.
        example: A value as it is sent.
        sample: What the template's example row says; nothing that could be a person's own.
        hint: What a person reads at the template's column, in English, Russian and Kazakh.
        headers: The names of columns that serve the field.
        cleaner: Which cleaner of ``importer.cleaning`` reads its cells.
        width: Of the template's column, in characters.
        required: Whether a row without it is invalid.
        label: Its name for a person, where ``name`` is no word.
    """

    name: str
    rule: str
    repaired: str
    example: str
    sample: str
    hint: tuple[str, str, str]
    headers: HeaderNames
    cleaner: str = "text"
    width: int = 24
    required: bool = False
    label: str = ""

    @property
    def title(self) -> str:
        """Its name for a person, in English."""
        return self.label or self.name.replace("_", " ").capitalize()


TABLE: Final = (
    Field(
        "phone",
        required=True,
        rule="+ and 10 to 15 digits; unique in Freedom ID",
        repaired="blanks, brackets, hyphens; a number without a country code gets the one of --region",
        example="+77011234567",
        sample="+70000000000",
        hint=(
            "Required. + and the country code, then the number: 10 to 15 digits, no blanks. Each phone once.",
            "Обязательно. + и код страны, затем номер: от 10 до 15 цифр, без пробелов. Каждый телефон один раз.",
            "Міндетті. + пен елдің коды, содан кейін нөмір: 10–15 сан, бос орынсыз. Әр телефон бір рет.",
        ),
        headers=PHONE,
        cleaner="phone",
        width=20,
    ),
    Field(
        "email",
        label="E-mail",
        rule="an e-mail address; unique: the API leaves out one that is taken, without an error",
        repaired="outer blanks, mailto:, upper case in the domain",
        example="user@example.com",
        sample="your.name@example.com",
        hint=(
            "An e-mail address. Each address once: Freedom ID leaves out one that is taken.",
            "Адрес эл. почты. Каждый адрес один раз: занятый адрес Freedom ID не сохранит.",
            "Эл. пошта мекенжайы. Әр мекенжай бір рет: бос емес мекенжайды Freedom ID сақтамайды.",
        ),
        headers=EMAIL,
        cleaner="email",
        width=32,
    ),
    Field(
        "firstname",
        label="First name",
        rule="text",
        repaired="runs of blanks, invisible characters",
        example="Айгерим",
        sample=EXAMPLE_MARK,
        hint=("First name as in the document.", "Имя, как в документе.", "Аты, құжаттағыдай."),
        headers=headers(
            english="""
            first name | firstname | given name | givenname | forename | fname | person - first name |
            contact first name | vorna | vorname | preferred first name
            """,
            kazakh="есімі | есіміңіз",
            weaker="billing first name | имя (платёж)",
        ),
        cleaner="name",
        width=22,
    ),
    Field(
        "lastname",
        label="Last name",
        rule="text",
        repaired="runs of blanks, invisible characters",
        example="Серикова",
        sample="this row is never sent / эта строка не отправляется",
        hint=("Surname as in the document.", "Фамилия, как в документе.", "Тегі, құжаттағыдай."),
        headers=headers(
            english="""
            last name | lastname | surname | family name | familyname | lname | person - last name |
            contact last name | nachn | nachname
            """,
            russian="фамилия | фамилия клиента",
            kazakh="тегі | фамилиясы | тегіңіз",
            weaker="billing last name | фамилия (платёж)",
        ),
        cleaner="name",
    ),
    Field(
        "date_of_birth",
        rule="year-month-day",
        repaired="31.12.1999, 31/12/99, 31 декабря 1999 г., a time part",
        example="1999-12-31",
        sample="1900-12-31",
        hint=(
            "A date, typed as you are used to; it is shown as year-month-day.",
            "Дата, как вы привыкли её вводить; показывается как год-месяц-день.",
            "Күнді әдеттегідей теріңіз; ол жыл-ай-күн түрінде көрсетіледі.",
        ),
        headers=headers(
            english="""
            date of birth | dateofbirth | birth date | birthdate | birthday | dob | d.o.b. | personal
            birthday | person - birthday | birthdt | gbdat | schacdateofbirth | birth day | date birth
            """,
            russian="""
            дата рождения | дата рожд. | день рождения | др | д/р | д.р. | дата рождения клиента | дата
            рож. | д. рожд. | день рожд.
            """,
            kazakh="""
            туған күні | туған күн | туылған күні | туған күні, айы, жылы | туған жылы, айы, күні |
            туған күні мен айы | туған күніңіз | туған жылыңыз, айы, күні
            """,
        ),
        cleaner="date",
        width=15,
    ),
    Field(
        "identifier",
        label="Identifier (IIN)",
        rule="text: the person's own number (IIN), zeros kept",
        repaired="outer blanks",
        example="991231300123",
        sample="EXAMPLE 991231300123",
        hint=(
            "The person's own number (IIN), as text: leading zeros stay.",
            "Личный номер (ИИН) как текст: нули в начале сохраняются.",
            "Жеке нөмір (ЖСН) мәтін ретінде: алдындағы нөлдер сақталады.",
        ),
        headers=headers(
            english="identifier | iin | individual identification number | iin number",
            russian="""
            иин | индивидуальный идентификационный номер | идентификатор личности | номер иин
            """,
            kazakh="жсн | жсн нөмірі | жеке сәйкестендіру нөмірі",
            weaker="""
            national id | national id number | personal id number | government id number | pinfl |
            личный код | личный номер | пинфл | пин | governmentid
            """,
        ),
        cleaner="identifier",
        width=18,
    ),
    Field(
        "country",
        rule="three capital letters of ISO 3166-1",
        repaired="names and codes: Казахстан, РК, KZ, 398",
        example="KAZ",
        sample="KAZ = Kazakhstan",
        hint=(
            "Three letters from the list; all names are on the sheet of countries.",
            "Три буквы из списка; все названия на листе стран.",
            "Тізімдегі үш әріп; барлық атаулар елдер парағында.",
        ),
        headers=headers(
            english="""
            country | country/region | country / region | country name | country of residence |
            residence country | land1 | country key | usercountry
            """,
            russian="страна | страна проживания | страна/регион",
            kazakh="ел | елі | мемлекет | мемлекеті",
            weaker="""
            mailing country | billing country | home country/region | address 1 - country | person -
            postal address - country | default address country code | mailing country code | billing
            country code | default address country | countrycode | страна (дом. адрес) | страна или
            регион (дом. адрес) | страна (платёж) | address1 country | address 1: country/region | address
            country | card address country | addresses.country | billing address country
            """,
        ),
        cleaner="country",
        width=11,
    ),
    Field(
        "gender",
        rule="M or F",
        repaired="male, муж, ер, ж, female; never 0 or 1",
        example="F",
        sample="F = female / женщина",
        hint=("M (male) or F (female).", "M (мужской) или F (женский).", "M (ер) немесе F (әйел)."),
        headers=headers(
            english="gender | sex | personal gender | schacgender",
            russian="пол | пол клиента",
            kazakh="жынысы | жыныс | жынысыңыз",
            weaker="gender identity",
        ),
        cleaner="gender",
        width=10,
    ),
    Field(
        "nationality",
        rule="text",
        repaired="runs of blanks, invisible characters",
        example="гражданин Казахстана",
        sample="EXAMPLE Kazakhstan",
        hint=("Citizenship, in words.", "Гражданство, словами.", "Азаматтығы, сөзбен."),
        headers=headers(
            english="nationality | citizenship",
            russian="гражданство",
            kazakh="азаматтығы | азаматтық",
            weaker="страна гражданства | country of citizenship | natio | schaccountryofcitizenship",
        ),
    ),
)
"""The rows, in the order of the API's table."""

FIELDS: Final = tuple(field.name for field in TABLE)
"""The names of the fields, in that order: the columns of every frame of rows."""

FIELD_OF: Final[Mapping[str, Field]] = {field.name: field for field in TABLE}
"""Name → row."""
