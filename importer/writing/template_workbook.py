"""The empty workbook that a person fills in: columns, drop-downs, hints, and checks by the spreadsheet itself."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import babel
import xlsxwriter

from importer.messages.language import language
from importer.writing.pending_file import atomic_file
from importer.writing.workbook_look import MOST_ROWS
from schemas.fields import FIELD_OF, FIELDS
from schemas.iso3166 import ALPHA_3, ALPHA_3_OF
from schemas.template import EXAMPLE_ROW

_SHEET: Final = "Users"
_HELP_SHEET: Final = "How to fill in · Как заполнять"
_COUNTRY_SHEET: Final = "Countries · Страны"
_READABLE: Final = 0o644
_NEAREST: Final = (
    "KAZ",
    "RUS",
    "KGZ",
    "UZB",
    "TJK",
    "TKM",
    "BLR",
    "UKR",
    "ARM",
    "AZE",
    "GEO",
    "MDA",
    "MNG",
    "CHN",
    "TUR",
)
_DATE_FORMAT: Final = "yyyy-mm-dd"
_EARLIEST: Final = dt.date(1900, 1, 1)
_LANGUAGES: Final = ("English", "Русский", "Қазақша")

_GENERAL: Final = (
    (
        "One row is one person. Only the phone is required; leave other cells blank where you don't know.",
        "Одна строка — один человек. Обязателен только телефон; неизвестное оставьте пустым.",
        "Бір жол — бір адам. Тек телефон міндетті; білмегеніңізді бос қалдырыңыз.",
    ),
    (
        "Row 2 is an example. It is recognised and never sent: delete it or leave it.",
        "Строка 2 — пример. Он распознаётся и не отправляется: удалите его или оставьте.",
        "2-жол — мысал. Ол танылады, ешқашан жіберілмейді: өшіріңіз немесе қалдырыңыз.",
    ),
    (
        "Further columns of your own may stand to the right: they come back unchanged.",
        "Справа можно добавить свои столбцы: они вернутся без изменений.",
        "Оң жаққа өз бағандарыңызды қосуға болады: олар өзгеріссіз қайтады.",
    ),
    (
        "When you paste, paste values only: otherwise the checks and formats of this file are lost.",
        "При вставке вставляйте только значения: иначе проверки и форматы файла пропадут.",
        "Қойғанда тек мәндерді қойыңыз: әйтпесе файлдың тексерулері мен пішімдері жоғалады.",
    ),
    (
        "Check before you send: importer validate FILE",
        "Проверьте перед отправкой: importer validate FILE",
        "Жіберер алдында тексеріңіз: importer validate FILE",
    ),
)


def write_template(path: Path) -> None:
    """Write the template, replacing what is there; the path ends in .xlsx.

    What a person enters as the spreadsheet lets them goes through the import without a note: phones with + as text,
    dates as true dates (whatever the locale they are typed in), codes from drop-downs. The file holds no personal data,
    so that it gets the permissions of any new file.

    Raises:
        StorageFailed: It can't be written there.
    """
    with atomic_file(path, mode=_READABLE, exact_mode=False) as file:
        workbook = xlsxwriter.Workbook(file, {"in_memory": True})
        _users(workbook)
        _help(workbook)
        _countries(workbook)
        workbook.close()


def _users(workbook: Any) -> None:
    sheet = workbook.add_worksheet(_SHEET)
    text = workbook.add_format({"num_format": "@"})
    date = workbook.add_format({"num_format": _DATE_FORMAT, "align": "left"})
    example = {"italic": True, "font_color": "#808080"}
    required = workbook.add_format({"bold": True, "bg_color": "#F8CBAD", "num_format": "@", "border": 1})
    header = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "num_format": "@", "border": 1})
    grey_text = workbook.add_format({"num_format": "@", **example})
    grey_date = workbook.add_format({"num_format": _DATE_FORMAT, "align": "left", **example})
    for column, name in enumerate(FIELDS):
        is_date = name == "date_of_birth"
        sheet.set_column(column, column, FIELD_OF[name].width, date if is_date else text)
        sheet.write_string(0, column, name, required if name == "phone" else header)
        sheet.write_comment(0, column, _hint(name), {"x_scale": 2.2, "y_scale": 1.2})
        if is_date:
            sheet.write_datetime(1, column, dt.date.fromisoformat(EXAMPLE_ROW[name]), grey_date)
        else:
            sheet.write_string(1, column, EXAMPLE_ROW[name], grey_text)
        if name in _RULES:
            rule = {**_RULES[name], **_messages(name)}
            sheet.data_validation(1, column, MOST_ROWS - 1, column, rule)
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{MOST_ROWS}"})


def _messages(name: str) -> dict[str, str]:
    text = _hint(name)[:255]
    return {"input_title": name, "input_message": text, "error_title": name, "error_message": text}


def _hint(name: str) -> str:
    """What stands at a column: Russian or Kazakh where that is spoken, else English and Russian."""
    english, russian, kazakh = FIELD_OF[name].hint
    return {"ru": russian, "kk": kazakh}.get(language(), f"{english}\n{russian}")


_RULES: Final[Mapping[str, Mapping[str, object]]] = {
    "phone": {
        "validate": "custom",
        # The digits read as one number that is written the same again: nothing but digits stands there.
        "value": '=AND(LEFT(A2,1)="+",LEN(A2)>10,LEN(A2)<17,TEXT(VALUE(MID(A2,2,15)),"0")=MID(A2,2,15))',
        "ignore_blank": True,
    },
    "email": {
        "validate": "custom",
        "value": '=AND(FIND("@",B2)>1,ISNUMBER(FIND(".",B2,FIND("@",B2)+2)),ISERROR(FIND(" ",B2)))',
        "error_type": "warning",
    },
    "date_of_birth": {"validate": "date", "criteria": "between", "minimum": _EARLIEST, "maximum": "=TODAY()"},
    "country": {"validate": "list", "source": f"='{_COUNTRY_SHEET}'!$A$2:$A${len(ALPHA_3) + 1}"},
    "gender": {"validate": "list", "source": ["M", "F"]},
}
"""The checks that the spreadsheet itself makes."""


def _help(workbook: Any) -> None:
    sheet = workbook.add_worksheet(_HELP_SHEET)
    bold = workbook.add_format({"bold": True, "bg_color": "#D9E1F2", "valign": "top"})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 18, wrapped)
    sheet.set_column(1, len(_LANGUAGES), 60, wrapped)
    for column, title in enumerate(("", *_LANGUAGES)):
        sheet.write_string(0, column, title, bold)
    lines = [("", *texts) for texts in _GENERAL] + [(name, *FIELD_OF[name].hint) for name in FIELDS]
    for row, cells in enumerate(lines, start=1):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, wrapped)
    sheet.freeze_panes(1, 0)


def _countries(workbook: Any) -> None:
    sheet = workbook.add_worksheet(_COUNTRY_SHEET)
    bold = workbook.add_format({"bold": True, "bg_color": "#D9E1F2"})
    for column, title in enumerate(("Code · Код", *_LANGUAGES)):
        sheet.write_string(0, column, title, bold)
    for row, cells in enumerate(country_names(), start=1):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell)
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, 3, 36)
    sheet.autofilter(0, 0, len(ALPHA_3), 3)
    sheet.freeze_panes(1, 0)


def country_names() -> list[tuple[str, str, str, str]]:
    """alpha-3 code and the names in English, Russian and Kazakh of every country; the region's own first."""
    locales = [babel.Locale(language) for language in ("en", "ru", "kk")]
    alpha_2 = {alpha_3: code for code, alpha_3 in ALPHA_3_OF.items() if len(code) == 2}  # noqa: PLR2004 (alpha-2)
    rank = {code: place for place, code in enumerate(_NEAREST)}
    codes = sorted(ALPHA_3, key=lambda code: (rank.get(code, len(rank)), code))
    return [(code, *(_name(locale, alpha_2[code]) for locale in locales)) for code in codes]  # type: ignore[misc]  # three locales, three names


def _name(locale: babel.Locale, alpha_2: str) -> str:
    return str(locale.territories.get(alpha_2, alpha_2))
