"""Texts that stand in a cell for nothing. Data, no logic."""

from typing import Final

BLANK_MARKERS: Final = frozenset(
    {"-", "--", "---", "_", ".", "?", "*", "/", "n/a", "n.a.", "n\\a", "н/д", "б/н", "\\n", "undefined"}
)
"""Texts that stand for an empty cell in any optional field, names included (folded, lower case); signs
alone do so besides."""

NAME_BLANKS: Final = BLANK_MARKERS | {
    "not specified", "unspecified", "not set", "not provided", "not available", "no data", "unknown", "empty",
    "нет данных", "нет информации", "не указан", "не указана", "не указано", "не указаны", "не задан", "не задана",
    "не задано", "не заполнено", "не определено", "не определен", "не известно", "неизвестно", "не выбрано",
    "не выбран", "не выбрана", "пусто", "отсутствует", "жоқ", "белгісіз", "көрсетілмеген", "деректер жоқ",
}  # fmt: skip
"""… and phrases that nobody is called."""

BLANK_WORDS: Final = NAME_BLANKS | {"null", "none", "nil", "nan", "nat", "no", "нет", "нету"}
"""… and words that stand for nothing where a name can't stand (Null, NA, None and Нет are surnames)."""
