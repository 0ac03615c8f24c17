"""A chunk's cells → the raw fields; on the usual path one column passes through as it is."""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.arrow_text import constant, frame_of, from_arrow, is_blank, issues_at, joined, to_arrow
from importer.columns.formula_injection import without_apostrophes_inside
from importer.mapping.first_filled import NOBODY, Usable, merge, serving_places
from importer.mapping.label_columns import are_faxes, say_fax
from importer.mapping.mapping import ColumnMapping
from importer.mapping.name_splitting import are_several_words, split_names
from importer.messages.kept_sentences import kept
from importer.messages.text import Text
from importer.model import ISSUE_COLUMNS, Severity, empty_issues
from importer.reading.table import Chunk
from schemas.fields import FIELDS

_NO_SURNAMES: Final = kept(
    Text("no column holds surnames; keep the first name, or tell the order of whole names with --full-name")
)


def select(chunk: Chunk, mapping: ColumnMapping, *, usable: Usable | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The raw fields of a chunk and what is known to be wrong with them.

    Args:
        chunk: Cells (str, no NA, columns = positions), index = row numbers; the reader's issues.
        mapping: The table's mapping.
        usable: Raw cells of phones → which of them can be sent: of several columns the first such one serves.

    Returns:
        The FIELDS (str, no NA, index as the chunk; "" where no column serves; a single column's cells
        as they are, white space included) and an issue frame (ISSUE_COLUMNS): the reader's issues by field
        name, those of unmapped cells and of columns that gave way dropped; notes ``<field>_other_column``;
        notes ``<name>_split``; errors ``firstname_full_name``. Ordered by kind, not by row.
    """
    chunk = _without_apostrophes(chunk, mapping)
    cells = chunk.cells
    empty = from_arrow(constant("", len(cells)), cells.index)
    fields: dict[str, pd.Series[str]] = {}
    issues = [_reader_issues(chunk, mapping, usable)]
    for field in FIELDS:
        positions = mapping.columns.get(field, ())
        if not positions:
            fields[field] = empty
        elif len(positions) == 1 and not _may_be_fax(mapping, field):
            fields[field] = cells[positions[0]]
        else:
            serving, columns, places, faxes = _serving(chunk, mapping, field, positions, usable)
            labels = [mapping.label(position) for position in serving]
            fields[field], notes = merge(field, [from_arrow(column, cells.index) for column in columns], labels, places)
            issues += [notes, _issues("phone", "phone_fax", fields[field][faxes], "", Severity.WARNING)]
    if mapping.full_name is not None:
        issues += _split_into(fields, cells[mapping.full_name[0]], mapping.full_name[1])
    if mapping.loose_first_name:
        first_names = to_arrow(fields["firstname"])
        several = are_several_words(first_names)
        whole = from_arrow(first_names.filter(several), cells.index[several.to_numpy(zero_copy_only=False)])
        issues.append(_issues("firstname", "firstname_full_name", whole, _NO_SURNAMES))
    filled = [frame for frame in issues if len(frame)]
    found = pd.concat(filled, ignore_index=True) if len(filled) > 1 else (filled or [empty_issues()])[0]
    return frame_of({field: to_arrow(column) for field, column in fields.items()}, cells.index), found


def _without_apostrophes(chunk: Chunk, mapping: ColumnMapping) -> Chunk:
    """The mapped cells of an earlier output without the apostrophes that it put inside of them."""
    if not mapping.result_columns:
        return chunk
    used = sorted({position for field in FIELDS for position in mapping.positions(field)})
    cells = chunk.cells.copy()
    cells[used] = cells[used].apply(without_apostrophes_inside)
    return replace(chunk, cells=cells)


def serving_positions(
    chunk: Chunk, mapping: ColumnMapping, field: str, *, usable: Usable | None = None
) -> "pd.Series[int]":
    """Per row the position of the column that gave the field: int64, index as the chunk; -1: none."""
    if not mapping.positions(field):
        return pd.Series(NOBODY, index=chunk.cells.index, dtype="int64")
    positions, _, places, _ = _serving(chunk, mapping, field, mapping.positions(field), usable)
    served = np.array([*positions, NOBODY], dtype="int64")[places]
    return pd.Series(served, index=chunk.cells.index)


def _may_be_fax(mapping: ColumnMapping, field: str) -> bool:
    """Whether a lone column has another beside it that tells of a fax or serves in its place."""
    return field == "phone" and bool(mapping.labels or mapping.tier2.get(field))


def _serving(
    chunk: Chunk, mapping: ColumnMapping, field: str, positions: tuple[int, ...], usable: Usable | None
) -> tuple[tuple[int, ...], list[pa.Array], npt.NDArray[np.int8], npt.NDArray[np.bool_]]:
    """The positions that can serve the field, their cells in this chunk, per row the place that does; which are faxes.

    Where a mapped phone is a fax, the weaker columns (``Phone 2 - Value``, a work phone) serve in its place.
    """
    columns = [to_arrow(chunk.cells[position]) for position in positions]
    if field != "phone":
        places = serving_places(columns)
        return positions, columns, places, np.zeros(len(places), dtype=bool)
    faxes = [_faxes(chunk, mapping, position) for position in positions]
    any_fax = np.logical_or.reduce(faxes)
    if any_fax.any():
        weaker = mapping.tier2.get(field, ())
        positions = (*positions, *weaker)
        columns += [pc.if_else(pa.array(any_fax), to_arrow(chunk.cells[position]), "") for position in weaker]
        faxes += [_faxes(chunk, mapping, position) for position in weaker]
    places = serving_places(columns, usable=usable, faxes=faxes if any_fax.any() else ())
    labelled = [  # a cell that says so itself gets its warning where it is cleaned
        fax & (places == at) & ~are_faxes(column) & ~is_blank(column).to_numpy(zero_copy_only=False)
        for at, (fax, column) in enumerate(zip(faxes, columns, strict=True))
    ]
    return positions, columns, places, np.any(labelled, axis=0)


def _faxes(chunk: Chunk, mapping: ColumnMapping, position: int) -> npt.NDArray[np.bool_]:
    """Where a column of phones holds a fax or a pager, by its column of labels or its own words."""
    own = are_faxes(to_arrow(chunk.cells[position]))
    return own | say_fax(to_arrow(chunk.cells[mapping.labels[position]])) if position in mapping.labels else own


def _reader_issues(chunk: Chunk, mapping: ColumnMapping, usable: Usable | None) -> pd.DataFrame:
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
            served = serving_positions(chunk, mapping, field, usable=usable)
            places = _places_of(served, mapping, field, issues.loc[concerned, "row"])
            kept.loc[concerned] = issues.loc[concerned, "field"].map(rank).to_numpy() <= places.to_numpy()
    named: pd.DataFrame = issues.assign(field=names.astype("str"))[kept]
    return named.reset_index(drop=True)[list(ISSUE_COLUMNS)]


def _places_of(
    served: "pd.Series[int]", mapping: ColumnMapping, field: str, rows: "pd.Series[int]"
) -> "pd.Series[int]":
    """Per issue the place of the column that served its row; past the last one where none did.

    A column before the one that served would have been preferred, had it been readable: its issue stands. One
    after it gave nothing: its issue is dropped.
    """
    places = {position: place for place, position in enumerate(mapping.positions(field))}
    of_rows = served.reindex(rows.to_numpy(), fill_value=NOBODY)
    return of_rows.map(lambda position: places.get(position, len(places))).astype("int64")


def _split_into(
    fields: dict[str, "pd.Series[str]"], names: "pd.Series[str]", order: tuple[str, ...]
) -> list[pd.DataFrame]:
    """Put the parts of whole names into ``fields``; own name columns serve where they give nothing."""
    parts, reasons = split_names(names, order)
    own_blank = pd.Series(True, index=names.index)
    for field, given in parts.items():
        own = to_arrow(fields[field])
        own_blank &= is_blank(own).to_numpy(zero_copy_only=False)
        value = to_arrow(given)
        fields[field] = from_arrow(pc.if_else(pc.equal(value, ""), own, value), names.index)
    reasons = reasons[own_blank.loc[reasons.index]]
    field = next(iter(parts))
    split = np.logical_or.reduce([(given != "").to_numpy() for given in parts.values()])
    whole = to_arrow(names).filter(pa.array(split))
    said = [piece for name, given in parts.items() for piece in (f", {name} '", to_arrow(given[split]), "'")]
    said[0] = str(said[0]).removeprefix(", ")
    return [
        _issues(field, "firstname_full_name", names.loc[reasons.index], to_arrow(reasons)),
        _issues(field, f"{field}_split", from_arrow(whole, names.index[split]), joined(*said), Severity.NOTE),
    ]


def _issues(
    field: str, code: str, cells: "pd.Series[str]", details: pa.Array | str, severity: Severity = Severity.ERROR
) -> pd.DataFrame:
    """One issue for each of the cells (index row)."""
    return issues_at(cells.index.to_numpy(dtype="int64"), field, code, severity, to_arrow(cells), details)
