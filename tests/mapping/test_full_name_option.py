from collections.abc import Callable

import pytest

from importer.errors import RefusedFile, UsageError
from importer.mapping import ColumnMapping

Mapped = Callable[..., ColumnMapping]


def test_the_only_whole_name_is_split_and_described(mapped: Mapped) -> None:
    mapping = mapped(["phone", "ФИО"], full_name="last first middle")
    assert mapping.full_name == (1, ("last", "first", "middle"))
    assert mapping.describe("lastname") == 'column B "ФИО"'
    assert mapping.carried == ()


def test_a_bare_name_without_a_surname_can_be_the_whole_name(mapped: Mapped) -> None:
    assert mapped(["phone", "Имя"], full_name="first last").full_name == (1, ("first", "last"))


def test_any_column_can_be_named_as_the_whole_name(mapped: Mapped) -> None:
    mapping = mapped(["phone", "Наименование", "ФИО"], "Наименование=full_name", full_name="last first")
    assert mapping.full_name == (1, ("last", "first"))


def test_several_whole_names_are_refused_and_asked(mapped: Mapped) -> None:
    with pytest.raises(RefusedFile) as refused:
        mapped(["phone", "ФИО", "Полное имя"], full_name="last first")
    assert '--map "ФИО=full_name" or --map "Полное имя=full_name"' in str(refused.value)


@pytest.mark.parametrize("order", ["last", "last first first", "last given", "middle", "last first middle title"])
def test_an_order_is_words_out_of_last_first_middle_each_once(mapped: Mapped, order: str) -> None:
    if order == "last":
        assert mapped(["phone", "ФИО"], full_name=order).full_name == (1, ("last",))
        return
    with pytest.raises(UsageError, match="last first middle"):
        mapped(["phone", "ФИО"], full_name=order)


def test_an_order_without_a_whole_name_in_the_file_is_wrong_usage(mapped: Mapped) -> None:
    with pytest.raises(UsageError, match="=full_name"):
        mapped(["phone", "Имя", "Фамилия"], full_name="last first")


def test_a_whole_name_column_needs_an_order(mapped: Mapped) -> None:
    with pytest.raises(UsageError, match="--full-name"):
        mapped(["phone", "ФИО"], "ФИО=full_name")


def test_a_whole_name_takes_one_column(mapped: Mapped) -> None:
    with pytest.raises(UsageError, match="one column"):
        mapped(["phone", "ФИО", "Клиент"], "ФИО, Клиент=full_name", full_name="last first")
