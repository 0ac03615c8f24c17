"""What people type into a spreadsheet set to Russian or Kazakh, and save in whatever format, is sent as typed."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from inputs.importing import Importing
from inputs.libreoffice import Job, convert

HEADERS = {
    "ru-RU": ["Телефон", "Имя", "Фамилия", "Дата рождения", "ИИН", "Пол", "Страна"],
    "kk-KZ": ["Ұялы телефон", "Аты", "Тегі", "Туған күні", "ЖСН", "Жынысы", "Елі"],
}
TYPED = [
    ["8701{place}234501", "Әсел", "Қуанышева", "14.05.1985", "'050714500125", "ж", "Қазақстан"],
    ["+7701{place}234502", "Иван", "О'Коннор", "1.2.1990", "900201300123", "муж", "Россия"],
    ["8 701 {place}23-45-03", "Ёлка", "'=1+1", "31.12.99", "", "", "KZ"],
    ["'+8491267386{place}", "Минь", "Нгуен", "2000-02-29", "", "М", "Вьетнам"],
    ["701{place}234505", "Анна-Мария", "Ким", "", "", "", ""],
    ["=7701{place}234506", "Гүлнұр", "Әлі", "05.04.2001", "", "", ""],
]
SENT = [
    ("+7701{place}234501", "Әсел", "Қуанышева", "1985-05-14", "050714500125", "F", "KAZ"),
    ("+7701{place}234502", "Иван", "О'Коннор", "1990-02-01", "900201300123", "M", "RUS"),
    ("+7701{place}234503", "Ёлка", "=1+1", "1999-12-31", None, None, "KAZ"),
    ("+8491267386{place}", "Минь", "Нгуен", "2000-02-29", None, "M", "VNM"),
    ("+7701{place}234505", "Анна-Мария", "Ким", None, None, None, None),
    ("+7701{place}234506", "Гүлнұр", "Әлі", "2001-04-05", None, None, None),
]
FIELDS = ("phone", "firstname", "lastname", "date_of_birth", "identifier", "gender", "country")


@pytest.mark.parametrize("locale", HEADERS)
def test_what_was_typed_is_what_is_sent_whatever_the_format(locale: str, tmp_path: Path, importing: Importing) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    own_phones = "1234" if locale == "ru-RU" else "5678"
    kinds = dict(zip(("xlsx", "ods", "xls", "csv"), own_phones, strict=True))
    jobs = [
        Job(empty, tmp_path / f"typed.{kind}", delimiter=";", cells=cells([HEADERS[locale], *TYPED], place))
        for kind, place in kinds.items()
    ]
    convert(tmp_path, jobs, locale)
    for job, place in zip(jobs, kinds.values(), strict=True):
        sent = [[row["sent"].get(field) for field in FIELDS] for row in importing.run(job.target).rows]
        assert (job.target.suffix, sent) == (job.target.suffix, [placed(line, place) for line in SENT])


def cells(grid: list[list[str]], place: str) -> dict[str, str]:
    lines = [placed(line, place) for line in grid]
    return {f"{'ABCDEFG'[x]}{y}": text for y, line in enumerate(lines, 1) for x, text in enumerate(line) if text}


def placed(line: Sequence[str | None], place: str) -> list[str | None]:
    return [text and text.replace("{place}", place) for text in line]
