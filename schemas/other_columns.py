"""Header names that look like a field and must not map by themselves, each with the reason.

``--map`` still maps any of them: a person can know what the program can't. Data, no logic.
"""

from dataclasses import dataclass
from typing import Final

from schemas.dial_codes import DIAL_CODES, DIAL_CODES_IF_SHOWN
from schemas.word_lists import names


@dataclass(frozen=True)
class NotByItself:
    """Names that share one reason.

    Attributes:
        reason: Why the column doesn't map, as a clause of a message.
        about: The field it is easily mistaken for, or "": a person is told when that field has no column.
        names: Header names.
        everywhere: Whether nearly every file has such a column: nobody needs to be told.
    """

    reason: str
    about: str
    names: tuple[str, ...]
    everywhere: bool = False


FIRST_NAME_BESIDE_SURNAME: Final = names("name | имя | аты | имя клиента | имя гостя | имя контакта")
"""A first name beside a surname column where no clear first-name column stands; else a whole name."""

TAGS_OR_SURNAME: Final = ("теги",)
"""Tags in Russian; beside ``аты`` or ``есімі`` the surname (``тегі``) typed without Kazakh letters."""

EMAIL_IF_AT_SIGN: Final = names("почта | пошта | email client | mail client")
"""E-mail (tier 2) where the cells hold ``@``: the word alone also means postal address, ``email_client`` a program."""

COUNTRY_IF_LETTERS: Final = ("country code", "код страны", "c")
"""Country (tier 2) where the cells are letters; digits are a dialling code."""

LASTNAME_IF_WORDS: Final = ("sn",)
"""A directory's surname (tier 2) where the cells are words; else a serial number."""

WHOLE_NAME: Final = names(
    """
    фио | ф.и.о. | ф и о | полное имя | полное имя контакта | клиент | покупатель | гость | сотрудник |
    физическое лицо | фамилия имя отчество | фамилия, имя | фамилия и имя | имя и фамилия |
    имя фамилия | фамилия и. о. | full name | fullname | contact name | lead name | customer name |
    displayname | display name | file as | person - name | your name | guest name |
    first and last name | name and surname | аты-жөні | т.а.ә. | таә | тегі, аты |
    cn | common name | name1 | ваше фио | card name | тегі, аты, әкесінің аты | тегі аты әкесінің аты |
    толық аты-жөні | аты-тегі | фио полностью | как вас зовут
    """
)
"""Whole names: split only when a person says the order of the words."""

VALUES_TELL: Final = names("gendercode | gender code | gesch | sex code | код пола | дата | date")
"""Of the names below those whose cells are looked at: where they plainly are the field, a person is asked."""

