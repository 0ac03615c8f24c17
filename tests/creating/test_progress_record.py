"""The record of how far a run is: bounded in size, however long the run lasts."""

import os
import time
from itertools import count, pairwise
from pathlib import Path

import pytest

from importer.creating import SendProgress, progress_record
from importer.creating.progress_record import SAMPLES, RecordingWatch, standing_of
from importer.creating.sending import show
from importer.model import Status
from importer.progress import Pace, Watch


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


@pytest.mark.parametrize(
    ("progress", "paused_by", "note", "outage"),
    [
        (SendProgress(slots=4), "", "4 at once", ""),
        (SendProgress(slots=4, rate=2.5), "", "4 at once, 2.5 requests/s allowed", ""),
        (SendProgress(slots=4, cause="HTTP 503"), "", "4 at once", ""),
        (SendProgress(in_outage=True, cause="HTTP 503"), "", "the API does not answer (HTTP 503): waiting", "HTTP 503"),
        (SendProgress(in_outage=True), "", "the API does not answer (no answer): waiting", "no answer"),
        (SendProgress(slots=4), "Anna", "paused by Anna; importer resume goes on", ""),
    ],
)
def test_what_bounds_sending_is_told_whether_slots_a_pace_an_outage_or_a_person(
    progress: SendProgress, paused_by: str, note: str, outage: str
) -> None:
    class Told(Watch):
        def paced(self, pace: Pace) -> None:
            self.outage = pace.outage

        def counted(self, counts: dict[str, int], *, note: str = "") -> None:
            self.note = note

    watch = Told()
    watch.paused_by = paused_by
    show(progress, watch)
    assert (watch.note, watch.outage) == (note, outage)


def test_while_a_process_stands_still_its_step_lasts_on(tmp_path: Path) -> None:
    RecordingWatch(Watch(), tmp_path, dict).keep()
    hour_ago = time.time() - 3600
    os.utime(tmp_path / progress_record.FILE, (hour_ago, hour_ago))
    standing = standing_of(tmp_path)
    assert standing is not None
    assert 3600 <= standing.lasted < 7200


def test_what_was_sent_before_is_counted_when_rows_begin_to_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = count(1000.0, 2.0)
    monkeypatch.setattr(progress_record.time, "monotonic", lambda: next(seconds))
    watch, before = RecordingWatch(Watch(), tmp_path, lambda: {Status.CREATED: 4}), []
    for step in ("planning", "creating", "writing"):
        watch.began(step)
        watch.keep()
        standing = standing_of(tmp_path)
        assert standing is not None
        before.append(standing.before)
    assert before == [{}, {"created": 4}, {"created": 4}]
