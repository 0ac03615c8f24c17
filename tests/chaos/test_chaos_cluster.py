"""Workers of a cluster die at random, and others come: what is written is what one machine writes."""

import random
import time
from threading import Event, Thread

import pytest
from chaos.kit import tell
from cluster.conftest import DaskProcesses

from importer.settings import Settings
from importer.validate_file import validate

ROWS = 200_000


@pytest.fixture
def dask_processes(tmp_path):
    (tmp_path / "dask").mkdir()
    processes = DaskProcesses(tmp_path / "dask")
    processes.start(workers=3)
    yield processes
    processes.end()


def a_file(path, chance):
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Имя,Телефон,Email,Дата рождения\n")
        for at in range(ROWS):
            of = chance.randrange(ROWS) if chance.random() < 0.05 else at
            name = '"Анна\n""Мария"""' if chance.random() < 0.01 else "Анна"
            phone = f"8701{of:07d}" if chance.random() < 0.99 else "12"
            file.write(f"{name},{phone},a{of}@b.kz,{at % 28 + 1:02d}/{at % 12 + 1:02d}/1990\n")
    return path


def killed_at_random(processes, chance, ended):
    """Kill a worker every few seconds, and start another one; how many died."""
    kills = 0
    while not ended.wait(chance.uniform(2.0, 8.0)):
        worker = chance.choice([one for one in processes.workers if one.poll() is None])
        worker.kill()
        kills += 1
        processes.add_worker()
    return kills


@pytest.mark.chaos
@pytest.mark.timeout(1200)
def test_workers_that_die_at_random_change_nothing(tmp_path, dask_processes, seed):
    chance = random.Random(seed)
    path = a_file(tmp_path / "users.csv", chance)
    given = {"home": tmp_path / "home", "cluster_rows": 2_000}
    alone = validate(path, Settings(output=tmp_path / "alone.csv", home=tmp_path / "home"))
    ended, kills = Event(), []
    killer = Thread(target=lambda: kills.append(killed_at_random(dask_processes, chance, ended)))
    killer.start()
    began = time.monotonic()
    try:
        told = validate(path, Settings(output=tmp_path / "out.csv", cluster=dask_processes.address, **given))
    finally:
        ended.set()
        killer.join()
    tell("workers killed", rows=ROWS, kills=kills[0], seconds=round(time.monotonic() - began))
    assert (told.statuses, told.causes) == (alone.statuses, alone.causes)
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert (tmp_path / "out.rejected.csv").read_bytes() == (tmp_path / "alone.rejected.csv").read_bytes()
