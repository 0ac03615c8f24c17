import pandas as pd
import pandera.pandas as pandera
import pytest

from importer.model import RESULT_COLUMNS, Status
from schemas.result import result_schema

UUID = "eeca9287-d824-4f50-928b-450d2e46f874"


def codes(status: str, freedom_id: str = "", error: str = "", code: str | None = None) -> set[str]:
    cells = (freedom_id, status, ("some_code" if error else "") if code is None else code, error, "")
    row = pd.DataFrame({name: pd.Series([cell], dtype="str") for name, cell in zip(RESULT_COLUMNS, cells, strict=True)})
    try:
        result_schema().validate(row, lazy=True)
    except pandera.errors.SchemaErrors as exc:
        return {str(error.check.error) for error in exc.schema_errors}
    return set()


@pytest.mark.parametrize("status", [Status.CREATED, Status.ALREADY_IMPORTED, Status.UPDATED])
def test_a_success_has_an_id_and_no_error(status):
    assert codes(status, UUID) == set()
    assert codes(status) == {"freedom_id_missing"}
    assert codes(status, UUID, "why") == {"import_error_unexpected"}


@pytest.mark.parametrize("status", [Status.EXISTS, Status.UNCONFIRMED])
def test_a_taken_phone_has_an_id_if_given_else_an_error(status):
    assert codes(status, UUID) == set()
    assert codes(status, UUID, "why") == set()
    assert codes(status, "", "why") == set()
    assert codes(status) == {"import_error_missing"}


def test_a_refused_update_keeps_the_id_and_says_why():
    assert codes(Status.REJECTED, UUID, "why") == codes(Status.REJECTED, "", "why") == set()
    assert codes(Status.REJECTED, UUID) == codes(Status.REJECTED) == {"import_error_missing"}


@pytest.mark.parametrize("status", [Status.INVALID, Status.DUPLICATE, Status.FAILED])
def test_a_row_without_an_id_says_why(status):
    assert codes(status, "", "why") == set()
    assert codes(status) == {"import_error_missing"}
    assert codes(status, UUID, "why") == {"freedom_id_unexpected"}


def test_a_row_not_sent_has_no_id_and_may_have_nothing_wrong():
    assert codes(Status.NOT_SENT) == set()
    assert codes(Status.NOT_SENT, "", "why") == set()
    assert codes(Status.NOT_SENT, UUID) == {"freedom_id_unexpected"}


@pytest.mark.parametrize("freedom_id", ["x", UUID[:-1], UUID + "\n", UUID.replace("-", ""), " " + UUID])
def test_a_freedom_id_is_a_uuid(freedom_id):
    assert codes(Status.CREATED, freedom_id) == {"freedom_id_form"}


def test_an_unknown_status_is_refused():
    assert "import_status_unknown" in codes("done")
    assert "import_status_unknown" in codes("")


def test_code_and_text_of_an_error_come_together():
    assert codes(Status.INVALID, "", "why", code="") == {"import_error_code_without_text"}


def test_the_columns_and_their_order_are_fixed():
    row = pd.DataFrame({name: pd.Series([""], dtype="str") for name in reversed(RESULT_COLUMNS)})
    with pytest.raises(pandera.errors.SchemaErrors):
        result_schema().validate(row, lazy=True)
