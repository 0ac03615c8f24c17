"""An outage says its cause when it begins and in the end; what waiting cannot heal ends the run at once."""

import asyncio
import re
from pathlib import Path

import pytest
from support.bounds import bounds
from support.commands import Commands, importer, read_rows, write_users
from support.virtual_time import FakeApi, MemoryWriter, create, feed, in_virtual_time, nobody, rows

from importer.creating import Creator, SendProgress
from importer.errors import ApiSilent, ApiUnavailable
from importer.freedom_id import PAGE, Answer, AnswerKind, Classifier
from importer.freedom_id.token_mask import TokenMask
from tests.freedom_id.faulty import closed_port

__all__ = ["importer"]


def silent(code: str, reason: str) -> Answer:
    return Answer(AnswerKind.RETRY, code=code, message=reason, reason=reason, unreachable=True)


REFUSED = silent("refused", "connection refused")
WEB = Answer(AnswerKind.RETRY, code=PAGE, http_status=200, message="Welcome", maybe_created=True)


@pytest.mark.parametrize("code", ["name", "tls", "not_http"])
def test_a_wrong_address_ends_the_run_at_once_before_anything_has_answered(code):
    made = create(rows(5), FakeApi(fault=lambda _api, _body: silent(code, "what it was")))
    assert isinstance(made.error, ApiUnavailable)
    assert not isinstance(made.error, ApiSilent)
    assert "a Freedom ID API: what it was; " in str(made.error)
    assert "check" in str(made.error)
    assert len(made.api.requests) <= 4
    assert not made.writer.outcomes


@pytest.mark.parametrize("code", ["name", "tls", "not_http"])
def test_once_something_has_answered_the_same_is_an_outage_that_is_waited_out(code):
    made = create(
        rows(300), FakeApi(fault=lambda api, _body: silent(code, "x") if 1 <= api.now < 20 else None), concurrency=8
    )
    assert made.error is None
    assert made.statuses() == {"created": 300}
    assert made.progress.outages == 1


@pytest.mark.parametrize(("count", "status"), [(1, 200), (3, 200), (60, 200), (3, 499)])
def test_web_pages_for_everything_are_a_wrong_address(count, status):
    page = WEB._replace(http_status=status)
    made = create(rows(count), FakeApi(fault=lambda _api, _body: page), outage_limit=900)
    assert f"HTTP {status}, a web page; check --url: a web site answers there" in str(made.error)
    assert made.seconds < 60


def test_a_web_page_for_one_row_or_in_the_midst_is_none():
    def fault(api, body):
        return WEB if body["phone"] == "+77010000002" or 1 <= api.now < 20 else None

    made = create(rows(300), FakeApi(fault=fault), concurrency=8)
    assert made.error is None
    assert made.statuses() == {"created": 299, "failed": 1}


def test_a_web_page_under_503_is_a_proxy_in_trouble_and_waited_out():
    sorry = Answer(AnswerKind.RETRY, code=PAGE, http_status=503)
    made = create(rows(50), FakeApi(fault=lambda api, _body: sorry if api.now < 30 else None))
    assert made.statuses() == {"created": 50}


def test_the_cause_is_told_when_the_outage_begins_when_it_changes_and_in_the_end():
    told, creators = [], []

    async def main():
        api = FakeApi(
            latency=0.05,
            fault=lambda api, _body: (
                REFUSED if 1 <= api.now < 9 else silent("timeout", "too slow") if api.now >= 9 else None
            ),
        )
        creators.append(
            Creator(api, MemoryWriter(), bounds(concurrency=8, outage_limit=60), phone_owner=nobody, tell=told.append)
        )
        await creators[0].run(feed(rows(2000)))

    with pytest.raises(ApiSilent, match=r"let nothing through for 60 s .too slow."):
        in_virtual_time(main)
    assert told[0].startswith("the API does not answer (connection refused): all workers wait")
    assert told[1] == "the API still does not answer: too slow"
    left = creators[0].progress.left
    assert left
    assert set(left.values()) <= {"connection refused", "too slow"}


