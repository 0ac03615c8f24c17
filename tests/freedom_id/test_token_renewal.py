"""The token: its forms, its renewal by one for all, and that it never shows."""

import asyncio
import base64
import gzip
import logging
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from filelock import FileLock

from importer.errors import ApiUnavailable, StorageFailed, UsageError
from importer.freedom_id import FreedomId, NothingSent, Refresher, TokenSource
from importer.freedom_id.token_file import lock_path, secured

NOW = 1_000_000.0
NEVER = 4_102_444_800.0
SECRETS = ("access-1", "refresh-1", "access-2", "refresh-2")


def document(number: int = 1, expires: str = "2100-01-01T00:00:00.000000Z") -> dict[str, Any]:
    return {
        "id": 7,
        "access_token": f"access-{number}",
        "refresh_token": f"refresh-{number}",
        "access_expire_at": expires,
        "refresh_expire_at": "2100-02-01T00:00:00.000000Z",
    }


def replace(path: Path, content: dict[str, Any]) -> None:
    path.write_bytes(orjson.dumps(content))


class Passport:
    """The refresh address: gives these answers in turn, the last one for ever."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers) or [httpx.Response(200, json=document(2))]
        self.bearers: list[str] = []
        self.waits: list[float] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        assert request.method == "PATCH"
        assert request.content == b""
        self.bearers.append(request.headers["Authorization"])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def refresher(self) -> Refresher:
        async def sleep(seconds: float) -> None:
            self.waits.append(seconds)

        return Refresher(httpx.MockTransport(self), "https://passport.example/token", sleep)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token.json"
    path.write_bytes(orjson.dumps(document()))
    path.chmod(0o600)
    return path


def source_of(path: Path, passport: Passport, now: float = NOW) -> TokenSource:
    return TokenSource.from_file(path, passport.refresher(), clock=lambda: now)


@pytest.mark.parametrize("text", ["abc.def", " abc.def\n", "\ufeffabc.def\r\n", "Bearer abc.def", "bearer  abc.def"])
def test_a_bare_token_is_taken_with_or_without_bearer(text: str) -> None:
    source = TokenSource.from_text(text)
    assert (source.current(), source.expires_at, source.can_renew) == ("abc.def", None, False)


def test_a_jwt_tells_its_expiry() -> None:
    claims = base64.urlsafe_b64encode(orjson.dumps({"exp": 1_800_000_000})).decode().rstrip("=")
    assert TokenSource.from_text(f"e30.{claims}.sig").expires_at == 1_800_000_000


def test_the_refresh_json_tells_token_and_expiry(token_file: Path) -> None:
    source = source_of(token_file, Passport())
    assert (source.current(), source.expires_at, source.can_renew) == ("access-1", NEVER, True)


def test_json_in_the_environment_serves_but_is_not_renewed_for_want_of_a_place(run: Any) -> None:
    source = TokenSource.from_text(orjson.dumps(document()).decode())
    assert source.current() == "access-1"
    assert run(source.refresh("access-1")) is False


BAD = [
    "",
    " \n",
    "se cret",
    "se\ncret",
    "sécret",
    '{"access_token": "se',
    '{"token": "secret"}',
    '{"access_token": "a b"}',
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_token_is_a_usage_error_that_does_not_show_it(text: str) -> None:
    with pytest.raises(UsageError, match="FREEDOM_ID_TOKEN") as caught:
        TokenSource.from_text(text)
    shown = f"{caught.value} {caught.value.__cause__}"
    assert "secret" not in shown
    assert "cret" not in shown


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"x" * 70_000])
def test_a_token_file_that_cannot_serve_is_a_usage_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="token file"):
        TokenSource.from_file(path)


def test_a_refused_token_is_renewed_and_saved_before_it_is_used(run: Any, token_file: Path) -> None:
    passport = Passport()
    source = source_of(token_file, passport)
    assert run(source.refresh("access-1")) is True
    assert source.current() == "access-2"
    assert orjson.loads(token_file.read_bytes()) == document(2)
    assert stat.S_IMODE(token_file.stat().st_mode) == 0o600
    assert passport.bearers == ["Bearer refresh-1"]
    assert {path.name for path in token_file.parent.iterdir()} <= {token_file.name, lock_path(token_file).name}


def test_a_new_pair_that_is_wrapped_in_data_is_taken(run: Any, token_file: Path) -> None:
    """Thrown away, the old pair was spent, and the run was told that its refresh token is refused."""
    pair = document() | {"access_token": "access-2", "refresh_token": "refresh-2"}
    source = source_of(token_file, Passport(httpx.Response(200, json={"data": pair})))
    assert run(source.refresh("access-1")) is True
    assert source.current() == "access-2"
    assert orjson.loads(token_file.read_bytes())["refresh_token"] == "refresh-2"


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [("utf-8-sig", "application/json"), ("utf-16", "application/json; charset=utf-16")],
)
def test_a_new_pair_is_taken_in_whatever_encoding_it_is_told(
    run: Any, token_file: Path, encoding: str, content_type: str
) -> None:
    """Its old pair is spent by then; a byte order mark ended the run as a defect of this program."""
    pair = document() | {"access_token": "access-2", "refresh_token": "refresh-2"}
    answer = httpx.Response(
        200, headers={"content-type": content_type}, content=orjson.dumps(pair).decode().encode(encoding)
    )
    source = source_of(token_file, Passport(answer))
    assert run(source.refresh("access-1")) is True
    assert source.current() == "access-2"


def test_one_worker_renews_while_all_others_wait(run: Any, token_file: Path) -> None:
    passport = Passport()
    source = source_of(token_file, passport)

    async def scenario() -> list[bool]:
        return await asyncio.gather(*(source.refresh("access-1") for _ in range(32)))

    assert run(scenario()) == [True] * 32
    assert len(passport.bearers) == 1


def test_a_refused_refresh_token_is_tried_once_for_all_workers(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.Response(401))
    source = source_of(token_file, passport)

    async def scenario() -> list[bool]:
        return await asyncio.gather(*(source.refresh("access-1") for _ in range(32)))

    assert run(scenario()) == [False] * 32
    assert len(passport.bearers) == 1
    assert orjson.loads(token_file.read_bytes()) == document(1)
    assert {path.name for path in token_file.parent.iterdir()} <= {token_file.name, lock_path(token_file).name}


PAGE = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(302, headers={"Location": "https://thief.example/refresh-1"}),
         "HTTP 302, a redirect to https://thief.example"),
        (httpx.Response(302), "HTTP 302"),
        (httpx.Response(302, headers={"Location": "https://xn--/login"}), "HTTP 302"),
        (httpx.Response(404, headers=PAGE, content=b"<html>nginx</html>"), "HTTP 404, a web page"),
        (httpx.Response(404, json={"message": "no route"}), "HTTP 404, in JSON"),
        (httpx.Response(403, headers=PAGE, content=b"<html>Attention Required!</html>"), "HTTP 403, a web page"),
        (httpx.Response(401, content=b"Authorization Required"), "HTTP 401"),
        (httpx.Response(200, json={"error": {"message": "no"}}), "HTTP 200, in JSON"),
        (httpx.Response(200, json=["refresh-1"]), "HTTP 200, in JSON"),
        (httpx.Response(200, json={"access_token": "a b", "refresh_token": "x"}), "HTTP 200, in JSON"),
    ],
)  # fmt: skip
def test_an_answer_that_is_neither_a_new_pair_nor_a_refusal_is_told_as_what_it_is_and_renews_nothing(
    run: Any, token_file: Path, caplog: pytest.LogCaptureFixture, answer: httpx.Response, told: str
) -> None:
    passport = Passport(answer)
    source = source_of(token_file, passport)
    with pytest.raises(ApiUnavailable) as caught:
        run(source.refresh("access-1"))
    assert f"gives no new token: {told}; check FREEDOM_ID_REFRESH_URL)" in str(caught.value)
    assert "refused" not in f"{caught.value}{caplog.text}"
    assert not [secret for secret in SECRETS if secret in f"{caught.value}{caplog.text}"]
    assert (source.current(), len(passport.bearers)) == ("access-1", 1)
    assert source.can_renew


def test_the_same_token_again_is_no_new_one_and_is_told_as_that(run: Any, token_file: Path) -> None:
    source = source_of(token_file, Passport(httpx.Response(200, json=document(1))))
    with pytest.raises(ApiUnavailable, match="gives the same token again"):
        run(source.refresh("access-1"))


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("content", [b"", b'{"error": "invalid_grant"}'])
def test_the_apis_own_refusal_alone_refuses_the_refresh_token(
    run: Any, token_file: Path, caplog: pytest.LogCaptureFixture, status: int, content: bytes
) -> None:
    assert run(source_of(token_file, Passport(httpx.Response(status, content=content))).refresh("access-1")) is False
    assert "the refresh token is refused" in caplog.text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(503, headers=PAGE, content=b"<html>"), "does not answer: HTTP 503, a web page"),
        (httpx.Response(500, json={"message": "x"}), "does not answer: HTTP 500, in JSON"),
        (httpx.ConnectError("refresh-1"), "does not answer: no connection"),
        (httpx.Response(200, headers=PAGE, content=b"<html>Log in"), "gives no new token: HTTP 200, a web page"),
        (httpx.Response(200, content=b'{"access_tok'), "gives no new token: HTTP 200"),
    ],
)  # fmt: skip
def test_what_may_be_answered_otherwise_later_is_asked_for_again_and_told_in_the_end(
    run: Any, token_file: Path, answer: httpx.Response | Exception, told: str
) -> None:
    passport = Passport(answer)
    source = source_of(token_file, passport)
    for _ in range(2):  # the second one asks nobody: it has just been tried
        with pytest.raises(ApiUnavailable) as caught:
            run(source.refresh("access-1"))
        assert f"cannot be renewed (the refresh address {told}" in str(caught.value)
        assert "refresh-1" not in str(caught.value)
    assert len(passport.bearers) == 3


@pytest.mark.parametrize(("status", "asked"), [(503, 6), (404, 1)])
def test_a_renewal_ahead_of_time_that_fails_tells_why_once_and_is_tried_again_where_that_may_help(
    run: Any, token_file: Path, caplog: pytest.LogCaptureFixture, status: int, asked: int
) -> None:
    now, passport = [NEVER - 30], Passport(httpx.Response(status))
    source = TokenSource.from_file(token_file, passport.refresher(), clock=lambda: now[0])
    for _ in range(2):
        run(source.renew_if_due())
        now[0] += 11
    assert len(passport.bearers) == asked
    assert caplog.text.count("the token is not renewed") == 1
    assert f"HTTP {status}" in caplog.text


def test_a_renewed_token_that_is_refused_at_once_is_not_renewed_again(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.Response(200, json=document(2)), httpx.Response(200, json=document(3)))
    source = source_of(token_file, passport)
    assert run(source.refresh("access-1")) is True
    assert run(source.refresh("access-2")) is False
    assert len(passport.bearers) == 1


def test_a_renewed_token_that_worked_is_renewed_when_it_dies(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.Response(200, json=document(2)), httpx.Response(200, json=document(3)))
    source = source_of(token_file, passport)
    assert run(source.refresh("access-1")) is True
    source.worked("access-2")
    assert run(source.refresh("access-2")) is True
    assert passport.bearers == ["Bearer refresh-1", "Bearer refresh-2"]


def test_a_worker_that_comes_late_with_an_older_token_gets_the_newer_one(run: Any, token_file: Path) -> None:
    passport = Passport()
    source = source_of(token_file, passport)
    token_file.unlink()
    assert run(source.refresh("access-0")) is True
    assert passport.bearers == []


def test_a_token_that_somebody_put_into_the_file_is_taken_over(run: Any, token_file: Path) -> None:
    passport = Passport()
    source = source_of(token_file, passport)
    token_file.write_text("handmade")
    assert run(source.refresh("access-1")) is True
    assert source.current() == "handmade"
    assert passport.bearers == []


def test_a_refresh_address_that_is_away_is_tried_a_few_times_then_told(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.ConnectError("x"), httpx.Response(503), httpx.Response(200, content=b"<html>"))
    source = source_of(token_file, passport)
    with pytest.raises(ApiUnavailable, match="refresh address gives no new token: HTTP 200, a web page"):
        run(source.refresh("access-1"))
    assert (len(passport.bearers), len(passport.waits)) == (3, 2)
    with pytest.raises(ApiUnavailable):
        run(source.refresh("access-1"))
    assert len(passport.bearers) == 3


def test_a_refresh_address_that_stumbles_once_is_asked_again(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.ReadTimeout("x"), httpx.Response(200, json=document(2)))
    source = source_of(token_file, passport)
    assert run(source.refresh("access-1")) is True


def test_a_folder_that_takes_no_file_is_told_before_the_refresh_token_is_spent(
    run: Any, token_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("importer.freedom_id.token_file.os.pwrite", full)
    passport = Passport()
    source = source_of(token_file, passport)
    with pytest.raises(StorageFailed, match="No space left"):
        run(source.refresh("access-1"))
    assert passport.bearers == []
    assert source.current() == "access-1"
    assert orjson.loads(token_file.read_bytes()) == document(1)


def test_a_pair_that_cannot_be_put_in_place_is_not_used_and_its_copy_is_named(tmp_path: Path) -> None:
    target = tmp_path / "token.json"
    with secured(target) as place:
        target.mkdir()
        with pytest.raises(StorageFailed, match="the renewed token stands in ") as caught:
            place.keep(b'{"access_token": "x"}')
    kept = Path(str(caught.value).rsplit(" ", 1)[1])
    assert kept.read_bytes() == b'{"access_token": "x"}'
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640, 0o644])
def test_a_renewed_token_file_keeps_its_mode_and_group(run: Any, token_file: Path, mode: int) -> None:
    token_file.chmod(mode)
    if os.geteuid() == 0:
        os.chown(token_file, 12345, 23456)
    before = token_file.stat()
    assert run(source_of(token_file, Passport()).refresh("access-1")) is True
    after = token_file.stat()
    assert orjson.loads(token_file.read_bytes()) == document(2)
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_what_a_killed_renewal_left_is_put_in_place_if_it_is_whole_and_taken_away_if_not(
    run: Any, token_file: Path
) -> None:
    def left(name: str, content: bytes) -> Path:
        path = token_file.with_name(f".{token_file.name}.{name}.new")
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    lock_path(token_file).touch()
    older = left("older", orjson.dumps(document(3)))
    os.utime(older, (1, 1))
    halves = [older, left("blank", b" " * 65_536), left("half", orjson.dumps(document(3))[:30]), left("none", b"")]
    assert source_of(token_file, Passport()).current() == "access-1"
    assert not any(path.exists() for path in halves)

    left("whole", orjson.dumps(document(2)) + b" " * 1000)  # killed before it was cut to its length
    other = token_file.with_name(".other.json.aaaaaaaa.new")
    other.write_bytes(orjson.dumps(document(3)))
    assert source_of(token_file, Passport()).current() == "access-2"
    assert orjson.loads(token_file.read_bytes()) == document(2)
    assert {path.name for path in token_file.parent.iterdir()} == {
        token_file.name,
        lock_path(token_file).name,
        other.name,
    }
    with FileLock(lock_path(token_file)):  # somebody is renewing: what it writes is left alone
        under_way = left("running", b" ")
        source_of(token_file, Passport())
        assert under_way.exists()


def test_a_linked_token_file_stays_linked(run: Any, token_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(token_file)
    assert run(source_of(link, Passport()).refresh("access-1")) is True
    assert link.is_symlink()
    assert orjson.loads(token_file.read_bytes())["access_token"] == "access-2"


def test_two_processes_with_one_token_file_spend_its_refresh_token_once(run: Any, token_file: Path) -> None:
    passport, other = Passport(), Passport(httpx.Response(401))

    async def scenario() -> None:
        first, second = source_of(token_file, passport), source_of(token_file, other)
        renewed = await asyncio.gather(first.refresh("access-1"), second.refresh("access-1"))
        assert list(renewed) == [True, True]
        assert (first.current(), second.current()) == ("access-2", "access-2")

    run(scenario())
    assert len(passport.bearers) + len(other.bearers) == 1


def test_a_renewal_waits_for_another_process_that_renews(run: Any, token_file: Path) -> None:
    passport = Passport()

    async def scenario() -> None:
        lock = FileLock(lock_path(token_file))
        with lock:
            waiting = asyncio.create_task(source_of(token_file, passport).refresh("access-1"))
            await asyncio.sleep(0.15)
            assert not waiting.done()
            replace(token_file, document(9))
        assert await waiting is True

    run(scenario())
    assert passport.bearers == []


class SlowPassport(Passport):
    """Answers half a second after it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = await super().__call__(request)
        self.asked.set()
        await asyncio.sleep(0.5)
        return answer


