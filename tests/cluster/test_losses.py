"""Workers and schedulers that die, or were never there: a sentence and an exit code, and nothing is lost."""

import gc
import signal
import sys
from types import SimpleNamespace

import pytest

from importer.cluster import connection
from importer.cluster.dispatcher import Dispatcher
from importer.cluster.sealed_call import Failed, Sealed, perform
from importer.cluster.sending_worker import Sent
from importer.creating import SendProgress
from importer.errors import ApiSilent, ClusterLost, Interrupted, StorageFailed, UsageError
from importer.journal.writer.claims import WorkerTold
from importer.messages.text import as_record
from importer.operations.doctor import Level
from importer.operations.doctor.cluster_checks import check_cluster
from importer.pipeline import run
from importer.progress import Watch
from importer.settings import Settings
from importer.validate_file import validate

from .conftest import DaskProcesses

SECRET = "+77019999999"
ROWS = ["Телефон,Имя", *(f"+7701{at:07d},Анна{at}" for at in range(40)), f"{SECRET},Секрет", f"{SECRET},Секрет"]


class Once(Watch):
    """Does something the first time that rows of a step are done."""

    def __init__(self, step, act):
        super().__init__()
        self._step, self._act, self._now = step, act, ""

    def began(self, step, total=None):
        self._now = step

    def advanced(self, rows):
        if self._act and self._now == self._step:
            act, self._act = self._act, None
            act()


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.csv"
    path.write_text("\n".join(ROWS) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("step", ["checking", pytest.param("writing", marks=pytest.mark.chaos)])
def test_a_worker_killed_in_the_middle_changes_nothing(running, users, tmp_path, step):
    worker = running.one_to_lose()
    given = {"home": tmp_path / "home", "cluster_rows": 6}

    def kill():
        worker.kill()
        worker.wait()

    validate(users, Settings(output=tmp_path / "alone.csv", **given))
    told = validate(users, Settings(output=tmp_path / "out.csv", cluster=running.address, **given), Once(step, kill))
    assert worker.poll() is not None
    assert told.rows == 42
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()


def test_a_worker_that_stands_still_when_a_command_begins_ends_it(users, tmp_path, monkeypatch):
    monkeypatch.setattr(connection, "_ANSWER", 2)
    mine = DaskProcesses(tmp_path)
    mine.start(workers=1)
    settings = Settings(home=tmp_path / "home", cluster=mine.address, cluster_rows=6)
    try:
        validate(users, settings)
        mine.workers[0].send_signal(signal.SIGSTOP)
        with pytest.raises(ClusterLost, match=r"a worker does not answer; the same command starts again"):
            validate(users, settings)
    finally:
        mine.end()


def test_a_killed_scheduler_stops_a_run_and_the_same_command_finishes_it(tmp_path, users, sandbox, running):
    mine = DaskProcesses(tmp_path)
    mine.start(workers=1)
    given = {"home": tmp_path / "home", "cluster_rows": 6, "url": sandbox.url, "token": sandbox.token}
    try:
        with pytest.raises(ClusterLost, match=r"its scheduler is gone; the same command starts again"):
            run(users, Settings(cluster=mine.address, **given), Once("planning", mine.scheduler.kill))
    finally:
        mine.end()
    assert sandbox.stats()["created"] == 0
    told = run(users, Settings(cluster=running.address, **given))
    assert (told.exit_code, told.statuses) == (1, {"created": 41, "duplicate": 1})
    assert list((tmp_path / "home" / "storage").iterdir()) == []
    gc.collect()


def test_a_command_that_is_asked_to_end_ends_and_leaves_nothing_behind(running, users, tmp_path):
    given = Settings(home=tmp_path / "home", cluster=running.address, cluster_rows=6)
    watch = Once("checking", lambda: watch.interrupt())  # noqa: PLW0108 (there is no watch yet)
    with pytest.raises(Interrupted):
        validate(users, given, watch)
    assert list((tmp_path / "home" / "storage").iterdir()) == []


def test_doctor_looks_at_the_scheduler_the_workers_and_the_storage(running, tmp_path):
    told = list(check_cluster(Settings(home=tmp_path, cluster=running.address)))
    assert [(one.level, one.about) for one in told] == [(Level.OK, "cluster"), (Level.OK, "storage")]
    assert f"{running.address}, " in told[0].text
    told = list(check_cluster(Settings(home=tmp_path, cluster=running.address, storage="memory://here/alone")))
    assert {(one.level, one.about) for one in told[1:]} == {(Level.ERROR, "storage")}
    assert list(check_cluster(Settings(home=tmp_path))) == []


@pytest.mark.chaos
def test_a_scheduler_that_has_not_this_program_is_told(tmp_path, monkeypatch, users):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "importer.py").write_text("", encoding="utf-8")  # stands before the program
    mine = DaskProcesses(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[DaskProcesses.__module__], "ROOT", elsewhere)
        patch.chdir(elsewhere)
        mine.start(workers=0)
    try:
        mine.add_worker()
        with pytest.raises(UsageError, match="scheduler: freedom-id-importer cannot be loaded there"):
            validate(users, Settings(home=tmp_path / "home", cluster=mine.address))
    finally:
        mine.end()


