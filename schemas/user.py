"""The Pandera schema of the create-user body: it alone decides what is an error in a cleaned row.

A frame it takes has the columns of FIELDS, dtype str, no NA; "" stands for a field that is left out. Each check is
named by its stable code and looks at a whole column; where a value breaks several checks of its column, the first one
listed is the telling one, and a later check lets pass what an earlier one refuses. A check keeps one failure case only:
callers read the boolean ``check_output`` of each ``SchemaError``, since listing a hundred thousand failed values costs
more than finding them.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from schemas import patterns
from schemas.email_addresses import are_addresses, have_dead_domain
from schemas.fields import FIELDS
from schemas.iin import have_lost_zeros
from schemas.iso3166 import ALPHA_3
from schemas.named_check import check
from schemas.phone_plans import misdialled

TextColumn: TypeAlias = "pd.Series[str]"
Holds: TypeAlias = "pd.Series[bool]"

_FIRST_DAY: Final = "0001-01-01"


@lru_cache(maxsize=8)
def user_schema(today: str) -> pandera.DataFrameSchema:
    """The schema as of a day.

    Args:
        today: ISO date; a birth after it is in the future.

    Returns:
        A strict schema of exactly the columns FIELDS; call ``validate(frame, lazy=True)``.
    """
    checks: Mapping[str, list[pandera.Check]] = {
        "phone": [
            check("phone_missing", lambda phone: phone != ""),
            check("phone_pattern", _blank_or(patterns.PHONE)),
            check("phone_placeholder", _not(patterns.PHONE_PLACEHOLDER)),
            check("phone_zero_code", _not(patterns.PHONE_ZERO_CODE)),
            check("phone_trunk_prefix", _well_dialled),
        ],
        "email": [
            check("email_format", lambda email: are_addresses(email) | (email == "")),
            check("email_dead_domain", lambda email: ~have_dead_domain(email)),
        ],
        "firstname": [check("firstname_damaged", _each(_undamaged)), _short_enough("firstname")],
        "lastname": [check("lastname_damaged", _each(_undamaged)), _short_enough("lastname")],
        "nationality": [check("nationality_damaged", _each(_undamaged)), _short_enough("nationality")],
        "date_of_birth": [
            check("date_of_birth_pattern", _blank_or(patterns.DATE)),
            check("date_of_birth_calendar", _formed(patterns.DATE, _each(_exist))),
            check("date_of_birth_future", _formed(patterns.DATE, lambda day: day <= today)),
        ],
        "identifier": [
            check("identifier_damaged", _undamaged),
            check("identifier_digits_lost", _not(patterns.DIGITS_LOST)),
            check("identifier_not_one", _not(patterns.NO_IDENTIFIER)),
            check("identifier_zero_lost", lambda number: ~have_lost_zeros(number)),
            _short_enough("identifier"),
        ],
        "country": [
            check("country_pattern", _blank_or(patterns.COUNTRY)),
            check("country_unknown", _formed(patterns.COUNTRY, lambda country: country.isin(["", *ALPHA_3]))),
        ],
        "gender": [
            check("gender_unknown", lambda gender: gender.isin(["", *patterns.GENDERS])),
        ],
    }
    return pandera.DataFrameSchema(
        {field: pandera.Column("str", checks.get(field)) for field in FIELDS}, strict=True, name="user"
    )


def _short_enough(field: str) -> pandera.Check:
    return check(f"{field}_too_long", lambda texts: texts.str.len() <= patterns.LONGEST[field])


def _blank_or(pattern: str) -> Callable[[TextColumn], Holds]:
    return lambda column: column.str.fullmatch(f"(?:{pattern})?")


def _not(pattern: str) -> Callable[[TextColumn], Holds]:
    return lambda column: ~column.str.fullmatch(pattern)


def _formed(pattern: str, holds: Callable[[TextColumn], Holds]) -> Callable[[TextColumn], Holds]:
    """``holds`` of the texts that have a form: what has another is refused by an earlier check."""

    def of(column: TextColumn) -> Holds:
        good = holds(column)
        if not good.all():
            good[~good] = ~column[~good].str.fullmatch(pattern)
        return good

    return of


def _well_dialled(phones: TextColumn) -> Holds:
    return pd.Series(~misdialled(pa.array(phones, pa.large_string())), phones.index)


def _undamaged(column: TextColumn) -> Holds:
    return ~column.str.contains(patterns.DAMAGED)


def _each(holds: Callable[[TextColumn], Holds]) -> Callable[[TextColumn], Holds]:
    """``holds``, asked of each distinct text once: of columns in which texts repeat."""

    def of(column: TextColumn) -> Holds:
        at, texts = column.factorize()
        return pd.Series(holds(pd.Series(texts)).to_numpy()[at], column.index)

    return of


def _exist(days: TextColumn) -> Holds:
    """Which texts of the form Y-m-d are days of the calendar, years 1 to 9999."""
    return pd.to_datetime(days, format="%Y-%m-%d", errors="coerce").notna() & (days >= _FIRST_DAY)