def waiting(fault, *, latency=0.1, after=0.0, **limits):
    """What is told, whether the display says that all wait at second ``after``, and how the run ended."""
    told, shown = [], []

    async def main():
        progress, bound = SendProgress(), bounds(concurrency=8, **limits)
        creator = Creator(
            FakeApi(latency, fault), MemoryWriter(), bound, phone_owner=nobody, tell=told.append, progress=progress
        )
        asyncio.get_running_loop().call_later(after, lambda: shown.append((progress.in_outage, progress.cause)))
        await creator.run(feed(rows(60)))

    ended = ""
    try:
        in_virtual_time(main)
    except ApiSilent as exc:
        ended = str(exc)
    return told, shown, ended


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_outlasts_the_outage_limit_is_told_when_it_is_asked_for_while_it_lasts_and_in_the_end(status):
    asks = Answer(AnswerKind.RETRY, http_status=status, retry_after=3600.0)
    told, shown, ended = waiting(lambda *_: asks, after=100.0)
    assert told[0] == (
        f"the API asks to wait at least 3,600 s (HTTP {status}), but this run ends in 900 s if nothing passes before "
        "(--outage-limit): run the same command after that wait, or with a longer --outage-limit"
    )
    assert len([line for line in told if "asks to wait" in line and "but this run" in line]) == 1
    assert shown == [(True, f"HTTP {status}, asks to wait at least 3,600 s")]
    assert f"let nothing through for 900 s (HTTP {status}, asks to wait at least 3,600 s); " in ended


def test_a_wait_that_is_longer_than_what_an_outage_has_left_is_told_with_what_is_left():
    def fault(api, _body):
        return Answer(AnswerKind.RETRY, http_status=503, retry_after=600.0 if api.now > 500 else None)

    told, _shown, ended = waiting(fault)
    line = next(line for line in told if "but this run" in line)
    left = int(re.search(r"ends in (\d+) s", line)[1])
    assert 300 < left < 400
    assert "asks to wait at least 600 s" in ended


def test_what_comes_back_behind_it_does_not_hide_that_the_api_asked_to_wait():
    def fault(api, body):
        asks = body["phone"] == "+77010000002"
        return Answer(AnswerKind.RETRY, http_status=503, retry_after=3600.0) if asks else REFUSED

    assert "(HTTP 503, asks to wait at least 3,600 s)" in waiting(fault)[2]


@pytest.mark.parametrize(("seconds", "limit"), [(60.0, 900), (890.0, 900), (3600.0, 7200)])
def test_a_wait_that_the_run_has_time_for_is_kept_and_told_as_before(seconds, limit):
    def fault(api, _body):
        return Answer(AnswerKind.RETRY, http_status=503, retry_after=seconds) if api.now < 1 else None

    told, shown, ended = waiting(fault, after=30.0, outage_limit=limit)
    assert ended == ""
    assert not [line for line in told if "asks to wait" in line]
    assert shown[0][1] == "HTTP 503"


def test_each_row_that_was_not_sent_names_its_own_cause_and_a_later_report_too(
    importer: Commands, tmp_path: Path
) -> None:
    users = write_users(tmp_path / "users.csv", [f"+7701000{number:04d}" for number in range(40)])
    url = f"http://127.0.0.1:{closed_port()}"
    environ = {"FREEDOM_ID_URL": url, "FREEDOM_ID_TOKEN": "t0ken-of-test", "IMPORTER_BACKOFF": "0.02"}
    ended = importer("run", users, "--json", "--outage-limit", "1s", **environ)
    assert ended.code == 4
    assert "connection refused" in ended.json["message"]
    assert "the API does not answer (connection refused): all workers wait" in ended.err
    assert [(cause["code"], cause["count"]) for cause in ended.json["causes"]] == [("row_not_sent", 40)]
    written = read_rows(tmp_path / "users.result.csv")
    assert all("connection refused" in row["import_error"] for row in written)
    assert any(row["import_error"].startswith("not sent: connection refused") for row in written)
    assert importer("report", ended.json["run"], "-o", tmp_path / "again.csv").code in {1, 4}
    assert read_rows(tmp_path / "again.csv") == written


NO_COUNTRY = b'{"message": "Country KZT for +77010000009 not found"}'


