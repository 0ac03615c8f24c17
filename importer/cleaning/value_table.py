"""What the codes and abbreviations of a source mean, as a person told: put in before a cleaner reads."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.cleaning.characters import flat
from importer.cleaning.column import Column, Texts
from importer.cleaning.file_decisions import Decisions, ValueTables
from importer.cleaning.unpacking import unpacked
from importer.columns.arrow_text import Positions, from_arrow, to_arrow
from importer.model import Severity


def folded(cell: str) -> str:
    """A cell as tables know it: case, outer and odd spaces and look-alike signs make no difference."""
    return flat(cell).casefold()


def tables_of(values: Mapping[str, Mapping[str, str]]) -> ValueTables:
    """Tables as a profile has them (field → cell → value), as ``Decisions`` keeps them."""
    return tuple(
        (field, tuple(sorted((folded(cell), value.strip()) for cell, value in table.items())))
        for field, table in sorted(values.items())
        if table
    )


def put_table_values(column: Column, field: str, decisions: Decisions) -> None:
    """Put the table's values in the place of the cells that it knows, with a note on each."""
    texts, at = _by_table(column.texts, field, decisions)
    if not len(at):
        return
    chosen = texts.take(pa.array(at))
    column.put(at, chosen)
    blank = np.asarray(pc.equal(chosen, ""))
    column.add_issue(at[blank], f"{field}_table_blank", Severity.NOTE)
    column.add_issue(at[~blank], f"{field}_table", Severity.NOTE, chosen.filter(pa.array(~blank)))


def by_value_table(cells: pd.Series, decisions: Decisions) -> pd.Series:
    """The raw cells of a field (the series' name) with what a table says of them: for who decides on whole columns."""
    field = str(cells.name)
    if field not in dict(decisions.values):
        return cells
    return from_arrow(_by_table(unpacked(to_arrow(cells)), field, decisions)[0], cells.index)


def _by_table(texts: Texts, field: str, decisions: Decisions) -> tuple[Texts, Positions]:
    """The texts, and the positions of those that a table gave."""
    table = dict(dict(decisions.values).get(field, ()))
    if not table:
        return texts, np.zeros(0, np.int64)
    encoded = texts.dictionary_encode()
    given = [table.get(folded(text)) for text in encoded.dictionary.to_pylist()]
    new = pa.array(given, pa.large_string()).take(encoded.indices)
    return pc.coalesce(new, texts), np.flatnonzero(np.asarray(new.is_valid()))
