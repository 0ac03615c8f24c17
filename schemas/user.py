"""The Pandera schema of the create-user body: the only judge of what is an error in a cleaned row.

A frame it takes has the nine columns of FIELDS, dtype str, no NA; "" stands for a field that is left out. Every
check carries its stable code as ``error`` and keeps one failure case only: callers read the boolean
``check_output`` of each ``SchemaError``, since listing a hundred thousand failed values costs more than finding them.
Where a value breaks several checks of its column, the first one listed is the telling one.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from importer.model import FIELDS
from schemas import iso3166, rules
from schemas.addresses import are_addresses, have_dead_domain
from schemas.days import are_dates, are_days
from schemas.letters import spelled
from schemas.phones import are_phones, are_placeholders, have_trunk_prefix
from schemas.suspects import among

_GENDERS: Final = pa.array(["", *rules.GENDERS], pa.large_string())
_COUNTRIES: Final = pa.array(["", *sorted(iso3166.ALPHA_3)], pa.large_string())
_SMALL: Final = np.uint8(0x20)
"""The bit by which a small Latin letter differs from its capital."""


@lru_cache(maxsize=8)
def user_schema(today: str) -> pandera.DataFrameSchema:
    """The schema as of a day.

    Args:
        today: ISO date; a birth after it is in the future.

    Returns:
        A strict schema of exactly the nine columns; call ``validate(frame, lazy=True)``.
    """
    return pandera.DataFrameSchema(
        {field: pandera.Column("str", _checks(field, today)) for field in FIELDS}, strict=True, name="user"
    )


def _checks(field: str, today: str) -> list[pandera.Check]:
    """The checks of one column, most telling first."""
    rules_of: dict[str, dict[str, Callable[[pa.LargeStringArray], Any]]] = {
        "phone": {
            "phone_missing": lambda texts: pc.not_equal(texts, ""),
            "phone_pattern": lambda texts: _blank_or(texts, are_phones(texts)),
            "phone_placeholder": lambda texts: pc.invert(are_placeholders(texts)),
            "phone_trunk_prefix": lambda texts: pc.invert(have_trunk_prefix(texts)),
        },
        "email": {
            "email_format": _mail_format,
            "email_dead_domain": lambda texts: pc.invert(have_dead_domain(texts)),
        },
        "date_of_birth": {
            "date_of_birth_pattern": lambda texts: _blank_or(texts, are_dates(texts)),
            "date_of_birth_calendar": _in_the_calendar,
            "date_of_birth_future": lambda texts: _not_after(texts, today),
        },
        "identifier": {
            "identifier_digits_lost": _digits_kept,
        },
        "country": {
            "country_pattern": _country_form,
            "country_unknown": _known_country,
        },
        "gender": {"gender_unknown": lambda texts: pc.is_in(texts, _GENDERS)},
    }
    return [_check(code, holds) for code, holds in rules_of.get(field, {}).items()]


def _check(code: str, holds: Callable[[pa.LargeStringArray], Any]) -> pandera.Check:
    """A vectorised check whose verdicts are computed by Arrow."""

    def verdicts(column: pd.Series) -> pd.Series:
        texts = pa.array(column, pa.large_string())
        whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        found = np.asarray(holds(whole))
        return pd.Series(found, index=column.index, dtype=bool)

    return pandera.Check(verdicts, name=code, error=code, n_failure_cases=1, ignore_na=False)


def _matches(texts: pa.LargeStringArray, pattern: str) -> pa.BooleanArray:
    return pc.match_substring_regex(texts, pattern)


def _blank_or(texts: pa.LargeStringArray, verdict: pa.BooleanArray) -> pa.BooleanArray:
    return pc.or_(pc.equal(texts, ""), verdict)


def _mail_format(texts: pa.LargeStringArray) -> Any:
    """Addresses and blanks hold; what only ends in no top-level domain is left to the next check."""
    return _where(pc.not_equal(texts, ""), texts, are_addresses)


def _in_the_calendar(texts: pa.LargeStringArray) -> Any:
    """Texts of the right form must be days that exist; others are the pattern's affair."""
    return _where(pc.invert(are_days(texts)), texts, lambda others: pc.invert(are_dates(others)))


def _not_after(texts: pa.LargeStringArray, today: str) -> Any:
    """ISO dates sort as text; what has another form is the pattern's affair."""
    return _where(pc.greater(texts, today), texts, lambda later: pc.invert(are_dates(later)))


def _digits_kept(texts: pa.LargeStringArray) -> Any:
    """A short form has an E; hardly any column of identifiers has one at all."""
    letters = spelled(texts)[0]
    if not (letters | _SMALL == ord("e")).any():
        return np.ones(len(texts), np.bool_)
    return pc.invert(_matches(texts, rules.DIGITS_LOST))


def _country_form(texts: pa.LargeStringArray) -> Any:
    """Blanks and the codes of countries have it."""
    return _where(_unlisted(texts), texts, lambda others: _matches(others, rules.COUNTRY))


def _known_country(texts: pa.LargeStringArray) -> Any:
    """What has not the form of a code is the pattern's affair."""
    return _where(_unlisted(texts), texts, lambda others: pc.invert(_matches(others, rules.COUNTRY)))


def _unlisted(texts: pa.LargeStringArray) -> pa.BooleanArray:
    return pc.invert(pc.is_in(texts, _COUNTRIES))


def _where(suspects: pa.BooleanArray, texts: pa.LargeStringArray, holds: Callable[[pa.LargeStringArray], Any]) -> Any:
    """The verdicts of a check that only some texts can fail: those alone are looked at."""
    return np.asarray(pc.or_(pc.invert(suspects), among(texts, suspects, holds)))
