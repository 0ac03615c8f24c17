import pytest

from importer.mapping import header_score
from importer.mapping.header_keys import fold
from importer.mapping.header_names import HeaderKind, recognise
from importer.mapping.suggestions import of_somebody_else

MOBILE_PHONE = ("phone", 1)


@pytest.mark.parametrize(
    ("header", "field", "tier"),
    [
        # case, blanks, line breaks, punctuation
        ("ТЕЛЕФОН", "phone", 1),
        ("  Телефон\xa0", "phone", 1),
        ("Номер\nтелефона", "phone", 1),
        ("Phone Number *", "phone", 1),
        ("Phone:", "phone", 1),
        ("phone_number", "phone", 1),
        ("PHONE-NUMBER", "phone", 1),
        ("Phone #", "phone", 1),
        ("E-mail", "email", 1),
        ("e_mail", "email", 1),
        ("Эл.почта", "email", 1),
        ("Моб.тел", "phone", 1),
        ("Моб.  тел.", "phone", 1),
        ("Телефон\n(моб.)", "phone", 1),
        ("Д/Р", "date_of_birth", 1),
        ("Д. Р.", "date_of_birth", 1),
        ("D.O.B.", "date_of_birth", 1),
        ("№ телефона", "phone", 1),
        ("Телефонный №", "phone", 1),
        ("Теле\u00adфон", "phone", 1),
        ("\ufeffТелефон", "phone", 1),
        ("Ｐｈｏｎｅ", "phone", 1),  # noqa: RUF100 (fullwidth letters)
        # joined and split words
        ("ДатаРождения", "date_of_birth", 1),
        ("Дата_рождения", "date_of_birth", 1),
        ("НомерТелефона", "phone", 1),
        ("ТелефонМобильный", "phone", 1),
        ("dateOfBirth", "date_of_birth", 1),
        ("firstName", "firstname", 1),
        ("LAST_NAME", "lastname", 1),
        ("PERSONAL_MOBILE", "phone", 1),
        ("WORK_PHONE", "phone", 2),
        # as forms ask
        ("Укажите, пожалуйста, ваш номер телефона", "phone", 1),
        ("Напишите вашу дату рождения", "date_of_birth", 1),
        ("Байланыс телефоныңыз", "phone", 1),
        ("Телефон нөміріңізді жазыңыз", "phone", 1),
        ("Телефон нөмірін енгізіңіз", "phone", 1),
        ("Телефон номериңиз", "phone", 1),
        ("Сіздің тегіңіз", "lastname", 1),
        ("Фамилияңыз", "lastname", 1),
        ("Фамилиянгиз", "lastname", 1),
        ("ЖСН-іңіз", "identifier", 1),
        ("ЖСНіңіз", "identifier", 1),
        ("ЖСН нөміріңіз", "identifier", 1),
        ("Email-іңіз", "email", 1),
        ("Туылған күніңізді көрсетіңіз", "date_of_birth", 1),
        ("Еліңіз", "country", 1),
        ("Азаматтығыңыз", "nationality", 1),
        # words in another order, abbreviated, with a possessor
        ("Телефон мобильный", "phone", 1),
        ("Тел. моб.", "phone", 1),
        ("Телефон рабочий", "phone", 2),
        ("Раб. тел.", "phone", 2),
        ("Телефон покупателя", "phone", 1),
        ("Моб. тел. клиента", "phone", 1),
        ("Дата рожд. пользователя", "date_of_birth", 1),
        ("Customer phone", "phone", 1),
        # ё and е, Kazakh letters with and without, look-alike letters
        ("Телефон (платёж)", "phone", 2),
        ("Телефон (платеж)", "phone", 2),
        ("Телефон нөмірі", "phone", 1),
        ("тел номири", "phone", 1),
        ("Туған күні", "date_of_birth", 1),
        ("туган куни", "date_of_birth", 1),
        ("Азаматтығы", "nationality", 1),
        ("азаматтыгы", "nationality", 1),
        ("ЖСН", "identifier", 1),
        ("Тегі", "lastname", 1),
        ("Тегi", "lastname", 1),  # a Latin i
        ("Cтрана", "country", 1),  # a Latin C
        ("HOMEP ТЕЛЕФОНА", "phone", 1),  # a Latin word
        ("Рhоne", "phone", 1),  # Cyrillic Р and о
        # remarks that change nothing
        ("Дата рождения (дд.мм.гггг)", "date_of_birth", 1),
        ("Дата рождения, дд.мм.гггг", "date_of_birth", 1),
        ("Дата рождения ДД.ММ.ГГГГ", "date_of_birth", 1),
        ("Пол (М/Ж)", "gender", 1),
        ("Gender (M/F)", "gender", 1),
        ("ИИН (12 цифр)", "identifier", 1),
        ("Телефон (+7XXXXXXXXXX)", "phone", 1),
        ("Телефон (с кодом страны)", "phone", 1),
        ("Phone (with country code)", "phone", 1),
        ("Phone Number (required)", "phone", 1),
        ("E-mail [обязательно]", "email", 1),
        # two languages in one header
        ("Туған күні / Дата рождения", "date_of_birth", 1),
        ("Телефон/Phone", "phone", 1),
        ("Телефон (Phone)", "phone", 1),
        ("Жынысы\nПол", "gender", 1),
        ("Имя / First name", "firstname", 1),
        ("Country / Region", "country", 1),
        ("Телефон / WhatsApp", "phone", 2),
        # several of one kind
        ("Телефон 1", "phone", 1),
        ("Телефон 2", "phone", 2),
        ("Телефон2", "phone", 2),
        ("Phone_2", "phone", 2),
        ("Home Phone 2", "phone", 2),
        ("Phone 1 - Value", "phone", 1),
        ("Phone 3 - Value", "phone", 2),
        ("E-mail 2 - Value", "email", 2),
        ("Адрес 2 эл. почты", "email", 2),
        # a customer's own fields
        ("user_metadata.country", "country", 2),
        ("attributes.phoneNumber[0]", "phone", 2),
        ("custom:iin", "identifier", 2),
        ("ИИН (контакт)", "identifier", 2),
        ("Телефон (контакт)", "phone", 2),
        ("Date of birth (customer.metafields.facts.birth_date)", "date_of_birth", 2),
    ],
)
def test_a_header_is_recognised_however_it_is_typed(header: str, field: str, tier: int) -> None:
    meaning = recognise(header)
    assert (meaning.kind, meaning.field, meaning.tier) == (HeaderKind.FIELD, field, tier)


