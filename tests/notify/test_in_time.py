"""What is told to others gets its time, and no more."""

from threading import Event

import pytest

from importer.progress import begun


def test_a_call_that_hangs_is_left_behind() -> None:
    done = Event()
    with pytest.raises(TimeoutError):
        begun(done.wait, "telling").result(0.01)
    done.set()


def test_what_a_call_gives_or_raises_comes_through() -> None:
    assert begun(lambda: "told", "telling").result() == "told"
    with pytest.raises(KeyError, match="channel"):
        begun(lambda: {}["channel"], "telling").result()
