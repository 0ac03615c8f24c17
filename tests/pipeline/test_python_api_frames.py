"""Cells of a DataFrame are read as a workbook's are."""

import datetime as dt
import decimal
import enum
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import importer as api
from importer.errors import RefusedFile


def cells(values, dtype=None):
    """What the cells of a column are read as: phones, since these are told raw and clean."""
    from importer.python_api.frame_input import written
    from importer.reading import open_table

    with written(pd.DataFrame({"phone": pd.Series(values, dtype=dtype)}), mapped=False) as path:
        table = open_table(path, header_score=lambda _: 0)
        return [text for chunk in table.chunks() for text in chunk.cells[0].tolist()]


class Gender(enum.Enum):
    WOMAN = "F"
    MAN = "M"


MOMENT = dt.datetime(1990, 1, 31, 12, 30)  # noqa: DTZ001 (a cell has no zone)
DAY = pd.Timestamp("1990-01-31")


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([77011234567.0, np.nan, 1.5, 1e-7], "float64", ["77011234567", "", "1.5", "0.0000001"]),
        ([77011234567, None], "Int64", ["77011234567", ""]),
        ([9007199254740993], "int64", ["9007199254740993"]),
        ([1.2345678901234567e17], "float64", ["1.23456789012346E+17"]),
        ([77011234567.0, 0.1, np.nan, 7.0, np.inf], "float32", ["7.701123E+10", "0.1", "", "7", "inf"]),
        ([77011234567.0, None], "Float32", ["7.701123E+10", ""]),
        ([True, False], "bool", ["TRUE", "FALSE"]),
        ([True, 1, 1.0, "1", None, pd.NA, pd.NaT, np.nan], object, ["TRUE", "1", "1", "1", "", "", "", ""]),
        (["1990-01-31", None], "datetime64[ns]", ["1990-01-31", ""]),
        ([MOMENT], "datetime64[us]", ["1990-01-31 12:30:00"]),
        ([DAY.tz_localize("Asia/Almaty")], None, ["1990-01-31"]),
        ([DAY.tz_localize("Asia/Almaty").tz_convert("UTC")], None, ["1990-01-30 18:00:00+0000"]),
        ([MOMENT.replace(year=1900, tzinfo=ZoneInfo("Asia/Almaty"))], object, ["1900-01-31 12:30:00+0507"]),
        ([MOMENT.date(), MOMENT, MOMENT.time()], object, ["1990-01-31", "1990-01-31 12:30:00", "12:30:00"]),
        ([np.datetime64("1990-01-31"), np.int64(7), np.float64(7)], object, ["1990-01-31", "7", "7"]),
        ([decimal.Decimal("77011234567.0"), decimal.Decimal("1.50")], None, ["77011234567", "1.50"]),
        ([decimal.Decimal("NaN")], object, [""]),
        (["a", "b", None, "a"], "category", ["a", "b", "", "a"]),
        (["", " x", "NA", "nan", "None", "'=1", "=1", "a\r\nb", "\x00"], None, None),
        (["a", None], "string[python]", ["a", ""]),
        (["\ud800"], object, ["?"]),
        ([b"x", bytearray("Ә".encode()), memoryview(b"y"), b"\xff"], object, ["x", "Ә", "y", "\ufffd"]),
        ([b"x", None], pd.ArrowDtype(pa.binary()), ["x", ""]),
        ([[1], {"a": 1}], object, ["[1]", "{'a': 1}"]),
        ([["a"], None], pd.ArrowDtype(pa.list_(pa.string())), ["['a']", ""]),
        ([{"a": 1}, None], pd.ArrowDtype(pa.struct([("a", pa.int64())])), ["{'a': 1}", ""]),
        (list(Gender), object, ["F", "M"]),
        ([dt.timedelta(hours=30)], None, ["30:00:00"]),
    ],
)  # fmt: skip
def test_a_cell_is_read_as_a_workbook_shows_it(values, dtype, expected):
    assert cells(values, dtype) == (values if expected is None else expected)