NOT_BY_THEMSELVES: Final = (
    NotByItself(
        "it may name a company or a deal",
        "",
        names(
            """
            наименование | полное наименование | название | название лида |
            имя клиента / название компании | название компании | компания | организация | company |
            company name | account name | accounts | associated company
            """
        ),
    ),
    NotByItself(
        "it is a surname in some tables and a patronymic in others",
        "lastname",
        names("second name | secondname"),
    ),
    NotByItself(
        "Freedom ID has no such field",
        "",
        names(
            """
            отчество | отчество (при наличии) | middle name | middlename | patronymic |
            additional name | әкесінің аты | nickname | salutation | обращение | title | honorific |
            honorificprefix | name prefix | name suffix | user name | username | login | логин |
            preferred username | имя пользователя
            """
        ),
    ),
    NotByItself(
        "it is a system's own number, not the person's identifier",
        "identifier",
        names(
            """
            id | ид | s/n | s.n. | ser no | serial number | код | номер | № | № п/п | п/п | no |
            number | uid | user id | record id |
            contact id | customer id | client id | lead id | external id | внешний код | внешний id |
            табельный номер | номер карты | card number | card no | номер договора | лицевой счет |
            employee id | customer number | номер клиента | сыртқы код | hs object id | employeenumber |
            код клиента | kunnr | pernr | person id external | samaccountname | userprincipalname | order id |
            номер заказа | номер заявки | contactid | accountid
            """
        ),
        everywhere=True,
    ),
    NotByItself(
        "it may be a company's number, a taxpayer's or a document's",
        "identifier",
        names(
            """
            инн | tin | tax id | иин/бин | бин/иин | бин | снилс | страховой номер пфр | паспорт |
            номер паспорта | серия и номер паспорта | passport | passport number | номер удостоверения |
            номер удост. личности | номер удостоверения личности | удостоверение личности |
            номер документа | полис | жеке куәлік нөмірі | id number | organizational id number |
            код организации
            """
        ),
    ),
    NotByItself(
        "it is somebody else's phone",
        "phone",
        names(
            """
            номер телефона родителя | телефон родителя | телефон родителей | телефон матери |
            телефон отца | телефон мамы | телефон папы | телефон супруга | телефон супруги |
            контактное лицо | доверенное лицо | телефон контактного лица | телефон доверенного лица |
            экстренный контакт | телефон экстренной связи | телефон родственника | телефон представителя |
            телефон опекуна | contact person | contact persons | contact person phone | contact persons phone |
            contact person mobile | contact person phone number | phone of contact person | emergency phone |
            emergency phone number | emergency contact | emergency contact number | emergency contact phone |
            next of kin | next of kin phone | guardian phone | representative phone | agent phone | spouse phone |
            байланыс тұлғасы | байланыс тұлғасының телефоны | сенімді тұлға | өкілінің телефоны |
            қамқоршының телефоны | жұбайының телефоны | parent phone | assistant phone |
            asst. phone | assistant's phone | телефон помощника | manager phone | телефон компании |
            company main phone | основной телефон организации | телефон организации | corporate phone |
            company phone | телефон менеджера | shipping phone | телефон (доставка) | ата-ана телефоны
            """
        ),
    ),
    NotByItself(
        "it is somebody else's",
        "email",
        names(
            """
            reports to: email | shipping email | manager email | contact person email | contact persons email |
            emergency contact email | email контактного лица
            """
        ),
    ),
    NotByItself(
        "it is somebody else's",
        "",
        names(
            """
            родитель | ответственный | ответственный за контакт | contact owner | owner | sales owner |
            менеджер | иин ребенка | имя ребенка | дата рождения ребенка | фио ребенка | contact person name |
            contact persons name | emergency contact name | next of kin name | представитель | опекун |
            имя контактного лица | фио контактного лица | өкіл | қамқоршы | байланыс тұлғасының аты |
            shipping first name | shipping last name | shipping country
            """
        ),
    ),
    NotByItself(
        "it is not a phone to register",
        "phone",
        names(
            """
            факс | номер факса | fax | pager | pager number | номер пейджера | isdn | telex | callback |
            добавочный | доб. | extension | icq | telegram | телеграм | skype | home fax |
            business fax | work fax | ip phone | ipphone | facsimile | facsimiletelephonenumber
            """
        ),
    ),
    NotByItself(
        "it may hold phones, e-mails or names alike",
        "phone",
        names(
            """
            контакты | контакт | contact | contacts | contact info | email / phone | телефон/email |
            связь | байланыс | work | home | контактные данные | контактная информация
            """
        ),
    ),
    NotByItself(
        "it is a flag or a label, not the value",
        "",
        names(
            """
            phone verified | phone number verified | email verified | email status |
            email availability | email opt out | has phone | задан телефон | accepts marketing |
            accepts email marketing | accepts sms marketing | e-mail type | e-mail display name |
            phone 1 - type | phone 1 - label | e-mail 1 - type | e-mail 1 - label | phone type | тип телефона | тип |
            email format | mail format | format of email | phone format | date format |
            формат телефона | телефон формат | формат email | email формат | формат даты | has email | no email |
            no phone | no phone number | no mobile | no mobile phone | no telephone | no cell phone | нет телефона |
            нет email
            """
        ),
    ),
    NotByItself(
        "it may be a dialling code, a region, or a company's or a birth country",
        "country",
        (
            *(*DIAL_CODES, *DIAL_CODES_IF_SHOWN, "ел коды"),
            *names(
                """
                cc | region | регион | страна регистрации | страна рождения | country of birth |
                business country/region | other country | other address - country | тіркелген елі |
                страна или регион (раб. адрес) | страна (раб. адрес)
                """
            ),
        ),
    ),
    NotByItself(
        "its numbers are a system's own codes",
        "gender",
        names("gendercode | gender code | gesch | sex code | код пола"),
    ),
    NotByItself(
        "in Russian and Kazakh it means the ethnic group, not the citizenship",
        "nationality",
        names("национальность | ұлты | ethnicity"),
    ),
    NotByItself(
        "it is not a whole date of birth, or another date",
        "date_of_birth",
        names(
            """
            год рождения | birth year | year of birth | birth month | month of birth | birthday year | birthday month |
            birthday day | date of birth year | date of birth month | date of birth day | месяц рождения |
            дата рождения год | дата рождения месяц | дата рождения день | возраст | age | туған жылы | жасы |
            место рождения | birthplace | place of birth | туған жері | дата | date | дата регистрации |
            дата создания | created at | created time | create date | дата приема | дата выдачи |
            anniversary | годовщина | тіркелген күні | дата создания контакта | дата договора |
            дата заключения договора | дата заключения | дата визита | дата посещения | дата последнего визита |
            дата последнего посещения | последний визит | дата заказа | дата последнего заказа | дата покупки |
            дата последней покупки | дата обращения | дата заявки | дата изменения | дата обновления |
            дата начала | дата окончания | срок действия | дата оплаты | дата вступления | дата увольнения |
            date of issue | issue date | expiry date | expiration date | last visit | last seen | last login |
            updated at | modified | modified on | created on | created | created (utc) | order date |
            last order date | hire date | start date | end date | join date | registration date | signup date
            """
        ),
    ),
    NotByItself(
        "it is a postal address",
        "",
        names(
            """
            адрес | address | почтовый адрес | почтовый ящик | пошта жәшігі | индекс | почтовый индекс |
            postal code | zip | город | city | қала | мекенжай | мекенжайы
            """
        ),
    ),
)
