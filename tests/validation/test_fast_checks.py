"""What the fast ways through a chunk promise: however long and varied a column is, each cell fares as it does alone."""

import gzip

import pandas as pd
import pytest

from importer.cleaning import Cleaned, Decisions, clean
from importer.mapping import header_score
from importer.model import ISSUE_COLUMNS
from importer.reading import open_table
from importer.reading.table import Chunk
from importer.validation.causes import CauseTally
from importer.validation.check import check
from importer.validation.duplicates import DuplicateIndex
from importer.validation.stream import Checked
from schemas.fields import FIELDS

TODAY = Decisions(today="2025-06-01", date_order="dmy")
PHONE = "+77011234567"
ODD = {
    "firstname": ["", " ", "-", "  Иван ", "'=x", "'Иван", "NA", "e\u0301", "\u200bИ", "И\u00a0П", "x" * 70_000],
    "country": ["", "-", "KZ", "Казахстан", "kaz", "XXX", "ABC", "NO", "KAZ\0", "Нарния", "'KZ", "КАZ"],
    "gender": ["", "m", "Ж", "1", "'M", "M\0", "мужской пол", "u", "x", " F"],
    "nationality": ["", "none", "'=x", "a  b", "нет", "\u202eabc"],
}  # fmt: skip
SOUND = {"country": ["KAZ", "RUS"], "gender": ["M", "F"]}


def said_of(cells, field):
    """For each cell what it became and all that is said about it."""
    raw = pd.DataFrame({name: pd.Series([""] * len(cells), dtype="str") for name in FIELDS})
    raw[field] = pd.Series(cells, dtype="str")
    raw["phone"] = PHONE
    raw.index = pd.Index(range(2, len(cells) + 2), name="row")
    cleaned = clean(raw, TODAY)
    said = {row: [] for row in raw.index}
    for row, *rest in check(cleaned).itertuples(index=False):
        said[row].append(tuple(rest))
    return [(text, sorted(said[row])) for row, text in cleaned.fields[field].items()]


@pytest.mark.parametrize("field", list(ODD))
@pytest.mark.parametrize("varied", [False, True])
def test_a_cell_of_a_long_column_fares_as_it_does_alone(field, varied):
    others = [f"Имя{number}" for number in range(3_000)] if varied else SOUND.get(field, ["Иван", "Анна"]) * 1_500
    places = range(7, 7 + 211 * len(ODD[field]), 211)
    for place, cell in zip(places, ODD[field], strict=True):
        others[place] = cell
    found = said_of(others, field)
    assert [found[place] for place in places] == [said_of([cell], field)[0] for cell in ODD[field]]


def test_a_day_that_never_comes_is_no_day_before_it_is_a_future_one():
    assert [code for _, code, *_ in said_of(["2099-02-30"], "date_of_birth")[0][1]] == ["date_of_birth_calendar"]


@pytest.mark.parametrize("short", ["1.2e+11", "1.2E+11"])
def test_an_identifier_in_short_form_is_found_among_many(short):
    found = said_of(["000123"] * 50 + [short] + ["000123"] * 50, "identifier")
    assert [number for number, (_, said) in enumerate(found) if said] == [50]


def test_an_explanation_in_a_column_where_nothing_fails_makes_no_error(raw_rows):
    wrong = clean(raw_rows({"phone": "8701"}), TODAY)
    assert check(Cleaned(clean(raw_rows({"phone": PHONE}), TODAY).fields, wrong.issues, TODAY.today)).empty


def test_rows_without_an_error_are_the_sound_ones_whatever_their_numbers(raw_rows):
    raw = raw_rows(*({"phone": PHONE[:-1] + str(digit), "email": "a@@b" if digit % 3 else ""} for digit in range(10)))
    raw.index = pd.Index([3, 4, 9, 20, 21, 22, 30, 31, 32, 33], name="row")
    cleaned = clean(raw, TODAY)
    checked = Checked(Chunk(raw, cleaned.issues, {}), raw, cleaned.fields, check(cleaned))
    pd.testing.assert_frame_equal(checked.sound(*FIELDS), cleaned.fields.loc[[3, 20, 30, 33]])


def test_causes_of_one_field_and_codes_of_another_are_not_mixed_up():
    found = [("email", "a"), ("phone", "b"), ("email", "b"), ("phone", "a"), ("email", "b")]
    records = [(row, field, code, "error", "", "") for row, (field, code) in enumerate(found)]
    tally = CauseTally()
    tally.add(pd.DataFrame(records, columns=list(ISSUE_COLUMNS)).astype(dict.fromkeys(ISSUE_COLUMNS[1:], "str")))
    causes = {(cause.field, cause.code): cause.first_rows for cause in tally.causes()}
    assert causes == {("email", "a"): (0,), ("phone", "b"): (1,), ("email", "b"): (2, 4), ("phone", "a"): (3,)}


def test_repeats_are_found_within_a_chunk_and_across_chunks():
    numbers = [*range(60), 5, 59, 5, 31]
    index = DuplicateIndex()
    for first in (0, 32):
        part = numbers[first : first + 32]
        columns = {
            "phone": pd.Series([f"+770112345{number:02d}" for number in part], dtype="str"),
            "email": pd.Series([f"U{number % 45}@b.kz" for number in part], dtype="str"),
        }
        index.add(pd.DataFrame(columns).set_axis(pd.RangeIndex(first, first + len(part))))
    phones, emails = index.duplicate_rows().phones, index.duplicate_rows().emails
    assert list(zip(phones.rows, phones.others, strict=True)) == [(60, 5), (61, 59), (62, 5), (63, 31)]
    assert emails.rows.tolist() == [*range(15), *range(45, 60)]


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_an_older_encoding_is_told_from_the_letters_of_a_packed_file_too(tmp_path, end):
    path = tmp_path / "users.csv.gz"
    lines = ["phone,firstname", *(f"{PHONE},Сергей Иванович" for _ in range(40)), ""]
    path.write_bytes(gzip.compress(end.join(lines).encode("koi8-r")))
    table = open_table(path, header_score=header_score)
    assert (table.dialect.encoding, table.row_count_hint) == ("koi8-r", 40)
