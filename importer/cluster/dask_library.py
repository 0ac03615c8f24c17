"""Dask, loaded where a cluster is asked for; and workers of this command's own."""

import logging
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from importer.errors import UsageError


def library() -> Any:
    """Dask, and nothing of what it logs or warns of: what happens is told in this program's sentences.

    Raises:
        UsageError: It is not installed.
    """
    try:
        import distributed  # noqa: PLC0415 (whoever has no cluster needs no such library)
    except ImportError as exc:
        raise UsageError("--cluster needs Dask: pip install {package}", package="freedom-id-importer[cluster]") from exc
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", category=distributed.versions.VersionMismatchWarning)  # see ``equal_versions``
    return distributed


@contextmanager
def own_workers(distributed: Any, workers: int) -> Iterator[Any]:
    """Workers of this command's own; the TLS keys are made for it, so that nobody else on this machine gets in."""
    import dask  # noqa: PLC0415 (see ``library``)

    silent: dict[str, list[str]] = {"distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}
    with tempfile.TemporaryDirectory(prefix="importer-workers-") as folder, dask.config.set(silent):
        own = distributed.LocalCluster(
            n_workers=workers or None,
            threads_per_worker=1,
            host="127.0.0.1",
            protocol="tls",
            security=distributed.Security.temporary(),
            dashboard_address="127.0.0.1:0",  # a server is opened there even where it has nothing to show
            worker_dashboard_address="127.0.0.1:0",
            local_directory=folder,
            silence_logs=logging.CRITICAL,
        )
        try:
            yield own
        finally:
            own.close()
