"""Figures for Prometheus: for whoever has a session or the token, as ``--metrics`` counts them, nothing personal."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.commands import importer
from web.messy import messy_csv

from importer.errors import UsageError
from importer.model import Status, Summary
from importer.notify.ending import Ending
from importer.web.access.roles import Role
from importer.web.page_metrics import SOURCE, count_ending
from importer.web.route_kinds import metrics_token

__all__ = ["importer"]

TOKEN = "a-token-of-prometheus"


def figures(text):
    """(name without its prefix, labels) → value."""
    return {
        (sample.name.removeprefix("freedom_id_importer_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def token(tmp_path):
    path = tmp_path / "metrics.token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    return path


def test_figures_are_for_a_session_or_the_token_and_without_one_for_a_session_alone(serve, token):
    page = serve(metrics_token=token)

    def asked(**headers):
        return httpx.get(f"{page.url}/metrics", headers=headers).status_code

    assert asked() == 401
    assert asked(authorization=f"Bearer {TOKEN}") == 200
    assert asked(authorization=f"bearer  {TOKEN}") == 200
    for wrong in (f"Bearer {TOKEN}x", "Bearer", TOKEN, f"Basic {TOKEN}"):
        assert asked(authorization=wrong) == 401, wrong
    token.chmod(0o666)
    assert asked(authorization=f"Bearer {TOKEN}") == 401
    assert page.client("vera", Role.VIEWER).get("/metrics").status_code == 200


def test_nobody_has_a_token_where_none_is_told(page):
    assert httpx.get(f"{page.url}/metrics", headers={"authorization": "Bearer"}).status_code == 401


def test_figures_tell_what_imports_came_to_and_how_things_stand_and_nothing_personal(page, anna, tmp_path):
    at = anna.upload("физлица.csv", messy_csv(tmp_path / "1c.csv").read_bytes())
    anna.settled(f"{at}/columns")
    statuses = {Status.CREATED: 40, Status.INVALID: 2}
    told = Summary("run", "r", 42, statuses, (), (), 1, requests=45, throttled=5, outages=1)
    for _ in range(2):
        count_ending(page.site.folder, Ending("физлица.csv", SOURCE, 1, told, "anna"))
    text = anna.get("/metrics").text
    found = figures(text)
    assert found["rows_total", "page", "created"] == 80
    assert found["requests_total", "page"] == 90
    assert found["throttled_total", "page"] == 10
    assert found["outages_total", "page"] == 2
    assert found["uploads",] == found["sessions",] == 1
    assert found["upload_bytes",] > 1_000
    assert found["job_processes",] == 0
    assert found["process_resident_memory_bytes",] > 10_000_000
    for personal in ("физлица", "anna", "Ахметова", at.rpartition("/")[2], TOKEN):
        assert personal not in text


def test_a_token_that_cannot_be_used_is_told_when_the_server_starts(importer, token, tmp_path):
    assert metrics_token(token) == TOKEN.encode()
    (short := tmp_path / "short").write_text("secret")
    for path, why in ((tmp_path / "none", "cannot be read"), (short, "at least 16")):
        with pytest.raises(UsageError, match=why):
            metrics_token(path)
    ended = importer("serve", "--metrics-token-file", short)
    assert ended.code == 2
    assert "at least 16" in ended.err
