"""A filled column whose cells plainly are a field that no column serves is asked about, and no other."""

from typing import Any

import pytest

from importer.errors import RefusedFile
from importer.planning.unmapped_columns import refuse_unmapped

Mapped = Any
Chunks = Any

CELLS = {
    "email": ["a1@mail.kz", "", "b2@mail.ru", "нет", "c3@inbox.kz"],
    "firstname": ["Марат", "Айгуль", "Иван", "Анна", "Olga"],
    "lastname": ["Сериков", "Ахметова", "Иванов", "Петрова", "Kim"],
    "date_of_birth": ["14.05.1985", "1990-11-30", "", "02/01/1971", "28.02.2000"],
    "identifier": ["850714300127", "900311450011", "710102300786", "", "990101300023"],
    "country": ["Казахстан", "KAZ", "Россия", "", "Kazakhstan"],
    "gender": ["M", "F", "F", "", "M"],
    "nationality": ["гражданин РК", "гражданка РК", "", "citizen", "азаматы"],
}


def ask(mapped: Mapped, chunk: Chunks, name: str, cells: list[str], *requests: str) -> None:
    rows = [[f"+7701000000{at}", cell] for at, cell in enumerate(cells)]
    refuse_unmapped(mapped(["phone", name], *requests, rows=rows), chunk(rows), requests, "2026-01-31")


def test_of_a_table_without_rows_nothing_is_asked(mapped: Mapped) -> None:
    refuse_unmapped(mapped(["phone", "X7"], rows=[]), None, (), "2026-01-31")


@pytest.mark.parametrize("field", CELLS)
@pytest.mark.parametrize("name", ["колонка", "X7", "поле 3"])
def test_a_column_of_unknown_name_that_plainly_is_a_field_is_asked_about(
    mapped: Mapped, chunk: Chunks, name: str, field: str
) -> None:
    with pytest.raises(RefusedFile, match=f'"{name}=(?:{field})"'):
        ask(mapped, chunk, name, CELLS[field])
    ask(mapped, chunk, name, CELLS[field], f"={field}")


@pytest.mark.parametrize(
    ("name", "field", "cells"),
    [
        ("gendercode", "gender", ["M", "F", "F"]),
        ("Код пола", "gender", ["муж", "жен", ""]),
        ("Дата", "date_of_birth", CELLS["date_of_birth"]),
        ("Date", "date_of_birth", CELLS["date_of_birth"]),
    ],
)
def test_a_name_that_may_mean_something_else_is_asked_about_where_its_cells_tell(
    mapped: Mapped, chunk: Chunks, name: str, field: str, cells: list[str]
) -> None:
    with pytest.raises(RefusedFile, match=f'"{name}={field}"'):
        ask(mapped, chunk, name, cells)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("gendercode", ["1", "2", "1"]),
        ("Дата", ["2025-12-01", "2026-01-02", "2025-11-30"]),
        ("Дата", ["2016-03-01", "2019-09-01", "2025-11-30"]),
        ("Дата", ["1899-12-30", "1985-05-14", "1990-11-30"]),
        ("Дата", ["2001-09-01", "2003-09-01", "2005-08-31"]),
        ("Дата регистрации", CELLS["date_of_birth"]),
        ("Имя менеджера", CELLS["firstname"]),
        ("E-mail менеджера", CELLS["email"]),
        ("размер", ["M", "M", "M"]),
        ("размер", ["M", "F", "L"]),
        ("period", ["W", "M", "M"]),
        ("category", ["boy", "girl", "boy"]),
        ("комментарий", ["звонить утром", "", "VIP"]),
        ("отдел", ["KZ", "RU", "TR", "DE"]),
        ("тариф", ["Основной", "Базовый", "Семейный"]),
        ("колонка", ["a1@mail.kz", "b2@mail.kz", "c3@mail.kz", "позвонить"]),
    ],
)
def test_a_column_that_is_something_else_is_not_asked_about(
    mapped: Mapped, chunk: Chunks, name: str, cells: list[str]
) -> None:
    ask(mapped, chunk, name, cells)


def test_a_column_that_is_filled_late_in_the_file_is_asked_about(mapped: Mapped, chunk: Chunks) -> None:
    with pytest.raises(RefusedFile, match="email"):
        ask(mapped, chunk, "колонка", [""] * 1500 + CELLS["email"])
