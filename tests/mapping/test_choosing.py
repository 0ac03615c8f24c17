from collections.abc import Callable

import pytest

from importer.errors import RefusedFile, UsageError
from importer.mapping import ColumnMapping
from importer.model import RESULT_COLUMNS
from schemas.fields import FIELDS

Served = Callable[..., dict[str, tuple[str, ...]]]
Mapped = Callable[..., ColumnMapping]


def texts(mapping: ColumnMapping) -> str:
    return "\n".join(finding.text for finding in mapping.findings)


def test_every_field_is_a_key_also_when_no_column_serves_it(mapped: Mapped) -> None:
    assert tuple(mapped(["phone"]).columns) == FIELDS


def test_all_tier_1_columns_of_a_field_serve_mobile_first_then_as_they_stand(served: Served) -> None:
    header = ["Телефон", "Контактный телефон", "Мобильный телефон"]
    assert served(header)["phone"] == ("Мобильный телефон", "Телефон", "Контактный телефон")


def test_tier_2_is_left_out_beside_tier_1_and_offered_with_the_option_spelled_out(mapped: Mapped) -> None:
    mapping = mapped(["Мобильный телефон", "Рабочий телефон", "Домашний телефон"])
    assert mapping.columns["phone"] == (0,)
    assert mapping.tier2 == {"phone": (1, 2)}
    assert mapping.carried == (1, 2)
    option = '--map "Мобильный телефон, Рабочий телефон, Домашний телефон=phone"'
    assert mapping.map_option("phone") == option
    assert option in texts(mapping)


def test_the_offered_option_does_what_it_says(mapped: Mapped) -> None:
    header = ["Рабочий телефон", "Моб.", "Телефон, доп.", "Рабочий телефон", "", "Домашний телефон"]
    option = mapped(header).map_option("phone")
    request = option.removeprefix('--map "').removesuffix('"')
    mapping = mapped(header, request)
    assert mapping.columns["phone"] == (1, 0, 2, 3, 5)


def test_a_lone_tier_2_column_serves_with_a_warning(mapped: Mapped) -> None:
    mapping = mapped(["Имя", "Рабочий телефон"])
    assert mapping.columns["phone"] == (1,)
    assert mapping.tier2 == {}
    assert any(finding.warning and "Рабочий телефон" in finding.text for finding in mapping.findings)


def test_several_tier_2_columns_without_tier_1_are_refused_with_the_option(mapped: Mapped) -> None:
    with pytest.raises(RefusedFile) as refused:
        mapped(["Имя", "Рабочий телефон", "Домашний телефон"])
    assert '--map "Рабочий телефон, Домашний телефон=phone"' in str(refused.value)
    assert "=phone" in str(refused.value)
    assert "leave the field out" not in str(refused.value)


def test_several_tier_2_columns_of_an_optional_field_can_be_left_out(mapped: Mapped) -> None:
    header = ["phone", "Work email", "Other email"]
    with pytest.raises(RefusedFile, match='--map "=email"'):
        mapped(header)
    assert mapped(header, "=email").columns["email"] == ()


def test_a_country_written_as_name_and_as_code_is_one_column_and_the_code_serves(served: Served) -> None:
    header = ["phone", "MailingCountry", "MailingCountryCode"]
    assert served(header)["country"] == ("MailingCountryCode",)


