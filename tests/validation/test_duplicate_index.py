import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.cleaning import Decisions, clean
from importer.messages.kept_sentences import heard
from importer.model import ISSUE_COLUMNS
from importer.validation.duplicates import DuplicateIndex, duplicate_issues, duplicates_among
from schemas.fields import FIELDS


def fields_of(phones: list[str], emails: list[str] | None = None, first: int = 2) -> pd.DataFrame:
    columns = {name: [""] * len(phones) for name in FIELDS} | {"phone": phones}
    if emails is not None:
        columns["email"] = emails
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})
    return frame.set_index(pd.Index(range(first, first + len(phones)), name="row", dtype="int64"))


def pairs(duplicates) -> list[tuple[int, int]]:
    return list(zip(duplicates.rows.tolist(), duplicates.others.tolist(), strict=True))


def test_by_default_the_first_row_of_a_phone_is_sent_and_later_ones_name_it():
    index = DuplicateIndex()
    index.add(fields_of(["+77011234567", "+77021234567"]))
    index.add(fields_of(["+77011234567", "+77011234567"], first=4))
    assert pairs(index.duplicate_rows().phones) == [(4, 2), (5, 2)]
    assert index.duplicate_rows().phones.references().tolist() == [2]
    assert index.duplicate_rows().phones.rows[:1].tolist() == [4]


def test_with_the_policy_none_every_row_of_a_group_is_held_back():
    index = DuplicateIndex(policy="none")
    index.add(fields_of(["+77011234567", "+77021234567", "+77011234567", "+77011234567"]))
    assert pairs(index.duplicate_rows().phones) == [(2, 4), (4, 2), (5, 2)]


def test_a_repeated_email_is_told_on_each_row_whatever_its_case():
    index = DuplicateIndex()
    index.add(fields_of(["+77011234567", "+77021234567", "+77031234567"], ["A@b.kz", "c@b.kz", "a@B.kz"]))
    assert pairs(index.duplicate_rows().emails) == [(2, 4), (4, 2)]


def test_blank_emails_are_no_repeats():
    index = DuplicateIndex()
    index.add(fields_of(["+77011234567", "+77021234567"]))
    assert len(index.duplicate_rows().emails) == 0


def test_a_row_held_back_for_its_phone_repeats_no_email():
    index = DuplicateIndex()
    index.add(fields_of(["+77011234567", "+77011234567"], ["a@b.kz", "a@b.kz"]))
    assert pairs(index.duplicate_rows().phones) == [(3, 2)]
    assert len(index.duplicate_rows().emails) == 0


def test_fifteen_digits_are_told_apart():
    index = DuplicateIndex()
    index.add(fields_of(["+999999999999998", "+999999999999999"]))
    assert len(index.duplicate_rows().phones) == 0


def test_a_zero_behind_the_plus_makes_another_phone():
    phones = ["+1234567890", "+01234567890", "+001234567890", "+100000000000", "+200000000000"]
    index = DuplicateIndex()
    index.add(fields_of(phones))
    assert len(index.duplicate_rows().phones) == 0
    assert list(index.to_send()) == [phones]


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        ("first", [["+77011234567", "+077021234567"], ["+999999999999999"]]),
        ("none", [["+077021234567"], ["+999999999999999"]]),
    ],
)
def test_the_phones_to_send_are_those_that_no_repeat_holds_back(policy, sent):
    index = DuplicateIndex(policy=policy)
    index.add(fields_of(["+77011234567", "+77011234567", "+077021234567", ""]).drop(3))
    index.add(fields_of(["+77011234567", "+999999999999999"], first=100))
    index.add(fields_of([]))
    asked = index.to_send()
    assert [list(asked), list(asked)] == [[*sent, []]] * 2


@pytest.mark.parametrize(("gap", "size"), [(0, 16_000), (1, 20_000)])
def test_a_row_costs_sixteen_bytes_and_four_more_where_its_chunk_has_gaps(gap, size):
    index = DuplicateIndex()
    index.add(fields_of([f"+77011{number}" for number in range(100_000, 101_001)]).drop(2 if not gap else 500))
    assert size < len(pickle.dumps(index)) < size + 2_000


def test_the_rows_of_a_repeated_value_are_found_and_no_others():
    rows, values = [pd.RangeIndex(2, 5), pd.Index([7, 9, 12, 13])], [np.array([7, 0, 8]), np.array([9, 7, 0, 6])]
    assert duplicates_among(rows, values).to_numpy().tolist() == [[2, 7], [9, 7]]


