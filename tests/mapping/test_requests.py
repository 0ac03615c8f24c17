import shlex
from collections.abc import Callable

import pytest

from importer.errors import RefusedFile, UsageError
from importer.mapping import ColumnMapping

Mapped = Callable[..., ColumnMapping]


@pytest.mark.parametrize(
    ("header", "request_text", "positions"),
    [
        (["A", "Номер", "C"], "Номер=phone", (1,)),
        (["A", "Номер", "C"], " номер = PHONE ", (1,)),
        (["A", "Номер*\n(любой)", "C"], "Номер* (любой)=phone", (1,)),
        (["A", "Номер*", "C"], "номер=phone", (1,)),
        (["A", "Нөмір", "C"], "номир=phone", (1,)),
        (["A", "", "C"], "column B=phone", (1,)),
        (["A", "", "C"], "столбец b=phone", (1,)),
        (["A", "column A", "C"], "column A=phone", (1,)),  # a header of that text comes first
        (["A", "B", "C"], "C, A=phone", (2, 0)),
        (["A", "Дом, раб", "раб"], "Дом, раб=phone", (1,)),
        (["A", "Дом, раб", "раб"], "Дом, раб, A=phone", (1, 0)),
        (["Раб", "Тел", "Раб тел"], "Раб, Тел=phone", (0, 1)),
        (["A", "a=b", "C"], "a=b=phone", (1,)),
        (["A", "Факс", "ИНН"], "Факс, ИНН=phone", (1, 2)),  # a person can know better
        (["A", "Телефон", "Номер"], "Номер=phone", (2,)),  # a request stands alone
    ],
)
def test_a_request_names_columns_in_their_order(
    mapped: Mapped, header: list[str], request_text: str, positions: tuple[int, ...]
) -> None:
    assert mapped(header, request_text).columns["phone"] == positions


def test_requests_for_one_field_add_up(mapped: Mapped) -> None:
    assert mapped(["A", "B"], "B=phone", "A=phone", "B=phone").columns["phone"] == (1, 0)


def test_a_requested_column_serves_nothing_else_by_itself(mapped: Mapped) -> None:
    mapping = mapped(["Телефон", "ИИН"], "ИИН=nationality")
    assert mapping.columns["identifier"] == ()
    assert mapping.columns["nationality"] == (1,)


def test_weaker_columns_are_not_offered_for_a_field_that_was_decided(mapped: Mapped) -> None:
    assert mapped(["Телефон", "Рабочий телефон"], "Телефон=phone").tier2 == {}


@pytest.mark.parametrize(
    ("request_text", "message"),
    [
        ("Телефон", "write it as COLUMN=field"),
        ("Телефн=phone", 'did you mean column A "Телефон"'),
        ("column Z=phone", "has no column"),
        ("Имя=frstname", "Did you mean firstname"),
        ("Имя=Фамилия", "Did you mean lastname"),
        ("phone=Телефон", '--map "Телефон=phone"'),
        ("Имя, Телефонище=firstname", "has no column"),
        ("Имя,,=firstname", "has no column"),
        ("=phone", "a phone is required"),
    ],
)
def test_a_request_that_cannot_be_met_is_wrong_usage_and_suggests(
    mapped: Mapped, request_text: str, message: str
) -> None:
    with pytest.raises(UsageError) as wrong:
        mapped(["Телефон", "Имя"], request_text)
    assert message in str(wrong.value)


def test_a_column_cannot_serve_two_fields(mapped: Mapped) -> None:
    with pytest.raises(UsageError, match="already serves as firstname"):
        mapped(["Телефон", "Имя"], "Имя=firstname", "Имя=lastname")


def test_a_name_that_two_columns_share_is_refused_and_asked(mapped: Mapped) -> None:
    with pytest.raises(RefusedFile) as refused:
        mapped(["Номер", "Имя", "Номер"], "Номер=phone")
    assert '--map "column A=phone" or --map "column C=phone"' in str(refused.value)


@pytest.mark.parametrize("header", ['Тел "моб"', "Тел, доп", "Тел=1", "Тел $1", "", "Тел\n1", "x" * 90, "column A"])
def test_an_option_that_a_message_spells_out_always_names_the_column(mapped: Mapped, header: str) -> None:
    plain = mapped(["Имя", header, "Телефон"])
    _, text = shlex.split(plain.header.option((1, 2), "phone"))
    assert not set(text.removesuffix("=phone")) & set("\"'`$=")
    assert mapped(["Имя", header, "Телефон"], text).columns["phone"] == (1, 2)
