"""Where rows are sent: what is said of it before a run begins."""

import base64
import json
import time

import pytest

from importer.creating.endpoint.endpoint import Endpoint
from importer.settings import Settings


def token_for(seconds: float) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": time.time() + seconds}).encode()).decode().rstrip("=")
    return f"head.{claims}.sign"


@pytest.mark.parametrize(("seconds", "warned"), [(600, True), (86_400, False)])
def test_a_person_is_warned_only_of_a_token_that_dies_before_the_run_can_end(seconds, warned):
    endpoint = Endpoint(Settings(rate=1.0), "https://id.example", "id.example", token_for(seconds))
    told = str(endpoint.expiry_warning(3600))
    assert ("before this run can end (about 3600 s)" in told) == bool(told) == warned


def test_a_token_that_lives_as_long_as_the_run_is_forecast_to_last_is_none_to_warn_of(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    for left, warned in ((3600, False), (3599, True)):
        endpoint = Endpoint(Settings(rate=1.0), "https://id.example", "id.example", token_for(left))
        assert bool(endpoint.expiry_warning(3600)) == warned
