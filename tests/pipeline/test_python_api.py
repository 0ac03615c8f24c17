"""``import importer`` in a program: calls, errors, progress, results."""

import asyncio
import doctest
import inspect
import json
import signal
import threading

import pandas as pd
import pytest
from support.commands import read_rows, write_users

import importer as api
from importer.errors import ApiUnavailable, Interrupted, RefusedFile, UsageError
from importer.model import RESULT_COLUMNS

PHONES = ["8 701 123 45 67", "+77011234568", "12", "+77011234567"]
BECAME = ["created", "created", "invalid", "duplicate"]


@pytest.fixture
def frame():
    return pd.DataFrame({"phone": PHONES, "age": [1, 2, 3, 4]}, index=list("dcba"))


def files_in(folder):
    return {path.name for path in folder.iterdir()} - {"home"}


def test_the_examples_of_the_package_are_true(importer, sandbox):
    done = doctest.testmod(api)
    assert done.attempted > 3
    assert not done.failed


def test_a_run_works_inside_a_running_event_loop_and_writes_no_file_for_a_dataframe(importer, sandbox, tmp_path, frame):
    (tmp_path / "importer.toml").write_text('map = ["age = phone"]\nurl = "http://127.0.0.1:1"\n')  # not ours to read
    there, told, handler = files_in(tmp_path), [], signal.getsignal(signal.SIGINT)

    async def notebook():
        return api.run(frame, progress=lambda *event: told.append((*event, threading.current_thread())))

    result = asyncio.run(notebook())
    assert result.rows["import_status"].tolist() == BECAME
    assert result.rows.index.tolist() == list("dcba")
    assert list(result.rows.columns) == ["phone", "age", *RESULT_COLUMNS]
    assert result.rows.dtypes["age"] == frame.dtypes["age"]
    assert len(sandbox.users()) == 2
    assert files_in(tmp_path) == there
    assert signal.getsignal(signal.SIGINT) is handler
    assert {thread for *_, thread in told} == {threading.current_thread()}
    assert {stage for *_, stage, _ in told} == {"opening", "checking", "planning", "creating", "collecting"}
    assert all(total is None or 0 <= done <= total for done, total, *_ in told)
    assert (2, 2, "creating") in {event[:3] for event in told}

    again = api.run(frame)
    assert again.run == result.run, "the same content is the same run"
    assert api.run(frame.assign(age=0)).rows["import_status"].tolist() == ["already_imported"] * 2 + BECAME[2:]
    assert len(sandbox.users()) == 2
    left = api.run(again.rows[again.rows["import_status"] == "duplicate"])
    assert left.rows["import_status"].tolist() == ["duplicate"], "it does not get the other row's FreedomID"


def test_results_serialise_and_runs_are_told_reported_and_verified(importer, sandbox, tmp_path, frame):
    result = api.run(frame, output=tmp_path / "out.csv")
    told = json.loads(json.dumps(result.to_dict()))
    assert (told["run"], told["exit_code"], told["statuses"]["created"]) == (result.run, 1, 2)
    assert "+7701" not in json.dumps(told)
    assert (result.exit_code, result.statuses["created"], result.output) == (1, 2, str(tmp_path / "out.csv"))
    assert [row["import_status"] for row in read_rows(tmp_path / "out.csv")] == BECAME
    assert [(each["id"], each["exit_code"]) for each in api.runs()] == [(result.run, 1)]
    made = api.report(result.run)
    assert made.rows.loc[:, list(RESULT_COLUMNS)].to_numpy().tolist() == (
        result.rows.loc[:, list(RESULT_COLUMNS)].to_numpy().tolist()
    )
    assert made.rows.index.tolist() == [2, 3, 4, 5]
    assert len(api.verify("latest", tmp_path / "out.csv")) == 3


def test_a_file_gives_its_rows_as_text_by_row_number(importer, sandbox, tmp_path):
    users = write_users(tmp_path / "users.csv", PHONES, n=["01", "", "x", "y"])
    checked = api.validate(str(users))
    assert files_in(tmp_path) == {"users.csv"}
    assert checked.rows["import_status"].tolist() == ["not_sent", "not_sent", "invalid", "duplicate"]
    assert checked.rows.index.tolist() == [2, 3, 4, 5]
    assert checked.rows["n"].tolist() == ["01", "", "x", "y"]
    result = api.run(users, {"concurrency": 2})
    assert result.output == str(tmp_path / "users.result.csv")
    assert result.rows["import_status"].tolist() == BECAME
    assert result.rows["phone"].tolist() == PHONES


