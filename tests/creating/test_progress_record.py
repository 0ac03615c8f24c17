"""The record of how far a run is: bounded in size, however long the run lasts."""

from itertools import count, pairwise
from pathlib import Path

import pytest

from importer.creating import progress_record
from importer.creating.progress_record import SAMPLES, RecordingWatch, standing_of
from importer.progress import Watch


def test_of_a_run_that_has_just_begun_nothing_is_known_or_counted(tmp_path: Path) -> None:
    RecordingWatch(Watch(), tmp_path, dict).keep()
    standing = standing_of(tmp_path)
    assert standing is not None
    assert (standing.step, standing.total, standing.done, standing.requests, standing.at_once) == ("", 0, 0, 0, 0)


def test_of_a_long_run_ever_fewer_points_are_kept_over_all_of_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count(1000.0, 2.0)
    monkeypatch.setattr(progress_record.time, "monotonic", lambda: next(seconds) / 2)
    watch = RecordingWatch(Watch(), tmp_path, dict)
    watch.began("creating", 10_000)
    lengths, last = [], 0.0
    for _ in range(5 * SAMPLES):
        watch.advanced(1)
        watch.keep()
        standing = standing_of(tmp_path)
        assert standing is not None
        lengths.append(len(standing.samples))
        last = standing.samples[-1][0]
    assert max(lengths) <= SAMPLES
    assert min(lengths[SAMPLES:]) >= SAMPLES // 2
    times = [at for at, _ in standing.samples]
    assert times == sorted(times)
    assert times[0] < 10
    assert last > 4 * SAMPLES
    gaps = {round(later - at) for at, later in pairwise(times)}
    assert max(gaps) <= 2 * min(gaps) + 1, "evenly, but for the newest"