@pytest.mark.parametrize("ahead_of_time", [True, False])
def test_a_renewal_that_has_begun_is_not_broken_off_with_those_who_wait_for_it(
    run: Any, token_file: Path, ahead_of_time: bool
) -> None:
    passport = SlowPassport()

    async def scenario() -> None:
        source = source_of(token_file, passport, NEVER - 30)
        asking = source.renew_if_due() if ahead_of_time else source.refresh("access-1")
        waiting = asyncio.create_task(asking)
        await passport.asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert source.current() == "access-1"
        await source.aclose()

    run(scenario())
    assert orjson.loads(token_file.read_bytes()) == document(2)
    assert {path.name for path in token_file.parent.iterdir()} <= {token_file.name, lock_path(token_file).name}


def test_who_is_cancelled_while_a_token_that_is_due_is_renewed_has_sent_nothing(run: Any, token_file: Path) -> None:
    passport, sent = SlowPassport(), list[httpx.Request]()

    def users(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(500)

    async def scenario() -> None:
        source = source_of(token_file, passport, NEVER - 30)
        api = FreedomId("https://api.example", source, httpx.MockTransport(users))

        async def cancelled() -> None:
            with pytest.raises(NothingSent):
                await api.create({"phone": "+77010000001"})

        sending = asyncio.create_task(cancelled())
        await passport.asked.wait()
        sending.cancel()
        await sending
        await api.aclose()

    run(scenario())
    assert not sent


def test_a_renewal_that_waits_for_another_process_keeps_nobody_from_ending(run: Any, token_file: Path) -> None:
    passport = Passport()

    async def scenario() -> None:
        source = source_of(token_file, passport)
        with FileLock(lock_path(token_file)):
            waiting = asyncio.create_task(source.refresh("access-1"))
            await asyncio.sleep(0.15)
            waiting.cancel()
            await asyncio.wait({waiting})
            async with asyncio.timeout(1):
                await source.aclose()
        await asyncio.sleep(0.2)

    run(scenario())
    assert passport.bearers == []


def test_where_a_pair_cannot_be_kept_after_all_have_gone_it_is_told(
    run: Any, token_file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    passport = SlowPassport()

    def full(*_given: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr("importer.freedom_id.token_file.Place.keep", full)

    async def scenario() -> None:
        source = source_of(token_file, passport)
        waiting = asyncio.create_task(source.refresh("access-1"))
        await passport.asked.wait()
        waiting.cancel()
        await asyncio.wait({waiting})
        await source.aclose()

    run(scenario())
    assert "the disk is full" in caplog.text


def test_a_token_is_due_a_minute_before_its_expiry(run: Any, token_file: Path) -> None:
    assert not source_of(token_file, Passport(), now=NEVER - 61).due
    source = source_of(
        token_file, Passport(httpx.Response(200, json=document(2, "2100-01-08T00:00:00Z"))), now=NEVER - 60
    )
    assert source.due
    run(source.renew_if_due())
    assert (source.current(), source.due) == ("access-2", False)


def test_a_renewal_ahead_of_time_that_fails_leaves_the_old_token_in_use(run: Any, token_file: Path) -> None:
    passport = Passport(httpx.Response(503))
    source = source_of(token_file, passport, now=NEVER - 30)
    run(source.renew_if_due())
    assert source.current() == "access-1"
    assert not source.due
    assert len(passport.bearers) == 3


def test_a_token_that_lives_for_seconds_is_not_renewed_at_every_request(run: Any, token_file: Path) -> None:
    source = source_of(token_file, Passport(httpx.Response(200, json=document(2, "2100-01-01T00:00:05Z"))), now=NEVER)
    run(source.renew_if_due())
    assert source.current() == "access-2"
    assert not source.due


@pytest.mark.parametrize("url", ["http://passport.example/token", "passport.example", "https://u:p@passport.example"])
def test_a_refresh_token_goes_over_https_only(url: str) -> None:
    with pytest.raises(UsageError, match="refresh address"):
        Refresher(httpx.MockTransport(Passport()), url)


def test_no_token_shows_in_repr_log_or_exception(run: Any, token_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    source = source_of(token_file, Passport(httpx.Response(200, json=document(2)), httpx.Response(503)))
    shown = [repr(source), str(source), repr(source._pair)]
    run(source.refresh("access-1"))
    source.worked("access-2")
    with pytest.raises(ApiUnavailable) as caught:
        run(source.refresh("access-2"))
    error: BaseException | None = caught.value
    while error is not None:
        shown += [str(error), repr(error)]
        error = error.__cause__ or error.__context__
    assert not [secret for secret in SECRETS for text in (*shown, caplog.text) if secret in text]


@pytest.mark.parametrize("encoding", ["gzip", "UTF-8"])
def test_a_new_pair_is_read_whatever_content_encoding_its_answer_has(run: Any, tmp_path: Path, encoding: str) -> None:
    """The old refresh token is spent by then: an answer that cannot be read would be the end of both."""
    path = tmp_path / "token"
    replace(path, document())
    content = orjson.dumps(document(2))

    def handler(_: httpx.Request) -> httpx.Response:
        packed = gzip.compress(content) if encoding == "gzip" else content
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(packed))

    refresher = Refresher(httpx.MockTransport(handler), "https://passport.example/token")
    tokens = TokenSource.from_file(path, refresher)
    assert run(tokens.refresh("access-1")) is True
    assert tokens.current() == "access-2"
