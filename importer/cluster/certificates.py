"""The certificates by which the machines of a cluster know each other."""

from typing import Any

from importer.errors import UsageError
from importer.messages.text import Text
from importer.settings import Settings
from importer.storage.trust import refuse_foreign


def security_of(distributed: Any, settings: Settings) -> Any:
    """The certificates of ``--cluster tls://``: as told, else as Dask's own configuration says.

    Raises:
        UsageError: there are none, one cannot be read, or others may write the key.
    """
    files = {
        "tls_ca_file": settings.cluster_ca_file,
        "tls_client_cert": settings.cluster_cert_file,
        "tls_client_key": settings.cluster_key_file,
    }
    if settings.cluster_key_file:
        refuse_foreign(settings.cluster_key_file, "key file")
    given = {name: str(path) for name, path in files.items() if path}
    for name in given.values():
        try:
            open(name, "rb").close()  # noqa: PTH123 (only whether it can be read)
        except OSError as exc:
            raise UsageError("{path} cannot be read ({why})", path=name, why=exc.strerror) from exc
    security = distributed.Security(require_encryption=True, **given)
    if not (security.tls_ca_file and security.tls_client_cert):
        raise UsageError(
            Text(
                "--cluster tls://… needs certificates: cluster_ca_file, cluster_cert_file and cluster_key_file of the "
                "configuration, or distributed.comm.tls of Dask's"
            )
        )
    return security
