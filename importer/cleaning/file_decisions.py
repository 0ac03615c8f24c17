"""What is decided once for a whole file before its cells are cleaned."""

from dataclasses import dataclass
from typing import TypeAlias

ValueTables: TypeAlias = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
"""Field → folded cell → what is put in its place; as pairs."""


@dataclass(frozen=True)
class Decisions:
    """Fixed for a run, so that a resumed run reads every cell as the first one did.

    Attributes:
        today: ISO date; a birth after it is in the future.
        region: ISO 3166-1 alpha-2 of phones written without a country code.
        date_order: "dmy" or "mdy" for dates like 01/02/1999, "ymd" for 85-05-14; "both" where the column contradicts
            itself ("any" where even the year may stand first or last), "none" where no cell tells, "" before anything
            was decided (reads as "none").
        dotted_order: The same for dates with dots; "" reads as "dmy".
        order_told: Whether a person told the order, with --date-order.
        turned: Whether a spreadsheet seems to have turned day and month round in the dates that begin with the year.
        turned_dots: The same of the dates with dots.
        country_numbers: Whether numbers in the column of countries are ISO's.
        drop_optional: Whether a wrong cell of an optional field is left out instead of refusing its row.
        values: By field what stands for which cell, see ``value_table``; pairs, so that they can be a key.
    """

    today: str
    region: str = "KZ"
    date_order: str = ""
    dotted_order: str = ""
    order_told: bool = False
    turned: bool = False
    turned_dots: bool = False
    country_numbers: bool = False
    drop_optional: bool = False
    values: ValueTables = ()

    def __post_init__(self) -> None:
        """Pairs come back from JSON as lists."""
        tables = tuple((field, tuple((key, value) for key, value in table)) for field, table in self.values)
        object.__setattr__(self, "values", tables)
