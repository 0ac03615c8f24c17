"""Columns that are no longer used soon go back to the system, so that a long file takes no more than a short one."""

import os
from functools import cache
from typing import Final

import pyarrow as pa

_CHOSEN: Final = "ARROW_DEFAULT_MEMORY_POOL"
_KEPT_FOR: Final = 10
"""Milliseconds: enough for the next column to take the place of the last one. Giving back at once costs a tenth of a
survey's time (three times the page faults), keeping all costs 30 MB."""


@cache
def give_back_soon() -> None:
    """Have Arrow allocate from a pool that keeps hardly anything back, for the whole process; once.

    Arrow's usual pool keeps freed memory for the thread that freed it: 75 MB more at the peak, with chunks that one
    thread makes and another one drops. Whoever chose a pool by the environment keeps it.
    """
    if _CHOSEN not in os.environ and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(_KEPT_FOR)
