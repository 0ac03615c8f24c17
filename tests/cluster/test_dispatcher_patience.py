"""How long a run waits for workers that are all still."""

import math
from types import SimpleNamespace

import pytest

from importer.cluster.dispatcher import Dispatcher


@pytest.mark.parametrize(("at_work", "left"), [([], -math.inf), ([object()], 0)])
def test_who_asks_for_workers_anew_waits_for_a_thread_as_at_the_beginning(monkeypatch, at_work, left):
    """After a token was renewed, another run may have all threads: that is no worker that stands still."""
    monkeypatch.setattr(Dispatcher, "_assignment", lambda *_: None)
    dispatcher = Dispatcher.__new__(Dispatcher)
    dispatcher._tasks, dispatcher._looks_alone = at_work, 50
    dispatcher._fill(SimpleNamespace(threads=2, ask=lambda *_: object()), "token", busy=True)
    assert (len(dispatcher._tasks), dispatcher._looks_alone) == (2, left)
