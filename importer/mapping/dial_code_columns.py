"""Columns of country codes beside columns of phones: ``Dial Code`` says where ``Phone`` is a national number."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import pandas as pd

from importer.mapping.dial_code_evidence import borne_out
from importer.mapping.dial_code_places import beside_phones
from importer.mapping.header_names import HeaderKind, HeaderMeaning
from schemas.dial_codes import ALL_DIAL_CODES, DIAL_CODES, DIAL_CODES_IF_SHOWN, dial_code_in

_SAMPLE_ROWS: Final = 1_000
_BARE_CODE_OF_A_TOWN: Final = r"[0-9]{3,}(?:[.,]0+)?"
_A_PHONE: Final = (HeaderKind.FIELD, HeaderKind.ONE_OF_TWO)
_REFUSED: Final = "phone_dial_code"
"""How the codes of errors begin that such a column is a part of."""


def dial_code_columns(
    texts: Sequence[str],
    meanings: Sequence[HeaderMeaning],
    free: Collection[int],
    cells: pd.DataFrame | None,
    errors_at: int | None,
    *,
    phones: Collection[int],
    region: str,
) -> tuple[int, ...]:
    """Positions of the columns that hold the country codes of phones and nothing else, ascending.

    Args:
        texts: The headers.
        meanings: One for each position.
        free: Positions that no request and no result column holds.
        cells: First cells of the table (columns = positions), or None: then only what the header says for certain.
        errors_at: Position of the error codes of an earlier output: rows that such a column refused hold what is no
            code, and it is one all the same.
        phones: Positions that ``--map`` names for the phone.
        region: Whose plan phones without a code are read by (ISO 3166-1 alpha-2), "" = not known.
    """
    perhaps = [at for at in sorted(free) if meanings[at].name in ALL_DIAL_CODES]
    if cells is None or not perhaps:
        return tuple(at for at in perhaps if meanings[at].name in DIAL_CODES)
    top = cells.iloc[:_SAMPLE_ROWS]
    if errors_at is not None and top[errors_at].str.contains(_REFUSED, regex=False).any():
        return tuple(perhaps)
    perhaps = [at for at in perhaps if _holds_dial_codes(top[at].str.strip(), meanings[at].name)]
    phones = phones or [at for at in sorted(free) if meanings[at].field == "phone" and meanings[at].kind in _A_PHONE]
    beside = beside_phones(texts, meanings, list(phones), perhaps)
    known = {at: meanings[at].name in DIAL_CODES for at in perhaps}
    return tuple(at for at in perhaps if _by_phones(at, beside, top, region) >= (0 if known[at] else 1))


def _by_phones(at: int, beside: Mapping[int, int], top: pd.DataFrame, region: str) -> int:
    """How many more phones bear out a column's codes than deny them, in that of its phone columns that most do."""
    served = (phone for phone, codes in beside.items() if codes == at)
    return max((borne_out(zip(top[at], top[phone], strict=True), region) for phone in served), default=0)


def _holds_dial_codes(column: "pd.Series[str]", name: str) -> bool:
    """Whether most filled cells are codes, as far as the header leaves a doubt."""
    filled = column[column != ""]
    if not len(filled):
        return name in DIAL_CODES
    codes = filled.map(dial_code_in) != ""
    if name in DIAL_CODES_IF_SHOWN:
        codes &= ~filled.str.fullmatch(_BARE_CODE_OF_A_TOWN)
    return bool(codes.mean() > 0.5)  # noqa: PLR2004 (most = over half)
