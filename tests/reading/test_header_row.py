"""The header is told by where it stands and by cells unlike those below it, not by words that happen to be cells."""

import pytest

from importer.errors import RefusedFile
from importer.mapping import header_score_for
from importer.reading import ReadOptions, open_table


@pytest.fixture
def header_of(tmp_path):
    def opened(text, *requests):
        path = tmp_path / "users.csv"
        path.write_text(text, encoding="utf-8")
        return open_table(path, header_score=header_score_for(requests)).dialect.header_row

    return opened


@pytest.mark.parametrize(
    "text",
    [
        "Имя,Контакт,Канал,К2\nА,+77011234567,Email,Телефон\nБ,+77011234568,Телефон,SMS\nВ,+77011234569,SMS,x\n",
        "Contact,Канал\n+77011234567,Email\n+77011234568,Телефон\n+77011234569,SMS\n",
        "Кто;Куда;Как;Ещё\n8 701 123 45 67;a@b.kz;Телефон;Email\n8 701 123 45 68;c@d.kz;WhatsApp;Имя\n",
        "Почтовый ящик;Роль;Кто\na@b.kz;Менеджер;Клиент\nc@d.kz;Клиент;Сотрудник\n",
        "Телефон;Роль;Источник;Связь\n+77011234567;Клиент;Телефон;Email\n;Клиент;Телефон;Email\n",
        "n;x;y\n01.02.1990;+77011234567;Телефон\n03.04.1991;+77011234568;Телефон\n",
        "phone\n+77011234567\n",
        "Отдел,Канал,Номер\nСбыт,Телефон,7011234567\nСклад,Email,7011234568\n",
    ],
)
def test_words_among_the_cells_make_no_header(header_of, text):
    assert header_of(text) == 1


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("Отчёт;;\nТел.:;+7 727 258 00 00;\nИмя;Телефон;Email\nАнна;+77011234567;a@b.kz\n", 3),
        ("Выгрузка;01.01.2024;\nИмя;Дата рождения;Телефон\nАнна;31.12.1999;+77011234567\n", 2),
        ("Клиенты\n\nФИО,Телефон\nА,+77011234567\n", 3),
        ("Email рассылка\nИмя,Телефон\nА,+77011234567\n", 2),
        ("Контакты,,\nсайт,b.kz,\nИмя,Телефон,x\nА,+77011234567,y\n", 3),
        ("Филиал,,+7 727 250 00 00,\nИмя,Телефон,,\nА,+77011234567,,\n", 2),
        ("Филиал,+7 727 250 00 00,,\n,,Имя,Телефон\n,,А,+77011234567\n", 2),
    ],
)
def test_titles_above_the_header_are_passed_over(header_of, text, row):
    assert header_of(text) == row


@pytest.mark.parametrize(
    "text",
    ["+77011234567,Анна\n+77011234568,Вера\nphone,name\n", "+77011234567,Анна\nphone,name\n+77011234568,Вера\n"],
)
def test_people_above_the_header_are_never_left_out_in_silence(header_of, text):
    with pytest.raises(RefusedFile, match="rows above it look like data"):
        header_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "Анна;+77011234567\nБерик;+77021234567\nВера;+77031234567\n",
        "+77011234567;Mobile;Анна\n+77021234567;Home;Берик\n",
        "\nАнна;+77011234567;Email\nБерик;+77021234567;SMS\n",
        "a@b.kz;+77011234567;Телефон;Email\nc@d.kz;+77021234567;SMS;Имя\n",
    ],
)
def test_a_first_person_is_no_header_where_columns_are_named_by_their_letters(header_of, text):
    with pytest.raises(RefusedFile, match="looks like data, not like column names") as refused:
        header_of(text, "column B=phone")
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    "text",
    [
        "Имя;Фамилия;Тел. 87011234567\nАнна;Ким;+77011234567\nБерик;Ли;+77021234567\n",
        "Кто;Телефон (87011234567)\nАнна;+77011234567\n",
        "Имя;Телефон;01.01.2024\nАнна;+77011234567;02.03.2024\n",
        "Кто;Куда;2024\nАнна;+77011234567;2023\n",
        "Имя;Телефон;01.09.2026;02.09.2026;03.09.2026\nАнна;+77011234567;;;\nБерик;+77021234567;;;\n",
        "Имя;Телефон;01.09.2026;02.09.2026\nАнна;+77011234567;05.09.2026;06.09.2026\n",
        "Телефон;Филиал +7 727 250 00 00;shop@x.kz\n+77011234567;;\n+77021234567;;\n",
    ],
)
def test_a_header_of_words_may_hold_a_cell_that_looks_like_data(header_of, text):
    assert header_of(text, "column B=phone") == 1


def test_a_header_that_a_person_names_is_one_whatever_it_holds(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("Анна;+77011234567\nБерик;+77021234567\n", encoding="utf-8")
    score = header_score_for(("column B=phone",))
    assert open_table(path, ReadOptions(header_row=1), header_score=score).dialect.header_row == 1


@pytest.mark.parametrize(
    "requests", [("Contact=phone",), ("contact, Канал=phone",), ('"Contact"=phone', "Канал=nationality")]
)
def test_the_columns_that_a_person_names_anchor_the_header(header_of, requests):
    text = "Phone list,Email\nContact,Канал\n+77011234567,Email\n+77011234568,Телефон\n"
    assert header_of(text, *requests) == 2


def test_a_column_named_by_its_letter_anchors_nothing(header_of):
    assert header_of("x\nphone,name\n+77011234567,Анна\n", "column A=phone") == 2