@pytest.mark.parametrize(
    ("status", "content", "body"),
    [
        (404, "application/json", NO_COUNTRY),
        (302, "text/html", b"<html>Redirecting to /register?phone=+77010000009</html>"),
        (407, "text/plain", b"Who is +77010000009?"),
        (405, "application/json", NO_COUNTRY),
        (200, "text/html", b"<html>+77010000009</html>"),
    ],
)
def test_what_is_said_of_all_rows_quotes_no_answer(status, content, body):
    answer = Classifier()(status, {"content-type": content}, body)
    made = create(rows(8), FakeApi(fault=lambda *_: answer), outage_limit=900)
    assert f"a Freedom ID API: HTTP {status}" in str(made.error)
    assert ("a web page" in str(made.error)) is (content == "text/html")
    assert "7701" not in str(made.error)
    assert not any("7701" in str(cause) for cause in made.progress.left.values())


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://login.example.com/in?phone=+77010000009&token=t0ken", "https://login.example.com"),
        ("HTTPS://Ann:t0ken@API.example:8443/7701", "https://api.example:8443"),
        ("//login.example.com/7701", "login.example.com"),
        ("http://[::1]:8080/7701", "http://[::1]:8080"),
        ("/login?phone=+77010000009", "another path of the same address"),
    ],
)
def test_a_redirect_names_the_host_that_it_leads_to_and_nothing_behind_it(location, told):
    answer = Classifier()(302, {"location": location, "content-type": "text/html"}, b"<html>Found</html>")
    made = create(rows(4), FakeApi(fault=lambda *_: answer))
    assert f"HTTP 302, a redirect to {told}; " in str(made.error)
    assert str(made.error).endswith("set --url to the API's own address")
    assert not any(secret in str(made.error) for secret in ("7701", "t0ken", "Ann"))
    assert set(map(str, made.progress.left.values())) <= {f"HTTP 302, a redirect to {told}"}


@pytest.mark.parametrize(
    ("status", "location"),
    [(302, "https://["), (302, "mailto:ann@example.com"), (302, "https://a b/"), (302, ""), (200, "https://x.example")],
)
def test_a_location_that_is_no_address_or_under_another_status_is_not_told(status, location):
    assert Classifier()(status, {"location": location}, b"").cause == f"HTTP {status}"


def test_a_redirect_to_a_host_that_spells_our_token_does_not_tell_it():
    answer = Classifier()(307, {"location": "https://abcdef123456.example/"}, b"", TokenMask("abcdef123456"))
    assert answer.cause == "HTTP 307, a redirect to https://***.example"


@pytest.mark.parametrize("status", [404, 405])
def test_a_404_in_json_from_an_address_that_has_worked_refuses_its_row(status):
    refused = Classifier()(status, {}, NO_COUNTRY)
    made = create(
        rows(60),
        FakeApi(fault=lambda _api, body: refused if body["phone"] == "+77010000030" else None),
        concurrency=4,
    )
    assert made.error is None
    assert made.statuses() == {"created": 59, "rejected": 1}
    assert "the API says: Country KZT" in made.writer.outcomes[30].errors[0].message
    assert made.writer.outcomes[30].errors[0].code == f"api_{status}"


def test_a_404_in_json_for_the_first_row_refuses_it_where_an_earlier_command_has_got_answers():
    refused = Classifier()(404, {}, NO_COUNTRY)
    api = FakeApi(fault=lambda _api, body: refused if body["phone"] == "+77010000002" else None)
    assert create(rows(20), api, concurrency=1, worked=True).statuses() == {"created": 19, "rejected": 1}


def test_an_address_that_has_worked_and_is_gone_refuses_nobody():
    gone = Classifier()(404, {}, b'{"message": "no Route matched with those values"}')
    made = create(
        rows(300), FakeApi(fault=lambda api, _body: gone if api.now > 1 else None), concurrency=8, outage_limit=60
    )
    assert isinstance(made.error, ApiSilent)
    assert "HTTP 404" in str(made.error)
    assert made.statuses().keys() == {"created"}


@pytest.mark.parametrize("body", [b"<html>nginx</html>", b"Not Found", b""])
def test_a_404_that_is_no_json_ends_the_run_also_where_the_address_has_worked(body):
    page = Classifier()(404, {}, body)
    made = create(rows(60), FakeApi(fault=lambda _api, row: page if row["phone"] == "+77010000050" else None))
    assert isinstance(made.error, ApiUnavailable)
    assert "rejected" not in made.statuses()


@pytest.mark.parametrize(
    ("content", "body", "said"),
    [
        ("text/html", b"<html>Attention Required!</html>", "a web page forbids the request of row 2 (403)"),
        (
            "application/json",
            b'{"message": "no right for +77010000002"}',
            "the API forbids creating users (403, at row 2)",
        ),
    ],
)
def test_a_403_is_told_as_a_page_or_as_the_apis_own_with_its_row_and_without_words(content, body, said):
    answer = Classifier()(403, {"content-type": content}, body)
    made = create(rows(4), FakeApi(fault=lambda *_: answer), concurrency=1)
    assert str(made.error).startswith(said)
    assert "7701" not in str(made.error)