@pytest.mark.parametrize("twice", ["Телефон", "ТЕЛЕФОН ", "телефон:"])
def test_the_same_header_twice_is_refused_if_it_is_mapped(mapped: Mapped, twice: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        mapped(["Имя", "Телефон", twice])
    assert '--map "column B=phone" or --map "column C=phone"' in str(refused.value)


def test_the_same_header_twice_is_carried_through_if_it_is_not_mapped(mapped: Mapped) -> None:
    assert mapped(["phone", "utm_source", "utm_source"]).carried == (1, 2)


def test_the_same_header_twice_is_settled_by_a_request(mapped: Mapped) -> None:
    assert mapped(["Телефон", "Телефон"], "column B=phone").columns["phone"] == (1,)


def test_two_spellings_of_a_field_are_two_columns_that_serve_in_order(served: Served) -> None:
    assert served(["phone", "Date of birth", "Birthday"])["date_of_birth"] == ("Date of birth", "Birthday")


class TestNames:
    @pytest.mark.parametrize(("name", "surname"), [("Имя", "Фамилия"), ("NAME", "LAST_NAME"), ("Аты", "Тегі")])
    def test_a_bare_name_is_the_first_name_beside_a_surname(self, served: Served, name: str, surname: str) -> None:
        assert served(["phone", name, surname])["firstname"] == (name,)

    @pytest.mark.parametrize("name", ["Имя", "NAME", "Аты"])
    def test_a_bare_name_without_a_surname_is_the_first_name_as_far_as_its_cells_are_single_words(
        self, mapped: Mapped, name: str
    ) -> None:
        mapping = mapped(["phone", name])
        assert mapping.columns["firstname"] == (1,)
        assert mapping.loose_first_name

    def test_a_bare_name_is_a_whole_name_beside_first_and_last_name(self, served: Served) -> None:
        assert served(["phone", "Name", "Given Name", "Family Name"])["firstname"] == ("Given Name",)

    def test_a_bare_name_counts_a_surname_that_was_asked_for(self, served: Served) -> None:
        header = ["phone", "Имя", "Second name"]
        assert served(header, "Second name=lastname")["firstname"] == ("Имя",)

    def test_a_whole_name_beside_first_and_last_name_is_not_worth_a_hint(self, mapped: Mapped) -> None:
        assert "--full-name" not in texts(mapped(["phone", "Полное имя контакта", "Имя", "Фамилия"]))

    def test_a_whole_name_alone_is_carried_through_with_a_hint(self, mapped: Mapped) -> None:
        mapping = mapped(["phone", "ФИО"])
        assert mapping.carried == mapping.unexplained == (1,)
        assert '--full-name "last first middle"' in texts(mapping)

    def test_a_surname_typed_without_kazakh_letters_is_one_beside_a_kazakh_first_name(self, served: Served) -> None:
        assert served(["Тел номири", "Аты", "Теги"])["lastname"] == ("Теги",)

    def test_tags_are_never_a_surname_in_a_russian_file(self, served: Served) -> None:
        assert served(["Телефон", "Имя", "Фамилия", "Теги"])["lastname"] == ("Фамилия",)
        assert "lastname" not in served(["Телефон", "Имя", "Теги"])

    def test_a_patronymic_is_carried_through(self, mapped: Mapped) -> None:
        assert mapped(["phone", "Отчество", "SECOND_NAME"]).carried == (1, 2)


class TestCells:
    def test_post_is_email_if_the_cells_hold_an_at_sign(self, served: Served) -> None:
        rows = [["1", "a@example.com"], ["2", ""], ["3", "b@example.com"]]
        assert served(["phone", "Почта"], rows=rows)["email"] == ("Почта",)

    @pytest.mark.parametrize("rows", [[], [["1", "г. Алматы, а/я 5"]], [["1", ""]]])
    def test_post_is_carried_through_otherwise(self, mapped: Mapped, rows: list[list[str]]) -> None:
        mapping = mapped(["phone", "Пошта"], rows=rows)
        assert mapping.columns["email"] == ()
        assert '--map "Пошта=email"' in texts(mapping)

    def test_post_does_not_count_beside_an_email_column(self, mapped: Mapped) -> None:
        mapping = mapped(["phone", "Почта", "E-mail"], rows=[["1", "a@example.com", "b@example.com"]])
        assert mapping.columns["email"] == (2,)
        assert mapping.tier2 == {"email": (1,)}

    @pytest.mark.parametrize(
        ("cell", "served_by"), [("KZ", ("Country Code",)), ("KAZ", ("Country Code",)), ("+7", ()), ("7", ()), ("", ())]
    )
    def test_a_country_code_is_the_country_if_it_is_letters(
        self, served: Served, cell: str, served_by: tuple[str, ...]
    ) -> None:
        assert served(["phone", "Country Code"], rows=[["1", cell]]).get("country", ()) == served_by


class TestResultColumns:
    def test_an_earlier_outputs_columns_are_recognised_and_dropped(self, mapped: Mapped) -> None:
        mapping = mapped(["phone", "note", *RESULT_COLUMNS])
        assert mapping.result_columns == {name: at for at, name in enumerate(RESULT_COLUMNS, start=2)}
        assert mapping.carried == (1,)

    def test_the_last_ones_count_where_the_source_had_a_column_of_that_name(self, mapped: Mapped) -> None:
        mapping = mapped(["freedom_id", "phone", *RESULT_COLUMNS])
        assert mapping.result_columns["freedom_id"] == 2
        assert mapping.carried == (0,)

    def test_a_lone_freedom_id_is_not_doubled(self, mapped: Mapped) -> None:
        mapping = mapped(["phone", "freedom_id"])
        assert mapping.result_columns == {"freedom_id": 1}
        assert mapping.carried == ()

    def test_a_lone_freedom_id_that_a_person_maps_is_the_sources_own(self, mapped: Mapped) -> None:
        mapping = mapped(["phone", "freedom_id"], "freedom_id=identifier")
        assert mapping.result_columns == {}
        assert mapping.columns["identifier"] == (1,)

    def test_a_note_without_a_status_is_the_sources_own(self, mapped: Mapped) -> None:
        assert mapped(["phone", "import_note"]).result_columns == {}

    def test_they_cannot_be_mapped(self, mapped: Mapped) -> None:
        with pytest.raises(UsageError, match="earlier output"):
            mapped(["phone", *RESULT_COLUMNS], "import_note=identifier")


def test_the_contact_persons_number_never_stands_in_for_a_blank_phone(served: Served) -> None:
    columns = served(["First name", "Last name", "Phone", "Contact person phone", "Contact person name"])
    assert columns["phone"] == ("Phone",)
    assert columns["firstname"] == ("First name",)