def test_errors_are_the_documented_ones_and_name_the_dataframe(importer, sandbox, frame, monkeypatch):
    for broken, error, words in (
        (frame.drop(columns="phone"), RefusedFile, "no phone column"),
        (frame.iloc[:0], RefusedFile, "the DataFrame: a header and no rows"),
        (pd.DataFrame(), RefusedFile, "no columns"),
        (frame.set_axis([("a", "phone"), ("a", "age")], axis=1).T.T, UsageError, "no names that are text"),
        (frame.set_axis(pd.MultiIndex.from_tuples([("a", "phone"), ("a", "age")]), axis=1), UsageError, "2 levels"),
        (frame.set_axis([0, 1], axis=1), UsageError, "no names that are text"),
        (frame.set_axis(["phone", "phone"], axis=1), RefusedFile, "stands more than once"),
        ([1, 2], UsageError, "not list"),
        ("nothing.csv", RefusedFile, "nothing.csv"),
    ):
        with pytest.raises(error, match=words) as caught:
            api.run(broken)
        assert "arrow" not in str(caught.value)
    for given, words in (
        ({"concurency": 2}, "no option concurency; did you mean concurrency"),
        ({"settings": {"min-rowz": 2}}, "no option min_rowz; did you mean min_rows"),
        ({"settings": {1: 2}}, "no option 1; there are accept_"),
        ({"settings": "importer.toml"}, "settings is what importer.load gives, .* and not str"),
        ({"settings": [("map", 1)]}, "and not list"),
        ({"output": 3}, "output is a path, and not int"),
        ({"progress": 3}, "progress is a function .* and not int"),
        ({"tokn": "s3cret"}, "^(?!.*s3cret).*did you mean token"),
    ):
        with pytest.raises(UsageError, match=words):
            api.run(frame, **given)
    for call in (api.report, api.verify):
        with pytest.raises(UsageError, match="run is the id of a run, and not NoneType"):
            call(None)
    with pytest.raises(UsageError, match=r"\(the first is 0\)"):
        api.run(frame.set_axis(pd.RangeIndex(2), axis=1))
    assert api.validate(frame, {"max-invalid": "50%"}).exit_code == 1, "as the command and a file spell it"
    monkeypatch.delenv("FREEDOM_ID_TOKEN")
    with pytest.raises(UsageError, match="no token"):
        api.run(frame)
    assert not sandbox.users()


def test_a_run_that_stops_early_raises_and_brings_what_there_is(importer, frame):
    with pytest.raises(ApiUnavailable) as caught:
        api.run(frame, url="http://127.0.0.1:9", token="t", outage_limit=0)
    assert caught.value.result.exit_code == 4
    assert caught.value.result.rows["import_status"].tolist() == ["not_sent", "not_sent", *BECAME[2:]]


def test_what_the_callback_raises_ends_the_job_and_the_same_call_goes_on(importer, sandbox):
    frame = pd.DataFrame({"phone": [f"+7701000{row:04d}" for row in range(20)]})

    def impatient(done, total, stage):
        if stage == "creating":
            raise KeyboardInterrupt

    sandbox.set(latency=300)
    with pytest.raises(KeyboardInterrupt):
        api.run(frame, progress=impatient, concurrency=1)
    assert api.runs()[0]["state"] == "stopped"
    assert len(sandbox.users()) < len(frame)
    sandbox.set(latency=0)
    assert set(api.run(frame).rows["import_status"]) == {"created"}
    assert (len(api.runs()), len(sandbox.users())) == (1, len(frame))

    watch = api.Watch()
    watch.interrupt()
    with pytest.raises(Interrupted):
        api.validate(frame, progress=watch)


def test_every_call_says_what_it_takes_gives_and_raises():
    for name in ("load", "report", "run", "runs", "validate", "verify"):
        told = inspect.getdoc(getattr(api, name))
        assert "Raises:" in told, name
