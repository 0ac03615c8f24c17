"""While rows are sent, the garbage collector is spared what was loaded before."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YOUNG: Final = 50_000
"""Objects that come before the next look. A row in flight is some dozens, nearly all of which go without a collector;
with Python's 700 looks took 5 % of the time of sending."""

_OF_PYTHON: Final = 10_000
"""Objects that Python itself may have frozen at its start (375 in 3.12); more are the doing of whoever runs us."""


@contextmanager
def spared_collector() -> Iterator[None]:
    """Let collections be seldom, and pass over all objects that there are, until the block ends.

    Walking through half a million objects of pandas and SQLAlchemy again and again takes a tenth of a row's time. A
    program that has frozen its own objects is left as it is: thawing ours would thaw those, too.
    """
    if gc.get_freeze_count() > _OF_PYTHON:
        yield
        return
    young, *older = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(max(young, _YOUNG) if young else young, *older)  # 0: there are no collections
    try:
        yield
    finally:
        gc.set_threshold(young, *older)
        gc.unfreeze()
