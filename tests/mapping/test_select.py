from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from importer.mapping import ColumnMapping, select, serving_positions
from importer.messages.kept_sentences import heard
from importer.model import ISSUE_COLUMNS, empty_issues
from importer.reading.table import letters
from schemas.fields import FIELDS

Mapped = Callable[..., ColumnMapping]
Chunks = Callable[..., Any]


def test_the_fields_are_a_frame_of_text_under_the_chunks_row_numbers(mapped: Mapped, chunk: Chunks) -> None:
    fields, issues = select(chunk([["1", "a"], ["2", "b"]], first_row=40), mapped(["phone", "note"]))
    assert list(fields.columns) == list(FIELDS)
    assert list(fields.index) == [40, 41]
    assert fields.index.name == "row"
    assert {str(dtype) for dtype in fields.dtypes} == {"str"}
    assert not fields.isna().to_numpy().any()
    pd.testing.assert_frame_equal(issues, empty_issues())


def test_a_single_column_passes_through_as_it_is_without_a_copy(mapped: Mapped, chunk: Chunks) -> None:
    given = chunk([[" +7 ", "NA"], ["", "null"]])
    fields, _ = select(given, mapped(["phone", "lastname"]))
    assert list(fields["phone"]) == [" +7 ", ""]
    assert list(fields["lastname"]) == ["NA", "null"]
    own, passed = (frame.array.__arrow_array__().chunk(0) for frame in (given.cells[0], fields["phone"]))
    assert own.buffers()[-1].address == passed.buffers()[-1].address


def test_an_unmapped_field_is_empty_text(mapped: Mapped, chunk: Chunks) -> None:
    fields, _ = select(chunk([["1"], ["2"]]), mapped(["phone"]))
    assert list(fields["gender"]) == ["", ""]


def test_an_empty_chunk_gives_empty_frames(mapped: Mapped, chunk: Chunks) -> None:
    given = chunk([["1", "2", "Ким Анна"]])
    given.cells = given.cells.iloc[:0]
    for options in ({}, {"full_name": "last first"}):
        fields, issues = select(given, mapped(["Моб.", "Телефон", "ФИО"], **options))
        assert list(fields.columns) == list(FIELDS)
        assert len(fields) == len(issues) == 0


class TestSeveralColumns:
    HEADER = ("Моб.", "Телефон", "Контактный телефон")

    @pytest.mark.parametrize(
        ("cells", "phone"),
        [
            (["+77011234567", "+77021234567", ""], "+77011234567"),
            (["", "+77021234567", "+77051234567"], "+77021234567"),
            ([" \xa0", "\t", "+77051234567"], "+77051234567"),
            (["-", "", "+77051234567"], "+77051234567"),
            (["нет", "+77021234567", ""], "+77021234567"),
            (["0", "n/a", "+77051234567"], "+77051234567"),
            (["", "-", ""], "-"),  # nothing better: what stands there is judged
            (["", "", ""], ""),
        ],
    )
    def test_the_first_filled_one_serves(self, mapped: Mapped, chunk: Chunks, cells: list[str], phone: str) -> None:
        fields, _ = select(chunk([cells]), mapped(self.HEADER))
        assert fields["phone"].item() == phone

    def test_the_others_are_noted_where_they_differ(self, mapped: Mapped, chunk: Chunks) -> None:
        rows = [
            ["+77011234567", "8 701 123-45-67", ""],
            ["+77011234567", "+77021234567", "87051234567"],
            ["", "+77021234567", "нет"],
        ]
        _, issues = select(chunk(rows), mapped(self.HEADER))
        assert issues.assign(detail=issues["detail"].map(heard)).to_dict("records") == [
            {
                "row": 3,
                "field": "phone",
                "code": "phone_other_column",
                "severity": "note",
                "value": "+77011234567",
                "detail": detail,
            }
            for detail in ('column B "Телефон": +77021234567', 'column C "Контактный телефон": 87051234567')
        ]
        assert issues.dtypes.astype(str).to_dict() == empty_issues().dtypes.astype(str).to_dict()

    def test_other_fields_differ_by_their_text_but_for_case_and_outer_blanks(
        self, mapped: Mapped, chunk: Chunks
    ) -> None:
        rows = [["1", "Алия", " алия "], ["2", "Алия", "Лия"], ["3", "-", "Нет"]]
        fields, issues = select(chunk(rows), mapped(["phone", "First name", "Есімі"]))
        assert list(fields["firstname"]) == ["Алия", "Алия", "-"]
        assert list(issues["row"]) == [3]

    def test_which_column_served_is_known_per_row(self, mapped: Mapped, chunk: Chunks) -> None:
        rows = [["1", "2", "3"], ["", "2", "3"], ["", "", ""]]
        served = serving_positions(chunk(rows), mapped(self.HEADER), "phone")
        assert list(served) == [0, 1, -1]
        assert list(served.index) == [2, 3, 4]


