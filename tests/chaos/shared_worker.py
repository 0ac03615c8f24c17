"""One of several processes that share a budget: ``shared_worker.py JOURNAL URL NUMBER SECONDS``.

Its rows are of no journal; the token is in FREEDOM_ID_TOKEN.
"""

import asyncio
import contextlib
import os
import sys

from support.bounds import bounds
from support.shared_creation import claimed
from support.virtual_time import MemoryWriter, nobody

from importer.creating import Creator
from importer.creating.shared_budget.budget_exchange import BudgetExchange
from importer.creating.shared_budget.budget_record import exchange_in
from importer.freedom_id import FreedomId, TokenSource
from importer.freedom_id.keepalive_transport import KeepAliveTransport
from importer.journal import Journal


async def work(journal: Journal, url: str, number: int, seconds: float) -> None:
    shared = BudgetExchange(exchange_in(journal.database, 1), member=f"worker-{number}")
    token = TokenSource.from_text(os.environ["FREEDOM_ID_TOKEN"])
    async with contextlib.aclosing(FreedomId(url, token, KeepAliveTransport())) as api:
        creator = Creator(api, MemoryWriter(), bounds(), phone_owner=nobody, shared=shared)
        asyncio.get_running_loop().call_later(seconds, creator.drain)
        await creator.run(claimed(number)())


if __name__ == "__main__":
    _, address, url, number, seconds = sys.argv
    with Journal.open(address) as opened:
        asyncio.run(work(opened, url, int(number), float(seconds)))
