"""What is told to others gets its time, and no more."""

from threading import Event

import pytest

from importer.notify.apprise_channels import sent
from importer.progress import begun
from importer.settings.notify_options import NotifySettings


def test_a_call_that_hangs_is_left_behind() -> None:
    done = Event()
    with pytest.raises(TimeoutError):
        begun(done.wait, "telling").result(0.01)
    done.set()


def test_what_a_call_gives_or_raises_comes_through() -> None:
    assert begun(lambda: "told", "telling").result() == "told"
    with pytest.raises(KeyError, match="channel"):
        begun(lambda: {}["channel"], "telling").result()


def test_a_channel_for_which_no_thread_can_be_started_fails_and_ends_no_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_left(*_given: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("importer.notify.apprise_channels.begun", none_left)
    settings = NotifySettings(urls=("json://localhost:1",), on=())
    assert [str(one) for one in sent(settings, [("title", "text")])] == ["failed (RuntimeError)"]
