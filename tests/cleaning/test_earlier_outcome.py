"""A cell whose digits a spreadsheet lost is refused as long as it is what the spreadsheet makes of it."""

import pandas as pd
import pytest

from importer.cleaning import still_lost
from schemas.fields import FIELDS

SHORT = "phone (column A \"Phone\"): '7.70112E+10' has lost digits; format the column as text and export it again"


@pytest.mark.parametrize(
    ("field", "cell", "said", "refused"),
    [
        ("phone", "77011200000", SHORT, True),
        ("phone", "+77011200000", SHORT, True),
        ("phone", "77011200000.0", SHORT, True),
        ("phone", "7 701 120-00-00", SHORT, True),
        ("identifier", "900101000000", "identifier: '9,00101E+11' hat Ziffern verloren", True),
        ("identifier", "900101000000", "identifier: '9,00101E11' …; phone: '7.70112E+10' …", True),
        ("phone", "77011234567", SHORT, False),
        ("identifier", "100000", "identifier: '1E+05' has lost digits", False),
        ("identifier", "77000000000", "identifier: 'a0b177e9-77' …", False),
        ("identifier", "77012000000", "email: 'x7.7012e10@mail.kz' …", False),
        ("phone", "77011200000", "phone: '77011200000' has letters", False),
        ("phone", "", SHORT, False),
        ("phone", "77011200000", f"phone: '{'7' * 5000}E+11' has lost digits", False),
        ("firstname", "77011200000", SHORT, False),
    ],
)
def test_what_a_spreadsheet_makes_of_a_shortened_number_is_no_correction(field, cell, said, refused):
    index = pd.Index([7], name="row")
    raw = pd.DataFrame({name: pd.Series([cell if name == field else ""], index, dtype="str") for name in FIELDS})
    found = still_lost(raw, pd.Series([said], index, dtype="str"))
    expected = [(7, field, "cell_digits_lost", "error", cell)] * refused
    assert list(found.drop(columns="detail").itertuples(index=False, name=None)) == expected