@pytest.mark.parametrize(
    "header",
    [
        *(
            "Телефон родителя",
            "Телефон (родителя)",
            "Телефон матери",
            "Assistant's Phone",
            "Asst. Phone",
            "Company Phone",
        ),
        *("Факс", "Факс 2", "Номер", "№", "№ п/п", "ID", "Код", "ИНН", "Паспорт", "ИИН/БИН", "Табельный номер"),
        *("Отчество", "Second Name", "Логин", "Username", "Обращение", "Title", "Имя пользователя"),
        *("Email Verified", "E-mail Type", "Phone 1 - Label", "Год рождения", "Дата регистрации", "Возраст"),
        *("Национальность", "Ұлты", "Страна рождения", "Почтовый адрес", "Адрес", "Пошта жәшігі", "Work", "Контакты"),
        *("Телефон / E-mail", "Email / Phone", "Компания"),
    ],
)
def test_a_header_that_only_looks_like_a_field_is_known_as_such(header: str) -> None:
    meaning = recognise(header)
    assert meaning.kind is HeaderKind.NOT
    assert meaning.reason


@pytest.mark.parametrize(
    "header",
    [
        *("", "   ", "***", "#", "Телефон (кассира)", "Phone (area code)", "name_2", "Город 2", "Phoned at"),
        *("телефонная книга", "Пол комнаты", "Страна / Гражданство рождения", "x" * 100_000),
    ],
)
def test_any_other_header_means_nothing(header: str) -> None:
    assert recognise(header).kind is HeaderKind.UNKNOWN


