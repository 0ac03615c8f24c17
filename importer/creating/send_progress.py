"""What a run that is under way can be seen to do."""

from collections import Counter
from dataclasses import dataclass, field

from importer.model import Status


@dataclass
class SendProgress:
    """Counters that a progress display reads while the workers run.

    ``cause``: why nothing passes, as the last failure said; ``left``: the same of rows that failed and were left.
    ``full``: requests that left as the last one that --concurrency allows; ``advice``: how the run could be faster.
    """

    done: Counter[Status] = field(default_factory=Counter)
    requests: int = 0
    refused: int = 0
    outages: int = 0
    in_outage: bool = False
    cause: str = ""
    left: dict[int, str] = field(default_factory=dict)
    slots: int = 0
    rate: float | None = None
    full: int = 0
    advice: str = ""
