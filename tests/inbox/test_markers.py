"""A marker says that the file beside it is complete; one that is older says nothing of it."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.commands import Commands

from importer.inbox.arrivals import complete
from importer.inbox.folders import Folders
from importer.sandbox import Sandbox

HEAD = "phone,firstname\n"


def put(path: Path, text: str = HEAD, *, age: float = 0) -> Path:
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def looked_at(
    box: Path, *, settle: float = 5, marker: bool = False, meanwhile: Callable[[], object] = lambda: None
) -> tuple[list[str], list[float]]:
    """Names of the files that are complete, and for how long was waited."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        meanwhile()

    return [path.name for path in complete(box, settle=settle, marker=marker, wait=wait)], waited


@pytest.mark.parametrize("ending", [".done", ".ready"])
@pytest.mark.parametrize("marker", [False, True])
def test_a_marker_of_the_delivery_before_vouches_for_no_file_that_is_still_written(
    box: Path, ending: str, marker: bool
) -> None:
    put(box / f"a.csv{ending}", "", age=86_400)
    growing = put(box / "a.csv", age=3)
    assert looked_at(box, marker=marker, meanwhile=lambda: put(growing, HEAD * 2)) == ([], [5])


@pytest.mark.parametrize("marker", [False, True])
def test_a_marker_that_is_older_than_its_file_costs_a_second_look_and_no_more(box: Path, marker: bool) -> None:
    """A sender's clock that is ahead, a time of the file that is set last."""
    put(box / "a.csv.done", "", age=20)
    put(box / "a.csv", age=-3_600)
    assert looked_at(box, marker=marker) == (["a.csv"], [5])


def test_where_markers_are_demanded_one_that_is_too_old_lets_no_file_through_at_once(box: Path) -> None:
    put(box / "a.csv.done", "", age=86_400)
    put(box / "a.csv")
    assert looked_at(box, settle=0, marker=True) == (["a.csv"], [10])
    assert looked_at(box, settle=0) == (["a.csv"], []), "nothing is demanded"


@pytest.mark.parametrize(("age", "of_the_marker"), [(0, 0), (7_200, 7_200), (7_200, 0), (-60, -60)])
def test_a_marker_of_the_second_of_its_file_or_later_vouches_for_it_at_once(
    box: Path, age: float, of_the_marker: float
) -> None:
    """Also where a copy keeps the times of its originals, and where a file system counts whole seconds."""
    second = int(time.time())
    for name, old in (("a.csv", age), ("a.csv.done", of_the_marker)):
        os.utime(put(box / name), (second - old, second - old))
    assert looked_at(box, marker=True) == (["a.csv"], [])


def test_one_marker_of_two_that_is_young_enough_vouches(box: Path) -> None:
    put(box / "a.csv.done", "", age=86_400)
    put(box / "a.csv", age=10)
    put(box / "a.csv.ready", "")
    assert looked_at(box, marker=True) == (["a.csv"], [])


def test_a_late_marker_does_not_let_half_of_the_next_nights_file_through(
    importer: Commands, sandbox: Sandbox, box: Path
) -> None:
    put(box / "a.csv.done", "", age=30)
    put(box / "a.csv", f"{HEAD}+77010000002,Bob\n")
    ended = importer("inbox", box, "--settle", "0.01s", "-v")
    assert (ended.code, ended.err.count("looking again in 0.01 s"), len(sandbox.users())) == (0, 1, 1)


def test_all_markers_of_a_file_go_with_it_wherever_it_goes(box: Path) -> None:
    folders = Folders(box)
    folders.prepare()
    for ending in ("", ".done", ".ready"):
        put(box / f"a.csv{ending}")
    taken = folders.take(box / "a.csv")
    assert taken is not None
    assert not list(box.glob("a.csv*"))
    assert folders.put_back(taken)
    assert len(list(box.glob("a.csv*"))) == 3
    taken = folders.take(box / "a.csv")
    assert taken is not None
    filed = folders.file(taken, "done", {}, {})
    assert sorted(path.name for path in filed.iterdir()) == ["a.csv", "a.csv.done", "a.csv.ready"]
    assert not list(box.glob("a.csv*"))
    folders.bring_back(filed / "a.csv")
    assert len(list(box.glob("a.csv*"))) == 3
