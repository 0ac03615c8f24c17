from collections.abc import Callable
from typing import Any

import pytest

from importer.errors import RefusedFile
from importer.mapping import ColumnMapping

Mapped = Callable[..., ColumnMapping]


def texts(mapping: ColumnMapping) -> str:
    return "\n".join(finding.text for finding in mapping.findings)


class TestNoPhone:
    def test_the_refusal_names_the_columns_seen_and_the_nearest_guess(self, mapped: Mapped) -> None:
        with pytest.raises(RefusedFile) as refused:
            mapped(["Клиент", "Телефон абонетна"])
        assert 'column A "Клиент", column B "Телефон абонетна"' in str(refused.value)
        assert '--map "Телефон абонетна=phone"' in str(refused.value)

    def test_the_guess_looks_at_the_cells(self, mapped: Mapped) -> None:
        rows = [["Анна", "8 701 123-45-67"], ["Олег", "+77021234567"], ["Дарья", ""]]
        with pytest.raises(RefusedFile, match='--map "Связь=phone"'):
            mapped(["Имя", "Связь"], rows=rows)

    def test_an_iin_is_not_guessed_to_be_a_phone(self, mapped: Mapped) -> None:
        with pytest.raises(RefusedFile) as refused:
            mapped(["Код клиента", "ИИН"], rows=[["1", "780101300123"], ["2", "851231300026"]])
        assert "ИИН=phone" not in str(refused.value)

    @pytest.mark.parametrize("header", ["Телефон родителей", "Моб. телефон мамы", "Assistant phone no"])
    def test_somebody_elses_phone_is_not_suggested(self, mapped: Mapped, header: str) -> None:
        with pytest.raises(RefusedFile) as refused:
            mapped(["Имя", header], rows=[["Анна", "+77011234567"]])
        assert f"{header}=phone" not in str(refused.value)

    def test_the_reason_for_a_column_not_taken_is_told(self, mapped: Mapped) -> None:
        with pytest.raises(RefusedFile, match="somebody else's phone"):
            mapped(["Имя", "Телефон родителя"])

    def test_no_cell_and_no_value_taken_for_a_header_is_shown(self, mapped: Mapped) -> None:
        with pytest.raises(RefusedFile, match="may be data") as refused:
            mapped(["87011234567", "Ким Анна"], rows=[["87021234567", "Ли Олег"]])
        for value in ("87011234567", "Ким", "87021234567", "Ли"):
            assert value not in str(refused.value)

    @pytest.mark.parametrize(
        "first",
        [
            ["Айгуль", "Секретова"],
            ["Секретова Айгуль Маратовна", "Астана"],
            ["15", "Секретова Айгуль", "ул. Абая 5 кв 12"],
            ["N1234 паспорт", "Секретова", "Айгуль"],
            ["Амалия", "Менеджер", "KZ"],
            ["Secretova Aigul", "1990", "female"],
        ],
    )
    def test_a_first_person_without_a_header_is_told_by_letters(self, mapped: Mapped, first: list[str]) -> None:
        rows = [["x", *(["Связь"] * (len(first) - 1))], first]
        with pytest.raises(RefusedFile, match="may be data") as refused:
            mapped(first, rows=rows)
        assert not any(cell in str(refused.value) for cell in first)

    @pytest.mark.parametrize("header", ["Телифон клиента", "Мобильный телфон", "Дата рожденя", "ФИО", "Фамилия"])
    def test_one_name_that_is_known_or_nearly_is_enough_to_show_them_all(self, mapped: Mapped, header: str) -> None:
        with pytest.raises(RefusedFile, match=f'column A "Поле", column B "{header}"'):
            mapped(["Поле", header])

    def test_hundreds_of_columns_make_a_short_message(self, mapped: Mapped) -> None:
        with pytest.raises(RefusedFile) as refused:
            mapped(["Имя", *(f"Поле {number}" for number in range(499))])
        assert "and 470 more" in str(refused.value)
        assert len(str(refused.value)) < 2_000


class TestFindings:
    def test_they_tell_what_is_mapped_missing_and_carried_through(self, mapped: Mapped) -> None:
        told = texts(mapped(["Телефон", "", "Класс"]))
        assert 'phone ← column A "Телефон"' in told
        assert "no column for email" in told
        assert 'carried through unchanged (2): column B, column C "Класс"' in told

    def test_a_column_that_only_looks_like_a_missing_field_is_explained(self, mapped: Mapped) -> None:
        assert '--map "ИНН=identifier"' in texts(mapped(["Телефон", "ИНН"]))
        assert "ИНН=identifier" not in texts(mapped(["Телефон", "ИНН", "ИИН"]))

    def test_a_systems_own_number_is_not_worth_a_line(self, mapped: Mapped) -> None:
        assert "=identifier" not in texts(mapped(["ID", "№", "Телефон"]))

    def test_a_header_that_looks_like_a_value_is_shown_as_its_letter(self, mapped: Mapped) -> None:
        told = texts(mapped(["Телефон", "anna@example.com"]))
        assert "anna@example.com" not in told
        assert "column B" in told

    def test_a_first_person_whose_columns_are_mapped_by_letters_is_shown_nowhere(self, mapped: Mapped) -> None:
        told = mapped(["Секретова", "Айгуль", "нет"], "column C=phone", "column A=lastname")
        shown = texts(told) + told.describe("lastname")
        assert "column A" in shown
        assert not any(cell in shown for cell in ("Секретова", "Айгуль"))

    def test_columns_that_somebody_named_are_shown_by_their_names_whatever_these_are(self, mapped: Mapped) -> None:
        told = texts(mapped(["Rufnummer", "Ort"], "Rufnummer=phone"))
        assert 'phone ← column A "Rufnummer"' in told
        assert 'column B "Ort"' in told

    def test_five_hundred_other_columns_are_counted_not_listed(self, mapped: Mapped) -> None:
        told = texts(mapped(["Телефон", *(f"Поле {number}" for number in range(500))]))
        assert "carried through unchanged (500)" in told
        assert len(told) < 2_000


class TestDescription:
    def test_a_field_is_described_by_its_columns(self, mapped: Mapped) -> None:
        mapping = mapped(["Имя", "", "Телефон", "Моб. тел."], "column B=email")
        assert mapping.describe("phone") == 'column D "Моб. тел.", column C "Телефон"'
        assert mapping.describe("email") == "column B"
        assert mapping.describe("gender") == "no column"
        assert mapping.header_of(2) == "Телефон"

    def test_a_header_is_shown_on_one_line(self, mapped: Mapped) -> None:
        assert mapped(["Телефон\n  (моб.)"]).describe("phone") == 'column A "Телефон (моб.)"'

    def test_the_fingerprint_changes_with_what_decides_the_bodies_only(self, mapped: Mapped) -> None:
        plain = mapped(["Телефон", "Рабочий телефон", "ФИО"])
        same: Any = mapped(["телефон*", "Раб. тел.", "Что-то"])
        assert plain.fingerprint() == same.fingerprint()
        others = [
            mapped(["Телефон", "Рабочий телефон", "ФИО"], "Телефон, Рабочий телефон=phone"),
            mapped(["Телефон", "Рабочий телефон", "ФИО"], full_name="last first"),
            mapped(["Телефон", "Рабочий телефон", "ФИО"], full_name="first last"),
        ]
        assert len({plain.fingerprint(), *(other.fingerprint() for other in others)}) == 4
