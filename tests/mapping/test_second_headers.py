"""A second header among the rows is named as one; where its columns have moved, the rows below it are refused."""

import pytest

from importer.planning.mapped_input import open_input
from importer.settings import Settings
from importer.validation.stream import checked_chunks

HEAD = "Телефон,Имя,Фамилия"
A, B, C = "+77011234567,А,Б", "+77011234568,В,Г", "+77011234569,Д,Е"
SECOND, MOVED = "row_header", "row_header_order"


@pytest.fixture
def codes_of(tmp_path):
    def codes(*lines, size=50_000):
        path = tmp_path / "users.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        mapped = open_input(path, Settings(), "2026-01-01")
        found = {}
        for checked in checked_chunks(mapped, size=size, notes=False):
            errors = checked.issues[checked.issues["severity"] == "error"]
            found |= dict(zip(errors["row"].tolist(), errors["code"].tolist(), strict=True))
        return found

    return codes


@pytest.mark.parametrize("size", [1, 2, 3, 50_000])
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((HEAD, A, HEAD, B), {3: SECOND}),
        ((HEAD, A, " телефон , ИМЯ,фамилия:", B), {3: SECOND}),
        ((HEAD, A, "Phone,Name,Last name", B), {3: SECOND}),
        ((HEAD, A, "Телефон,Фамилия,Имя", B, C), {3: SECOND, 4: MOVED, 5: MOVED}),
        ((HEAD, A, "Телефон,Фамилия,Имя", B, HEAD, C), {3: SECOND, 4: MOVED, 5: SECOND}),
        ((HEAD, A, "Имя,Фамилия,Телефон", "В,Г,+77011234568"), {3: SECOND, 4: MOVED}),
        ((HEAD + ",x", A + ",1", "Телефон,Фамилия,Имя,Любимый цвет", B + ",2"), {3: SECOND, 4: MOVED}),
        ((HEAD + ",x,y", A + ",1,2", HEAD + ",y,x", B + ",2,1"), {3: SECOND}),
        (("Телефон,Дата рождения,Дата выдачи", "+77011234567,31.12.1999,31.12.2015",
          "Телефон,Дата выдачи,Дата рождения", "+77011234568,31.12.2015,31.12.1999"), {3: SECOND, 4: MOVED}),
        (("Телефон", "+77011234567", "Телефон", "+77011234568"), {3: SECOND}),
        ((HEAD + ",Канал", A + ",x", "Телефон,Анна,Ким,Email", B + ",y"), {3: "phone_missing"}),
        ((HEAD, A, "нет,Имя,Фамилия", B), {3: "phone_missing"}),
    ],
)  # fmt: skip
def test_a_second_header_is_named_and_what_it_misplaces_is_refused(codes_of, lines, expected, size):
    found = codes_of(*lines, size=size)
    assert {
        row: code.replace("phone_pattern", "phone_missing").replace("phone_letters", "phone_missing")
        for row, code in found.items()
    } == expected
