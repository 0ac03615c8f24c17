"""Words inside header names: abbreviations, remarks, prefixes, and words about somebody else. Data, no logic."""

from collections.abc import Mapping
from typing import Final

from schemas.word_lists import names, words

MOBILE_WORDS: Final = words("mobile cell моб сот ұялы переносной msisdn")
"""A phone column whose name holds one of these is preferred to the other columns of its tier."""

ABBREVIATIONS: Final[Mapping[str, str]] = {
    "тел": "телефон",
    "телефона": "телефон",
    "телеф": "телефон",
    "моб": "мобильный",
    "мобильного": "мобильный",
    "мобил": "мобильный",
    "сот": "сотовый",
    "сотового": "сотовый",
    "раб": "рабочий",
    "дом": "домашний",
    "конт": "контактный",
    "доп": "дополнительный",
    "ном": "номер",
    "эл": "электронная",
    "электр": "электронная",
    "электронной": "электронная",
    "почты": "почта",
    "рожд": "рождения",
    "гражд": "гражданство",
    "фам": "фамилия",
    "нөмір": "нөмірі",
    "нөмер": "нөмірі",
    "нөмірін": "нөмірі",
    "жсні": "жсн",
    "дату": "дата",
    "фамилию": "фамилия",
    "mob": "mobile",
    "tel": "phone",
    "telephone": "phone",
    "cellular": "cell",
    "num": "number",
    "nr": "number",
    "no": "number",
}
"""Short or inflected words of headers → the word that stands in the tables; last resort, both sides alike."""

POSSESSORS: Final = words(
    """
    клиента покупателя гостя пользователя абонента пациента заявителя клиенттің ваш ваша ваше ваши вашего мой моя мое
    укажите введите сіздің менің свой свое свою вашу вашей пожалуйста напишите впишите оставьте жазыңыз енгізіңіз
    көрсетіңіз толтырыңыз өтініш сиздин жазыңызчы киргизиңиз көрсөтүңүз kiriting yozing sizning your my cust enter
    please the person persons contact member members subscriber customer customers client clients user users guest
    guests
    """
)
"""Words that only say that the column is about the person of the row: ``Телефон покупателя`` is
``Телефон``."""

CONTACT_PERSON: Final = (words("contact contacts"), words("person persons"))
"""… but where a word of each stands in a header they are the contact person, and that is somebody else."""

SOMEBODY_ELSE: Final = words(
    """
    parent parents mother mothers father fathers guardian guardians spouse spouses child childs children kin relative
    relatives friend friends assistant assistants asst manager managers supervisor supervisors agent
    agents rep reps representative representatives owner owners employer employers company corporate referrer referral
    guarantor guarantors emergency shipping
    контактное контактного доверенное доверенного друга ата ана анасының анаңыздың әкеңіздің тұлғасы тұлғасының тұлғаның
    сенімді
    """
)
"""A header that holds one of these is about another person or a company: it is never suggested for a field."""

SOMEBODY_ELSE_BEGINS: Final = words(
    """
    родител мат отц мам пап супруг ребен родственник опекун представител агент помощник менеджер руководител куратор
    ответствен поручител рекомендател работодател экстренн компани организаци
    бала атаан қамқоршы өкіл жұбай туыс кепілгер басшы
    """
)
"""… or a word that begins with one of these."""

HINT_WORDS: Final = words(
    """
    required optional mandatory обязательно обязательное необязательно поле field міндетті дд мм гг гггг dd mm yy yyyy
    iso alpha формат формате format в цифр цифры digits например пример example международный международном
    international латиницей кириллицей паспорту документу по как текст text день месяц год day month year или or
    """
)
"""Words of remarks beside a name, ``Дата рождения (дд.мм.гггг)``, that don't change what the column is."""

NO_HINT_ALONE: Final = words("формат format день месяц год day month year")
"""… but for these, where nothing else is said: ``Email format`` is no e-mail, ``Birthday year`` no birthday."""

ONE_OF_TWO: Final = words(
    """
    м ж m f муж мужа жен жена жены мужской женский мужчина женщина он она male female man woman husband wife husbands
    wifes he she his her him жених жениха невеста невесты groom bride grooms brides ер әйел күйеуі әйелі
    """
)
"""Words beside a field's name that say whose it is, of two people in one row: ``Телефон (м)``, ``Дата рождения (жен)``.
Beside a gender they only list its values, ``Пол (м/ж)``."""

HINT_PHRASES: Final = names(
    """
    с кодом страны | с кодом | with country code | incl country code | including country code | с 7 | с 8 | через 7 |
    начиная с 7
    """
)
"""Whole remarks, as ``HINT_WORDS``."""

LABEL_WORDS: Final = words("label labels type kind тип вид метка ярлык түрі белгісі")
"""A column whose name holds one of these says what stands in the column of that name without it."""

VALUE_WORDS: Final = words("value значение мәні number номер нөмірі")
"""… and these say that the column holds the value."""

CUSTOM_PREFIXES: Final = words("user_metadata. app_metadata. attributes. profile. properties. custom: name.")
"""What identity providers put before a field of their customer's own: a weaker column of the field that
follows."""

PLAIN_KAZAKH: Final = str.maketrans("әғқңөұүһі", "агкноуухи")
"""Kazakh letters as the Russian ones that people type instead."""
