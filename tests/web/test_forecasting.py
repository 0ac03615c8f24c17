"""What is asked before anybody is sent."""

from types import SimpleNamespace

import pytest

from importer.web.imports.run_view import RunView, Stage
from importer.web.uploads.forecasting import CANARY, TO_BE_TYPED, Forecast, to_be_typed


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


@pytest.mark.parametrize(
    ("left", "limit", "updating", "typed"),
    [
        (TO_BE_TYPED + 1, CANARY, False, TO_BE_TYPED + 1),
        (TO_BE_TYPED, CANARY, False, 0),
        (1, CANARY, True, 1),
        (TO_BE_TYPED + 1, None, False, 0),  # it was typed when it began
    ],
)
def test_the_number_is_typed_before_a_canary_goes_on_with_many(left, limit, updating, typed):
    site = SimpleNamespace(settings=SimpleNamespace(update=updating))
    view = RunView(Stage.WAITS, job=SimpleNamespace(limit=limit), counts={"not_sent": left, "created": 100})
    assert to_be_typed(site, view) == typed
