"""Several columns of one field: which one serves when the first of them has nothing that can be sent."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from importer.cleaning import Decisions, are_phones
from importer.mapping import ColumnMapping, select
from importer.mapping.header_labels import Header
from importer.mapping.label_columns import label_positions
from schemas.blank_words import BLANK_WORDS

Mapped = Callable[..., ColumnMapping]
Chunks = Callable[..., Any]


def usable(cells: pa.Array) -> Any:
    return are_phones(cells, Decisions(today="2026-01-01"))


@pytest.mark.parametrize(
    ("first", "second", "serves"),
    [
        ("не отвечает", "8 701 992 00 21", "second"),
        ("8701 992 00", "8 701 992 00 21", "second"),  # a digit is missing
        ("+8 (495) 123-45-67", "8 701 992 00 21", "second"),
        ("77777777777", "8 701 992 00 21", "second"),
        ("0000-00-00", "8 701 992 00 21", "second"),
        ("000", "8 701 992 00 21", "second"),
        ("нет", "8 701", "second"),
        ("факс 8 727 250 00 00", "8 701 992 00 21", "second"),
        ("8 701 992 00 21", "8 702 992 00 21", "first"),
        ("8 701 992 00 21", "нет", "first"),
        ("8701 992", "не отвечает", "first"),  # none can be sent: the first that says something is judged
        ("8701 992", "", "first"),
    ],
)
def test_the_first_usable_phone_serves(mapped: Mapped, chunk: Chunks, first: str, second: str, serves: str) -> None:
    fields, _ = select(chunk([[first, second]]), mapped(["Моб.", "Телефон"]), usable=usable)
    assert fields["phone"].item() == (first if serves == "first" else second)


@pytest.mark.parametrize(
    "nothing", ["-", "—", "нет", "000", "0000-00-00", "00.00.0000", "\\N", "(null)", "не указано", "01.01.0001 0:00:00"]
)
@pytest.mark.parametrize(
    ("header", "value"),
    [
        (("Date of birth", "Birthday"), "1999-12-31"),
        (("Email", "Личный email"), "a@example.com"),
        (("First name", "Есімі"), "Алия"),
        (("ИИН", "ЖСН"), "990101300123"),
        (("Пол", "Gender"), "M"),
    ],
)
def test_a_stand_in_lets_the_second_column_of_any_field_speak(
    mapped: Mapped, chunk: Chunks, header: tuple[str, str], value: str, nothing: str
) -> None:
    mapping = mapped(["phone", *header])
    fields, _ = select(chunk([["1", nothing, value]]), mapping, usable=usable)
    assert value in fields.loc[2].to_list()
    assert nothing not in fields.loc[2].to_list()


@pytest.mark.parametrize("form", ["{}", " {} ", "[{}]", "<{}>", "({})", "{{{}}}"])
def test_every_word_that_stands_for_nothing_gives_way(mapped: Mapped, chunk: Chunks, form: str) -> None:
    words = [*sorted(BLANK_WORDS), "#######", "~", "…", "=", *([] if form.strip() == "{}" else ["blank", "na"])]
    rows = [["1", form.format("NaT" if word == "nat" else word.capitalize()), "a@example.com"] for word in words]
    fields, notes = select(chunk(rows), mapped(["phone", "Email", "Личный email"]))
    assert [word for word, email in zip(words, fields["email"], strict=True) if email != "a@example.com"] == []
    assert notes.empty


def test_nat_is_a_name_and_gives_way_to_none(mapped: Mapped, chunk: Chunks) -> None:
    rows = [["1", "Nat", "Nathaniel"], ["2", "NaT", "Anna"]]
    fields, notes = select(chunk(rows), mapped(["phone", "n1", "n2"], "n1, n2=firstname"))
    assert fields["firstname"].tolist() == ["Nat", "Anna"]
    assert notes["detail"].str.contains("Nathaniel").tolist() == [True]


GOOGLE = ("Phone 1 - Label", "Phone 1 - Value", "Phone 2 - Label", "Phone 2 - Value")


@pytest.mark.parametrize(
    ("cells", "phone"),
    [
        (["Work Fax", "87272500000", "Mobile", "87011234567"], "87011234567"),
        (["Home Fax", "87272500000", "", "87011234567"], "87011234567"),
        (["Pager", "87272500000", "Home", "8 701 12"], "8 701 12"),  # another number, which has to be mended
        (["Mobile", "87011234567", "Home", "87272500000"], "87011234567"),
        (["Work Fax", "87272500000", "", ""], "87272500000"),
        (["Work Fax", "87272500000", "Pager", "87272500001"], "87272500000"),
        (["", "", "Mobile", "87011234567"], ""),
    ],
)
def test_a_fax_is_never_taken_while_another_number_stands_there(
    mapped: Mapped, chunk: Chunks, cells: list[str], phone: str
) -> None:
    fields, issues = select(chunk([cells]), mapped(GOOGLE), usable=usable)
    assert fields["phone"].item() == phone
    only_fax = phone == "87272500000"
    assert ("phone_fax" in issues["code"].to_list()) is only_fax


@pytest.mark.parametrize(
    ("texts", "phone", "label"),
    [
        (("Phone 1 - Type", "Phone 1 - Value"), 1, 0),
        (("phone", "phone_type"), 0, 1),
        (("Телефон", "Имя", "Тип телефона"), 0, 2),
        (("Телефон 1", "Тип телефона 1", "Телефон 2", "Тип телефона 2"), 2, 3),
        (("phoneNumber", "phoneType"), 0, 1),
        (("Имя", "Телефон", "Тип"), 1, 2),
        (("Тип", "Имя", "Телефон"), 2, None),
        (("E-mail 1 - Label", "Phone"), 1, None),
    ],
)
def test_a_column_of_labels_is_known_by_its_name(texts: tuple[str, ...], phone: int, label: int | None) -> None:
    assert label_positions(Header(texts, tuple("ABCD")[: len(texts)]), [phone]).get(phone) == label
