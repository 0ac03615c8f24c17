"""Names in one cell: nothing is lost or sent as a first name in silence."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from importer.errors import RefusedFile
from importer.mapping import ColumnMapping, UnsplitNames, select

Mapped = Callable[..., ColumnMapping]
Chunks = Callable[..., Any]


def refuse(mapping: ColumnMapping, chunk: Any) -> None:
    names = UnsplitNames(mapping)
    names.add(chunk.cells, select(chunk, mapping)[0]["firstname"])
    names.refuse_unexplained()


@pytest.mark.parametrize("header", ["Имя", "Name", "Аты", "Имя клиента"])
@pytest.mark.parametrize(
    "cells",
    [
        ["Иван Петров", "Анна Ли", "Олег"],
        ["Иван Петров"],
        ["Иванов, Иван", "Ли,Анна"],
        ["Иван\xa0Петров", "", "-"],
        ["Иванов Иван Иванович", "не указано", "Петров Пётр"],
    ],
)
def test_a_bare_name_most_of_whose_cells_hold_several_words_is_asked_about(
    mapped: Mapped, chunk: Chunks, header: str, cells: Sequence[str]
) -> None:
    with pytest.raises(RefusedFile) as refused:
        refuse(mapped(["phone", header]), chunk([["1", cell] for cell in cells]))
    for option in ('--full-name "last first middle"', f'--map "{header}=firstname"', f'--map "{header}=-"'):
        assert option in str(refused.value)


@pytest.mark.parametrize(
    "cells",
    [
        ["Иван", "Анна", "Анна-Мария"],
        ["Иван", "Анна", "Олег Ли"],
        ["Иван", "Олег Ли"],
        ["", " ", "-"],
        ["Иван", "не указано", "нет данных", "(не указано)", "n/a"],
        ["O'Neil", " Иван ", "Ә"],
    ],
)
def test_a_bare_name_of_single_words_is_the_first_name_and_a_few_others_are_invalid_rows(
    mapped: Mapped, chunk: Chunks, cells: Sequence[str]
) -> None:
    mapping, given = mapped(["phone", "Имя"]), chunk([["1", cell] for cell in cells])
    refuse(mapping, given)
    fields, issues = select(given, mapping)
    assert fields["firstname"].to_list() == list(cells)
    assert issues["value"].to_list() == [cell for cell in cells if cell == "Олег Ли"]
    assert set(issues["code"]) <= {"firstname_full_name"}


def test_the_whole_file_decides_and_not_its_first_rows(mapped: Mapped, chunk: Chunks) -> None:
    mapping = mapped(["phone", "Имя"], rows=[["1", "Иван"]] * 200)
    names = UnsplitNames(mapping)
    for cell in ("Иван", "Иван Петров"):
        given = chunk([["1", cell]] * 300)
        names.add(given.cells, select(given, mapping)[0]["firstname"])
    names.refuse_unexplained()
    names.add(given.cells, select(given, mapping)[0]["firstname"])
    with pytest.raises(RefusedFile, match="600 of 900"):
        names.refuse_unexplained()


@pytest.mark.parametrize("header", ["ФИО", "Full name", "Клиент", "Аты-жөні", "Полное имя"])
def test_a_lone_column_of_whole_names_is_asked_about(mapped: Mapped, chunk: Chunks, header: str) -> None:
    with pytest.raises(RefusedFile, match="whole names"):
        refuse(mapped(["phone", header]), chunk([["1", "Ли Анна"], ["2", ""]]))


@pytest.mark.parametrize(
    ("header", "requests", "full_name"),
    [
        (["phone", "ФИО"], ["ФИО=-"], ""),
        (["phone", "ФИО"], ["ФИО="], ""),
        (["phone", "ФИО"], ["ФИО = -"], ""),
        (["phone", "ФИО"], ["ФИО=firstname"], ""),
        (["phone", "ФИО"], ["=firstname"], ""),
        (["phone", "ФИО"], [], "last first"),
        (["phone", "ФИО", "Имя", "Фамилия"], [], ""),
        (["phone", "ФИО", "Фамилия"], [], ""),
        (["phone", "Имя"], ["Имя=-"], ""),
        (["phone", "Имя"], ["Имя=firstname"], ""),
        (["phone", "Имя"], [], "last first"),
        (["phone", "Имя", "Фамилия"], [], ""),
    ],
)
def test_who_said_what_they_are_is_not_asked(
    mapped: Mapped, chunk: Chunks, header: list[str], requests: list[str], full_name: str
) -> None:
    cells = ["1", "Ли Анна", "Анна", "Ли"][: len(header)]
    refuse(mapped(header, *requests, full_name=full_name), chunk([cells]))


def test_a_column_that_is_left_out_is_carried_through(mapped: Mapped) -> None:
    mapping = mapped(["phone", "Имя", "E-mail"], "Имя, E-mail=-")
    assert mapping.carried == (1, 2)
    assert (mapping.columns["firstname"], mapping.columns["email"]) == ((), ())


@pytest.mark.parametrize(
    ("order", "name"),
    [
        ("last first middle", "Иван Иванович Иванов"), ("last first middle", "Ли Анна (мама)"),
        ("last first middle", "ИП Ли Анна"), ("last first middle", "ТОО Ромашка"), ("last first", "Romashka LLP"),
        ("last first", "Ли Анна2"), ("last first", "Ли, Анна"), ("last first", "Иванов И."),
        ("last first middle", "Иванов И. И."),
        ("last first", "Иванов И.И."), ("first last", "Mr Smith"), ("first last", "Мария Ивановна"),
        ("first last", "Серікұлы Ли"), ("last first middle", "Ли Серік қызы Анна"), ("last first", "Ли Serikovich"),
        ("first middle last", "Иванов Иван Иванович"), ("last first middle", "Иван и Мария"), ("last first", "Ли/Анна"),
        ("last first", "Ли Анна, Ким"), ("last, first", "Ли Анна, Ким"), ("last first", "«Ромашка» ООО"),
        ("last first middle", "Иванова Ивановна Анна"), ("last first", "ли@анна.kz Ли"),
    ],
)  # fmt: skip
def test_a_cell_that_contradicts_the_order_is_refused(mapped: Mapped, chunk: Chunks, order: str, name: str) -> None:
    fields, issues = select(chunk([["1", name]]), mapped(["phone", "ФИО"], full_name=order))
    assert (fields["firstname"].item(), fields["lastname"].item()) == ("", "")
    assert issues[["code", "severity", "value"]].to_numpy().tolist() == [["firstname_full_name", "error", name]]


@pytest.mark.parametrize(
    ("order", "name", "first", "last"),
    [
        ("first last", "Роман Абрамович", "Роман", "Абрамович"), ("last first middle", "Ип Ман", "Ман", "Ип"),
        ("last first middle", "Абрамович Роман Аркадьевич", "Роман", "Абрамович"),
        ("last, first", "Ли, Анна", "Анна", "Ли"),
        ("last first middle", "Назарбайұлы Ерлан Серікұлы", "Ерлан", "Назарбайұлы"),
        ("last, first", "Ли Анна", "Анна", "Ли"),
        ("first last", "July Smith", "July", "Smith"), ("last first middle", "Пак И Ван", "И", "Пак"),
        ("last first middle", "Smith John Paul", "John", "Smith"),
        ("first last", "Anne-Marie O'Neil", "Anne-Marie", "O'Neil"),
        ("last, first middle", "Ли, Анна Мария", "Анна", "Ли"),
        ("last first middle", "Мамедов Али Ариф оглы", "Али", "Мамедов"),
    ],
)  # fmt: skip
def test_one_that_fits_is_split_and_the_note_shows_its_parts(
    mapped: Mapped, chunk: Chunks, order: str, name: str, first: str, last: str
) -> None:
    fields, issues = select(chunk([["1", name]]), mapped(["phone", "ФИО"], full_name=order))
    assert (fields["firstname"].item(), fields["lastname"].item()) == (first, last)
    assert issues["detail"].to_list() == [f"firstname '{first}', lastname '{last}'"]


TWO = [
    ("Телефон (м)", "Телефон (ж)"), ("Phone (husband)", "Phone (wife)"), ("Телефон муж", "Телефон жена"),
    ("Телефон_муж", "Телефон_жена"),
    ("Моб. телефон (муж.)", "Моб. телефон (жен.)"), ("Phone (m)", "Phone (f)"),
    ("Телефон жениха", "Телефон невесты"), ("husband phone", "wife phone"), ("Телефон (ер)", "Телефон (әйел)"),
]  # fmt: skip


@pytest.mark.parametrize("pair", TWO)
def test_two_people_in_one_row_are_asked_about_and_never_mixed(mapped: Mapped, pair: tuple[str, str]) -> None:
    with pytest.raises(RefusedFile) as refused:
        mapped([*pair, "Имя"])
    assert all(f'--map "{header}=phone"' in str(refused.value) for header in pair)
    mapping = mapped([*pair, "Имя"], f"{pair[1]}=phone")
    assert mapping.columns["phone"] == (1,)


@pytest.mark.parametrize("header", ["Дата рождения (жен)", "ИИН (жена)", "Имя (муж)", "E-mail (wife)"])
def test_one_of_them_beside_a_plain_phone_is_asked_about_too(mapped: Mapped, header: str) -> None:
    with pytest.raises(RefusedFile, match="two people"):
        mapped(["Телефон", header])


@pytest.mark.parametrize("header", ["Пол (м/ж)", "Пол (М, Ж)", "Gender (M/F)", "Пол муж/жен", "Пол (мужской/женский)"])
def test_the_values_of_a_gender_are_no_people(mapped: Mapped, header: str) -> None:
    assert mapped(["Телефон", header]).columns["gender"] == (1,)


def test_a_plain_column_serves_beside_those_of_two_people(mapped: Mapped) -> None:
    assert mapped(["Телефон", "Телефон (муж)", "Телефон (жена)"]).columns["phone"] == (0,)
