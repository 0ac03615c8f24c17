"""Columns → fields. ``map_columns`` decides once per table, ``select`` applies it to each chunk."""

from importer.mapping.column_choice import header_score_for, map_columns
from importer.mapping.header_evidence import header_score
from importer.mapping.map_option import read_requests
from importer.mapping.mapping import ColumnMapping
from importer.mapping.open_questions import refuse_foreign_ids
from importer.mapping.raw_fields import select, serving_positions
from importer.mapping.recorded_columns import recorded_users
from importer.mapping.second_headers import SecondHeaders
from importer.mapping.unsplit_names import UnsplitNames

__all__ = [
    "ColumnMapping",
    "SecondHeaders",
    "UnsplitNames",
    "header_score",
    "header_score_for",
    "map_columns",
    "read_requests",
    "recorded_users",
    "refuse_foreign_ids",
    "select",
    "serving_positions",
]
