"""What a cell of an .ods says: the value it holds, dressed as the program that saved it showed it.

Source: OpenDocument 1.3 part 3, 19.385 (value types).
"""

import re
from typing import Final

from importer.reading.workbook.durations import duration, iso_moment
from importer.reading.workbook.number_format import Shows
from importer.reading.workbook.shown_number import number_text

_ERROR: Final = re.compile(r"#[^\s]+[!?A]|#Н/Д|Err:\d{3}")
_TRUTH: Final = {"TRUE": "TRUE", "FALSE": "FALSE", "ИСТИНА": "TRUE", "ЛОЖЬ": "FALSE"}
_DECIMALS: Final = re.compile(r"(?<=[0-9])[.,]0+(?=[^0-9]*$)")
_MASKED: Final = re.compile("[()-]")
"""Signs that divide a phone: blanks, points and commas divide thousands."""
_PLUS: Final = re.compile(r"[^0-9]*\+")
_SCALED: Final = re.compile(r"[0-9]\s*%|[0-9][eE][+-]?[0-9]")
_REMARKS: Final = frozenset(
    {
        *("office:annotation", "table:shapes", "office:forms", "text:note", "text:ruby-text", "text:script"),
        *("text:hidden-text", "text:hidden-paragraph", "text:tracked-changes"),
    }
)


def is_remark(name: str) -> bool:
    """Whether what stands in an element is no part of the cell: comments, forms, notes, what is hidden, pictures."""
    return name in _REMARKS or name.startswith("draw:")


def cell_text(attributes: dict[str, str], written: str | None) -> tuple[str, str, str]:
    """What a cell says as text, and, if something is wrong with it, the code and the raw text.

    Args:
        attributes: Of its element, by their usual prefixes.
        written: The text that was shown; None where the file has none beside the value.
    """
    kind = attributes.get("office:value-type", "")
    formula = "table:formula" in attributes
    shown = written or ""
    if attributes.get("calcext:value-type") == "error" or (formula and _ERROR.fullmatch(shown)):
        return shown, "cell_error", shown
    if formula and not kind and written is None:  # an empty paragraph is the result "" of LibreOffice
        return "", "cell_formula", attributes["table:formula"].removeprefix("of:")
    if kind in {"float", "percentage", "currency"}:
        digits, lost = number_text(attributes.get("office:value", ""))
        text = digits if written is None or kind != "float" else _dressed(digits, written.strip())
        return text, "cell_digits_lost" if lost else "", text if lost else ""
    return _plain(kind, attributes, shown), "", ""


def _plain(kind: str, attributes: dict[str, str], shown: str) -> str:
    if kind == "date":
        return iso_moment(attributes.get("office:date-value", ""), Shows.DATE)
    if kind == "time":
        return duration(attributes.get("office:time-value", "")) or shown
    if kind == "boolean":
        return attributes.get("office:boolean-value", "").upper()
    return attributes.get("office:string-value", shown)


def _dressed(digits: str, shown: str) -> str:
    """The text shown, where it says more or something else than the number; else the number's digits.

    The number format itself is not looked at: what it made of the number stands there. Separators of thousands,
    decimals and units only dress a number.
    """
    if shown.upper() in _TRUTH:
        return _TRUTH[shown.upper()]
    seen = re.sub("[^0-9]", "", _DECIMALS.sub("", shown))
    if digits == "0" and not seen:
        return shown  # a text, or nothing, in the place of a zero
    if not digits.isdigit() or _SCALED.search(shown):
        return digits
    added = digits in seen and len(seen) > len(digits)
    masked = seen == digits and _MASKED.search(shown)
    return shown if added or masked or _PLUS.match(shown) else digits
