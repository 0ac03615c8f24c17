"""A filled column whose values plainly are a field that has no column is asked about, not left out in silence."""

import pytest

from importer.errors import RefusedFile
from importer.planning.source import open_source
from importer.settings import Settings

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"


@pytest.fixture
def opened(tmp_path):
    def mapping(header, cells, *requests):
        path = tmp_path / "users.csv"
        rows = (f"+7701123456{at};{cell}" for at, cell in enumerate(cells))
        path.write_text("\n".join([f"Телефон;{header}", *rows]) + "\n", encoding="utf-8")
        return open_source(path, Settings(map=requests), "2026-01-01").mapping

    return mapping


PLAIN = {
    "email": ["a@b.kz", "", "c@d.kz"],
    "firstname": ["Анна", "Нурлан", "Ольга", "Иван"],
    "lastname": ["Иванова", "Петров", "Ахметов"],
    "date_of_birth": ["31.12.1989", "1970-02-01", "05.06.1995"],
    "identifier": ["850101400125", "920407300123"],
    "country": ["Казахстан", "Россия", "KAZ"],
    "gender": ["муж", "жен", "жен"],
    "nationality": ["гражданин Казахстана", "Гражданка РФ"],
}


@pytest.mark.parametrize("field", sorted(PLAIN))
def test_a_column_that_only_its_values_tell_is_asked_about(opened, field):
    cells = IINS if field == "identifier" else PLAIN[field]
    with pytest.raises(RefusedFile) as refused:
        opened("Поле 7", cells)
    assert f'--map "Поле 7={field}"' in str(refused.value)
    assert f'--map "={field}"' in str(refused.value)
    assert not any(cell in str(refused.value) for cell in cells if cell)
    assert opened("Поле 7", cells, f"={field}").positions(field) == ()
    assert opened("Поле 7", cells, f"Поле 7={field}").positions(field) == (1,)


def _iin(first: str) -> str:
    total = sum(int(digit) * weight for weight, digit in enumerate(first, start=1)) % 11
    return f"{first}{total}"


IINS = [_iin(first) for first in ("85010140012", "92040730012", "70123130011") if len(_iin(first)) == 12]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Дата регистрации", ["31.12.1989", "01.02.1970"]),
        ("Дата встречи", ["31.12.2025", "01.02.2026"]),
        ("Дата поступления", ["01.09.2001", "01.09.2002"]),
        ("Менеджер", ["Иванова", "Петров"]),
        ("Кто звонил", ["Иванова", "Иванова", "Иванова", "Петров", "Петров"]),
        ("Email менеджера", ["a@b.kz", "c@d.kz"]),
        ("Телефон родителя", ["+77011234567", "+77011234568"]),
        ("Город", ["Алматы", "Астана"]),
        ("Размер", ["M", "M"]),
        ("Язык", ["RU", "KZ"]),
        ("Страна рождения", ["Казахстан", "Россия"]),
        ("Код", ["850101400125", "920407300123"]),
        ("Сумма", ["1000", "2000"]),
        ("Отчество", ["Иванович", "Петровна"]),
        ("Комментарий", ["a@b.kz", "перезвонить", "нет", "да"]),
        ("Баллы", ["", ""]),
    ],
)
def test_what_is_known_to_be_something_else_or_is_not_plain_is_carried_through(opened, header, cells):
    assert opened(header, cells).carried == (1,)


def test_a_field_that_has_its_column_asks_about_no_other(opened):
    assert opened("Email;Поле 7", ["a@b.kz;c@d.kz", "e@f.kz;g@h.kz"]).carried == (2,)


def test_a_lone_freedom_id_of_ours_is_taken_for_an_outputs_and_anything_else_is_asked_about(opened):
    assert opened("freedom_id", [UUID, "", UUID.upper()]).result_columns == {"freedom_id": 1}
    with pytest.raises(RefusedFile, match="freedom_id"):
        opened("freedom_id", [UUID, "12345"])
    assert opened("freedom_id", [UUID, "12345"], "freedom_id=identifier").positions("identifier") == (1,)


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("Ваш номер телефона", ["+77011234567"], "phone"), ("Ұялы телефоны", ["+77011234567"], "phone"),
        ("Укажите ваш e-mail", ["a@b.kz"], "email"), ("Сіздің туған күніңіз", ["31.12.1989"], "date_of_birth"),
        ("sn", ["Иванов"], "lastname"), ("givenName", ["Анна"], "firstname"), ("c", ["KZ"], "country"),
        ("mail", ["a@b.kz"], "email"), ("emailaddress1", ["a@b.kz"], "email"), ("VORNA", ["Анна"], "firstname"),
        ("NAME_LAST", ["Ким"], "lastname"), ("SMTP_ADDR", ["a@b.kz"], "email"),
        ("GBDAT", ["1989-12-31"], "date_of_birth"),
        ("LAND1", ["KZ"], "country"), ("Customer Email", ["a@b.kz"], "email"), ("governmentid", ["1"], "identifier"),
        ("address1_country", ["Kazakhstan"], "country"), ("name.familyName", ["Ким"], "lastname"),
    ],
)  # fmt: skip
def test_headers_of_other_systems_and_of_ones_own_words_map(opened, header, cells, field):
    assert 1 in opened(header, cells).positions(field)


@pytest.mark.parametrize("header", ["S/N", "SN", "s.n."])
def test_a_serial_number_is_no_surname(opened, header):
    assert opened(header, ["1", "2"]).positions("lastname") == ()