@pytest.mark.parametrize("header", ["ФИО", "Ф.И.О.", "ФИО клиента", "Полное имя", "Full Name", "Аты-жөні", "ФИО/ТАӘ"])
def test_a_whole_name_is_known_as_one(header: str) -> None:
    assert recognise(header).kind is HeaderKind.FULL_NAME


@pytest.mark.parametrize("header", ["Имя", "Name", "Аты", "имя*", "Имя / Name", "Имя клиента", "Имя покупателя"])
def test_a_bare_name_waits_for_a_surname(header: str) -> None:
    assert recognise(header).kind is HeaderKind.FIRST_NAME


def test_tags_in_russian_are_not_the_surname_in_kazakh() -> None:
    assert recognise("Теги").kind is HeaderKind.SURNAME
    assert recognise("Тегі").kind is HeaderKind.FIELD


@pytest.mark.parametrize(
    ("header", "mobile"), [("Моб. телефон", True), ("Ұялы", True), ("Cell phone", True), ("Телефон", False)]
)
def test_a_mobile_phone_is_known_as_preferred(header: str, mobile: bool) -> None:
    assert recognise(header).mobile is mobile


def test_folding_leaves_lower_case_words_with_one_blank_between() -> None:
    assert fold(" Дата__Рождённых\n(дд.мм) ") == "дата рожденных дд мм"


def test_folding_drops_what_cannot_be_seen() -> None:
    assert fold("Теле\u00adфон\u200b") == "телефон"


def test_a_row_scores_its_known_header_names() -> None:
    assert header_score(["№", "ФИО", "Телефон", "Любимый цвет", ""]) == 3


def test_a_title_that_is_a_known_word_scores_nothing_alone() -> None:
    assert header_score(["Контакты", "", ""]) == 0


def test_a_row_of_data_scores_nothing() -> None:
    assert header_score(["1", "Ким Анна", "+77011234567", "31.12.1999", "нет"]) == 0


def test_result_columns_of_an_earlier_output_score() -> None:
    assert header_score(["phone", "freedom_id", "import_status"]) == 3


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Атыңыз", HeaderKind.FIRST_NAME),
        ("Атыңызды жазыңыз", HeaderKind.FIRST_NAME),
        ("Аты-жөніңіз", HeaderKind.FULL_NAME),
        ("Укажите ваше имя и фамилию", HeaderKind.FULL_NAME),
        ("Как Вас зовут?", HeaderKind.FULL_NAME),
        ("Нөміріңіз", HeaderKind.NOT),
        ("Туған жылыңыз", HeaderKind.NOT),
        ("Ұлтыңыз", HeaderKind.NOT),
        ("Әкеңіздің аты", HeaderKind.UNKNOWN),
        ("Балаңыздың ЖСН-і", HeaderKind.UNKNOWN),
        ("Анаңыздың телефоны", HeaderKind.UNKNOWN),
    ],
)
def test_a_form_asks_for_what_the_name_means_and_for_nobody_elses(header, kind):
    assert recognise(header).kind is kind


@pytest.mark.parametrize(
    "header",
    [
        *("Email format", "Mail_format", "Format of email", "No phone"),
        *(
            "No email",
            "No mobile phone",
            "No telephone",
            "Has email",
            "Phone format",
            "Формат телефона",
            "Нет телефона",
        ),
        *("Формат email", "Date format", "Формат даты", "Birthday year", "Birthday month", "Date of birth day"),
        *("Phone format (text)", "Phone type", "Нет email"),
    ],
)
def test_a_flag_or_a_label_or_a_part_of_a_date_is_no_field(header: str) -> None:
    assert recognise(header).kind is HeaderKind.NOT


@pytest.mark.parametrize(
    "header",
    [
        *("Phone no", "Phone No.", "Mobile no", "Tel no", "Client email", "Phone number", "Your phone number"),
        *("No. Tel", "No. phone", "No.Tel.", "No. mobile"),
        *("Дата рождения (формат дд.мм.гггг)", "Дата рождения день месяц год", "Date of birth (day/month/year)"),
        *("Birthday format dd.mm.yyyy", "Phone (international format)", "Телефон в международном формате"),
    ],
)
def test_a_remark_on_the_form_leaves_the_field(header: str) -> None:
    assert (recognise(header).kind, recognise(header).tier) == (HeaderKind.FIELD, 1)