def test_a_birthday_with_another_zones_time_is_told_as_that_of_a_file_is(importer):
    birthdays = pd.to_datetime(["1990-01-31"]).tz_localize("Asia/Almaty").tz_convert("UTC")
    users = pd.DataFrame({"phone": [bytearray(b"+77011234567")], "date_of_birth": birthdays})
    rows = api.validate(users).rows
    assert rows["import_status"].tolist() == ["not_sent"]
    assert "the day may be the one before or after" in rows["import_note"].iloc[0]


def test_rows_without_text_line_breaks_and_odd_indexes_keep_their_places(importer):
    users = pd.DataFrame(
        {
            "phone": [None, "+77011234567", "", "+77011234567"],
            "note": [None, "a\nb\nc", " ", "x"],
            2024: [None, None, None, 1],
            "when": pd.to_datetime(["2024-01-01", None, None, None]),
            "kind": pd.Categorical(["a", "b", None, "a"]),
        },
        index=pd.MultiIndex.from_tuples([(1, "a"), (1, "a"), (2, "b"), (3, "c")], names=["x", "y"]),
    )
    users.loc[(1, "a"), "when"] = pd.NaT
    before = users.copy()
    rows = api.validate(users).rows
    assert rows["import_status"].tolist() == ["invalid", "not_sent", "invalid", "duplicate"]
    assert "row 3" in rows["import_error"].iloc[3]
    pd.testing.assert_frame_equal(rows[users.columns.tolist()], before)
    assert not rows.iloc[:, -5:].isna().any().any()


def test_an_earlier_result_as_input_keeps_its_rows_and_its_columns_once(importer):
    first = api.validate(pd.DataFrame({"phone": ["12", "+77011234567"], "a": [1, 2]})).rows
    again = api.validate(first[first["import_status"] == "invalid"].assign(phone="+77011234568")).rows
    assert list(again.columns) == list(first.columns)
    assert again["import_status"].tolist() == ["not_sent"]


@pytest.mark.parametrize(
    ("column", "cells", "kind"),
    [
        ("phone", ["+77011234567", ["+77011234568", "+77011234569"]], "list"),
        ("firstname", ["Anna", {"first": "Boris"}], "dict"),
        ("firstname", ["Anna", np.array(["Boris"])], "ndarray"),
        ("name", ["Anna", ("Boris",)], "tuple"),
        ("firstname", ["Anna", pd.Series(["Boris"])], "Series"),
        ("firstname", pd.Series([None, ["Boris"]], dtype=pd.ArrowDtype(pa.list_(pa.string()))), "list"),
        ("firstname", pd.Categorical.from_codes([0, 1], ["Anna", ("Boris", "Maria")]), "tuple"),
    ],
    ids=["two phones", "a dict", "an array", "a tuple", "a Series", "lists of Arrow", "a category"],
)
def test_a_mapped_column_that_holds_lists_is_refused_and_any_other_is_not(importer, column, cells, kind):
    """A name was sent as "['Boris']", and of several phones the first one."""
    users = pd.DataFrame({"phone": ["+77011234567", "+77011234568"], "tags": [["a", "b"], None]})
    options = {"map": ("name = firstname",)} if column == "name" else {}
    users["city"] = ["Almaty", {"code": 1}]
    assert api.validate(users).exit_code == 0
    with pytest.raises(RefusedFile, match=f'"{column}" holds a {kind} in row 3, and a cell is one value'):
        api.validate(users.assign(**{column: cells}), **options)


def test_a_frame_without_a_phone_column_is_refused_with_its_names_known_or_not():
    """They are never a person's cells: whoever made the frame called its columns so."""
    frame = pd.DataFrame({"telefonas": ["+77050000001", "+77050000002"], "vardas": ["A", "B"]})
    with pytest.raises(RefusedFile, match=r'column A "telefonas", column B "vardas".*"telefonas=phone"') as refused:
        api.validate(frame)
    assert "the first row may be data" not in str(refused.value)
