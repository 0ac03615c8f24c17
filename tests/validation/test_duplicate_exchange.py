"""Parts of a file find their duplicates together, though whoever compares sees one share of the values and no more."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.validation.duplicate_exchange import DuplicateExchange, compared
from importer.validation.duplicates import DuplicateIndex


def fields_of(people, first):
    columns = {"phone": [phone for phone, _ in people], "email": [email for _, email in people]}
    index = pd.RangeIndex(first, first + len(people), name="row")
    return pd.DataFrame(columns, index=index).astype("str")


person = st.tuples(
    st.sampled_from(["", *(f"+7701123456{digit}" for digit in range(7)), "+999999999999999"]),
    st.sampled_from(["", "a@x.kz", "A@x.kz", "b@x.kz"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(person, max_size=6), min_size=1, max_size=5),
    st.integers(1, 5),
    st.integers(2**63, 2**64 - 1),
)
def test_all_shares_together_find_what_one_index_of_the_whole_file_finds(parts, shares, key):
    exchange = DuplicateExchange(key, "0123456789abcdef", shares)
    whole, divided, row = DuplicateIndex(), [], 2
    for people in parts:
        part = DuplicateIndex(email_key=exchange.email_key)
        for index in (whole, part):
            index.add(fields_of(people, row))
        divided.append(exchange.divided(part.values()))
        row += len(people)
    found = [compared(of_parts) for of_parts in zip(*divided, strict=True)]
    assert len(found) == shares
    expected = whole.duplicate_rows()
    for number, one in enumerate((expected.phones_found, expected.emails_found)):
        assert groups(pd.concat([kinds[number] for kinds in found])) == groups(one)


def test_a_share_holds_all_rows_of_its_values_and_no_other_ones():
    exchange, index = DuplicateExchange(2**63 + 11, "0123456789abcdef", 4), DuplicateIndex()
    index.add(
        fields_of([(f"+7701123{number:04}", f"{number}@x.kz") for number in [*range(2000), *range(0, 2000, 2)]], 2)
    )
    phones = [(set(rows.tolist()), set(values.tolist())) for (rows, values), _ in exchange.divided(index.values())]
    emails = [(set(rows.tolist()), set(values.tolist())) for _, (rows, values) in exchange.divided(index.values())]
    for kind in (phones, emails):
        assert sum(len(rows) for rows, _ in kind) == 3000
        assert sum(len(values) for _, values in kind) == len(set().union(*(values for _, values in kind))) == 2000
        assert all(400 < len(values) < 600 for _, values in kind), "about as many each"
    known = set(index.values()["phone"].tolist())
    assert not known & set().union(*(values for _, values in phones)), "no phone travels as it is"


def groups(found):
    return sorted(sorted(rows) for rows in found.groupby("value")["row"].agg(list))


def test_nothing_is_repeated_where_nothing_stands():
    exchange = DuplicateExchange(2**63, "0123456789abcdef", 3)
    for people in ([], [("", "")]):
        index = DuplicateIndex()
        index.add(fields_of(people, 2))
        assert all(not len(rows) for share in exchange.divided(index.values()) for rows, _ in share)
    assert [len(one) for one in compared([exchange.divided(DuplicateIndex().values())[0]])] == [0, 0]
    assert DuplicateIndex().values().dtypes.eq(np.int64).all()
