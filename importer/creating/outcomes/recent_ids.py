"""The FreedomIDs that the API gave lately, and to which phones: one that it gives to another phone is no success.

A window, so that memory stays flat in a run of millions: an API that repeats itself does so with what it gave shortly
before. What is further apart is found when the run has ended (``journal.ledger.repeated_ids``).
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

RECENT: Final = 20_000
"""FreedomIDs that are remembered: some 5 MB."""


class KnownIds:
    """FreedomID → hash of its phone, made by ``hash_of``; ``recent``: those of earlier runs, the newest last."""

    def __init__(self, recent: Mapping[str, bytes], hash_of: Callable[[str], bytes]) -> None:
        self._phones, self._hash_of = OrderedDict(recent), hash_of

    def is_of_another(self, freedom_id: str, phone: str) -> bool:
        """Whether another phone was given this ID before; else it is remembered."""
        hashed = self._hash_of(phone)
        before = self._phones.setdefault(freedom_id, hashed)
        if len(self._phones) > RECENT:
            self._phones.popitem(last=False)
        return before != hashed
