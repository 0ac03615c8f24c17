"""What workers make of a file is what one machine makes of it, byte by byte: fifty files in several parts each.

A file costs three seconds of CPU, nearly all of it pandera's for parts of eight rows: most wait for ``make chaos``, and
one that has all of their rows is tried each time.
"""

import io
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import pytest

HEADER = "Имя,Фамилия,Телефон,Email,Дата рождения,Пол,Страна"


def plain(number: int) -> str:
    return f"Анна,Иванова,+7701{number:07d},a{number}@b.kz,{number % 27 + 1:02d}.03.1990,Ж,Казахстан"


def lines(count: int = 24, **instead: str) -> list[str]:
    """Plain rows, of which some are others: ``r3='…'`` the fourth."""
    return [HEADER, *(instead.get(f"r{at}", plain(at)) for at in range(count))]


def row(name="Анна", surname="Иванова", phone="87019999999", email="", birth="", more="Ж,Казахстан") -> str:
    return f"{name},{surname},{phone},{email},{birth},{more}"


SAME = "87011234567"
MOVED = "Телефон,Имя,Фамилия,Email,Дата рождения,Пол,Страна"
FILES: dict[str, list[str]] = {
    "all kinds of rows": lines(
        30,
        r1=row(phone=SAME, email="q@b.kz"),
        r2='"Анна ""Аня"", мл.",Иванова,87010000003,,,,',
        r3=f'"Анна\nМария",{row()[5:]}',
        r4='Ан"на,Иванова,87010000004,,,,',
        r5="Анна,Иванова",
        r6=plain(6) + ",x,y",
        r7="",
        r8=row(phone="12", email="nobody"),
        r10=row(birth="01/02/1999"),
        r11=row(phone="7.70112E+10"),
        r12="Айгерим,Смагулова,+7 701 234 56 78,aigerim@example.com,15.03.1992,F,Kazakhstan",
        r13=row(name="=1+1", more="Q,?"),
        r14=row(phone="87011234567; 87021234567"),
        r15=" , ,\u00a0,,,,",
        r16=row(phone="+7 (701) 123-45-67"),
        r17=row(email="A@b.kz", phone="87010000090"),
        r18=row(name="А\0"),
        r19=f'"x\r\ny\n\nz",{row(phone=SAME)[5:]}',
        r20=HEADER,
        r21=row(phone="нет"),
        r25=row(email="a@B.KZ"),
        r26=row(phone=SAME, email="Q@b.kz"),
        r27='"Анна,Иванова,87010000012,,,,',
        r28=row(birth="31/12/1990"),
    ),
    "plain": lines(),
    "quotes": lines(r3='"Анна ""Аня"", мл.",Иванова,87010000003,,,,', r17='"А","Б","87010000017","","","",""'),
    "line breaks": lines(
        r2=f'"Анна\nМария",{row()[5:]}', r9=f'"x\r\ny\n\nz",{row(phone=SAME)[5:]}', r20=row(phone=SAME)
    ),
    "all quoted": [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines()],
    "all quoted, line breaks": [
        HEADER,
        *(",".join(f'"{cell}\n"' for cell in line.split(",")) for line in lines()[1:]),
    ],
    "stray quotes": lines(r4='Ан"на,Иванова,87010000004,,,,', r12='"Анна,Иванова,87010000012,,,,', r18='Яна",а,1,,,,'),
    "never closed": lines(r14='"Анна,Иванова,87010000014,,,,'),
    "never closed, last": lines(r23='"Анна,Иванова,87010000014,,,,'),
    "short rows": lines(r1="Анна", r11="Анна,Иванова", r22="Анна,Иванова,87010000022"),
    "long rows": lines(r5=plain(5) + ",x,y", r15=plain(15) + ",,,", r21=plain(21) + ",7.7E+10"),
    "blank rows": lines(r0="", r8=",,,,,,", r9="", r10=" , ,\u00a0,,,,", r23=""),
    "last row without an end": [*lines(9), plain(9)],
    "repeats across parts": lines(r1=row(phone=SAME), r10=row(phone="+7 701 123 45 67"), r22=row(phone=SAME)),
    "repeats in one part": lines(r1=row(phone=SAME), r2=row(phone=SAME), r3=row(phone=SAME)),
    "the holder is wrong": lines(r1=row(phone=SAME, email="x"), r21=row(phone="8(701)123-45-67")),
    "all the same": [HEADER, *[row(phone=SAME)] * 24],
    "e-mails across parts": lines(r1=row(email="A@b.kz", phone="87010000090"), r22=row(email="a@B.KZ")),
    "e-mail of a duplicate": lines(r1=row(email="q@b.kz", phone=SAME), r20=row(email="q@b.kz", phone=SAME)),
    "wrong cells": lines(r0=row(phone="12"), r7=row(email="nobody"), r13=row(birth="31.02.1990"), r22=row(more="Q,?")),
    "optional cells": lines(r2=row(email="a@"), r12=row(birth="1.1.2999", email="b@"), r19=row(more="Ж,Нигде")),
    "the example": lines(r3="Айгерим,Смагулова,+7 701 234 56 78,aigerim@example.com,15.03.1992,F,Kazakhstan"),
    "day first, told at the end": lines(r1=row(birth="01/02/1999"), r23=row(birth="31/12/1990")),
    "month first, told at the end": lines(r1=row(birth="01/02/1999"), r23=row(birth="12/31/1990")),
    "both orders": lines(r1=row(birth="01/02/1999"), r8=row(birth="31/12/1990"), r22=row(birth="12/31/1990")),
    "no order": lines(r1=row(birth="01/02/1999"), r17=row(birth="03/04/1999")),
    "year first": lines(r2=row(birth="85-05-14"), r20=row(birth="01-02-03")),
    "country numbers": [HEADER, *(f"А,Б,+7701{at:07d},,,Ж,{('398', '643')[at % 2]}" for at in range(24))],
    "country numbers, but one": [HEADER, *(f"А,Б,+7701{at:07d},,,Ж,{'7' if at == 22 else '398'}" for at in range(24))],
    "a second header": lines(r11=HEADER),
    "a header that moves": lines(r9=MOVED, **{f"r{at}": f"+7701{at:07d},А,Б,,,Ж,Казахстан" for at in range(10, 24)}),
    "a header that moves and one back": lines(r9=MOVED, r10="+77010000010,А,Б,,,,", r19=HEADER),
    "error values": lines(r6=row(phone="#REF!"), r16=row(phone="7.70112E+10"), r20=row(email="#Н/Д")),
    "formulas": lines(r6=row(name="=1+1"), r16=row(name="'@x"), r20=row(surname="+cmd")),
    "two phones": lines(r6=row(phone="87011234567; 87021234567"), r20=row(phone="87021234567/87031234567")),
    "invisible": lines(r6=row(name="\u200bАнна"), r16=row(phone="8\u00a0701 999 99 98"), r21=row(name="\ufeffЯ")),
    "no phone": lines(r2=row(phone=""), r12=row(phone="нет"), r22=row(phone="-")),
    "one row": [HEADER, plain(1)],
    "seven rows": lines(7),
    "nine rows": lines(9),
    "long cells": lines(r5=row(name="А" * 3000), r15=row(name='"' + "Б\n" * 40 + '"')),
    "nul": lines(r5=row(name="А\0"), r16=row(phone="8701\0999")),
}
CODED = {
    "cp1251": "cp1251", "koi8-r": "koi8-r", "utf-16": "utf-16", "bom": "utf-8-sig", "cp866": "cp866",
}  # fmt: skip


