"""Workers of a cluster die at random, and others come: what is written is what one machine writes."""

import random
import re
import subprocess
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from chaos.kit import tell
from cluster.conftest import DaskProcesses

from importer.errors import ClusterLost, UsageError
from importer.settings import Settings
from importer.validate_file import validate

ROOT = Path(__file__).parents[2]

ROWS = 200_000


@pytest.fixture
def dask_processes(tmp_path):
    (tmp_path / "dask").mkdir()
    processes = DaskProcesses(tmp_path / "dask")
    processes.start(workers=3)
    yield processes
    processes.end()


def certificates(folder):
    """An authority and one certificate, by the commands of importer/cluster/README.md."""
    guide = (ROOT / "importer" / "cluster" / "README.md").read_text(encoding="utf-8")
    (commands,) = re.findall(r"```sh\n(openssl .*?chmod 600 \*\.key\n)", guide, re.DOTALL)
    subprocess.run(["bash", "-ec", commands], cwd=folder, check=True, capture_output=True)
    return {name: folder / f for name, f in (("ca", "ca.crt"), ("cert", "tls.crt"), ("key", "tls.key"))}


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_the_certificates_of_the_guide_let_the_command_in_and_nobody_without_one(tmp_path):
    own, others = tmp_path / "own", tmp_path / "others"
    own.mkdir()
    others.mkdir()
    files, foreign = certificates(own), certificates(others)
    path = a_file(tmp_path / "users.csv", random.Random(1), rows=300)
    processes = DaskProcesses(own)
    told = [f"--tls-ca-file={files['ca']}", f"--tls-cert={files['cert']}", f"--tls-key={files['key']}"]
    processes.start(workers=1, tls=told)
    try:
        assert processes.address.startswith("tls://")
        common = {"home": tmp_path / "home", "cluster": processes.address}
        mine = {f"cluster_{name}_file": file for name, file in files.items()}
        assert validate(path, Settings(**common, **mine)).rows == 300
        with pytest.raises(UsageError, match="needs certificates"):
            validate(path, Settings(**common))
        with pytest.raises(ClusterLost, match="no scheduler answers"):
            validate(path, Settings(**common, **{f"cluster_{name}_file": file for name, file in foreign.items()}))
    finally:
        processes.end()


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_workers_of_its_own_check_a_file_as_one_process_does(tmp_path):
    path = a_file(tmp_path / "users.csv", random.Random(2), rows=3_000)
    for cluster in ("", "local:2"):
        output = tmp_path / f"out{bool(cluster)}.csv"
        validate(path, Settings(home=tmp_path / "home", output=output, cluster=cluster, cluster_rows=500))
    assert (tmp_path / "outTrue.csv").read_bytes() == (tmp_path / "outFalse.csv").read_bytes()


def a_file(path, chance, rows=ROWS):
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Имя,Телефон,Email,Дата рождения\n")
        for at in range(rows):
            of = chance.randrange(rows) if chance.random() < 0.05 else at
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
