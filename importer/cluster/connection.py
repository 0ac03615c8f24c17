"""A Dask cluster as a command uses it: reached, its versions compared, its losses told in sentences."""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager
from itertools import count
from threading import Event
from typing import Any, Final, TypeVar

from importer.cluster.certificates import security_of
from importer.cluster.cluster_address import ClusterAddress
from importer.cluster.dask_library import library, own_workers
from importer.cluster.equal_versions import check_versions, versions_here
from importer.cluster.sealed_call import Failed, Sealed, perform
from importer.errors import ClusterLost, ImporterError
from importer.messages.text import Text
from importer.progress import Watch
from importer.settings import Settings

T = TypeVar("T")

_CONNECT: Final = "20s"
_LOOK_UP: Final = 1.0
"""Seconds after which a wait looks whether the command is asked to end."""
_NO_WORKERS: Final = 60
"""Looks in a row without any worker after which the command stops waiting for one."""
_ANSWER: Final = 120
"""Seconds in which every worker must have answered a call on all of them; a storage out of reach may take a minute."""
_DESERTED: Final = Text("it has no workers any more")


class Cluster:
    """A scheduler and its workers; what they are asked to do is a function of ``checking_worker``, by name.

    ``address``: as told, for messages. ``watch``: asked whether the command is to end.
    """

    def __init__(self, client: Any, address: str, watch: Watch) -> None:
        self._client, self._address, self._watch = client, address, watch
        self._numbers = count(1)
        self._seen_at = time.monotonic()

    @property
    def threads(self) -> int:
        """How many calls can be under way at once. Raises ClusterLost where nobody is there."""
        with self._told_as_lost():
            threads: int = sum(self._client.nthreads().values())
            return max(1, threads)

    def look_for_workers(self) -> None:
        """To be called again and again while work is waited for.

        Raises:
            ClusterLost: there has been no worker for a minute.
        """
        with self._told_as_lost():
            if self._client.nthreads():
                self._seen_at = time.monotonic()
        if time.monotonic() - self._seen_at > _NO_WORKERS * _LOOK_UP:
            raise self.lost(_DESERTED)

    def ask(self, name: str, *values: object) -> Any:
        """A call that is to be made: its future. Raises ClusterLost where the scheduler is gone."""
        key = f"{name}-{self._client.id}-{next(self._numbers)}"
        with self._told_as_lost():
            return self._client.submit(perform, name, Sealed(*values), key=key, pure=False)

    def answer(self, future: Any) -> Any:
        """The result of a call, waited for.

        Raises:
            ImporterError: what the call ended with. ClusterLost: it cannot be made any more.
            Interrupted: the command is asked to end. RuntimeError: a defect of this program, on a worker.
        """
        self._watch.check()
        lonely, done = 0, Event()
        with self._told_as_lost():
            future.add_done_callback(lambda _future: done.set())
            while not done.wait(_LOOK_UP):
                self._watch.check()
                lonely = 0 if self._client.nthreads() else lonely + 1
                if lonely >= _NO_WORKERS:
                    raise self.lost(_DESERTED)
            result = future.result()
        if isinstance(result, Failed):
            raise result.error or RuntimeError(f"on a worker: {result.defect}")
        return result

    def ended(self, future: Any) -> Any:
        """The result of a call that has ended, or None: it is under way, or those who worked at it were killed.

        Raises:
            As ``answer``.
        """
        from distributed import KilledWorker  # noqa: PLC0415 (see ``dask_library``)

        with self._told_as_lost():
            if not future.done() or isinstance(future.exception(), KilledWorker):
                return None
        return self.answer(future)

    def answers(self, name: str, calls: Iterable[tuple[object, ...]]) -> Iterator[Any]:
        """The results of many calls of a function in the order of their values.

        One more is under way than can be, so that few results wait.
        """
        ahead, waiting = self.threads, deque[Any]()
        for values in calls:
            waiting.append(self.ask(name, *values))
            if len(waiting) > ahead:
                yield self.answer(waiting.popleft())
        while waiting:
            yield self.answer(waiting.popleft())

    def everywhere(self, call: Callable[..., Any], *values: Any) -> dict[str, Any]:
        """The result of a call on each worker, by its address; an exception where it failed.

        Raises:
            ClusterLost: the scheduler is gone, or a worker stands still.
        """
        asked = self._client.run  # waits for ever by itself
        with self._told_as_lost():
            try:
                found: dict[str, Any] = self._client.sync(
                    asked, call, *values, on_error="return", callback_timeout=_ANSWER
                )
            except TimeoutError as exc:
                raise self.lost(Text("a worker does not answer")) from exc
            return found

    def on_scheduler(self, call: Callable[..., Any]) -> Any:
        """The result of a call on the scheduler; an exception where it has no such program, or another one."""
        with self._told_as_lost():
            try:
                return self._client.run_on_scheduler(call)
            except (ImportError, AttributeError) as exc:
                return exc

    @contextmanager
    def _told_as_lost(self) -> Iterator[None]:
        from distributed import KilledWorker  # noqa: PLC0415 (see ``dask_library``)

        try:
            yield
        except ImporterError:
            raise
        except KilledWorker as exc:
            why = Text("several workers died of the same part of the file: do they have enough memory?")
            raise self.lost(why) from exc
        except (CancelledError, OSError, TimeoutError) as exc:
            raise self.lost(Text("its scheduler is gone")) from exc

    def lost(self, why: str) -> ClusterLost:
        """What to raise where the cluster is of no use any more."""
        return ClusterLost(
            "the cluster {address}: {why}; the same command starts again", address=self._address, why=why
        )


@contextmanager
def reached(settings: Settings, watch: Watch) -> Iterator[Cluster]:
    """The cluster of ``--cluster`` for the block; processes of this command's own end with it.

    Raises:
        UsageError: Dask is not installed, or the workers run other versions.
        ClusterLost: nobody answers, or there are no workers.
    """
    address = ClusterAddress.of(settings.cluster)
    distributed = library()
    with ExitStack() as stack:
        if address.is_local:
            own = stack.enter_context(own_workers(distributed, address.workers))
            where, security = own.scheduler_address, own.security
        else:
            where, security = address.text, security_of(distributed, settings) if address.encrypted else None
        try:
            client = distributed.Client(
                where,
                security=security,
                timeout=_CONNECT,
                direct_to_workers=True,  # rows travel from the workers to this command, not through the scheduler
                set_as_default=False,
                name="freedom-id-importer",
            )
        except (OSError, TimeoutError, ValueError) as exc:
            raise ClusterLost(
                "no scheduler answers at {address} ({why}): start it (dask scheduler), or mend --cluster",
                address=settings.cluster,
                why=type(exc).__name__,
            ) from exc
        stack.callback(_close, client)
        cluster = Cluster(client, settings.cluster, watch)
        _wait_for_workers(client, settings.cluster, watch)
        check_versions(cluster.on_scheduler(versions_here), cluster.everywhere(versions_here))
        yield cluster


def _wait_for_workers(client: Any, address: str, watch: Watch) -> None:
    for _ in range(_NO_WORKERS):
        watch.check()
        with contextlib.suppress(TimeoutError):
            client.wait_for_workers(1, timeout=_LOOK_UP)
            return
    raise ClusterLost("the scheduler at {address} has no workers: start some (dask worker {address})", address=address)


def _close(client: Any) -> None:
    with contextlib.suppress(OSError, TimeoutError):  # it may be gone
        client.close(timeout=5)
