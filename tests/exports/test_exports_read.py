"""The samples through the real reader: header found, rows complete, mapped without a flag."""

from pathlib import Path

import pytest

from importer.errors import RefusedFile
from importer.mapping import header_score, map_columns, select
from importer.reading import open_table
from importer.reading.table import ReadOptions

EXPORTS = Path(__file__).parent
HEADER_ROWS = {"1c_individuals_cp1251.csv": 2, "1c_individuals.xlsx": 4}
ENCODINGS = {
    "1c_individuals_cp1251.csv": "cp1251",
    "outlook_ru_cp1251.csv": "cp1251",
    "facebook_leads.csv": "utf-16-le",
}


@pytest.mark.parametrize("name", sorted(path.name for path in EXPORTS.glob("*.[cx][sl]*") if path.suffix != ".xls"))
def test_an_export_is_read_and_mapped_as_it_comes(name: str) -> None:
    table = open_table(EXPORTS / name, ReadOptions(), header_score=header_score)
    try:
        (chunk,) = table.chunks()
        mapping = map_columns(table.header, column_letter=table.column_letter, sample=chunk)
        fields, issues = select(chunk, mapping)
    finally:
        table.close()
    assert table.dialect.header_row == HEADER_ROWS.get(name, 1)
    if table.dialect.format == "csv":
        assert table.dialect.encoding == ENCODINGS.get(name, "utf-8")
    people = fields["phone"].str.replace(r"[^0-9]", "", regex=True).str.contains("123450[1-5]")
    assert people.sum() == (4 if "cp1251" in name else 5)
    footer = issues.loc[issues["code"] == "row_shape", "row"]
    assert set(fields.index[~people]) <= {*footer, *fields.index[-1:]}


def test_an_html_table_named_xls_is_refused_with_what_to_do() -> None:
    with pytest.raises(RefusedFile, match="HTML"):
        open_table(EXPORTS / "bitrix24_contacts_ru.xls", ReadOptions(), header_score=header_score)