def test_a_storage_that_cannot_be_used_is_told_by_the_doctor(running, tmp_path):
    (tmp_path / "file").write_bytes(b"no folder")
    storage = str(tmp_path / "file" / "storage")
    told = list(check_cluster(Settings(home=tmp_path, cluster=running.address, storage=storage)))
    assert [(one.level, one.about) for one in told] == [(Level.OK, "cluster"), (Level.ERROR, "storage")]
    assert f"the storage {storage}: cannot be written" in told[1].text
    (alone,) = check_cluster(Settings(home=tmp_path, storage=storage))
    assert (alone.level, alone.about, alone.text) == (Level.ERROR, "storage", told[1].text)
    (alone,) = check_cluster(Settings(home=tmp_path, storage=str(tmp_path / "shared")))
    assert (alone.level, alone.text) == (Level.OK, f"{tmp_path}/shared: written and read here")


def test_a_part_that_is_not_what_was_stored_is_noticed_by_the_worker(running, users, tmp_path):
    storage = tmp_path / "shared"

    def damage():
        for part in storage.rglob("part-*"):
            part.write_bytes(part.read_bytes().replace(b"7", b"8"))

    given = Settings(home=tmp_path / "home", cluster=running.address, storage=str(storage), cluster_rows=6)
    with pytest.raises(StorageFailed, match="is not what was written"):
        validate(users, given.model_copy(update={"output": tmp_path / "o.csv"}), Once("checking", damage))


def test_a_scheduler_that_does_not_answer_is_told_with_its_address(users, tmp_path, monkeypatch):
    monkeypatch.setattr("importer.cluster.connection._CONNECT", "1s")
    with pytest.raises(ClusterLost, match=r"no scheduler answers at tcp://127\.0\.0\.1:9"):
        validate(users, Settings(home=tmp_path / "home", cluster="tcp://127.0.0.1:9"))


def test_the_scheduler_and_the_logs_show_nothing_of_cells_and_settings(running, users, tmp_path):
    from distributed import Client

    seen = []

    def all_of_tasks(dask_scheduler):
        tasks = dask_scheduler.tasks.items()
        return repr([(key, task.prefix, task.run_spec, task.annotations) for key, task in tasks])

    def look():
        with Client(running.address, set_as_default=False) as client:
            seen.append(client.run_on_scheduler(all_of_tasks))
            seen.append(str(client.get_worker_logs()) + str(client.get_scheduler_logs()))

    validate(users, Settings(home=tmp_path / "home", cluster=running.address, cluster_rows=6), Once("checking", look))
    assert "look_through" in seen[0]
    for text in (SECRET, SECRET[1:], "Секрет", "Телефон", str(tmp_path)):
        assert text not in seen[0] + seen[1]


def test_nothing_of_the_parts_that_were_looked_through_stays_with_the_workers(running, users, tmp_path):
    from distributed import Client

    held = []

    def look():
        with Client(running.address, set_as_default=False) as client:
            held.extend(client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks)))
            threads = sum(client.nthreads().values())
        assert len(held) <= threads + 2  # what is under way, and what was given last

    given = {"home": tmp_path / "home", "cluster": running.address, "cluster_rows": 2}
    told = validate(users, Settings(output=tmp_path / "out.csv", **given), Once("writing", look))
    assert told.rows == 42
    assert {key.partition("-")[0] for key in held} <= {"judged"}


def test_a_call_that_fails_says_where_and_nothing_of_what_it_was_given():
    failed = perform("spellings", Sealed(None, SECRET, SECRET))
    assert isinstance(failed, Failed)
    assert failed.defect.startswith("AttributeError in cluster/checking_worker.py")
    assert SECRET not in repr(Sealed(SECRET)) + failed.defect


def test_when_one_worker_has_said_why_the_run_ends_no_other_one_begins(monkeypatch):
    class Silent:
        threads = 1
        asked = 0

        def look_for_workers(self):
            pass

        def ask(self, *_):
            self.asked += 1

        def ended(self, _task):
            return Sent(ApiSilent("nothing passes"), {})

    monkeypatch.setattr("importer.cluster.dispatcher._LOOK", 0.0)
    monkeypatch.setattr(Dispatcher, "_renew", lambda *_, **__: (1, 1))
    monkeypatch.setattr(Dispatcher, "_assignment", lambda *_: None)
    ending, cluster = Dispatcher.__new__(Dispatcher), Silent()
    ending.__dict__ |= {"_watch": Watch(), "_error": None, "_tasks": ["one"], "_progress": SendProgress()}
    ending.__dict__ |= {"_loop": SimpleNamespace(run=lambda _: ""), "_api": SimpleNamespace(token=lambda: None)}
    ending._hand_out(cluster, iter(()))
    assert isinstance(ending._error, ApiSilent)
    assert cluster.asked == 0


def test_what_every_worker_tells_is_said_once():
    watch, told = Watch(), []
    watch.said = told.append
    dispatching = Dispatcher.__new__(Dispatcher)
    lines = [(0, as_record("no answer")), (1, as_record("it answers"))]
    workers = [WorkerTold(number, alive=True, told={"lines": lines[:count]}) for number, count in ((1, 1), (2, 2))]
    dispatching.__dict__ |= {"_watch": watch, "_said": {}, "_said_at": {}, "_show": lambda _: None}
    dispatching.__dict__ |= {"_feed": SimpleNamespace(renew=lambda: (0, 0, workers))}
    dispatching._renew()
    dispatching._renew()
    assert told == ["no answer", "it answers"]
