"""A chunk's cells → the nine raw fields; on the usual path one column passes through as it is."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, frame_of, from_arrow, is_blank, to_arrow
from importer.columns.formula_guard import unguarded_inside
from importer.mapping.first_filled import NOBODY, merge, serving_places
from importer.mapping.full_names import split_names
from importer.mapping.mapping import Mapping
from importer.model import ISSUE_COLUMNS, Severity, empty_issues
from schemas.fields import FIELDS

if TYPE_CHECKING:
    from importer.reading.table import Chunk


def select(chunk: "Chunk", mapping: Mapping) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The raw fields of a chunk and what is known to be wrong with them.

    Args:
        chunk: Cells (str, no NA, columns = positions), index = row numbers; the reader's issues.
        mapping: The table's mapping.

    Returns:
        The nine FIELDS (str, no NA, index as the chunk; "" where no column serves; a single column's cells
        as they are, white space included) and an issue frame (ISSUE_COLUMNS): the reader's issues by field
        name, those of unmapped cells and of columns that gave way dropped; notes ``<field>_other_column``;
        errors ``firstname_full_name``. Ordered by kind, not by row.
    """
    cells = _true_cells(chunk, mapping)
    empty = from_arrow(constant("", len(cells)), cells.index)
    fields: dict[str, pd.Series[str]] = {}
    issues = [_translated(chunk, mapping)]
    for field in FIELDS:
        positions = mapping.columns.get(field, ())
        if not positions:
            fields[field] = empty
        elif len(positions) == 1:
            fields[field] = cells[positions[0]]
        else:
            labels = [mapping.label(position) for position in positions]
            fields[field], notes = merge(field, [cells[position] for position in positions], labels)
            issues.append(notes)
    if mapping.full_name is not None:
        issues.append(_split_into(fields, cells[mapping.full_name[0]], mapping.full_name[1]))
    filled = [frame for frame in issues if len(frame)]
    found = pd.concat(filled, ignore_index=True) if len(filled) > 1 else (filled or [empty_issues()])[0]
    return frame_of({field: to_arrow(column) for field, column in fields.items()}, cells.index), found


def _true_cells(chunk: "Chunk", mapping: Mapping) -> "pd.DataFrame":
    """The mapped cells; those of an earlier output without the guards that it put inside of them."""
    used = sorted({position for field in FIELDS for position in mapping.positions(field)})
    cells = chunk.cells[used]
    return cells.apply(unguarded_inside) if mapping.result_columns else cells


def serving_positions(chunk: "Chunk", mapping: Mapping, field: str) -> "pd.Series[int]":
    """Per row the position of the column that gave the field: int64, index as the chunk; -1: none."""
    positions = mapping.positions(field)
    if not positions:
        return pd.Series(NOBODY, index=chunk.cells.index, dtype="int64")
    places = serving_places(field, [to_arrow(chunk.cells[position]) for position in positions])
    served = np.array([*positions, NOBODY], dtype="int64")[places]
    return pd.Series(served, index=chunk.cells.index)


def _translated(chunk: "Chunk", mapping: Mapping) -> pd.DataFrame:
    """The reader's issues with ``#position`` turned into the field; row-level ones kept, others dropped."""
    issues = chunk.issues
    if not len(issues):
        return empty_issues()
    fields: dict[str, str] = {"": ""}
    rank: dict[str, int] = {"": 0}
    for field in FIELDS:
        for place, position in enumerate(mapping.positions(field)):
            fields.setdefault(f"#{position}", field)
            rank.setdefault(f"#{position}", place)
    names = issues["field"].map(fields)
    kept = names.notna()
    for field in FIELDS:
        if len(mapping.positions(field)) > 1 and bool((concerned := names == field).any()):
            served = _places_of(chunk, mapping, field, issues.loc[concerned, "row"])
            kept.loc[concerned] = issues.loc[concerned, "field"].map(rank).to_numpy() <= served.to_numpy()
    named: pd.DataFrame = issues.assign(field=names.astype("str"))[kept]
    return named.reset_index(drop=True)[list(ISSUE_COLUMNS)]


def _places_of(chunk: "Chunk", mapping: Mapping, field: str, rows: "pd.Series[int]") -> "pd.Series[int]":
    """Per issue the place of the column that served its row; past the last one where none did.

    A column before the one that served would have been preferred, had it been readable: its issue stands. One
    after it gave nothing: its issue is dropped.
    """
    served = serving_positions(chunk, mapping, field).reindex(rows.to_numpy(), fill_value=NOBODY)
    places = {position: place for place, position in enumerate(mapping.positions(field))}
    return served.map({**places, NOBODY: len(places)}).astype("int64")


def _split_into(fields: dict[str, "pd.Series[str]"], names: "pd.Series[str]", order: tuple[str, ...]) -> pd.DataFrame:
    """Put the parts of whole names into ``fields``; own name columns serve where they give nothing."""
    parts, wrong = split_names(names, order)
    own_blank = pd.Series(True, index=names.index)
    for field, given in parts.items():
        own = to_arrow(fields[field])
        own_blank &= is_blank(own).to_numpy(zero_copy_only=False)
        value = to_arrow(given)
        fields[field] = from_arrow(pc.if_else(pc.equal(value, ""), own, value), names.index)
    wrong = wrong[own_blank.loc[wrong.index]]
    field = next(iter(parts))
    least = len([word for word in order if word != "middle"])
    takes = str(len(order)) if least == len(order) else f"{least} or {len(order)}"
    expected = f'the order "{" ".join(order)}" takes {takes} words'
    counted = from_arrow(pc.cast(pa.array(wrong.to_numpy(dtype="int64")), pa.large_string()), pd.RangeIndex(len(wrong)))
    return pd.DataFrame(
        {
            "row": wrong.index.to_numpy(dtype="int64"),
            "field": pd.Series(field, index=range(len(wrong)), dtype="str"),
            "code": pd.Series("firstname_full_name", index=range(len(wrong)), dtype="str"),
            "severity": pd.Series(Severity.ERROR.value, index=range(len(wrong)), dtype="str"),
            "value": names.loc[wrong.index].reset_index(drop=True),
            "detail": "words found: " + counted + "; " + expected,
        },
        columns=list(ISSUE_COLUMNS),
    )