def test_refused_rows_are_told_as_they_were_given_and_repeat_no_email():
    index = DuplicateIndex()
    assert index.refused().tolist() == []
    index.add(fields_of(["+77011234567", "+77021234567"], ["a@b.kz", "c@d.kz"]), refused=pd.Index([2, 3]))
    index.add(fields_of(["+77031234567"], ["a@b.kz"], first=4))
    assert index.refused().tolist() == [2, 3]
    assert len(index.duplicate_rows().emails) == 0


@pytest.mark.parametrize(("refused", "severity"), [(None, "note"), ([3], "note"), ([2], "error")])
def test_the_row_that_waits_is_told_to_the_holder_of_its_phone_as_an_error_where_that_is_refused(
    raw_rows, refused, severity
):
    raw = raw_rows({"phone": "+77011234567"}, {"phone": "+77011234567"})
    index = DuplicateIndex()
    index.add(raw, refused=refused and pd.Index(refused))
    issues = duplicate_issues(raw, index.duplicate_rows().holders, {}, refused and pd.Index(refused))
    assert issues[["row", "code", "severity"]].to_numpy().tolist() == [[2, "phone_repeated", severity]]


def test_an_empty_index_has_no_repeats():
    index = DuplicateIndex()
    assert (len(index.duplicate_rows().phones), len(index.duplicate_rows().emails), len(index.values())) == (0, 0, 0)
    index.add(fields_of([]))
    assert (len(index.duplicate_rows().phones), len(index.duplicate_rows().emails), len(index.values())) == (0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("1234567"), max_size=6), max_size=5),
    st.sampled_from(["first", "none"]),
)
def test_the_index_finds_what_a_plain_dictionary_finds(chunks, policy):
    index, groups, row = DuplicateIndex(policy=policy), {}, 2
    for chunk in chunks:
        index.add(fields_of([f"+7701123456{digit}" for digit in chunk], first=row))
        for digit in chunk:
            groups.setdefault(digit, []).append(row)
            row += 1
        row += 3
    expected = {}
    for rows in groups.values():
        for place, one in enumerate(rows):
            if len(rows) > 1 and (place or policy == "none"):
                expected[one] = rows[0] if place else rows[1]
    assert dict(pairs(index.duplicate_rows().phones)) == expected
    sent = [f"+7701123456{digit}" for digit, rows in groups.items() if len(rows) == 1 or policy == "first"]
    assert sorted(phone for phones in index.to_send() for phone in phones) == sorted(sent)
    assert (np.diff(index.duplicate_rows().phones.rows) > 0).all()


def test_a_duplicates_error_shows_the_other_row_and_its_spelling(raw_rows):
    raw = raw_rows({"phone": "8 701 123-45-67"}, {"phone": "+7 (701) 1234567"})
    fields = clean(raw, Decisions(today="2025-06-01")).fields
    index = DuplicateIndex()
    index.add(fields)
    (issue,) = duplicate_issues(raw, index.duplicate_rows().phones, {2: "8 701 123-45-67"}).to_dict("records")
    issue["detail"] = heard(issue["detail"])
    assert issue == {
        "row": 3,
        "field": "phone",
        "code": "phone_duplicate",
        "severity": "error",
        "value": "+7 (701) 1234567",
        "detail": "row 2, written '8 701 123-45-67'",
    }


def test_a_repeated_email_is_a_warning_with_the_other_row(raw_rows):
    raw = raw_rows({"phone": "+77011234567", "email": "a@b.kz"}, {"phone": "+77021234567", "email": "A@b.kz"})
    index = DuplicateIndex()
    index.add(raw)
    issues = duplicate_issues(raw, index.duplicate_rows().emails, {})
    assert issues.dtypes.astype(str).to_dict() == dict.fromkeys(ISSUE_COLUMNS, "str") | {"row": "int64"}
    issues["detail"] = issues["detail"].map(heard)
    assert issues[["row", "code", "severity", "detail"]].to_numpy().tolist() == [
        [2, "email_repeated", "warning", "row 3"],
        [3, "email_repeated", "warning", "row 2"],
    ]


@pytest.mark.parametrize("first", [2, 100])
def test_only_the_repeats_of_the_chunk_at_hand_become_issues(raw_rows, first):
    index = DuplicateIndex()
    index.add(fields_of(["+77011234567"] * 3))
    raw = raw_rows({"phone": "+77011234567"}, first=first)
    assert len(duplicate_issues(raw, index.duplicate_rows().phones, {})) == 0