def write(path: Path, content: list[str], *, encoding: str = "utf-8", end: str = "\n") -> Path:
    path.write_bytes((end.join(content) + ("" if "last row" in path.stem else end)).encode(encoding))
    return path


def assert_same(check: Callable, path: Path, address: str, **given: object) -> None:
    alone = check(path, **given)
    together = check(path, cluster=address, **given)
    assert together.told == alone.told
    assert together.files == alone.files


EACH_TIME = {"all kinds of rows", "a header that moves and one back", "utf-16", "two sheets"}


def all_of(names: Iterable[str]) -> list[object]:
    return [pytest.param(name, marks=[] if name in EACH_TIME else [pytest.mark.chaos]) for name in names]


@pytest.mark.parametrize("name", all_of(FILES))
def test_the_outcome_is_that_of_one_machine(running, checked, tmp_path, name):
    given = {"optional": "drop"} if name == "optional cells" else {}
    given |= {"duplicates": "none"} if name == "repeats in one part" else {}
    assert_same(checked, write(tmp_path / f"{name}.csv", FILES[name]), running.address, **given)


@pytest.mark.parametrize("name", all_of(CODED))
def test_it_is_in_whatever_way_the_file_is_encoded(running, checked, tmp_path, name):
    content = lines(r2=row(phone=SAME), r9=f'"x\ny",{row()[5:]}', r20=row(phone=SAME))
    end = "\r" if name == "bom" else "\r\n"
    assert_same(checked, write(tmp_path / f"{name}.csv", content, encoding=CODED[name], end=end), running.address)


@pytest.mark.chaos
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_it_is_whatever_stands_between_the_cells(running, checked, tmp_path, delimiter):
    content = [line.replace(",", delimiter) + delimiter for line in lines(r2=row(phone=SAME), r20=row(phone=SAME))]
    assert_same(checked, write(tmp_path / "delimited.csv", content), running.address)


@pytest.mark.parametrize("kind", all_of(["two sheets", "one sheet"]))
def test_it_is_of_a_workbook(running, checked, tmp_path, kind):
    book = openpyxl.Workbook()
    for line in lines(r2=row(phone=SAME), r9="", r20=row(phone=SAME), r21=row(phone="12")):
        book.active.append(line.split(","))
    if kind == "two sheets":
        other = book.create_sheet("Ещё")
        for line in lines(9, r2=row(phone=SAME)):
            other.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    path = tmp_path / "book.xlsx"
    path.write_bytes(content.getvalue())
    assert_same(checked, path, running.address, sheet="all" if kind == "two sheets" else "")