class TestReadersIssues:
    def test_one_in_a_mapped_cell_gets_the_fields_name(self, mapped: Mapped, chunk: Chunks) -> None:
        given = chunk([["x", "#N/A"]], issues=[(2, "#1", "cell_error")])
        _, issues = select(given, mapped(["note", "phone"]))
        assert issues[["row", "field", "code"]].to_numpy().tolist() == [[2, "phone", "cell_error"]]
        assert list(issues.columns) == list(ISSUE_COLUMNS)

    def test_one_in_an_unmapped_cell_is_dropped(self, mapped: Mapped, chunk: Chunks) -> None:
        given = chunk([["x", "1"]], issues=[(2, "#0", "cell_error")])
        assert len(select(given, mapped(["note", "phone"]))[1]) == 0

    def test_one_of_the_whole_row_is_kept(self, mapped: Mapped, chunk: Chunks) -> None:
        given = chunk([["x", "1"]], issues=[(2, "", "row_shape")])
        assert select(given, mapped(["note", "phone"]))[1]["code"].to_list() == ["row_shape"]

    @pytest.mark.parametrize(
        ("cells", "damaged", "kept"),
        [
            (["", "2"], "#0", True),  # would have been preferred, had it been readable
            (["1", "#REF!"], "#1", False),  # gave nothing
            (["", "#REF!"], "#1", True),  # served
            (["", ""], "#1", True),  # nothing else to take
        ],
    )
    def test_of_several_columns_the_one_that_served_and_those_before_it_count(
        self, mapped: Mapped, chunk: Chunks, cells: list[str], damaged: str, kept: bool
    ) -> None:
        given = chunk([["0", "0"], cells], issues=[(3, damaged, "cell_formula")])
        _, issues = select(given, mapped(["Моб.", "Телефон"]))
        assert ("cell_formula" in issues["code"].to_list()) is kept

    def test_one_in_a_whole_name_is_the_first_names(self, mapped: Mapped, chunk: Chunks) -> None:
        given = chunk([["1", ""]], issues=[(2, "#1", "cell_formula")])
        _, issues = select(given, mapped(["phone", "ФИО"], full_name="last first"))
        assert issues["field"].to_list() == ["firstname"]


class TestWholeNames:
    @pytest.mark.parametrize(
        ("order", "name", "first", "last"),
        [
            ("last first middle", "Ахметова Алия Болатовна", "Алия", "Ахметова"),
            ("last first middle", "  Ахметова \xa0 Алия\tБолатовна ", "Алия", "Ахметова"),
            ("last first middle", "Ким Анна", "Анна", "Ким"),
            ("last first middle", "Жұмабай Ерлан Серік ұлы", "Ерлан", "Жұмабай"),
            ("last first middle", "Мамедова Лейла Ариф кызы", "Лейла", "Мамедова"),
            ("first middle last", "John Ronald Brown", "John", "Brown"),
            ("first middle last", "John Brown", "John", "Brown"),
            ("first last", "Assel Zhumabay", "Assel", "Zhumabay"),
            ("last, first", "Ким, Анна", "Анна", "Ким"),
            ("Фамилия Имя Отчество", "О'Коннор Тимур Ильич", "Тимур", "О'Коннор"),
            ("last first", "Ким-Чен Анна-Мария", "Анна-Мария", "Ким-Чен"),
        ],
    )
    def test_are_split_in_the_order_told(
        self, mapped: Mapped, chunk: Chunks, order: str, name: str, first: str, last: str
    ) -> None:
        fields, issues = select(chunk([["1", name]]), mapped(["phone", "ФИО"], full_name=order))
        assert (fields["firstname"].item(), fields["lastname"].item()) == (first, last)
        (note,) = issues.to_dict("records")
        assert (note["code"], note["severity"], note["value"]) == ("firstname_split", "note", name)
        assert note["detail"] == f"firstname '{first}', lastname '{last}'"

    @pytest.mark.parametrize(
        ("order", "name"),
        [
            ("last first middle", "Ким"),
            ("last first middle", "Ким Чен Ир Анна"),
            ("last first middle", "Ким Сергеевна"),  # a patronymic in the place of the first name
            ("last first", "Ахметова Алия Болатовна"),
        ],
    )
    def test_one_that_does_not_fit_is_an_error_of_the_row(
        self, mapped: Mapped, chunk: Chunks, order: str, name: str
    ) -> None:
        fields, issues = select(chunk([["1", "Ли Олег"], ["2", name]]), mapped(["phone", "ФИО"], full_name=order))
        assert list(fields["firstname"]) == ["Олег", ""]
        (issue,) = issues[issues["severity"] == "error"].to_dict("records")
        assert (issue["row"], issue["code"]) == (3, "firstname_full_name")
        assert issue["value"] == name
        assert f"words found: {len(name.split())}" in heard(issue["detail"])
        assert issues.dtypes.astype(str).to_dict() == empty_issues().dtypes.astype(str).to_dict()

    def test_a_blank_one_is_no_error(self, mapped: Mapped, chunk: Chunks) -> None:
        fields, issues = select(chunk([["1", " "]]), mapped(["phone", "ФИО"], full_name="last first"))
        assert fields["firstname"].item() == ""
        assert len(issues) == 0

    def test_own_columns_serve_where_it_gives_nothing(self, mapped: Mapped, chunk: Chunks) -> None:
        rows = [["1", "", "Анна", "Ким"], ["2", "Ли", "Олег", "Ли"], ["3", "Цой Яна", "", ""]]
        mapping = mapped(["phone", "ФИО", "Имя", "Фамилия"], full_name="last first")
        fields, issues = select(chunk(rows), mapping)
        assert list(fields["firstname"]) == ["Анна", "Олег", "Яна"]
        assert list(fields["lastname"]) == ["Ким", "Ли", "Цой"]
        assert issues["code"].to_list() == ["firstname_split"]

    def test_thousands_of_rows_keep_their_names(self, mapped: Mapped, chunk: Chunks) -> None:
        rows = [[str(n), f"Фамилия Имя{letters(n)}"] for n in range(5_000)]
        fields, _ = select(chunk(rows), mapped(["phone", "ФИО"], full_name="last first"))
        assert list(fields["firstname"]) == [f"Имя{letters(n)}" for n in range(5_000)]
