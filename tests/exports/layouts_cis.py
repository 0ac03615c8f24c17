"""Layouts of the systems in use in Kazakhstan and Russia."""

from layout import BOM, Layout

_BITRIX24_RU = """
    ID={number}0 | Обращение= | Имя={first} | Отчество={middle} | Фамилия={last} | Дата рождения={dmy} |
    Телефон={local} | Рабочий телефон={other_phone} | Мобильный телефон= | Номер факса= |
    Домашний телефон= | Другой телефон= | Телефон для рассылок= | E-mail={email} | Рабочий e-mail= |
    Частный e-mail= | E-mail для рассылок= | Другой e-mail= | Контакт={full} |
    Ответственный=Менеджер Отдела
    """

CIS = (
    Layout(
        "bitrix24_contacts_ru.csv",
        _BITRIX24_RU,
        delimiter=";",
        mark=BOM,
        line_ending="\n",
        quote_all=True,
        trailing_delimiter=True,
        more_rows=(("",) * 20,),
    ),
    Layout("bitrix24_contacts_ru.xls", _BITRIX24_RU),
    Layout(
        "bitrix24_contacts_en.csv",
        """
        ID={number}0 | Salutation= | First Name={first_latin} | Middle Name= | Last Name={last_latin} |
        Birthday={mdy} | Phone= | Work Phone={other_phone} | Mobile={phone} | Fax= | Home Phone= |
        Other Phone Number= | SMS marketing phone= | E-mail={email} | Work E-mail= | Home E-mail= |
        Newsletters email= | Other E-mail= | Contact={latin}
        """,
        delimiter=";",
        mark=BOM,
        line_ending="\n",
        quote_all=True,
        trailing_delimiter=True,
    ),
    Layout(
        "bitrix_site_users.csv",
        """
        LAST_NAME={last} | NAME={first} | SECOND_NAME={middle} | EMAIL={email} | PERSONAL_BIRTHDAY={dmy} |
        PERSONAL_GENDER={mf} | WORK_PHONE={other_phone} | PERSONAL_MOBILE={digits} | LOGIN=user{number} |
        PERSONAL_COUNTRY=6
        """,
        delimiter=";",
        line_ending="\n",
    ),
    Layout(
        "amocrm_contacts.csv",
        """
        ID={number}0100 | Тип=Контакт | Полное имя контакта={full} | Имя={first} | Фамилия={last} |
        Название компании= | Ответственный=Менеджер Отдела | Дата создания контакта=31.12.2023 23:59:59 |
        Теги=клиент, вип | Примечание 1=перезвонить¶в понедельник | Рабочий телефон={other_quoted} |
        Рабочий прямой телефон= | Мобильный телефон={quoted} | Факс= | Домашний телефон= |
        Другой телефон= | Рабочий email= | Личный email={email} | Другой email= | Источник=сайт |
        Источник=реклама | utm_source=a | utm_source=b | День рождения={dmy} | ИИН (контакт)={identifier}
        """,
        delimiter=";",
    ),
    Layout(
        "kommo_contacts.csv",
        """
        ID={number}0200 | Type=contact | Full name={latin} | First name={first_latin} |
        Last name={last_latin} | Company name= | Responsible user=Sales Person |
        Created at=31.12.2023 23:59:59 | Work phone= | Work direct phone= | Mobile phone={quoted} | Fax= |
        Home phone= | Other phone={other_quoted} | Work email= | Personal email={email} | Other email=
        """,
        mark=BOM,
    ),
    Layout(
        "1c_individuals.xlsx",
        """
        Код=00-0000{number} | Наименование={full} | Фамилия={last} | Имя={first} | Отчество={middle} |
        Дата рождения={dmy} | Пол={gender_ru} | ИИН={identifier} | Гражданство={country_upper} |
        Телефон={local} | Адрес электронной почты={email}
        """,
        before=("Список физических лиц", "Отбор: Группа в списке «Клиенты»", ""),
        after=("Итого: 5",),
    ),
    Layout(
        "1c_individuals_cp1251.csv",
        """
        Код=00-0000{number} | ФИО={full} | Дата рождения={dmy} 0:00:00 | Пол={gender_ru} |
        ИИН={identifier} | Гражданство={country_upper} | Телефон={local}, {other_phone} |
        Электронная почта={email}
        """,
        delimiter=";",
        encoding="cp1251",
        before=("Список физических лиц",),
    ),
)
