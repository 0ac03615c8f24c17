from pathlib import Path

import pytest

from importer.errors import UsageError
from importer.reading.table import Dialect
from importer.writing import default_output, rejected_path, usual_output
from importer.writing.output_names import output_dialect, output_kind

CSV = Dialect("csv")
GZIP = Dialect("csv", gzip=True)
XLSX = Dialect("xlsx")


@pytest.mark.parametrize(
    ("name", "dialect", "result", "rejected"),
    [
        ("users.csv", CSV, "users.result.csv", "users.rejected.csv"),
        ("USERS.CSV", CSV, "USERS.result.CSV", "USERS.rejected.CSV"),
        ("users.tsv", CSV, "users.result.tsv", "users.rejected.tsv"),
        ("users.csv.gz", GZIP, "users.result.csv.gz", "users.rejected.csv.gz"),
        ("users.v2.xlsx", XLSX, "users.v2.result.xlsx", "users.v2.rejected.xlsx"),
        ("users.xlsm", XLSX, "users.result.xlsx", "users.rejected.xlsx"),
        ("users.xls", Dialect("xls"), "users.result.xls", "users.rejected.xls"),
        ("users.ods", Dialect("ods"), "users.result.ods", "users.rejected.ods"),
        ("users", CSV, "users.result.csv", "users.rejected.csv"),
        ("export.dat", CSV, "export.result.csv", "export.rejected.csv"),
        (".csv", CSV, ".csv.result.csv", ".csv.rejected.csv"),
        ("users.csv.corrected", CSV, "users.result.csv", "users.rejected.csv"),
        ("users.xlsm.corrected", XLSX, "users.result.xlsx", "users.rejected.xlsx"),
    ],
)
def test_the_output_stands_beside_the_input_under_its_name(
    name: str, dialect: Dialect, result: str, rejected: str
) -> None:
    assert default_output(Path("in") / name, dialect) == (Path("in") / result, Path("in") / rejected)


def test_what_the_page_corrected_has_the_results_of_the_upload() -> None:
    assert usual_output(Path("in/users.csv.corrected")) == Path("in/users.result.csv")


@pytest.mark.parametrize(
    ("name", "dialect", "result"),
    [
        ("users.xlsx", CSV, "users.result.csv"),
        ("users.xls", XLSX, "users.result.xlsx"),
        ("users.csv", GZIP, "users.result.csv.gz"),
        ("users.csv.gz", CSV, "users.result.csv"),
        ("users.txt", GZIP, "users.result.txt.gz"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_gets_the_extension_of_what_it_is(
    name: str, dialect: Dialect, result: str
) -> None:
    assert default_output(Path(name), dialect)[0] == Path(result)


@pytest.mark.parametrize(
    ("output", "rejected"),
    [
        ("x.csv", "x.rejected.csv"),
        ("x.result.csv", "x.rejected.csv"),
        ("x.result.csv.gz", "x.rejected.csv.gz"),
        (".result.csv", ".result.rejected.csv"),
        ("x.rejected.xlsx", "x.rejected.rejected.xlsx"),
    ],
)
def test_the_rejected_file_is_named_after_the_output(output: str, rejected: str) -> None:
    assert rejected_path(Path(output)) == Path(rejected)


@pytest.mark.parametrize("name", ["out", "out.pdf", "out.xlsx.gz", "out.gz", "out.json"])
def test_an_output_of_an_unknown_format_is_a_usage_error_that_lists_the_formats(name: str) -> None:
    with pytest.raises(UsageError, match=r"\.csv, \.tsv"):
        output_kind(Path(name))


def test_an_output_with_macros_is_a_usage_error_that_names_xlsx() -> None:
    with pytest.raises(UsageError, match=r"\.xlsx"):
        output_kind(Path("out.xlsm"))


def test_text_keeps_the_dialect_of_its_input() -> None:
    dialect = Dialect("csv", encoding="cp1251", delimiter=";", line_ending="\r\n", quote_all=True)
    assert output_dialect(output_kind(Path("x.csv")), dialect) == dialect


def test_a_tsv_asked_for_has_tabs_whatever_the_input_had() -> None:
    assert output_dialect(output_kind(Path("x.tsv")), Dialect("csv", delimiter=";")).delimiter == "\t"


def test_text_made_from_a_workbook_opens_in_a_spreadsheet_with_its_letters() -> None:
    dialect = output_dialect(output_kind(Path("x.csv.gz")), Dialect("xlsx", sheet="Клиенты", header_row=4))
    assert (dialect.encoding, dialect.bom, dialect.delimiter, dialect.gzip) == ("utf-8", True, ",", True)