@pytest.mark.parametrize("header", ["Email client", "email_client", "Email (client)", "E-mail client", "Mail client"])
def test_a_mail_client_is_a_program_or_the_clients_address_as_its_cells_say(header: str) -> None:
    meaning = recognise(header)
    assert (meaning.kind, meaning.field) == (HeaderKind.IF_AT_SIGN, "email")


SOMEBODY_ELSE = [
    *("Contact person", "Contact person's", "Contact persons", "Emergency", "Emergency contact", "Emergency contact 1"),
    *("Next of kin", "Guardian", "Legal guardian", "Representative", "Legal representative", "Rep", "Manager"),
    *("Agent", "Referrer", "Referral", "Spouse", "Spouse's", "Parent", "Parent's", "Mother's", "Father's", "Child"),
    *("Child's", "Relative", "Friend's", "Owner", "Employer", "Supervisor", "Assistant's"),
    *("Guarantor", "Customer contact person", "Client's manager"),
]
OF_SOMEBODY_ELSE = [
    *("контактного лица", "доверенного лица", "опекуна", "представителя", "законного представителя", "менеджера"),
    *("агента", "супруга", "супруги", "родителя", "матери", "отца", "мамы", "папы", "ребёнка", "родственника"),
    *("близкого родственника", "поручителя", "руководителя", "куратора"),
    *("помощника", "ответственного", "рекомендателя", "экстренного контакта", "друга"),
]
WHOSE_IN_KAZAKH = [
    *(
        "Байланыс тұлғасының",
        "Сенімді тұлғаның",
        "Ата-анасының",
        "Анасының",
        "Қамқоршының",
        "Өкілінің",
        "Заңды өкілдің",
    ),
    *("Жұбайының", "Баланың", "Балаңыздың", "Туысының", "Менеджердің", "Агенттің", "Кепілгердің", "Басшының"),
]


WHAT = [
    *("phone", "mobile phone", "phone number", "email", "e-mail", "name", "first name", "last name", "full name"),
    *("date of birth", "gender", "country"),
]
WHAT_IN_RUSSIAN = ["Телефон", "Номер телефона", "Моб. тел.", "Email", "Имя", "Фамилия", "ФИО", "ИИН", "Пол"]
WHAT_IN_KAZAKH = ["телефоны", "телефон нөмірі", "ұялы телефоны", "поштасы", "аты", "тегі", "туған күні", "ЖСН"]


@pytest.mark.parametrize(
    ("whose", "what", "forms"),
    [
        *((whose, WHAT, ("{} {}", "{1} ({0})", "{1} - {0}", "{1} of {0}", "{}_{} 1")) for whose in SOMEBODY_ELSE),
        *((whose, WHAT_IN_RUSSIAN, ("{1} {0}", "{1} ({0})", "Укажите {1} {0}")) for whose in OF_SOMEBODY_ELSE),
        *((whose, WHAT_IN_KAZAKH, ("{} {}",)) for whose in WHOSE_IN_KAZAKH),
    ],
)
def test_what_is_somebody_elses_is_no_field_of_the_rows_person(
    whose: str, what: list[str], forms: tuple[str, ...]
) -> None:
    headers = [form.format(whose, one) for one in what for form in forms]
    taken = [header for header in headers if recognise(header).kind not in (HeaderKind.NOT, HeaderKind.UNKNOWN)]
    suggested = [header for header in headers if not of_somebody_else(header)]
    assert (taken, suggested) == ([], [])


@pytest.mark.parametrize("header", ["Contact person", "Next of kin", "Представитель", "Байланыс тұлғасы"])
def test_somebody_else_alone_is_known_as_such(header: str) -> None:
    assert recognise(header).kind is HeaderKind.NOT


@pytest.mark.parametrize("header", ["Contact phone", "Person phone", "Client contact e-mail", "Agency"])
def test_who_is_only_called_a_contact_or_a_person_is_nobody_else(header: str) -> None:
    assert not of_somebody_else(header)
