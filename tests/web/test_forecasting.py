"""What is asked before anybody is sent."""

import pytest

from importer.web.forecasting import TO_BE_TYPED, Forecast


@pytest.mark.parametrize(
    ("counts", "updating", "typed"),
    [
        ({"not_sent": TO_BE_TYPED}, False, False),
        ({"not_sent": TO_BE_TYPED + 1}, False, True),
        ({"not_sent": 1}, True, True),
        ({"already_imported": 5}, True, False),
        ({}, True, False),
    ],
)
def test_the_number_is_typed_where_many_are_sent_or_anybody_is_updated(counts, updating, typed):
    assert Forecast(counts, updating=updating).must_be_typed is typed
