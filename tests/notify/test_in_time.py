"""What is told to others gets its time, and no more."""

from threading import Event

import pytest

from importer.notify.time_limit import in_time


def test_a_call_that_hangs_is_left_behind() -> None:
    done = Event()
    with pytest.raises(TimeoutError):
        in_time(done.wait, 0.01)
    done.set()


def test_what_a_call_gives_or_raises_comes_through() -> None:
    assert in_time(lambda: "told") == "told"
    with pytest.raises(KeyError, match="channel"):
        in_time(lambda: {}["channel"])
